"""The coordinator's own views, how two people want to be told, an address that refuses mail, a calendar."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from accounts.access import Assignment, assignment_for
from accounts.models import Membership
from cases.enums import LIVE_STEPS, Channel, NoticeGroup, Status
from cases.models import Case, SavedView, Step
from cases.services import bulk, choices, feeds, figure_views, lists, views
from core import clock, outbox
from core.enums import MailState
from core.models import OutboundEmail

KARIN: Final = "karin.holm@demo.example"
FATIMA: Final = "fatima.berg@demo.example"
LOST: Final = "demo-lost-address"


def show(today: datetime) -> None:
    karin = _acting(KARIN)
    if karin is None or SavedView.objects.filter(membership_id=karin.membership_id).exists():
        return
    with clock.frozen(today - timedelta(days=2)):
        _own_views(karin)
        _told(karin)
        feeds.make(by=karin)
    with clock.frozen(today - timedelta(hours=3)):
        _several(karin)
        _lost(karin)


def _acting(email: str) -> Assignment | None:
    rows = Membership.objects.in_force().filter(user__email=email).select_related("user", "agency")
    found = rows.first()
    return assignment_for(found) if found else None


def _own_views(karin: Assignment) -> None:
    """One she is told about, two for the morning."""
    views.save(name="Barn i Uppsala", chosen=lists.read("vy=barn&county=03"), notify=True, by=karin)
    views.save(name="Ingen handläggare", chosen=lists.read("vy=alla&assignee=nobody"), notify=False, by=karin)
    views.save(name="Arbetskraft", chosen=lists.read("vy=alla&form=labour"), notify=False, by=karin)
    figure_views.save(
        name="Svarstider kvartal för kvartal", words="visar=kvartal&kort=svar", notify=True, by=karin
    )


def _told(karin: Assignment) -> None:
    chosen: dict[str, str] = {NoticeGroup.MESSAGES: Channel.MAIL, NoticeGroup.AGENCIES: Channel.PORTAL}
    choices.save(groups=chosen, quiet_from=time(19), quiet_until=time(7), by=karin)
    fatima = _acting(FATIMA)
    if fatima:
        choices.save(groups={NoticeGroup.STEPS: Channel.MAIL}, quiet_from=None, quiet_until=None, by=fatima)


def _several(karin: Assignment) -> None:
    """Two cases parked over the week-end in one act."""
    desks = lists.inbox_desks(karin)
    mine = Case.objects.filter(desk__in=desks, status=Status.ACTIVE, assignee=karin.user, danger=False)
    cases = mine.filter(snoozed_until__isnull=True, handovers__isnull=True).order_by("-received_at")[2:4]
    chosen = [bulk.Choice(case.pk, case.version) for case in cases]
    if chosen:
        bulk.snooze(chosen=chosen, until=clock.now() + timedelta(days=3), by=karin)


def _lost(karin: Assignment) -> None:
    """The owner of a step at another house does not get what the portal sends."""
    owed = Step.objects.filter(case__desk__in=lists.inbox_desks(karin), status__in=LIVE_STEPS)
    step = owed.filter(agency__isnull=False, case__status=Status.ACTIVE).order_by("due_at", "pk").first()
    if step is None or step.agency_id is None:
        return
    colleague = Membership.objects.in_force().filter(agency_id=step.agency_id).order_by("pk").first()
    if colleague is None:
        return
    Step.objects.filter(pk=step.pk).update(assignee=colleague.user_id)
    outbox.queue("something_waiting", user_id=colleague.user_id, dedupe_key=LOST)
    OutboundEmail.objects.filter(dedupe_key=LOST).update(
        state=MailState.PARKED, attempts=1, error="SMTPRecipientsRefused"
    )
