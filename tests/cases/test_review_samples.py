"""S66b: each month some looks are drawn by chance, gone through and signed by an auditor."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from core import audit, clock
from core.errors import StaleVersion
from core.models import AuditEvent
from nrm_portal.review import sampling, tasks
from nrm_portal.review.enums import Judgement
from nrm_portal.review.models import Sample, SampleReport
from tests.case_factories import browser, text_of
from tests.cases.test_review_alerts import NOTE, TUESDAY, auditor, opened, worker

__all__ = ["auditor", "worker"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def report(worker: Any, freeze: Any) -> SampleReport:
    """Of February: more looks than are drawn."""
    freeze("2027-02-01 00:00")
    opened(worker, 30, timedelta(hours=6), freeze, "identity.open")
    opened(worker, 30, timedelta(hours=6), freeze)
    freeze("2027-02-28 23:59")
    opened(worker, 2, timedelta(minutes=5), freeze, "case.pdf")  # the second one in March
    audit.refuse("case.read", uuid.uuid4(), by=worker)
    freeze(TUESDAY)
    tasks.draw_samples()
    return SampleReport.objects.get()


@pytest.mark.security("S66b", "the monthly sampling report is made, gone through and signed")
def test_a_report_is_made_gone_through_and_signed(
    report: SampleReport, auditor: Any, tried: Callable[[int], None]
) -> None:
    assert report.month == date(2027, 2, 1)
    numbers = report.figures
    assert (numbers["identities"], numbers["copies"], numbers["readers"]) == (30, 1, 1)
    client, url = browser(auditor), f"/granskning/stickprov/{report.pk}/"
    page = client.get(url)
    assert "21 stickprov är kvar" in text_of(page) or "20 stickprov är kvar" in text_of(page)
    early = client.post(f"{url}signera/", {"note": NOTE, "version": report.version})
    assert early.status_code == 422 and "Gå igenom alla stickprov" in text_of(early)
    rows = list(report.samples.order_by("pk"))
    data = {f"sample-{row.pk}": Judgement.FINE for row in rows[1:]} | {"version": report.version}
    client.post(f"{url}genomgang/", data)
    client.post(
        f"{url}genomgang/", {f"sample-{rows[0].pk}": Judgement.QUESTION, "version": report.version + 1}
    )
    signed = client.post(f"{url}signera/", {"note": NOTE, "version": report.version + 2})
    assert signed.status_code == 302, text_of(signed)
    report.refresh_from_db()
    assert report.signed_by == auditor.user and report.note == NOTE
    assert AuditEvent.objects.get(verb="review.sign").facts["questions"] == 1
    after = text_of(client.get(url))
    assert "Signerad av Greta Granskare" in after and "Signera rapporten" not in after
    with pytest.raises(ValidationError):
        sampling.judge(report_id=report.pk, version=report.version, judgements={}, by=auditor)
    tried(len(rows))


def test_a_month_has_one_report_and_only_when_it_is_over(report: SampleReport) -> None:
    assert sampling.make(date(2027, 2, 1)) is None
    with pytest.raises(ValueError, match="not over"):
        sampling.make(date(2027, 3, 1))
    events = AuditEvent.objects.filter(pk__in=report.samples.values("event_id"))
    assert {clock.local(event.at).month for event in events} == {2}
    assert {event.outcome for event in events} == {"allowed"}


def test_the_draw_is_by_chance(report: SampleReport) -> None:
    first = set(report.samples.values_list("event_id", flat=True))
    draws = set()
    for _number in range(3):
        Sample.objects.all().delete()
        SampleReport.objects.all().delete()
        again = sampling.make(date(2027, 2, 1))
        assert again
        draws.add(frozenset(again.samples.values_list("event_id", flat=True)))
    assert len(draws | {frozenset(first)}) > 1


def test_two_auditors_do_not_overwrite_each_other(report: SampleReport, auditor: Any) -> None:
    row = report.samples.order_by("pk")[0]
    sampling.judge(report_id=report.pk, version=0, judgements={row.pk: "fine"}, by=auditor)
    with pytest.raises(StaleVersion):
        sampling.judge(report_id=report.pk, version=0, judgements={row.pk: "question"}, by=auditor)
    page = browser(auditor).post(
        f"/granskning/stickprov/{report.pk}/genomgang/", {f"sample-{row.pk}": "question", "version": 0},
        follow=True,
    )  # fmt: skip
    assert "Någon annan sparade rapporten" in text_of(page)
    row.refresh_from_db()
    assert row.judgement == "fine"


def test_nobody_goes_through_her_own_looks(report: SampleReport, auditor: Any) -> None:
    row, other = report.samples.order_by("pk")[:2]
    audit.record("case.read", uuid.uuid4(), by=auditor)
    mine = AuditEvent.objects.get(verb="case.read", user_id=auditor.user_id)
    Sample.objects.filter(pk=row.pk).update(event_id=mine.pk)
    with pytest.raises(ValidationError):
        sampling.judge(report_id=report.pk, version=0, judgements={row.pk: "fine"}, by=auditor)
    sampling.judge(report_id=report.pk, version=0, judgements={row.pk: "", other.pk: "fine"}, by=auditor)
    row.refresh_from_db()
    assert row.judgement == ""


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"signed_at": datetime(2027, 3, 1, tzinfo=clock.STOCKHOLM)}, "samples_signed_by_whom"),
        ({"month": date(2027, 2, 2)}, "samples_of_a_month"),
    ],
)
def test_the_database_refuses_a_report(report: SampleReport, change: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SampleReport.objects.filter(pk=report.pk).update(**change)


def test_the_database_refuses_a_sample(report: SampleReport, auditor: Any) -> None:
    with pytest.raises(IntegrityError, match="sample_judgement_known"), transaction.atomic():
        report.samples.update(judgement="other", judged_by=auditor.user_id)
    with pytest.raises(IntegrityError, match="sample_judged_by_whom"), transaction.atomic():
        report.samples.update(judgement="fine")
    first = report.samples.order_by("pk")[0]
    with pytest.raises(IntegrityError, match="sample_once"), transaction.atomic():
        Sample.objects.create(report=report, event_id=first.event_id)


def test_without_the_right_nothing_is_signed(report: SampleReport, worker: Any) -> None:
    with pytest.raises(PermissionDenied):
        sampling.sign(report_id=report.pk, version=0, note=NOTE, by=worker)
    with pytest.raises(PermissionDenied):
        sampling.judge(report_id=report.pk, version=0, judgements={}, by=worker)
