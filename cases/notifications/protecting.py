"""What those who protect data are told about requests for one's own data. No person, no case, no agency."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from accounts.enums import AgencyKind
from accounts.models import Agency, AgencyPermission, Membership
from cases.enums import NoticeKind
from cases.models import DataPack, Notice, SubjectRequest
from cases.notifications.sending import mail_now
from core import clock
from core.access import members_with


def protectors() -> tuple[uuid.UUID, ...]:
    """Everybody who protects data today."""
    national = Agency.objects.filter(kind=AgencyKind.NSPM).values_list("pk", flat=True).first()
    if national is None:
        return ()
    holders = members_with(AgencyPermission, national, "protect_data")
    rows = Membership.objects.in_force().filter(pk__in=holders)
    return tuple(sorted(set(rows.values_list("user_id", flat=True))))


def pack_prepared(pack: DataPack, *, by_id: uuid.UUID) -> None:
    """The others: one of them has to look at it."""
    others = [user for user in protectors() if user != by_id]
    _tell(others, NoticeKind.PACK_READY, f"pack:{pack.pk}:{pack.version}")


def pack_sent_back(pack: DataPack, *, to: uuid.UUID) -> None:
    _tell([to], NoticeKind.PACK_BACK, f"packback:{pack.pk}:{pack.version}")


def request_due(request: SubjectRequest, *, once: str) -> bool:
    """The time runs out, or has run out: by mail at once, whatever anybody has chosen. False: said before."""
    key = f"request:{request.pk}:{once}"
    if Notice.objects.filter(dedupe_key__startswith=f"{key}:").exists():
        return False
    _tell(protectors(), NoticeKind.REQUEST_DUE, key)
    return True


def _tell(users: Iterable[uuid.UUID], kind: NoticeKind, once: str) -> None:
    people, now = list(dict.fromkeys(users)), clock.now()
    rows = [
        Notice(user_id=user, kind=kind, dedupe_key=f"{once}:{user}", made_at=now, direct=True)
        for user in people
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    mail_now(people, once)
