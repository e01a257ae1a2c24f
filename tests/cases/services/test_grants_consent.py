"""The property of `test_grants` with consent in play: given, withdrawn, changed and run out in any order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accounts.enums import AgencyKind
from cases.access import sync_grants
from cases.enums import LIVE_PARTICIPATIONS, Category, ConsentForm, GroundKind, ParticipationStatus
from cases.models import CaseGrant, Consent, LegalGround, Participation
from cases.services import consents, granting, sharing, withdrawing
from core import clock
from tests.cases.services.conftest import World, undone
from tests.cases.services.test_grants import OPERATIONS, Play
from tests.security.report import examples

pytestmark = pytest.mark.django_db

SCOPES: Final = (
    [AgencyKind.POLICE],
    [AgencyKind.SOCIAL_SERVICES_ADULT],
    [AgencyKind.HEALTH_CARE, AgencyKind.POLICE],
    ["coordinator"],
)


def sure() -> None:
    """Let the deferred triggers speak now: no grant without a ground in force."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class Consenting(Play):
    """What the person may say, and what the desk may make of it."""

    def agree(self, which: int, flag: bool) -> None:
        scope = [code for code in SCOPES[which % len(SCOPES)] if code != "coordinator" or flag]
        consents.register(
            case_id=self.world.case_id, scope=scope, given_on=clock.today(), form=ConsentForm.ORAL,
            language="th", interpreter=flag, words="Ja.", by=self.coordinator,
            valid_until=clock.today() if which % 5 == 0 else None,
        )  # fmt: skip

    def withdraw(self, which: int, flag: bool) -> None:
        choices = [
            code for code, _name in withdrawing.scope_choices(self.world.case) if code != "coordinator"
        ]
        scope = {choices[which % len(choices)]} if choices else set()
        if flag and which % 7 == 0:
            scope.add("coordinator")
        withdrawing.withdraw(
            case_id=self.world.case_id, scope=scope, withdrawn_on=clock.today(), form=ConsentForm.ORAL,
            words="Nej.", by=self.coordinator,
        )  # fmt: skip

    def share(self, which: int, flag: bool) -> None:
        rows = list(Participation.objects.filter(case_id=self.world.case_id).order_by("invited_at", "pk"))
        row = rows[which % len(rows)]
        live = list(granting.grounds_of(self.world.case, row.agency_id))
        choices = sharing.ground_choices(self.world.case, row.agency)
        granting.change(
            participation_id=row.pk, replaces=live[which % len(live)].pk if flag and live else None,
            ground=choices[which % len(choices)].code if choices else "consent",
            categories=Category.values[which % 4 : which % 4 + which % 3], purpose="",
            valid_until=clock.today() if which % 4 == 0 else None, by=self.coordinator,
        )  # fmt: skip

    def narrow(self, which: int, flag: bool) -> None:
        grounds = list(LegalGround.objects.filter(case_id=self.world.case_id, agency__isnull=False))
        ground = grounds[which % len(grounds)]
        assert ground.agency_id is not None
        rows = Participation.objects.filter(case_id=self.world.case_id, agency_id=ground.agency_id)
        row = rows.order_by("invited_at").last()
        assert row is not None
        granting.end(participation_id=row.pk, ground_id=ground.pk, by=self.coordinator)

    def expire(self, which: int, flag: bool) -> None:
        with clock.frozen(clock.now() + timedelta(days=1)):
            granting.expire()

    def expected(self) -> dict[Any, tuple[int, frozenset[str]]]:
        case = self.world.case
        desk = LegalGround.objects.get(case=case, desk=case.desk, ended_at=None)
        whole = (4, frozenset(Category.values))
        found: dict[Any, tuple[int, frozenset[str]]] = {
            case.desk_id: whole if desk.categories else (2, frozenset())
        }
        for part in Participation.objects.filter(case=case, is_referrer=False, ground__ended_at=None):
            live = LegalGround.objects.filter(case=case, agency_id=part.agency_id, ended_at=None)
            own = frozenset(c for g in live.exclude(kind=GroundKind.OWN_REPORT) for c in g.categories)
            if part.status == ParticipationStatus.INVITED:
                found[part.agency_id] = (2, frozenset())
            elif part.status == ParticipationStatus.ACCEPTED:
                found[part.agency_id] = (4 if own else 3, own)
        return found

    def check(self) -> None:
        sure()
        super().check()
        case = self.world.case
        for consent in Consent.objects.filter(case=case):
            assert set(consent.scope) <= set(consent.given_scope)
            assert consent.withdrawn_on is None or consent.scope == []
        taking_part = Participation.objects.filter(case=case, status__in=LIVE_PARTICIPATIONS)
        assert not taking_part.filter(ground__ended_at__isnull=False).exists(), (
            "who takes part stands on a ground"
        )
        consented = LegalGround.objects.filter(case=case, ended_at=None, agency__isnull=False, kind="consent")
        for ground in consented.select_related("consent", "agency"):
            assert ground.consent is not None and ground.agency is not None
            assert ground.agency.kind in ground.consent.scope, (
                "what nobody agrees to any more carries nothing"
            )
            shut_out = ground.consent.withdrawals.filter(scope__contains=[ground.agency_id.hex])
            assert not shut_out.filter(recorded_at__gt=ground.made_at).exists()


MORE: Final = ["agree", "agree", "withdraw", "withdraw", "withdraw", "share", "share", "narrow", "expire"]
MOVES: Final = st.lists(
    st.tuples(st.sampled_from([*OPERATIONS, *MORE, *MORE]), st.integers(0, 40), st.booleans()),
    min_size=6,
    max_size=16,
)


@seed(20261006)
@settings(
    max_examples=examples(3, 40), deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(moves=MOVES)
def test_no_grant_stands_without_a_ground_whatever_is_withdrawn(
    world: World, moves: list[tuple[str, int, bool]]
) -> None:
    with undone():
        play = Consenting(world)
        play.act("accept", 0, True)
        for number in range(2):  # police and social services take part, on consent
            play.act("invite", number, True)
            play.act("reply", number, True)
        play.check()
        for number, (name, which, flag) in enumerate(moves):
            play.act(name, which, flag)
            try:
                play.check()
            except AssertionError as error:
                raise AssertionError(f"after {number}: {moves[: number + 1]}") from error


LONG: Final = (
    "accept0+", "invite0+", "reply0+", "invite1+", "reply1+", "share1-", "share4+", "withdraw0-", "agree2+",
    "invite0+", "reply0+", "share8+", "expire0+", "narrow1+", "agree2-", "invite2+", "reply2+", "withdraw1-",
    "close0+", "withdraw2-", "agree3+", "reopen0+", "withdraw7+", "agree3+", "reopen0+", "invite0+",
    "expire0+",
)  # fmt: skip


def test_one_long_life_with_consent(world: World) -> None:
    """A road that is known to give, widen, withdraw, run out, step back and come again."""
    play = Consenting(world)
    for number, move in enumerate(LONG):
        play.act(move[:-2], int(move[-2]), move[-1] == "+")
        try:
            play.check()
        except AssertionError as error:
            raise AssertionError(f"after {number}: {move}") from error
    ends = set(LegalGround.objects.filter(case_id=world.case_id).values_list("end_reason", flat=True))
    assert ends >= {"withdrawn", "replaced"}, (
        "the road meets withdrawal and change; running out: test_grounds"
    )


def test_the_database_refuses_a_grant_whose_ground_was_ended_beside_the_services(world: World) -> None:
    world.accept()
    world.join(AgencyKind.POLICE)
    with pytest.raises(IntegrityError, match="grant_stands_on_ground"), transaction.atomic():
        LegalGround.objects.filter(case_id=world.case_id, agency__isnull=False, kind="consent").update(
            ended_at=clock.now(), end_reason="withdrawn"
        )
        sure()
    assert CaseGrant.objects.filter(case_id=world.case_id, agency__isnull=False).exists()
    sync_grants(world.case)
