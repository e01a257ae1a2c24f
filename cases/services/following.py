"""What a referrer follows after sending: her referral's fate, what is asked of her, messages to her."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.access import Assignment
from cases.enums import Category, Status
from cases.models import Case, Message, MessageRecipient, Referral, Step
from cases.sections import PLACES
from core import audit, clock

PAGE: Final = 25
UNSHOWN: Final = frozenset({Category.IDENTITY.value, Category.CONTACT.value})
"""Never on the receipt and follow page: it may be printed and left on a desk."""


def case_of(referral: Referral) -> Case:
    """The case a referral lives on in: the survivor when its own was merged."""
    case = referral.case
    return case.merged_into if case.status == Status.MERGED and case.merged_into else case


def own_steps(referral: Referral, by: Assignment) -> list[Step]:
    """Her own duties in the case, as the referrer; soonest first."""
    rows = referral.case.steps.filter(agency_id=referral.agency_id, assignee_id=by.user_id)
    rows = rows.filter(template__agency_role="referrer")
    related = rows.select_related("template", "agency", "desk", "assignee", "ended_by", "data_key")
    return list(related.order_by("ended_at", "due_at", "key"))


def messages_to(referral: Referral, by: Assignment) -> QuerySet[Message]:
    """Messages to the referrer and her own answers, newest first."""
    mine = Q(author_id=by.user_id, from_agency_id=referral.agency_id, recipients__desk__isnull=False)
    found = Message.objects.filter(Q(recipients__referral=referral) | Q(mine, case_id=referral.case_id))
    related = found.select_related("author", "from_agency", "from_desk__region", "data_key")
    return related.distinct().order_by("-sent_at")


def unread(referral: Referral) -> int:
    """How many messages to the referrer are not confirmed as read."""
    return MessageRecipient.objects.filter(referral=referral, read_at__isnull=True).count()


@transaction.atomic(durable=True)
def mark_read(*, referral: Referral, shown: Iterable[Message], by: Assignment) -> None:
    """She has seen these messages: noted once, with who and when."""
    rows = MessageRecipient.objects.filter(referral=referral, message__in=list(shown), read_at__isnull=True)
    rows.update(read_at=clock.now(), read_by_id=by.user_id)


def what_was_sent(referral: Referral) -> list[dict[str, Any]]:
    """The frozen document without who the person is and how she is reached."""
    parts: list[dict[str, Any]] = referral.document or []
    shown = [part for part in parts if part["category"] not in UNSHOWN]
    return _without_places(shown) if referral.case.is_protected else shown


def _without_places(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a protected person, as far as it does not tell where she is."""
    kept = [part | {"answers": [a for a in part["answers"] if a["key"] not in PLACES]} for part in parts]
    return [part for part in kept if part["answers"]]


@dataclass(frozen=True)
class ListPage:
    """A page of the agency's list, and from where the next and the previous one start."""

    rows: list[Referral]
    older: str
    newer: str


def agency_list(by: Assignment, *, before: str = "", after: str = "") -> ListPage:
    """Referrals sent from her agency, her own and her colleagues', newest first.

    Of a colleague's only reference, status and date may be shown. Pages by (time sent, id): `before` and
    `after` are the keys of the page's ends. One audit row names all that is listed.
    """
    found = (
        Referral.objects.filter(agency_id=by.agency_id)
        .select_related("case", "case__merged_into")
        .annotate(is_asked=ExpressionWrapper(Q(wanted__isnull=False), output_field=BooleanField()))
        .defer("answers", "document", "wanted")
    )
    backwards = _key(after)
    if backwards:
        at, pk = backwards
        newer_first = found.filter(Q(sent_at__gt=at) | Q(sent_at=at, pk__gt=pk)).order_by("sent_at", "pk")
        rows = list(newer_first[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        page = ListPage(rows, _token(rows[-1:]), _token(rows[:1]) if more else "")
    else:
        if limit := _key(before):
            at, pk = limit
            found = found.filter(Q(sent_at__lt=at) | Q(sent_at=at, pk__lt=pk))
        rows = list(found.order_by("-sent_at", "-pk")[: PAGE + 1])
        more, rows = len(rows) > PAGE, rows[:PAGE]
        page = ListPage(rows, _token(rows[-1:]) if more else "", _token(rows[:1]) if limit else "")
    audit.record("referral.list", by=by, target_ids=[row.pk for row in page.rows], count=len(page.rows))
    return page


def _token(rows: list[Referral]) -> str:
    return f"{rows[0].sent_at.isoformat()}_{rows[0].pk}" if rows else ""


def _key(token: str) -> tuple[datetime, uuid.UUID] | None:
    at, _sign, pk = token.partition("_")
    try:
        moment = clock.read(at)
        return (moment, uuid.UUID(pk)) if moment else None
    except ValueError:
        return None
