"""S12 meets S06: whoever keeps protection going meanwhile does so no longer than the person agrees."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.access import Assignment
from cases.access import sight_of
from cases.enums import ConsentForm, GrantReason, NoticeKind, ParticipationStatus
from cases.models import Notice, Participation, Step
from cases.services import consents, granting, grants, participation, withdrawing
from core import clock
from tests.cases.services.conftest import World
from tests.cases.services.test_s12_dispute import (
    ADULT_SOCIAL,
    LUND,
    MALMO,
    decline,
    dispute_of,
    provisional,
    social,
    staying,
)

pytestmark = pytest.mark.django_db
Disputed = tuple[World, Assignment]


@pytest.fixture
def disputed(world: World) -> Disputed:
    """Malmö keeps it going; a second consent, for ten days, has come since it was asked."""
    case, malmo, lund = staying(world, MALMO, "syd"), social(MALMO), social(LUND)
    decline(case, malmo)
    row = case.invite(lund.agency)
    consents.register(
        case_id=case.case_id, scope=[ADULT_SOCIAL], given_on=clock.today(), form=ConsentForm.ORAL,
        language="ro", interpreter=False, words="", valid_until=clock.today() + timedelta(days=10),
        by=case.karin,
    )  # fmt: skip
    case.case.consents.filter(valid_until=None).update(given_on=clock.today() - timedelta(days=1))
    participation.answer(participation_id=row.pk, accepts=False, reason="Nej.", by=lund)
    return case, malmo


def _has_let_go(case: World, malmo: Assignment, row: Participation) -> None:
    row.refresh_from_db()
    assert row.status == ParticipationStatus.ENDED and sight_of(malmo, case.case) is None
    assert not Step.objects.filter(case=case.case, agency=malmo.agency, ended_at=None).exists()
    assert Notice.objects.filter(user=malmo.user, kind=NoticeKind.SIGHT_ENDED).exists()
    assert dispute_of(case).settled_at is None, "the desk answers for her alone, and still has to settle it"
    assert grants.is_true(case.case)


def test_when_consent_is_withdrawn_the_provisional_part_ends_too(disputed: Disputed) -> None:
    case, malmo = disputed
    row, sight = provisional(case), sight_of(malmo, case.case)
    assert sight is not None and {grant.reason for grant in sight.grants} == {GrantReason.PROVISIONAL}
    withdrawing.withdraw(case_id=case.case_id, scope=[ADULT_SOCIAL], withdrawn_on=clock.today(),
                         form=ConsentForm.ORAL, words="", by=case.karin)  # fmt: skip
    _has_let_go(case, malmo, row)


def test_it_lasts_no_longer_than_the_consent_it_stands_on(
    disputed: Disputed, freeze: Callable[[str], Any]
) -> None:
    case, malmo = disputed
    row = provisional(case)
    assert row.ground.consent is not None and row.ground.valid_until == row.ground.consent.valid_until
    day = row.ground.valid_until
    assert day is not None
    freeze(f"{day + timedelta(days=1)} 03:00")
    assert sight_of(malmo, case.case) is None, "before any job has run"
    granting.expire()
    _has_let_go(case, malmo, row)
