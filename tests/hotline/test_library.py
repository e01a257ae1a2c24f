"""The helpline promises nothing it does not keep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.conf import settings
from django.template import Context, Template

from core import clock
from hotline import library


@pytest.mark.parametrize(
    ("moment", "open_now", "next_day"),
    [
        ("2026-11-20 07:59", False, date(2026, 11, 20)),
        ("2026-11-20 08:00", True, date(2026, 11, 20)),
        ("2026-11-20 16:30", False, date(2026, 11, 23)),
        ("2026-11-21 12:00", False, date(2026, 11, 23)),
        ("2026-12-24 10:00", False, date(2026, 12, 28)),
        ("2027-03-25 17:40", False, date(2027, 3, 30)),  # Maundy Thursday; Easter Monday is free
        ("2026-03-29 12:00", False, date(2026, 3, 30)),
    ],
)
def test_open_only_in_office_hours_of_working_days(moment: str, open_now: bool, next_day: date) -> None:
    at = clock.aware(datetime.fromisoformat(moment))
    assert (library.is_open(at), library.next_day(at)) == (open_now, next_day)


def test_page_names_the_number_and_the_way_out(freeze: Callable[[str], datetime]) -> None:
    freeze("2027-03-25 17:40")
    html = Template("{% load hotline %}{% helpline %}").render(Context())
    assert settings.HELPLINE in html
    assert "112" in html and "114 14" in html
    assert "30 mars 2027" in html
