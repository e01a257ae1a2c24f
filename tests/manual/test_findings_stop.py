"""What checking names stops an edition on its way, and leads the editor to the row."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.access import Assignment
from accounts.enums import Role
from core import clock
from core.errors import TransitionNotAllowed
from manual.enums import EditionStatus
from manual.models import Edition, StepTemplate
from manual.services import publish_edition, reviewing
from manual.services.editing import start_draft
from tests.case_factories import browser
from tests.factories import member

pytestmark = pytest.mark.django_db
KEY = "acute.rc.meet"


@pytest.fixture
def writer(db: None) -> Assignment:
    return member(Role.NATIONAL_COORDINATOR)


@pytest.fixture
def draft(edition: Edition, writer: Assignment) -> Edition:
    """A draft in which a step for adults asks for a missing child."""
    made = start_draft(title="Prov", reason="Prov.", by=writer)
    StepTemplate.objects.filter(edition=made, key=KEY).update(age="adult", conditions=["child_missing"])
    return made


def test_it_is_not_handed_in_before_it_is_put_right(draft: Edition, writer: Assignment) -> None:
    with pytest.raises(TransitionNotAllowed):
        reviewing.hand_in(edition_id=draft.pk, version=draft.version, by=writer)
    draft.refresh_from_db()
    assert draft.status == EditionStatus.DRAFT
    StepTemplate.objects.filter(edition=draft, key=KEY).update(conditions=[])
    reviewing.hand_in(edition_id=draft.pk, version=draft.version, by=writer)
    draft.refresh_from_db()
    assert draft.status == EditionStatus.REVIEW


def test_nor_is_it_approved(draft: Edition, writer: Assignment) -> None:
    """As if it had come into review past the check."""
    Edition.objects.filter(pk=draft.pk).update(
        status=EditionStatus.REVIEW, handed_in_by=writer.user, handed_in_at=clock.now()
    )
    with pytest.raises(TransitionNotAllowed):
        reviewing.approve(edition_id=draft.pk, version=draft.version, by=member(Role.NATIONAL_COORDINATOR))
    draft.refresh_from_db()
    assert draft.reviewed_at is None


def test_nor_is_it_published(draft: Edition, writer: Assignment) -> None:
    """As if the list of what stands in the way had grown since it was approved."""
    now, second = clock.now(), member(Role.NATIONAL_COORDINATOR)
    Edition.objects.filter(pk=draft.pk).update(
        status=EditionStatus.REVIEW, handed_in_by=writer.user, handed_in_at=now,
        reviewed_by=second.user, reviewed_at=now,
    )  # fmt: skip
    with pytest.raises(TransitionNotAllowed):
        publish_edition(draft, by=second)
    draft.refresh_from_db()
    assert draft.status == EditionStatus.REVIEW


def test_the_page_names_it_and_leads_to_the_field(draft: Edition, writer: Assignment) -> None:
    client: Any = browser(writer)
    url = f"/manual/utgavor/{draft.number}/"
    html = client.get(url).content.decode()
    step = StepTemplate.objects.get(edition=draft, key=KEY)
    assert f'href="{url}steg/{KEY}/#id_conditions_q"' in html
    assert step.title_sv in html and "lamna-in" not in html
    editor = client.get(f"{url}steg/{KEY}/").content.decode()
    assert 'id="id_conditions_q"' in editor  # the place the link leads to
    answer = client.post(f"{url}lamna-in/", {"version": draft.version})
    assert answer.status_code == 409
