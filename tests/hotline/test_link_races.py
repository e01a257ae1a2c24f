"""One call, one draft: what holds when several people press at the same moment, with commits and locks."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.access import Assignment
from accounts.enums import Role
from cases.models import Draft, Referral
from cases.services import referrals
from coordinators.services import load_reference
from core.errors import TransitionNotAllowed
from hotline.models import Call
from hotline.services import becoming, offers
from manual.services import sync_manual
from tests.cases.services.conftest import at_once, drafted
from tests.conftest import CommittedDatabase
from tests.factories import AgencyFactory, member
from tests.hotline.ringing import answered, counted, operator


@pytest.fixture
def desk(committed_db: CommittedDatabase) -> Assignment:
    load_reference()
    sync_manual(by=None, publish=True)
    return operator()


def test_a_code_makes_one_draft_and_a_sent_one_is_linked_once(desk: Assignment) -> None:
    callers = [member(Role.CASEWORKER, agency=AgencyFactory.create()) for _number in range(6)]
    call = answered(desk)
    code = offers.make(call_id=call.pk, with_words=False, by=desk)
    found = at_once(
        [
            *(lambda by=by: offers.fetch(code=code, by=by) for by in callers),
            lambda: becoming.convert(call_id=call.pk, with_words=False, by=desk),
        ]
    )
    drafts = [one for one in found if isinstance(one, Draft)]
    assert len(drafts) == 1 and Draft.objects.count() == 1, found
    assert {type(one) for one in found if not isinstance(one, Draft)} <= {
        ValidationError,
        TransitionNotAllowed,
    }
    assert Call.objects.get(pk=call.pk).draft_id == drafts[0].pk

    sent = referrals.submit(draft_id=drafted(callers[0]).pk, by=callers[0])
    Call.objects.filter(pk=call.pk).update(draft_id=sent.draft_id)
    assert sorted(map(str, at_once([becoming.link_sent] * 4))) == ["0", "0", "0", "1"]
    assert counted()["led_to_referral"] == 1 and Referral.objects.get() == sent
