"""Files become a draft, a draft is published, and nothing happens twice."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.enums import Role
from core import clock
from core.errors import TransitionNotAllowed
from core.models import AuditEvent
from manual.enums import EditionStatus
from manual.library import BadSource, current_edition, edition_steps, source
from manual.models import Edition, Paragraph, StepTemplate
from manual.services import editing, publish_edition, sync_manual
from tests.factories import member

pytestmark = pytest.mark.django_db


def other_files(monkeypatch: pytest.MonkeyPatch, title: str = "Nytt namn") -> None:
    """As if someone had changed the title of the first step in the file."""
    read = source.read()
    changed = [read.steps[0] | {"title_sv": title}, *read.steps[1:]]
    monkeypatch.setattr(source, "read", lambda: source.Source(changed, read.pieces, checksum="0" * 64))


def test_files_become_a_draft() -> None:
    synced = sync_manual(by=None)
    assert synced.changed
    assert synced.edition.status == EditionStatus.DRAFT
    assert StepTemplate.objects.filter(edition=synced.edition, origin="manual").count() == 90
    assert Paragraph.objects.filter(edition=synced.edition).exists()


def test_syncing_again_changes_nothing(edition: Edition) -> None:
    before = set(StepTemplate.objects.values_list("pk", flat=True))
    events = AuditEvent.objects.count()
    again = sync_manual(by=None, publish=True)
    assert not again.changed
    assert again.edition == edition
    assert set(StepTemplate.objects.values_list("pk", flat=True)) == before
    assert AuditEvent.objects.count() == events


def test_changed_files_make_a_new_draft_and_leave_the_published_alone(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_files(monkeypatch)
    draft = sync_manual(by=None).edition
    assert draft.number == edition.number + 1
    assert current_edition() == edition
    assert edition_steps(draft)[0].title_sv == "Nytt namn"
    assert edition_steps(edition)[0].title_sv != "Nytt namn"


def test_publishing_retires_the_last_and_keeps_its_steps(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    other_files(monkeypatch)
    published = publish_edition(sync_manual(by=None).edition, by=None)
    edition.refresh_from_db()
    assert edition.status == EditionStatus.RETIRED
    assert edition.retired_at is not None
    assert current_edition() == published
    assert published.published_by is None
    assert edition.steps.count() == published.steps.count()
    event = AuditEvent.objects.get(verb="manual.publish", target_id=published.pk)
    assert event.facts == {"number": 2, "valid_from": clock.today().isoformat()}
    assert AuditEvent.objects.get(verb="manual.replace").target_id == edition.pk


def test_only_a_draft_is_published(edition: Edition) -> None:
    with pytest.raises(TransitionNotAllowed):
        publish_edition(edition, by=None)


def test_without_the_right_nothing_is_written_and_the_refusal_stays() -> None:
    who = member(Role.CASEWORKER)
    with pytest.raises(PermissionDenied):
        sync_manual(by=who)
    assert not Edition.objects.exists()
    assert AuditEvent.objects.using("audit").filter(verb="manual.edit", user_id=who.user_id).exists()


def test_a_draft_edited_on_screen_is_not_overwritten(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    Edition.objects.create(number=2, checksum="", created_at=edition.created_at)
    other_files(monkeypatch)
    with pytest.raises(TransitionNotAllowed):
        sync_manual(by=None)


def test_one_draft_and_one_published_at_most(edition: Edition) -> None:
    Edition.objects.create(number=2, created_at=edition.created_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.create(number=3, created_at=edition.created_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(number=2).update(
            status="published", published_at=edition.created_at, valid_from=edition.valid_from
        )


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "custom"},
        {"unit": "weeks"},
        {"agency_role": "neighbour"},
        {"conditions": ["raining"]},
        {"recurs_amount": 1, "recurs_unit": ""},
    ],
)
def test_the_database_refuses_what_is_not_in_the_lists(edition: Edition, values: dict[str, object]) -> None:
    draft = Edition.objects.create(number=2, created_at=edition.created_at)
    step = edition.steps.get(key="ident.rc.assess")
    step.pk, step.edition, step._state.adding = uuid.uuid4(), draft, True
    step.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        StepTemplate.objects.filter(edition=draft).update(**values)


def test_the_command_says_what_it_did() -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="No edition is published yet") as none_yet:
        call_command("sync_manual", "--check", stdout=out)
    assert none_yet.value.returncode == 4
    assert not Edition.objects.exists()
    call_command("sync_manual", "--publish", stdout=out)
    call_command("sync_manual", stdout=out)
    assert out.getvalue().splitlines()[1:] == [
        "Edition 1 is now published.",
        "Edition 1 is already published.",
    ]


def test_the_command_names_what_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise BadSource(["ident.rc.assess: no paragraph 9-9-9"])

    monkeypatch.setattr(source, "read", broken)
    with pytest.raises(CommandError, match="ident.rc.assess"):
        call_command("sync_manual", "--check")


def test_the_first_edition_comes_from_the_files() -> None:
    saga = member(Role.NATIONAL_COORDINATOR)
    with pytest.raises(TransitionNotAllowed):
        editing.start_draft(title="Ny", reason="Tom portal.", by=saga)


def test_what_a_person_brings_in_from_files_is_reviewed_too() -> None:
    saga = member(Role.NATIONAL_COORDINATOR)
    with pytest.raises(TransitionNotAllowed):
        sync_manual(by=saga, publish=True)
    draft = sync_manual(by=saga).edition
    with pytest.raises(TransitionNotAllowed):
        publish_edition(draft, by=saga)


def test_the_command_line_may_name_a_day_that_has_passed() -> None:
    draft = sync_manual(by=None).edition
    day = clock.today() - timedelta(days=400)
    assert publish_edition(draft, by=None, valid_from=day).valid_from == day
