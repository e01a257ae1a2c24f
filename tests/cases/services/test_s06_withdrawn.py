"""S06: the person takes consent back. What stops, what stays, and what nobody can take back."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client

from accounts.access import Assignment
from accounts.enums import AgencyKind, Role
from cases.access import sight_of, visible
from cases.enums import (
    CancelReason,
    Category,
    ConsentForm,
    DisclosureKind,
    GroundEnd,
    GroundKind,
    Level,
    NoticeKind,
    Outcome,
    ParticipationStatus,
    Provision,
    Status,
    StepStatus,
)
from cases.models import (
    Case,
    Consent,
    Disclosure,
    Notice,
    Participation,
    Step,
    Withdrawal,
)
from cases.services import (
    casework,
    consents,
    granting,
    grants,
    messages,
    participation,
    steps,
    withdrawing,
)
from core import clock, delivery, pdf
from core.enums import MailState, PdfState
from core.models import AuditEvent, OutboundEmail, PdfJob
from tests.cases.services.conftest import World, refusals, sent
from tests.factories import AgencyFactory, member, sign_in

pytestmark = pytest.mark.django_db

NGO, MIGRATION, POLICE = AgencyKind.NGO_PLATFORM, AgencyKind.MIGRATION_AGENCY, AgencyKind.POLICE
SCOPE: Final = ["social_services_adult", "police", "migration_agency", "ngo_platform", "iom"]
WORDS: Final = "De ska inte veta mer om mig."


class Shared:
    """An active case with an organisation on consent and the Migration Agency on a provision."""

    def __init__(self, world: World, ngo_id: uuid.UUID | None = None) -> None:
        self.world = world.about(sent(world.referrer, consent_scope=SCOPE))
        self.world.accept()
        agency = AgencyFactory.create(kind=NGO, **({"pk": ngo_id} if ngo_id else {}))
        self.ngo = member(Role.CASEWORKER, agency=agency)
        row = self.world.invite(agency, "consent", [Category.SITUATION, Category.HEALTH])
        participation.answer(participation_id=row.pk, accepts=True, by=self.ngo)
        self.migration = self.world.join(MIGRATION, Provision.OSL_10_2, [Category.SITUATION])
        self.case_id, self.karin = self.world.case_id, self.world.karin

    @property
    def case(self) -> Case:
        return self.world.case

    def withdraw(self, *scope: str, **more: Any) -> withdrawing.Effects:
        given: dict[str, Any] = {
            "withdrawn_on": clock.today(),
            "form": ConsentForm.ORAL,
            "words": WORDS,
            "by": self.karin,
        }
        return withdrawing.withdraw(case_id=self.case_id, scope=scope or [NGO], **(given | more))

    def part(self, who: Assignment) -> Participation:
        return Participation.objects.get(case_id=self.case_id, agency_id=who.agency_id, is_referrer=False)


@pytest.fixture
def shared(world: World) -> Shared:
    return Shared(world)


def sure() -> None:
    """Let the deferred triggers speak now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_organisation_loses_sight_at_once_and_the_other_ground_stands(shared: Shared) -> None:
    assert sight_of(shared.ngo, shared.case).sees(Category.HEALTH)
    shared.withdraw(NGO, withdrawn_on=date(2026, 11, 20), words="Hon sade det till mig i telefon.")
    sure()
    assert sight_of(shared.ngo, shared.case) is None and not visible(shared.ngo).exists()
    kept = sight_of(shared.migration, shared.case)
    assert kept is not None and kept.level == Level.FULL and kept.categories == {Category.SITUATION}
    part = shared.part(shared.ngo)
    assert (part.status, part.ended_at) == (ParticipationStatus.ENDED, clock.now())
    assert (part.ground.end_reason, part.ground.ended_at) == (GroundEnd.WITHDRAWN, clock.now())
    assert shared.part(shared.migration).status == ParticipationStatus.ACCEPTED
    assert grants.is_true(shared.case)


def test_scope_date_and_words_are_kept_and_consent_shrinks(shared: Shared) -> None:
    shared.withdraw(NGO, withdrawn_on=date(2026, 11, 20), form=ConsentForm.WRITTEN, words=WORDS)
    consent = Consent.objects.get(case_id=shared.case_id)
    assert NGO not in consent.scope and NGO in consent.given_scope and "coordinator" in consent.scope
    assert consent.withdrawn_on is None, "the rest of it holds"
    row = Withdrawal.objects.get(consent=consent)
    assert (row.scope, row.withdrawn_on, row.form) == ([NGO], date(2026, 11, 20), ConsentForm.WRITTEN)
    assert str(row.words) == WORDS and row.recorded_by_id == shared.karin.user_id
    assert WORDS not in str(list(AuditEvent.objects.values()))
    with pytest.raises(ValidationError):
        shared.world.invite(AgencyFactory.create(kind=NGO), "consent")


def test_its_open_steps_end_with_the_reason_and_nobody_elses(shared: Shared) -> None:
    own = Step.objects.filter(case_id=shared.case_id, agency_id=shared.ngo.agency_id)
    others = Step.objects.filter(case_id=shared.case_id, agency_id=shared.migration.agency_id)
    live, before = own.exclude(ended_at__isnull=False).count(), set(others.values_list("pk", "status"))
    assert live
    shared.withdraw(NGO)
    ended = own.filter(cancel_reason=CancelReason.CONSENT_WITHDRAWN, status=StepStatus.CANCELLED)
    assert ended.count() == live and not own.filter(ended_at__isnull=True).exists()
    assert before == set(others.values_list("pk", "status"))


def test_what_it_would_mean_is_what_happens(shared: Shared) -> None:
    messages.send(case_id=shared.case_id, to=[f"agency:{shared.ngo.agency_id}"], text="Hej", by=shared.karin)
    told = withdrawing.effects(shared.case, [NGO])
    assert [one.agency for one in told.lost] == [shared.ngo.agency] and told.lost[0].leaves
    assert told.lost[0].stops == {Category.SITUATION, Category.HEALTH} and not told.desk
    assert [agency for agency, _grounds in told.unaffected] == [shared.migration.agency]
    assert {row.kind for row in told.copies} == {DisclosureKind.MESSAGE}
    assert Withdrawal.objects.count() == 0 and sight_of(shared.ngo, shared.case) is not None
    done = shared.withdraw(NGO)
    assert {s.pk for s in done.lost[0].steps} == {s.pk for s in told.lost[0].steps} != set()
    assert {g.pk for g in done.grounds} == {g.pk for g in told.grounds}


# --- nothing on its way arrives -----------------------------------------------------------------------------


def test_queued_mail_and_unread_news_about_the_case_are_cancelled(shared: Shared) -> None:
    shared.ngo.user.mail = "direct"
    shared.ngo.user.save(update_fields=["mail"])
    messages.send(
        case_id=shared.case_id,
        to=[f"agency:{shared.ngo.agency_id}", f"agency:{shared.migration.agency_id}"],
        text="Möte", by=shared.karin,
    )  # fmt: skip
    waiting = OutboundEmail.objects.filter(user_id=shared.ngo.user_id, state=MailState.QUEUED)
    keys = set(waiting.values_list("dedupe_key", flat=True))
    assert any(key.startswith("now:message:") for key in keys)
    others = Notice.objects.filter(user=shared.migration.user, read_at=None).count()
    shared.withdraw(NGO)
    left = Notice.objects.filter(user=shared.ngo.user, read_at=None).values_list("kind", flat=True)
    assert list(left) == [NoticeKind.SIGHT_ENDED], "one neutral notice, and no other"
    for row in OutboundEmail.objects.filter(dedupe_key__in=keys):
        assert row.state == MailState.CANCELLED
        assert delivery.deliver(row.pk) is None
    assert Notice.objects.filter(user=shared.migration.user, read_at=None).count() == others


def test_the_notice_reveals_nothing(shared: Shared) -> None:
    shared.withdraw(NGO)
    page = sign_in(Client(), shared.ngo).get("/aviseringar/").content.decode()
    assert shared.case.reference in page and "deltar inte längre" in page
    for word in ("samtycke", "Samtycke", "återkall", WORDS, "Uppsala"):
        assert word not in page


@pytest.mark.parametrize("state", [PdfState.WAITING, PdfState.RENDERING, PdfState.READY])
def test_papers_ordered_before_are_destroyed(shared: Shared, state: PdfState) -> None:
    def order(by: Assignment) -> PdfJob:
        job = pdf.request("pdf/case_summary.html", {"needs": {"categories": ["situation"]}}, by=by,
                          filename="x.pdf", case_id=shared.case_id)  # fmt: skip
        job.state, job.result = state, b"%PDF" if state == PdfState.READY else None
        job.save(update_fields=["state", "result"])
        return job

    theirs, others, own = order(shared.ngo), order(shared.migration), order(shared.karin)
    shared.withdraw(NGO)
    theirs.refresh_from_db()
    assert theirs.state == PdfState.EXPIRED and theirs.result is None
    assert PdfJob.objects.get(pk=theirs.pk).data_key.destroyed_at is not None
    assert pdf.render(theirs.pk) is None
    for job in (others, own):
        job.refresh_from_db()
        assert job.state == state
    client = sign_in(Client(), shared.ngo)
    assert client.get(f"/papper/{theirs.pk}/").status_code == 404
    assert client.get(f"/papper/{theirs.pk}/hamta/").status_code == 404


def test_an_open_tab_meets_404_and_changes_nothing(shared: Shared) -> None:
    client, step = sign_in(Client(), shared.ngo), Step.objects.filter(agency=shared.ngo.agency).first()
    base = f"/arenden/{shared.case_id}/"
    assert client.get(base).status_code == 200
    shared.withdraw(NGO)
    for page in ("", "checklista/", "meddelanden/", "aktorer/", "historik/", "delning/", "papper/",
                 f"checklista/{step.pk}/"):  # fmt: skip
        assert client.get(base + page).status_code == 404, page
    for page in (f"checklista/{step.pk}/klar/", "meddelanden/skicka/", "meddelanden/anteckna/"):
        assert (
            client.post(base + page, {"text": "x", "note-text": "x", "version": step.version}).status_code
            == 404
        )
    with pytest.raises(PermissionDenied):
        steps.done(step_id=step.pk, by=shared.ngo)
    other = sign_in(Client(), shared.migration)
    assert other.get(base).status_code == 200


def test_an_invitation_not_yet_answered_lapses(shared: Shared) -> None:
    invited = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=NGO, mailbox="box@ngo.example"))
    row = shared.world.invite(invited.agency, "consent")
    assert OutboundEmail.objects.filter(to="box@ngo.example", state=MailState.QUEUED).exists()
    shared.withdraw(NGO)
    row.refresh_from_db()
    assert row.status == ParticipationStatus.ENDED and sight_of(invited, shared.case) is None
    with pytest.raises(ValidationError):
        participation.answer(participation_id=row.pk, accepts=True, by=invited)
    assert (
        not OutboundEmail.objects.filter(dedupe_key__contains="invited", state=MailState.QUEUED)
        .filter(dedupe_key__startswith=f"box:{invited.agency_id}")
        .exists()
    )


def test_somebody_with_another_way_in_keeps_her_news(shared: Shared) -> None:
    """She works for both houses: what she may still see is still told."""
    from tests.factories import MembershipFactory

    MembershipFactory.create(user=shared.ngo.user, agency=shared.migration.agency, role=Role.CASEWORKER)
    messages.send(case_id=shared.case_id, to=[f"agency:{shared.ngo.agency_id}"], text="Hej", by=shared.karin)
    shared.withdraw(NGO)
    assert Notice.objects.filter(user=shared.ngo.user, kind=NoticeKind.MESSAGE).exists()


# --- partly, and on more than one ground --------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", ["00000000-1234-4567-8901-234567890123", "abcdefab-cdef-4abc-8def-abcdefabcdef"]
)
def test_one_agency_of_a_kind_can_be_shut_out_alone(world: World, key: str) -> None:
    """Whatever its id looks like: digits alone are no reason to refuse."""
    shared = Shared(world, ngo_id=uuid.UUID(key))
    other = shared.world.join(NGO, "consent")
    shared.withdraw(shared.ngo.agency_id.hex)
    assert sight_of(shared.ngo, shared.case) is None and sight_of(other, shared.case) is not None
    assert NGO in Consent.objects.get(case_id=shared.case_id).scope
    with pytest.raises(ValidationError):
        shared.world.invite(shared.ngo.agency, "consent")
    assert shared.world.invite(AgencyFactory.create(kind=NGO), "consent").pk


def test_what_stands_on_a_provision_too_goes_on_with_less(shared: Shared) -> None:
    police = shared.world.join(POLICE, "consent", [Category.SITUATION, Category.HEALTH])
    row = shared.part(police)
    granting.change(participation_id=row.pk, replaces=None, ground=Provision.OSL_10_23,
                    categories=[Category.SITUATION, Category.PROCEEDINGS], purpose="Utredning",
                    valid_until=None, by=shared.karin)  # fmt: skip
    assert sight_of(police, shared.case).categories == {"situation", "health", "proceedings"}
    (lost,) = withdrawing.effects(shared.case, [POLICE]).lost
    assert lost.stops == {Category.HEALTH} and not lost.leaves and lost.steps == ()
    shared.withdraw(POLICE)
    sure()
    assert sight_of(police, shared.case).categories == {"situation", "proceedings"}
    row.refresh_from_db()
    assert row.status == ParticipationStatus.ACCEPTED and row.ground.kind == GroundKind.PROVISION
    assert Notice.objects.filter(user=police.user, kind=NoticeKind.SHARING).exists()
    assert grants.is_true(shared.case)


def test_a_paper_with_what_is_seen_no_more_is_refused(shared: Shared) -> None:
    police = shared.world.join(POLICE, "consent", [Category.HEALTH])
    row = shared.part(police)
    granting.change(participation_id=row.pk, replaces=None, ground=Provision.OSL_10_23,
                    categories=[Category.SITUATION], purpose="x", valid_until=None,
                    by=shared.karin)  # fmt: skip
    job = pdf.request("pdf/case_summary.html", {"needs": {"categories": ["health"]}}, by=police,
                      filename="x.pdf", case_id=shared.case_id)  # fmt: skip
    client = sign_in(Client(), police)
    assert client.get(f"/papper/{job.pk}/").status_code == 200
    shared.withdraw(POLICE)
    assert client.get(f"/papper/{job.pk}/").status_code == 404
    assert client.get(f"/arenden/{shared.case_id}/").status_code == 200


def test_two_consents_both_end_for_the_kind(shared: Shared) -> None:
    consents.register(
        case_id=shared.case_id, scope=[NGO, AgencyKind.SHELTER], given_on=clock.today(),
        form=ConsentForm.ORAL, language="ro", interpreter=True, words="", by=shared.karin,
    )  # fmt: skip
    shared.withdraw(NGO)
    assert not Consent.objects.filter(case_id=shared.case_id, scope__contains=[NGO]).exists()
    assert Withdrawal.objects.count() == 2
    shared.withdraw(AgencyKind.SHELTER)
    spent = Consent.objects.get(case_id=shared.case_id, given_scope__contains=[AgencyKind.SHELTER])
    assert spent.scope == [] and spent.withdrawn_on == clock.today()


def test_the_referrers_own_duties_stay_hers(shared: Shared) -> None:
    social = shared.world.referrer
    row = shared.world.invite(social.agency, "consent")
    participation.answer(participation_id=row.pk, accepts=True, by=social)
    duties = Step.objects.filter(case_id=shared.case_id, template__agency_role="referrer")
    before = set(duties.values_list("pk", "status"))
    shared.withdraw(AgencyKind.SOCIAL_SERVICES_ADULT)
    assert set(duties.values_list("pk", "status")) == before and before
    assert sight_of(social, shared.case) is None


# --- who, and what is refused -------------------------------------------------------------------------------


def test_only_the_desk_that_holds_the_case_records_it(shared: Shared) -> None:
    for who in (shared.ngo, shared.migration, shared.world.syd, shared.world.national, shared.world.referrer):
        with pytest.raises(PermissionDenied):
            shared.withdraw(NGO, by=who)
    assert not Withdrawal.objects.exists() and refusals("case.triage") == 5


@pytest.mark.parametrize("scope", [[], ["health_care"], ["everything"], ["0" * 32], [AgencyKind.SHELTER]])
def test_what_nobody_has_agreed_to_cannot_be_withdrawn(shared: Shared, scope: list[str]) -> None:
    with pytest.raises(ValidationError) as error:
        withdrawing.withdraw(case_id=shared.case_id, scope=scope, withdrawn_on=clock.today(),
                             form=ConsentForm.ORAL, words="", by=shared.karin)  # fmt: skip
    assert "scope" in error.value.message_dict and not Withdrawal.objects.exists()


def test_a_day_to_come_is_refused(shared: Shared) -> None:
    with pytest.raises(ValidationError) as error:
        shared.withdraw(NGO, withdrawn_on=clock.today() + timedelta(days=1))
    assert "withdrawn_on" in error.value.message_dict


def test_in_a_closed_case_reading_ends_too(shared: Shared) -> None:
    casework.close(case_id=shared.case_id, outcome=Outcome.SUPPORT_COMPLETED, by=shared.karin)
    assert sight_of(shared.ngo, shared.case) is not None
    shared.withdraw(NGO)
    assert sight_of(shared.ngo, shared.case) is None and shared.case.status == Status.CLOSED


def test_history_says_what_was_seen_up_to_then(shared: Shared) -> None:
    shared.withdraw(NGO)
    opened = Disclosure.objects.get(
        case_id=shared.case_id, agency=shared.ngo.agency, kind=DisclosureKind.ACCESS
    )
    assert set(opened.categories) == {Category.SITUATION, Category.HEALTH}
    assert opened.ground.ended_at == clock.now() and opened.ground.end_reason == GroundEnd.WITHDRAWN
    event = AuditEvent.objects.get(verb="consent.withdraw")
    assert event.target_id == shared.case_id and event.facts["scope"] == [NGO]
