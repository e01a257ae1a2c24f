"""Sending: the right desk, the right clock, one referral however often, nothing left of the draft."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.http import Http404

from accounts.enums import AgencyKind, Role
from cases.access import grants_for, sight_of, visible
from cases.enums import (
    Category,
    GrantReason,
    GroundKind,
    Level,
    NoticeKind,
    Outcome,
    PlaceSource,
    Provision,
    Status,
    Urgency,
    Verb,
)
from cases.models import (
    Case,
    CaseGrant,
    Consent,
    Draft,
    LegalGround,
    Notice,
    Participation,
    Person,
    Referral,
    Step,
    Tally,
)
from cases.services import casework, chasing, participation, referrals, steps, triage, undo
from core import clock, vault
from core.models import AuditEvent, DataKey, OutboundEmail
from tests.cases.conftest import CHILD
from tests.cases.services.conftest import (
    UNKNOWN_PLACE,
    World,
    drafted,
    duty,
    mails_to,
    membership_of,
    refusals,
    sent,
)
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db

REFUSED: Final[dict[str, Any]] = {
    "immediate_danger": "no",
    "age_group": "adult",
    "consent_status": "refused",
    "sex": "woman",
    "citizenship_group": "eu",
    "county_general": "08",
    "forms": ["sexual"],
    "indicators": ["none"],
    "narrative_general": "Säljs av någon annan.",
    "needs": ["unknown"],
    "confirm_necessary": "yes",
}


# --- where it goes ------------------------------------------------------------------------------------------


def test_a_child_in_sodertalje_goes_to_the_childrens_desk_and_is_urgent(world: World) -> None:
    """S01."""
    children, adults = duty("stockholm-children"), duty("stockholm-adults")
    case = sent(world.referrer, CHILD).case
    assert case.desk.key == "stockholm-children" and case.urgency == Urgency.CHILD
    assert sight_of(children, case).level == Level.FULL and sight_of(adults, case) is None
    ground = LegalGround.objects.get(case=case, desk=case.desk)
    assert (ground.kind, ground.provision) == (GroundKind.PROVISION, Provision.CHILD_PATH)
    assert not Consent.objects.filter(case=case).exists(), "a child is never waited for with consent"
    assert mails_to(children), "a child is mailed about at once"
    assert case.answer_by == clock.aware(datetime(2026, 11, 23, 13)), "4 office hours"


def test_a_child_report_is_chased_in_calendar_time(world: World, freeze: Any) -> None:
    """S01: protection is assessed today or at the latest tomorrow, also on the day before Christmas Eve."""
    freeze("2026-12-23 10:00")
    by = duty("stockholm-children")
    case = sent(world.referrer, CHILD, report_date="2026-12-23").case
    social = AgencyFactory.create(kind=AgencyKind.SOCIAL_SERVICES_CHILD)
    triage.accept(case_id=case.pk, by=by)
    made = participation.invite(case_id=case.pk, agency_id=social.pk, ground="sol_19_1", categories=[],
                                purpose="", by=by)  # fmt: skip
    participation.answer(participation_id=made.pk, accepts=True, by=member(agency=social))
    step = Step.objects.get(case=case, key="acute.socc.immediate_protection")
    assert step.due_at == clock.aware(datetime(2026, 12, 24, 10)), "24 hours, whatever the holiday"


def test_unsure_age_is_handled_as_a_child_and_counted_as_unsure(world: World) -> None:
    """S02, its first half: the age decision itself comes later."""
    duty("stockholm-children")
    case = sent(world.referrer, CHILD, age_group="unsure").case
    assert (case.age_band, case.urgency, case.desk.key) == ("unsure", Urgency.CHILD, "stockholm-children")
    assert Tally.objects.get(unit="case", codes__age="unsure").amount == 1
    assert not Consent.objects.filter(case=case).exists()


def test_no_fixed_place_is_routed_by_where_she_was_found(world: World) -> None:
    """S03."""
    case = sent(world.referrer, place_now="no_fixed", municipality_of_presence=None,
                place_found="municipality", municipality_found="1280", responsible="unknown",
                places=None).case  # fmt: skip
    assert case.desk.key == "syd" and case.place_source == PlaceSource.FOUND
    assert case.municipality_id == "1280" and "Malmö" in case.routing["explanation"]["sv"]
    assert sight_of(world.syd, case).level == Level.FULL
    assert sight_of(world.karin, case) is None


def test_of_several_municipalities_only_where_she_is_now_routes(world: World) -> None:
    """S04: found in Umeå, exploited in Gävle and Borlänge, now in Örebro."""
    here = duty("bergslagen")
    others = [world.karin, duty("nord")]
    case = sent(world.referrer, municipality_of_presence="1880", place_found="municipality",
                municipality_found="2480", places=["sweden"],
                places_municipalities=["2180", "2081"]).case  # fmt: skip
    assert case.desk.key == "bergslagen" and case.county_id == "18"
    assert sight_of(here, case) is not None
    assert [sight_of(by, case) for by in others] == [None, None]
    assert {grant.desk.key for grant in case.grants.all() if grant.desk} == {"bergslagen"}


def test_an_unplaced_case_is_header_only_for_the_national_desk(world: World) -> None:
    case = sent(world.referrer, **UNKNOWN_PLACE).case
    assert case.desk.key == "national" and case.routing["unplaced"] is True and case.county_id is None
    sight = sight_of(world.national, case)
    assert (sight.level, sight.categories, sight.is_unplaced) == (Level.HEADER, frozenset(), True)
    grant = case.grants.get()
    assert (grant.reason, grant.categories) == (GrantReason.UNPLACED, [])
    assert Notice.objects.filter(user=world.national.user, kind=NoticeKind.UNPLACED).count() == 1
    for act in (
        lambda: triage.accept(case_id=case.pk, by=world.national),
        lambda: triage.ask(case_id=case.pk, text="?", by=world.national),
        lambda: triage.forward(case_id=case.pk, desk_id=case.desk_id, reason="placed", by=world.national),  # type: ignore[arg-type]
    ):
        with pytest.raises(PermissionDenied):
            act()
    placed = triage.place(case_id=case.pk, municipality_code="1280", by=world.national)
    assert placed.desk.key == "syd" and placed.routing["unplaced"] is False
    assert sight_of(world.national, placed) is None
    assert sight_of(world.syd, placed).level == Level.FULL
    assert {step.desk_id for step in placed.steps.all() if step.desk_id} == {placed.desk_id}


def test_a_desk_without_people_is_alarmed_nationally(world: World) -> None:
    case = sent(world.referrer, municipality_of_presence="2480").case  # nobody in Nord
    assert case.desk.key == "nord"
    assert Notice.objects.filter(user=world.national.user, case=case).count() == 1
    assert sight_of(world.national, case) is None, "told, not shown"
    assert chasing.alarm_uncovered() > 0
    first = Notice.objects.filter(user=world.national.user, kind=NoticeKind.UNCOVERED).count()
    chasing.alarm_uncovered()
    assert Notice.objects.filter(user=world.national.user, kind=NoticeKind.UNCOVERED).count() == first > 0


# --- consent and grounds ------------------------------------------------------------------------------------


def test_consent_and_ground_stand_behind_every_grant(world: World) -> None:
    consent = Consent.objects.get(case_id=world.case_id)
    assert consent.given_on.isoformat() == "2026-11-20" and "police" in consent.scope
    case = world.case
    assert case.grants.count() == 1
    grant = case.grants.select_related("ground").get()
    assert grant.ground.kind == GroundKind.CONSENT and grant.ground.consent_id == consent.pk
    assert set(grant.categories) == set(Category.values)
    own = Participation.objects.get(case=case)
    assert own.is_referrer and own.ground.kind == GroundKind.OWN_REPORT
    assert sight_of(world.referrer, case) is None, "her duties give no sight of the case"


def test_without_a_ground_the_rule_gives_nothing(world: World) -> None:
    case = world.case
    assert grants_for(case, [], case.participations.all()) == []
    ended = list(case.grounds.all())
    for ground in ended:
        ground.ended_at = clock.now()
    assert grants_for(case, ended, case.participations.all()) == []


def test_an_adult_who_says_no_becomes_a_consultation_without_a_person(world: World) -> None:
    """S33."""
    before = (Person.objects.count(), Consent.objects.count())
    kalmar = duty("syd")
    case = sent(world.referrer, REFUSED).case
    assert case.is_consultation and case.person_id is None
    assert (Person.objects.count(), Consent.objects.count()) == before
    assert case.desk.key == "syd" and case.county_id == "08" and case.municipality_id is None
    sight = sight_of(kalmar, case)
    assert not sight.sees(Category.IDENTITY) and not sight.sees(Category.CONTACT)
    assert not sight.may_open_identity
    assert case.data_key.subject_kind == "case"
    units = set(Tally.objects.filter(codes__county="08").values_list("unit", flat=True))
    assert "consultation" in units and "case" not in units


@pytest.mark.parametrize(
    "key", ["name", "personal_number", "birth", "phone", "address", "narrative", "alias_used"]
)
def test_nothing_identifying_reaches_a_consultation_whatever_is_in_the_draft(world: World, key: str) -> None:
    """The server drops it: what a form did not show can still be in a draft."""
    canary = "CNRY-Elena-1984"
    draft = drafted(world.referrer, REFUSED | {key: canary})
    try:
        referral = referrals.submit(draft_id=draft.pk, by=world.referrer)
    except ValidationError:
        return
    assert canary not in str(referral.answers) + str(referral.document)


# --- once, and hers -----------------------------------------------------------------------------------------


def test_a_repeated_submit_is_the_same_referral(world: World) -> None:
    counted = (Case, Tally, Notice, OutboundEmail)
    before = [model._default_manager.count() for model in counted]
    again = referrals.submit(draft_id=world.referral.draft_id, by=world.referrer)
    assert again == world.referral
    assert before == [model._default_manager.count() for model in counted]


def test_somebody_elses_draft_is_not_there(world: World) -> None:
    draft = drafted(world.referrer)
    colleague = member(Role.CASEWORKER, agency=world.referrer.agency)
    for by in (colleague, world.karin, world.national, member(Role.ADMINISTRATOR)):
        with pytest.raises(Http404):
            referrals.submit(draft_id=draft.pk, by=by)
        assert refusals("referral.submit", by) == 1
        with pytest.raises(Http404):
            referrals.submit(draft_id=world.referral.draft_id, by=by)  # sent: also not told to others
    assert Draft.objects.filter(pk=draft.pk).exists() and Referral.objects.count() == 1
    with pytest.raises(Http404):
        referrals.submit(draft_id=uuid.uuid4(), by=world.referrer)


def test_a_role_that_may_not_refer_cannot_send_its_own_draft(world: World) -> None:
    auditor = member(Role.AUDITOR)
    draft = drafted(auditor)
    with pytest.raises(PermissionDenied):
        referrals.submit(draft_id=draft.pk, by=auditor)
    assert Draft.objects.filter(pk=draft.pk).exists() and refusals("referral.submit", auditor) == 1


def test_missing_answers_leave_everything_as_it_was(world: World) -> None:
    draft = drafted(world.referrer, narrative=None)
    cases, keys = Case.objects.count(), DataKey.objects.count()
    with pytest.raises(ValidationError):
        referrals.submit(draft_id=draft.pk, by=world.referrer)
    assert Draft.objects.get(pk=draft.pk).answers["name"] == "Björk-27"
    assert (Case.objects.count(), DataKey.objects.count()) == (cases, keys)


def test_the_draft_is_gone_and_its_key_shredded(world: World) -> None:
    draft = drafted(world.referrer)
    key_id = draft.data_key_id
    referral = referrals.submit(draft_id=draft.pk, by=world.referrer)
    assert not Draft.objects.filter(pk=draft.pk).exists()
    key = DataKey.objects.get(pk=key_id)
    assert key.wrapped is None and key.destroyed_at == clock.now()
    assert AuditEvent.objects.filter(verb="key.destroy", target_id=key_id).count() == 1
    person = referral.case.person
    assert referral.data_key_id == person.data_key_id == referral.case.data_key_id != key_id
    assert referral.answers["name"] == "Björk-27" and person.identity["name"] == "Björk-27"


def test_no_answer_is_readable_in_the_tables(world: World) -> None:
    """The raw columns carry the person's key id and none of the words."""
    key_id = world.case.person.data_key_id.bytes
    for table, columns in {
        "cases_referral": ("answers", "document"), "cases_person": ("identity",),
    }.items():  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value)
                    assert key_id in raw and "Björk".encode() not in raw and b"sju dagar" not in raw
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM cases_case c")
        assert all("Björk" not in row for (row,) in cursor.fetchall())


def test_a_key_that_is_destroyed_takes_the_person_with_it(world: World) -> None:
    vault.shred(world.case.person.data_key, by=None)
    again = Referral.objects.get(pk=world.referral.pk)
    assert again.answers == vault.ERASED and Person.objects.get().identity == vault.ERASED


def test_what_leaves_by_mail_and_audit_says_nothing_about_her(world: World) -> None:
    sent(world.referrer, CHILD)
    for model in (OutboundEmail, AuditEvent, Notice, Tally):
        text = str(list(model._default_manager.values()))
        for word in ("Björk", "Ek-11", "sju dagar", "Mottagningen"):
            assert word not in text, model.__name__
    contexts = str(list(OutboundEmail.objects.values_list("context", flat=True)))
    assert not any(ref in contexts for ref in Referral.objects.values_list("reference", flat=True))


def test_the_referrers_own_duties_are_hers(world: World) -> None:
    own = Step.objects.filter(case_id=world.case_id, agency_id=world.referrer.agency_id)
    assert own.exists()
    assert set(own.values_list("assignee_id", flat=True)) == {world.referrer.user_id}
    assert {step.template.agency_role for step in own.select_related("template")} == {"referrer"}


def test_the_practice_case_is_never_counted_chased_or_announced(world: World, freeze: Any) -> None:
    before = (Tally.objects.count(), Notice.objects.count(), OutboundEmail.objects.count())
    draft = drafted(world.referrer, practice=True)
    case = referrals.submit(draft_id=draft.pk, by=world.referrer).case
    assert case.practice and not case.steps.filter(chase_at__isnull=False).exists()
    triage.ask(case_id=case.pk, text="?", by=world.karin)
    triage.take_back(case_id=case.pk, by=world.karin)
    triage.accept(case_id=case.pk, by=world.karin)
    assert not case.steps.filter(chase_at__isnull=False).exists()
    step = case.steps.get(key="ident.rc.assess")
    steps.done(step_id=step.pk, by=world.karin)
    steps.reopen(step_id=step.pk, by=world.karin)
    casework.close(case_id=case.pk, outcome=Outcome.ADVICE_GIVEN, by=world.karin)
    casework.reopen(case_id=case.pk, by=world.karin)
    assert not case.steps.filter(chase_at__isnull=False).exists()
    assert before == (Tally.objects.count(), Notice.objects.count(), OutboundEmail.objects.count())


def test_an_undone_practice_decision_is_not_chased_either(world: World) -> None:
    case = referrals.submit(draft_id=drafted(world.referrer, practice=True).pk, by=world.referrer).case
    was = undo.before(case)
    done = triage.accept(case_id=case.pk, by=world.karin)
    undo.undo(token=undo.token(done, Verb.ACCEPT, was, world.karin), by=world.karin)
    assert not case.steps.filter(chase_at__isnull=False).exists()
    assert case.steps.get(key="ident.rc.acknowledge").status == "open"


def test_only_the_desk_that_got_it_lists_it(world: World) -> None:
    for by in (world.syd, world.national, world.referrer, member(Role.AUDITOR)):
        assert not visible(by).exists()
    assert visible(world.karin).get().status == Status.RECEIVED
    assert membership_of(world.per).pk != membership_of(world.karin).pk and visible(world.per).count() == 1
    assert CaseGrant.objects.count() == 1
