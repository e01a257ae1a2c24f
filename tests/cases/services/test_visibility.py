"""Whatever happens, in any order: every door shows exactly the cases and categories the reference says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accounts.access import Assignment, assignment_for
from accounts.enums import AgencyKind, Role
from accounts.models import Membership
from accounts.services.memberships import sync_permissions
from cases.enums import ForwardReason, Protection
from cases.models import Case, Dispute, Handover, Merge, NamedPerson, Recusal
from cases.services import (
    disputes,
    emergency,
    handovers,
    merge_choices,
    merging,
    participation,
    protection,
    recusals,
    triage,
)
from coordinators.models import Desk, Duty
from coordinators.services import put_on_duty, register_absence
from coordinators.services.rights import sync_rights
from core import clock
from tests.cases.services.conftest import World, membership_of, sent, undone
from tests.cases.services.doors import Door
from tests.cases.services.test_grants import OPERATIONS
from tests.cases.services.test_grants_consent import MORE, Consenting
from tests.factories import AgencyFactory, member
from tests.security.report import examples

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]


class Visible(Consenting):
    """Everything `Consenting` may do, and what moves people and cases between desks and hands."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.stack = ExitStack()
        self.spare = member(Role.REGIONAL_COORDINATOR, agency=world.karin.agency)
        self.other_id = sent(world.referrer).case_id
        triage.accept(case_id=self.other_id, by=world.karin)
        self.everybody = (*self.everybody[:-2], self.spare, self.everybody[-1])

    @property
    def desks(self) -> tuple[Assignment, ...]:
        return (self.world.karin, self.world.per, self.world.syd, self.world.national, self.spare)

    def later(self, which: int, flag: bool) -> None:
        self.stack.enter_context(clock.frozen(clock.now() + timedelta(minutes=[70, 60 * 26][flag])))

    def recuse(self, which: int, flag: bool) -> None:
        by = self.everybody[which % len(self.everybody)]
        if by is not self.world.karin:  # somebody must be left to act
            recusals.recuse(case_id=self.world.case_id, reason="Släkt.", by=by)

    def lift(self, which: int, flag: bool) -> None:
        row = Recusal.objects.filter(case_id=self.world.case_id, lifted_at=None).first()
        if row:
            recusals.lift(recusal_id=row.pk, by=self.world.national)

    def go_away(self, which: int, flag: bool) -> None:
        away, deputy = self.desks[which % 5], self.desks[(which // 5) % 5]
        today, last = clock.today(), clock.today() + timedelta(days=which % 2)
        register_absence(
            membership=membership_of(away),
            first=today,
            last=last,
            by=None,
            deputy=membership_of(deputy) if flag else None,
        )

    def on_duty(self, which: int, flag: bool) -> None:
        desk = Desk.objects.get(key=["mitt", "syd", "national"][which % 3])
        put_on_duty(desk=desk, membership=membership_of(self.desks[which % 5]), first=clock.today(), by=None)

    def off_duty(self, which: int, flag: bool) -> None:
        rows = Duty.objects.exclude(membership_id=self.world.karin.membership_id)
        before = rows.filter(valid_from__lt=clock.today()).order_by("desk__key", "membership__user__email")
        row = before[which % len(before)]
        Duty.objects.filter(pk=row.pk).update(valid_until=clock.today() - timedelta(days=1))
        sync_rights()

    def leaves(self, which: int, flag: bool) -> None:
        """Somebody's membership ended yesterday."""
        by = self.agencies[which % 3]
        yesterday = clock.today() - timedelta(days=1)
        Membership.objects.filter(pk=by.membership_id).update(valid_until=yesterday if flag else None)
        sync_permissions(Membership.objects.get(pk=by.membership_id))

    def hand_over(self, which: int, flag: bool) -> None:
        key = "syd" if self.world.case.desk.key == "mitt" else "mitt"
        handovers.ask(
            case_id=self.world.case_id,
            desk_id=Desk.objects.get(key=key).pk,
            by=self.coordinator,
            reason=ForwardReason.MOVED,
            moves_on=clock.today() + timedelta(days=which % 3),
        )

    def answer_hand_over(self, which: int, flag: bool) -> None:
        asked = Handover.objects.filter(case_id=self.world.case_id, status="open").first()
        if asked is None:
            return
        by = {"mitt": self.world.karin, "syd": self.world.syd}[asked.to_desk.key]
        if flag:
            handovers.accept(case_id=self.world.case_id, by=by)
        elif which % 2:
            handovers.reject(case_id=self.world.case_id, answer="Nej.", by=by)
        else:
            handovers.withdraw(case_id=self.world.case_id, by=self.coordinator)

    def dispute(self, which: int, flag: bool) -> None:
        """Two more agencies of the kind decline; or it is settled."""
        found = Dispute.objects.filter(case_id=self.world.case_id, settled_at=None).first()
        if found and flag:
            disputes.settle(
                case_id=self.world.case_id,
                dispute_id=found.pk,
                agency_id=self.health.agency_id,
                text="Enades.",
                ground="consent",
                purpose="Vård",
                by=self.coordinator,
            )
            return
        for _number in range(2):
            by = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=AgencyKind.HEALTH_CARE))
            row = participation.invite(
                case_id=self.world.case_id,
                agency_id=by.agency_id,
                ground="consent",
                categories=[],
                purpose="Vård",
                by=self.coordinator,
            )
            participation.answer(participation_id=row.pk, accepts=False, reason="Nej.", by=by)

    def merge(self, which: int, flag: bool) -> None:
        made = Merge.objects.filter(survivor_id=self.world.case_id, undone_at=None).first()
        if made:
            merging.undo(merge_id=made.pk, by=self.coordinator)
            return
        survivor, absorbed = (
            self.world.case,
            Case.objects.select_related("person", "desk").get(pk=self.other_id),
        )
        choices = {row.key: "survivor" for row in merge_choices.differences(survivor, absorbed)}
        merging.merge(
            survivor_id=survivor.pk,
            absorbed_id=absorbed.pk,
            choices=choices,
            secrecy=True,
            by=self.coordinator,
        )

    def emergency(self, which: int, flag: bool) -> None:
        if flag:
            emergency.open_case(reference=self.world.case.reference, reason="Fara.", by=self.world.national)
        else:
            emergency.close(case_id=self.world.case_id, by=self.world.national)

    def protect(self, which: int, flag: bool) -> None:
        to = [Protection.SECRECY_MARKING, Protection.PROTECTED_REGISTRATION][flag]
        protection.make_stricter(case_id=self.world.case_id, to=to, by=self.coordinator)

    def name(self, which: int, flag: bool) -> None:
        to = self.everybody[which % len(self.everybody)]
        row = NamedPerson.objects.filter(case_id=self.world.case_id, ended_at=None).first()
        if row and not flag:
            protection.unname(case_id=self.world.case_id, named_id=row.pk, by=self.coordinator)
        else:
            protection.name(
                case_id=self.world.case_id,
                user_id=to.user_id,
                reason="Möter henne.",
                until=clock.today() + timedelta(days=which % 4),
                by=self.coordinator,
            )

    # --- every door, for everybody -----------------------------------------------------------------

    def check_doors(self, tried: Callable[..., None]) -> None:
        cases = {pk: Case.objects.get(pk=pk) for pk in (self.world.case_id, self.other_id)}
        for before in self.everybody:
            by = assignment_for(
                Membership.objects.select_related("user", "agency").get(pk=before.membership_id)
            )
            Door(by, cases).check()
            tried()


HAPPENS: Final = [
    "recuse",
    "lift",
    "go_away",
    "on_duty",
    "off_duty",
    "leaves",
    "hand_over",
    "answer_hand_over",
    "dispute",
    "merge",
    "emergency",
    "protect",
    "name",
    "later",
]
MOVES: Final = st.lists(
    st.tuples(
        st.sampled_from([*OPERATIONS, *MORE, *HAPPENS, *HAPPENS, *HAPPENS]), st.integers(0, 40), st.booleans()
    ),
    min_size=6,
    max_size=18,
)


def live(world: World, moves: list[tuple[str, int, bool]], tried: Callable[..., None]) -> None:
    with undone():
        play = Visible(world)
        try:
            for name, which in (("accept", 0), ("invite", 0), ("reply", 0), ("invite", 1), ("reply", 1)):
                play.act(name, which, True)
            for name, which, flag in moves:
                play.act(name, which, flag)
            play.check_doors(tried)
        finally:
            play.stack.close()


@seed(20261207)
@settings(
    max_examples=examples(4, 40),
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(moves=MOVES)
@pytest.mark.security("S05", "random lives of two cases: every door beside a reference")
def test_every_door_shows_what_the_reference_says(
    world: World, tried: Callable[..., None], moves: list[tuple[str, int, bool]]
) -> None:
    live(world, moves, tried)


ROAD: Final = [
    "invite2-",
    "recuse1+",
    "emergency0+",
    "protect0+",
    "name4+",
    "hand_over1+",
    "answer_hand_over0+",
    "go_away2+",
    "merge0+",
]


@pytest.mark.security("S05", "a known life, looked at on the way and at its end")
@pytest.mark.parametrize("number", [5, len(ROAD)])
def test_a_known_road(world: World, tried: Callable[..., None], number: int) -> None:
    live(world, [(move[:-2], int(move[-2]), move[-1] == "+") for move in ROAD[:number]], tried)
