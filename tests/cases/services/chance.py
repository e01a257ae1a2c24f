"""Whatever people can do to cases, done by chance through the services, for as long as it is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from accounts.access import Assignment
from accounts.enums import AgencyKind
from cases.enums import (
    OPEN_STATUSES,
    ConsentForm,
    ForwardReason,
    LinkKind,
    NotTakenReason,
    Outcome,
    PeriodKind,
    Status,
    StepStatus,
    Verb,
)
from cases.models import Case, CaseLink, Merge, RecordedMilestone, Referral, Step
from cases.services import (
    assessments,
    casework,
    chasing,
    dates,
    handovers,
    links,
    merging,
    periods,
    referrals,
    steps,
    triage,
    undo,
    withdrawing,
)
from cases.services.disposal import erasing
from coordinators.enums import AgeBand
from coordinators.models import Desk
from core import clock
from core.errors import StaleVersion, TransitionNotAllowed
from manual.enums import Milestone
from tests.cases.conftest import ADULT, CHILD
from tests.cases.services.conftest import World, drafted, sent
from tests.cases.services.pairs import all_of, worker
from tests.cases.services.test_s33_refused import AGREED
from tests.cases.services.test_submit import REFUSED

PLACES: Final = ("0380", "0180", "1280", "0880", "2480")
REFUSALS: Final = (PermissionDenied, ValidationError, TransitionNotAllowed, StaleVersion, Http404)
"""What a service says to somebody who may not, or too late: chance asks for much that cannot be."""


class Chance:
    """A year of a portal with nobody but chance in it. The same seed does the same."""

    def __init__(self, world: World, freeze: Callable[[datetime], Any], seed: int) -> None:
        self.world, self.freeze, self.random = world, freeze, Random(seed)
        self.now = clock.now()
        self.referrers = [world.referrer, worker(), worker(AgencyKind.HEALTH_CARE)]
        self.done: Counter[str] = Counter()
        """How often each act was carried out, not refused."""
        self.acts: dict[str, tuple[int, Callable[[], Any]]] = {
            "send": (4, self.send), "consult": (2, self.consult), "grow": (2, self.grow),
            "accept": (7, self.accept), "ask": (3, self.ask), "take_back": (2, self.take_back),
            "undo": (2, self.undo), "forward": (3, self.forward), "move": (2, self.move),
            "not_take": (2, self.not_take), "close": (4, self.close), "reopen": (2, self.reopen),
            "step": (18, self.step), "again": (4, self.again), "date": (6, self.date),
            "no_date": (3, self.no_date), "period": (2, self.period), "age": (3, self.age),
            "merge": (2, self.merge), "part": (2, self.part), "link": (3, self.link),
            "unlink": (1, self.unlink), "withdraw": (1, self.withdraw), "sweep": (3, self.sweep),
            "erase": (1, self.erase),
        }  # fmt: skip

    def work(self, times: int) -> None:
        names, weights = list(self.acts), [weight for weight, _ in self.acts.values()]
        for _ in range(times):
            self.now += timedelta(minutes=self.random.choice((5, 50, 500, 900)))
            self.freeze(self.now)
            name = self.random.choices(names, weights)[0]
            try:
                if self.acts[name][1]() is not False:
                    self.done[name] += 1
            except REFUSALS:
                continue

    def one_of(self, rows: Any) -> Any:
        """Any of these rows, the same for the same seed; raises when there is none."""
        keys = list(rows.values_list("pk", flat=True))
        if not keys:
            raise ValidationError("none")
        return rows.get(pk=self.random.choice(keys))

    def case(self, *status: Status, **where: Any) -> Case:
        rows = Case.objects.filter(status__in=status or OPEN_STATUSES, **where).select_related("desk")
        found: Case = self.one_of(rows.order_by("received_at", "reference"))
        return found

    def desk_of(self, case: Case) -> Assignment:
        keys = {"mitt": self.world.karin, "syd": self.world.syd}
        return keys.get(case.desk.key, self.world.national)

    # --- what comes in ----------------------------------------------------------------------------

    def send(self) -> None:
        day = clock.today().isoformat()
        answers = self.random.choice([ADULT | {"consent_date": day}, CHILD | {"report_date": day}])
        place = self.random.choice(PLACES)
        changes = {"municipality_of_presence": place} if "municipality_of_presence" in answers else {}
        changes["age_group"] = self.random.choice([answers["age_group"]] * 2 + ["unsure"])
        if changes["age_group"] == "unsure":
            answers = CHILD | {"report_date": day}
        changes["sex"] = self.random.choice(["woman", "man", "unknown"])
        sent(self.random.choice(self.referrers), answers, **changes)

    def consult(self) -> None:
        sent(self.random.choice(self.referrers), REFUSED)

    def grow(self) -> None:
        rows = Referral.objects.filter(case__is_consultation=True).order_by("sent_at", "reference")
        told = self.one_of(rows)
        who = next(one for one in self.referrers if one.user_id == told.referrer_id)
        draft = drafted(who, REFUSED | AGREED | {"consent_date": clock.today().isoformat()})
        draft.consultation_id = told.case_id
        draft.save(update_fields=["consultation"])
        referrals.submit(draft_id=draft.pk, by=who)

    # --- decisions --------------------------------------------------------------------------------

    def accept(self) -> None:
        case = self.case(Status.RECEIVED, Status.WAITING)
        triage.accept(case_id=case.pk, by=self.desk_of(case))

    def ask(self) -> None:
        case = self.case(Status.RECEIVED)
        triage.ask(case_id=case.pk, text="Vilken ort?", by=self.desk_of(case))

    def take_back(self) -> None:
        case = self.case(Status.WAITING)
        triage.take_back(case_id=case.pk, by=self.desk_of(case))

    def undo(self) -> None:
        case = self.case(Status.RECEIVED, Status.WAITING)
        was = undo.before(case)
        case = triage.accept(case_id=case.pk, by=self.desk_of(case))
        undo.put_back(undo.entry(case, Verb.ACCEPT, was, self.desk_of(case)), by=self.desk_of(case))

    def forward(self) -> None:
        case = self.case(Status.RECEIVED)
        to = Desk.objects.get(key=self.random.choice(["syd", "mitt"]))
        triage.forward(case_id=case.pk, desk_id=to.pk, reason=ForwardReason.MOVED, by=self.desk_of(case))

    def move(self) -> None:
        case = self.case(Status.ACTIVE)
        to = Desk.objects.get(key=self.random.choice(["syd", "mitt"]))
        handovers.ask(
            case_id=case.pk, desk_id=to.pk, reason=ForwardReason.MOVED, moves_on=clock.today(),
            by=self.desk_of(case),
        )  # fmt: skip
        case.desk = to
        handovers.accept(case_id=case.pk, by=self.desk_of(case))

    def not_take(self) -> None:
        case = self.case(Status.RECEIVED, Status.WAITING)
        why = self.random.choice(list(NotTakenReason))
        triage.not_take(case_id=case.pk, reason=why, text="", by=self.desk_of(case))

    def close(self) -> None:
        case = self.case(Status.ACTIVE)
        outcome = self.random.choice([Outcome.RETURNED, Outcome.SUPPORT_COMPLETED, Outcome.ADVICE_GIVEN])
        casework.close(case_id=case.pk, outcome=outcome, by=self.desk_of(case))

    def reopen(self) -> None:
        case = self.case(Status.CLOSED, Status.NOT_TAKEN)
        casework.reopen(case_id=case.pk, by=self.desk_of(case))

    def withdraw(self) -> None:
        case = self.case(is_consultation=False)
        scope = [code for code, _ in withdrawing.scope_choices(case)]
        withdrawing.withdraw(
            case_id=case.pk, scope=scope, withdrawn_on=clock.today(), form=ConsentForm.ORAL, words="",
            by=self.desk_of(case),
        )  # fmt: skip

    # --- work -------------------------------------------------------------------------------------

    def step(self) -> None:
        case = self.case(Status.ACTIVE)
        live = case.steps.filter(status__in=[StepStatus.OPEN, StepStatus.STARTED, StepStatus.WAITING])
        step = self.one_of(live.order_by("key", "occurrence", "created_at"))
        back = self.random.choice([0, 0, 1, 9])
        day = clock.today() - timedelta(days=back)
        steps.done(
            step_id=step.pk, by=self.desk_of(case), done_on=day, remark="Gjort.", reported_by="Ringde."
        )

    def again(self) -> None:
        rows = Step.objects.filter(status=StepStatus.DONE, case__status=Status.ACTIVE)
        step = self.one_of(rows.select_related("case__desk").order_by("ended_at", "key", "occurrence"))
        steps.reopen(step_id=step.pk, by=self.desk_of(step.case))

    def date(self) -> None:
        case = self.case(Status.ACTIVE)
        kind = self.random.choice(dates.BY_HAND)
        at = clock.now() - timedelta(days=self.random.randrange(40))
        dates.record(case_id=case.pk, kind=kind, happened_at=at, date_only=True, by=self.desk_of(case))

    def no_date(self) -> None:
        rows = RecordedMilestone.objects.filter(kind__in=dates.BY_HAND, replaced_at__isnull=True)
        row = self.one_of(rows.select_related("case__desk").order_by("recorded_at", "kind"))
        dates.withdraw(case_id=row.case_id, kind=Milestone(row.kind), by=self.desk_of(row.case))

    def period(self) -> None:
        case = self.case(Status.ACTIVE)
        periods.record(
            case_id=case.pk, kind=self.random.choice(list(PeriodKind)), starts_on=clock.today(), ends_on=None,
            source="Beslut.", by=self.desk_of(case),
        )  # fmt: skip

    def age(self) -> None:
        case = self.case(is_consultation=False)
        assessments.decide_age(
            case_id=case.pk, age_band=self.random.choice([AgeBand.ADULT, AgeBand.CHILD]),
            decided_on=clock.today(), decided_by=AgencyKind.MIGRATION_AGENCY, basis="Handling.",
            by=self.desk_of(case),
        )  # fmt: skip

    def sweep(self) -> bool:
        return chasing.sweep()[0] > 0

    # --- persons ----------------------------------------------------------------------------------

    def merge(self) -> None:
        absorbed = self.case(Status.ACTIVE, Status.RECEIVED, is_consultation=False)
        others = Case.objects.filter(desk=absorbed.desk_id, status=Status.ACTIVE, is_consultation=False)
        survivor = self.one_of(others.exclude(pk=absorbed.pk).order_by("received_at", "reference"))
        side = self.random.choice(["survivor", "absorbed"])
        merging.merge(
            survivor_id=survivor.pk, absorbed_id=absorbed.pk, choices=all_of(side, survivor, absorbed),
            secrecy=True, by=self.desk_of(absorbed),
        )  # fmt: skip

    def part(self) -> None:
        rows = Merge.objects.filter(undone_at__isnull=True).select_related("survivor__desk")
        row = self.one_of(rows.order_by("made_at"))
        merging.undo(merge_id=row.pk, by=self.desk_of(row.survivor))

    def link(self) -> None:
        case = self.case(is_consultation=False)
        rows = Case.objects.filter(desk=case.desk_id, is_consultation=False).exclude(pk=case.pk)
        other = self.one_of(rows.exclude(status=Status.MERGED).order_by("received_at", "reference"))
        links.link_earlier(
            case_id=case.pk, reference=other.reference, exploited_again=self.random.random() < 0.5,
            by=self.desk_of(case),
        )  # fmt: skip

    def unlink(self) -> None:
        rows = CaseLink.objects.filter(kind=LinkKind.EARLIER, case__status__in=OPEN_STATUSES)
        link = self.one_of(rows.select_related("case__desk").order_by("made_at"))
        links.unlink(link_id=link.pk, case_id=link.case_id, by=self.desk_of(link.case))

    def erase(self) -> None:
        """What a disposal does when all have agreed."""
        case = self.case(Status.CLOSED, Status.NOT_TAKEN)
        erasing.erase(casework.lock(case.pk), by=None, reason="time", is_new=False)
