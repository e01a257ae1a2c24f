"""S16: a desk that saw wrongly and takes the case over later does not read what was reported about it."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.enums import Role
from cases.access import sight_of
from cases.enums import BreachKind, NoticeKind, Threat
from cases.models import BreachRecipient, Notice
from cases.notifications import breaches as telling
from cases.services.breaches import reporting
from cases.services.breaches import sight as clearing
from core import clock
from tests.cases.services.conftest import World
from tests.factories import member

pytestmark = pytest.mark.django_db


def test_the_desk_that_is_named_is_not_cleared_when_the_case_is_its_own(world: World) -> None:
    world.accept()
    dora = member(Role.DATA_PROTECTION_OFFICER)
    told = reporting.Told(
        kind=BreachKind.SHARED, threat=Threat.UNKNOWN, what="Läst av fel desk.", noticed_at=clock.now(),
        outside="Ingen annan",
    )  # fmt: skip
    breach = reporting.report(case_id=world.case_id, told=told, by=world.karin)
    sight = sight_of(world.karin, world.case)
    assert sight is not None and clearing.breaches_of(sight).exists()
    BreachRecipient.objects.create(breach=breach, desk_id=world.case.desk_id, had_sight=True)
    Notice.objects.all().delete()
    assert not clearing.breaches_of(sight).exists()
    assert not clearing.still_cleared(breach.pk, world.karin)
    with pytest.raises(Http404):
        clearing.get_or_404(sight, breach.pk)
    with pytest.raises(PermissionDenied):
        clearing.acting(breach, world.case, world.karin, "breach.protect")
    telling.chased(breach, with_desk=True)
    kinds = Notice.objects.filter(kind=NoticeKind.BREACH_DUE)
    assert set(kinds.values_list("user_id", flat=True)) == {dora.user_id}
    assert clearing.for_officer(breach.pk, dora) and clearing.still_cleared(breach.pk, dora)
