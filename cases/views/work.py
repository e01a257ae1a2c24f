"""Mitt arbete: what one person has to do, across cases."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import Assignment, AuthenticatedRequest
from cases.access import recused_cases
from cases.enums import LIVE_STEPS, HandoverStatus, Level, ParticipationStatus, PeriodKind, Status
from cases.models import (
    Case,
    CaseGrant,
    Draft,
    Handover,
    MessageRecipient,
    Participation,
    Referral,
    Step,
)
from cases.services import disputes, handovers, notices, periods, reach
from cases.views import inbox, queue, rows, spans
from cases.views.notices import told
from coordinators import routing
from coordinators.access import desks_of
from core import audit, clock, looks
from core.tables import reference, row_meta

MOST: Final = 60
"""Lines of the list; what is further away waits for its turn."""
AHEAD: Final = timedelta(days=7)
PERIOD_AHEAD: Final = timedelta(days=30)
"""How long before its end a period is told of."""
PERIOD_SOON: Final = timedelta(days=10)
"""From when on it stands among what is to be done today."""
DUTY = "referrer"


@dataclass
class Todo:
    """One line: what to do, in which case, by when."""

    title: str
    url: str
    case: Case
    due_at: datetime | None
    note: str = ""
    clock: looks.Clock | str = ""
    meta: SafeString | str = ""
    word: str = ""
    asked: bool = False
    """Somebody waits for her answer: shown today, however far off the deadline is."""

    def order(self, now: datetime) -> tuple[bool, bool, datetime]:
        late = self.due_at is not None and self.due_at <= now
        return (not self.case.danger, not late, self.due_at or now)


@require_safe
def work(request: AuthenticatedRequest) -> HttpResponse:
    by, now = request.assignment, clock.now()
    desks = {desk: rights for desk, rights in desks_of(by).items() if rights & {"view_inbox", "place"}}
    everything = todos(by, desks, now)
    until = _end_of_today(now)
    today = [todo for todo in everything if _is_for_today(todo, until)]
    later = [todo for todo in everything if todo not in today]
    audit.record("work.read", by=by, target_ids={todo.case.pk for todo in everything if todo.word != DUTY})
    context = {
        "log_call": _call_url(by),
        "may_wait": bool(desks) or by.has("work_cases"),
        "today": {"rows": today, "title": _title(today)},
        "later": {"rows": later, "title": _later_title(later)},
        "empty": _empty_text(later, now),
        "strip": strip(by, desks, now),
        "referrals": own_referrals(by) if by.has("file_referrals") else None,
        "drafts": own_drafts(by, now) if by.has("file_referrals") else None,
        "lost": lost_owners(by, desks),
        "notices": told(notices.newest(by.user_id, 5), by, desks),
    }
    return render(request, "cases/work/work.html", context)


def _is_for_today(todo: Todo, until: datetime) -> bool:
    if todo.word == "period":
        return todo.asked
    return todo.asked or todo.due_at is None or todo.due_at <= until


def _end_of_today(now: datetime) -> datetime:
    return datetime.combine(clock.local(now).date() + timedelta(days=1), time(0), clock.STOCKHOLM)


def _title(found: list[Todo]) -> str:
    return _("To do today (%(n)s)") % {"n": len(found)} if found else _("To do today")


def _later_title(found: list[Todo]) -> str:
    return ngettext(
        "Show %(n)s more in the coming 7 days", "Show %(n)s more in the coming 7 days", len(found)
    ) % {"n": len(found)}


def _empty_text(later: list[Todo], now: datetime) -> str:
    if not later or later[0].due_at is None:
        return _("Nothing to do today, and no deadline within a week.")
    day = looks.deadline_text(later[0].due_at, now)
    return _("Nothing to do today. The next deadline is %(day)s.") % {"day": day}


def _call_url(by: Assignment) -> str:
    """Where an operator logs a call."""
    try:
        return reverse("hotline:new") if by.has("log_calls") else ""
    except NoReverseMatch:
        return ""


# --- to do ---------------------------------------------------------------------------------------


def todos(by: Assignment, desks: inbox.Desks, now: datetime) -> list[Todo]:
    """Everything of hers, most urgent first: danger, late, time left. A fixed number of queries."""
    found = [*_steps(by, desks, now), *_questions(by), *_invitations(by), *_handovers(by, desks)]
    found += [*_messages(by, desks), *_periods(by, desks, now)]
    bands = rows.counted_for({todo.case.pk for todo in found if todo.word != DUTY})
    for todo in found:
        todo.meta = _meta(todo, bands)
        if todo.due_at:
            todo.clock = looks.clock(todo.due_at, now)
    return sorted(found, key=lambda todo: todo.order(now))


def _meta(todo: Todo, bands: dict[uuid.UUID, Any]) -> SafeString:
    banded = todo.word != DUTY and todo.case.pk in bands
    return row_meta(
        reference(todo.case.reference),
        looks.tag(_("Immediate danger"), "red", "danger") if todo.case.danger else "",
        todo.note,
        looks.mini_band(rows.band(bands[todo.case.pk])) if banded else "",
    )


def _my_steps(by: Assignment, desks: inbox.Desks) -> QuerySet[Step]:
    """Steps of her agency and of her desks, hers or nobody's, and her own duties as a referrer."""
    mine_or_free = Q(assignee_id=by.user_id) | Q(assignee_id__isnull=True)
    where = Q(pk__in=[])
    if by.has("work_cases"):
        granted = CaseGrant.objects.filter(held_by_agency(by), case=OuterRef("case"), level__gte=Level.STEPS)
        where |= Q(Q(agency_id=by.agency_id) & mine_or_free, Exists(granted))
    if desks:
        where |= Q(desk_id__in=[desk for desk, rights in desks.items() if "triage" in rights]) & mine_or_free
    if by.has("file_referrals"):
        where |= Q(agency_id=by.agency_id, assignee_id=by.user_id, template__agency_role=DUTY)
    live = Step.objects.filter(where, status__in=LIVE_STEPS, paused_at__isnull=True)
    return live.exclude(key=handovers.ANSWER_STEP).exclude(case_id__in=recused_cases(by))


def held_by_agency(by: Assignment) -> Q:
    return Q(agency_id=by.agency_id) & (Q(valid_until__isnull=True) | Q(valid_until__gt=clock.now()))


def _steps(by: Assignment, desks: inbox.Desks, now: datetime) -> list[Todo]:
    steps = _my_steps(by, desks).filter(due_at__lte=_end_of_today(now) + AHEAD)
    found = steps.select_related("case__county", "template", "data_key").order_by("due_at", "pk")[:MOST]
    return [
        Todo(
            str(step.wording or step.template.title),  # her own house's, or her own duty
            reverse("cases:step", args=[step.case_id, step.pk]),
            step.case,
            step.due_at,
            note=str(step.get_phase_display()),
            word=DUTY if step.template.agency_role == DUTY else "step",
        )
        for step in found
    ]


def _questions(by: Assignment) -> list[Todo]:
    """Questions of the coordinator that wait for her as the referrer."""
    own = Referral.objects.sent_by(by.user_id, by.agency_id)
    asked = own.filter(case__status=Status.WAITING, wanted__isnull=False)
    return [
        Todo(_("Answer the coordinator's question"), referral_url(row.pk), row.case, None, word=DUTY)
        for row in asked.select_related("case__county")[:MOST]
    ]


def _invitations(by: Assignment) -> list[Todo]:
    if not by.has("work_cases"):
        return []
    invited = Participation.objects.filter(agency_id=by.agency_id, status=ParticipationStatus.INVITED)
    rows_ = invited.filter(case__status__in=(Status.RECEIVED, Status.WAITING, Status.ACTIVE))
    rows_ = rows_.exclude(case_id__in=recused_cases(by))
    return [
        Todo(
            _("Answer the invitation to a case"),
            reverse("cases:answer", args=[row.pk]),
            row.case,
            row.answer_by,
            word=DUTY,
            asked=True,
        )
        for row in rows_.select_related("case__county").order_by("answer_by")[:MOST]
    ]


def _handovers(by: Assignment, desks: inbox.Desks) -> list[Todo]:
    """Cases that another desk asks hers to take over."""
    mine = [desk for desk, rights in desks.items() if "triage" in rights]
    if not mine:
        return []
    asked = Handover.objects.filter(status=HandoverStatus.OPEN, to_desk_id__in=mine)
    asked = asked.exclude(case_id__in=recused_cases(by)).select_related("case__county")
    return [
        Todo(
            _("Answer the handover of a case"),
            reverse("cases:handover", args=[row.case_id]),
            row.case,
            row.answer_by,
            word=DUTY,
            asked=True,
        )
        for row in asked.order_by("answer_by")[:MOST]
    ]


def _messages(by: Assignment, desks: inbox.Desks) -> list[Todo]:
    """One line for each case with something unread."""
    house = Q(desk_id__in=list(desks), message__case__desk_id=F("desk_id")) | Q(
        referral__referrer_id=by.user_id, referral__agency_id=by.agency_id
    )
    if by.has("work_cases"):
        house |= Q(agency_id=by.agency_id)
    granted = CaseGrant.objects.filter(
        held_by_agency(by), case=OuterRef("message__case"), level__gte=Level.STEPS
    )
    still = Exists(granted) | Q(agency_id__isnull=True)
    able = Q(referral__isnull=False) | ~Q(message__case_id__in=recused_cases(by))
    unread = MessageRecipient.objects.filter(house, still, able, read_at__isnull=True)
    found: dict[tuple[uuid.UUID, uuid.UUID | None], Todo] = {}
    for row in unread.select_related("message__case__county").order_by("-message__sent_at")[:MOST]:
        case = row.message.case
        own = row.referral_id
        url = referral_url(own) if own else reverse("cases:messages", args=[case.pk])
        found.setdefault(
            (case.pk, own), Todo(_("Read a new message"), url, case, None, word=DUTY if own else "message")
        )
    return list(found.values())


def referral_url(referral_id: uuid.UUID) -> str:
    return reverse("cases:referral", args=[referral_id])


def lost_owners(by: Assignment, desks: inbox.Desks) -> list[dict[str, str]]:
    """Open steps in the cases of her desks whose owner does not get what the portal sends."""
    return [
        {
            "url": reverse("cases:step", args=[row.step.case_id, row.step.pk]),
            "reference": row.step.case.reference,
            "title": row.step.template.title,
            "who": ", ".join(filter(None, (row.name, row.step.agency.name if row.step.agency else ""))),
        }
        for row in reach.lost_owners(by, desks)
    ]


def _periods(by: Assignment, desks: inbox.Desks, now: datetime) -> list[Todo]:
    """Periods that end within weeks, in the cases she handles or nobody does: the countdown in words."""
    mine = [desk for desk, rights in desks.items() if "triage" in rights]
    if not mine:
        return []
    today = clock.local(now).date()
    cases = Case.objects.filter(Q(assignee_id=by.user_id) | Q(assignee_id__isnull=True), desk_id__in=mine)
    shown = cases.exclude(pk__in=recused_cases(by)).values("pk")
    return [
        Todo(
            spans.countdown(PeriodKind(row.kind), row.ends_on, today),
            reverse("cases:dates", args=[row.case_id]),
            row.case,
            None,
            word="period",
            asked=(row.ends_on - today).days <= PERIOD_SOON.days,
        )
        for row in periods.running(shown, today + PERIOD_AHEAD)
    ]


# --- around --------------------------------------------------------------------------------------


def strip(by: Assignment, desks: inbox.Desks, now: datetime) -> list[tuple[str, str]]:
    """For people with a desk: three numbers as links. For the national desk also what nobody answers for."""
    if not desks:
        return []
    base = inbox.base_for(by, desks)
    keys = ("att-besvara", "forsenade", "vantar")
    waiting, late, asked = queue.counted(base, [queue.VIEWS[key].where(by, now) for key in keys])
    words = (
        ngettext("%(n)s to answer", "%(n)s to answer", waiting) % {"n": queue.count_text(waiting)},
        ngettext("%(n)s overdue", "%(n)s overdue", late) % {"n": queue.count_text(late)},
        ngettext("%(n)s waits for information", "%(n)s wait for information", asked)
        % {"n": queue.count_text(asked)},
    )
    links = [(text, f"{reverse('cases:inbox')}?vy={key}") for text, key in zip(words, keys, strict=True)]
    links += [(_("Returns"), reverse("cases:returns"))]
    if any("place" in rights for rights in desks.values()):
        empty = len(routing.uncovered_desks(now))
        text = ngettext("%(n)s desk without anybody on duty", "%(n)s desks without anybody on duty", empty)
        links += [(text % {"n": empty}, "")] if empty else []
        links += _disputes(by)
    return links


def _disputes(by: Assignment) -> list[tuple[str, str]]:
    """For the national desk: what no agency has taken on and no desk has settled in time."""
    number = disputes.escalated(by).count()
    text = ngettext("%(n)s dispute nobody has settled", "%(n)s disputes nobody has settled", number)
    return [(text % {"n": number}, reverse("cases:disputes"))] if number else []


def own_referrals(by: Assignment) -> list[dict[str, Any]]:
    """Her latest ten, with the word that tells a referrer where each stands."""
    own = Referral.objects.sent_by(by.user_id, by.agency_id)
    found = own.select_related("case__desk__region").order_by("-sent_at")[:10]
    return [
        {
            "reference": row.reference,
            "url": referral_url(row.pk),
            "status": referrer_status(row.case),
            "desk": row.case.desk.name,
            "at": row.case.answered_at or row.sent_at,
        }
        for row in found
    ]


def referrer_status(case: Case) -> SafeString:
    """The derived word of design 15: Skickad, Väntar på dig, Mottagen, Tas inte vidare, Avslutad."""
    looks_of: dict[str, tuple[str, str, str]] = {
        Status.RECEIVED: (_("Sent"), "blue", "send"),
        Status.WAITING: (_("Waiting for you"), "amber", "help"),
        Status.ACTIVE: (_("Accepted"), "blue", "check"),
        Status.NOT_TAKEN: (_("Not taken forward"), "grey", "x"),
    }
    return looks.tag(*looks_of.get(case.status, (_("Closed"), "plain", "")))


def own_drafts(by: Assignment, now: datetime) -> list[dict[str, Any]]:
    found = Draft.objects.owned_by(by.user_id, by.agency_id).order_by("-saved_at")[:10]
    return [
        {
            "url": reverse("cases:draft", args=[draft.pk]),
            "remove_url": reverse("cases:draft-remove", args=[draft.pk]),
            "started": looks.date_text(draft.started_at),
            "kept": looks.date_text(draft.expires_at),
            "practice": draft.practice,
            "done": len(draft.done),
        }
        for draft in found
    ]
