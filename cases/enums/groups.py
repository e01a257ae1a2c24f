"""Which events are chosen together: each kind of notice belongs to exactly one group (a test compares)."""

from __future__ import annotations

from typing import Final

from cases.enums.notices import NoticeGroup, NoticeKind

KINDS: Final[dict[NoticeGroup, tuple[NoticeKind, ...]]] = {
    NoticeGroup.REFERRALS: (
        NoticeKind.NEW_REFERRAL,
        NoticeKind.SUPPLEMENTED,
        NoticeKind.FORWARDED,
        NoticeKind.HANDOVER_ASKED,
        NoticeKind.HANDOVER_TAKEN,
        NoticeKind.HANDOVER_BACK,
        NoticeKind.UNPLACED,
        NoticeKind.INCIDENT,
        NoticeKind.MATCH,
        NoticeKind.MATCH_ASKED,
    ),
    NoticeGroup.CASES: (
        NoticeKind.ACCEPTED,
        NoticeKind.MORE_WANTED,
        NoticeKind.NOT_TAKEN,
        NoticeKind.ASSIGNED,
        NoticeKind.UNASSIGNED,
        NoticeKind.WOKEN,
        NoticeKind.CLOSED,
        NoticeKind.REOPENED,
        NoticeKind.MERGED,
        NoticeKind.UNMERGED,
        NoticeKind.SHARING,
        NoticeKind.CONTACT,
        NoticeKind.MISSING,
        NoticeKind.FOUND,
        NoticeKind.STOPPED,
        NoticeKind.UNHANDLED,
        NoticeKind.UNCOVERED,
        NoticeKind.DRAFT_EXPIRES,
        NoticeKind.DISPOSAL_FIRST,
        NoticeKind.DISPOSAL_LAST,
        NoticeKind.BREACH,
        NoticeKind.BREACH_DUE,
        NoticeKind.EMERGENCY,
        NoticeKind.EMERGENCY_REVIEWED,
        NoticeKind.NAMED,
        NoticeKind.UNNAMED,
        NoticeKind.PROTECTION,
        NoticeKind.LIFT_ASKED,
        NoticeKind.REQUEST_DUE,
        NoticeKind.CASE_REQUESTED,
        NoticeKind.PACK_READY,
        NoticeKind.PACK_BACK,
    ),
    NoticeGroup.AGENCIES: (
        NoticeKind.INVITED,
        NoticeKind.ANSWERED,
        NoticeKind.DISPUTE,
        NoticeKind.PROVISIONAL,
        NoticeKind.CONTACT_PERSON,
        NoticeKind.CONTACT_CHANGED,
        NoticeKind.SIGHT_ENDED,
    ),
    NoticeGroup.MESSAGES: (NoticeKind.MESSAGE, NoticeKind.DOCUMENT, NoticeKind.MALWARE),
    NoticeGroup.STEPS: (
        NoticeKind.STEP_SOON,
        NoticeKind.STEP_DUE,
        NoticeKind.STEP_LATE,
        NoticeKind.STEP_MOVED,
        NoticeKind.STEP_ASKED,
        NoticeKind.NUDGED,
        NoticeKind.PERIOD,
    ),
    NoticeGroup.VIEWS: (NoticeKind.SAVED_VIEW,),
}
GROUP_OF: Final[dict[str, NoticeGroup]] = {kind: group for group, kinds in KINDS.items() for kind in kinds}
