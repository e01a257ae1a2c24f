"""A case is to be disposed of: its desk is told, deputies among them, whatever anybody has chosen."""

from __future__ import annotations

from cases.enums import NoticeKind
from cases.models import Case
from cases.notifications.people import desk_people
from cases.notifications.sending import tell
from core import clock


def disposal_near(case: Case, *, last: bool) -> None:
    """Sixty days before, and thirty: everybody on duty at its desk. One mail for all cases of a day."""
    kind = NoticeKind.DISPOSAL_LAST if last else NoticeKind.DISPOSAL_FIRST
    day = clock.today()
    tell(
        desk_people(case.desk, case),
        kind,
        case,
        once=f"disposal:{case.pk}:{int(last)}:{day}",
        direct=True,
        mail_key=f"disposal:{day}",
    )
