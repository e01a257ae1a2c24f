"""What people are told when a person may be known already, and when two cases become one."""

from __future__ import annotations

from collections.abc import Iterable

from cases.enums import NoticeKind, ParticipationStatus
from cases.models import Case, Merge
from cases.notifications.people import desk_people, handlers
from cases.notifications.sending import is_urgent, tell
from core import clock


def match_found(case: Case, *, of: Case) -> None:
    """Her who handles the case is told that it has a possible match, once a pair; of the other nothing."""
    if not case.is_consultation:
        tell(handlers(case), NoticeKind.MATCH, case, once=f"match:{case.pk}:{of.pk}", direct=is_urgent(case))


def match_asked(case: Case, *, of: Case) -> None:
    """Another desk wants to be called about a match with this case, at most once a day."""
    once = f"matchask:{case.pk}:{of.pk.hex[:16]}:{clock.today():%y%m%d}"
    tell(handlers(case), NoticeKind.MATCH_ASKED, case, once=once, direct=True)


def merged(case: Case, row: Merge, *, moved: Iterable[object]) -> None:
    """Everybody who followed the case that was absorbed is told its new number."""
    parts = case.participations.filter(pk__in=list(moved), is_referrer=False)
    contacts = parts.filter(status=ParticipationStatus.ACCEPTED).values_list("contact_id", flat=True)
    people = {*handlers(case), *(user for user in contacts if user)} - {row.made_by_id}
    tell(people, NoticeKind.MERGED, case, once=f"merged:{row.pk}")


def unmerged(case: Case, other: Case, row: Merge) -> None:
    """Both cases stand on their own again."""
    for one in (case, other):
        people = {*desk_people(one.desk), *((one.assignee_id,) if one.assignee_id else ())}
        tell(people - {row.undone_by_id}, NoticeKind.UNMERGED, one, once=f"unmerged:{row.pk}:{one.pk}")


def taken_on(case: Case, row: Merge, referrals: Iterable[object]) -> None:
    """Referrers of what was still unanswered: it has been accepted, as any other. Nothing of the rest."""
    for referral in case.referrals.filter(pk__in=list(referrals)):
        once = f"accepted:{referral.pk}:{row.pk.hex[:16]}"
        tell([referral.referrer_id], NoticeKind.ACCEPTED, case, once=once, referral=referral)
