"""S33, and the second half of S09: an adult says no; later she agrees, and it counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, Sum
from django.http import Http404
from django.test import Client
from django.utils import translation

from accounts.enums import Role
from cases.enums import Category, ConsentForm, Outcome
from cases.models import Case, Consent, Draft, Message, Note, Person, Referral, Supplement, Tally
from cases.services import casework, consents, drafts, granting, messages, referrals, steps, triage
from core import clock
from nrm_portal.overview import sealing
from nrm_portal.overview.definitions import definitions
from nrm_portal.overview.models import Sealed
from tests.cases.conftest import ADULT
from tests.cases.services.conftest import World, sent
from tests.cases.services.test_submit import REFUSED
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db

POINTING: Final = (
    "Hon heter något, 890201-3989.",
    "Ring 070-174 06 05 efter sju.",
    "Skriv till nagon@person.example",
    "Ärende hos polisen: 5000-K123456-26",
)
AGREED: Final = {
    key: ADULT[key]
    for key in (
        "consent_status", "consent_scope", "consent_form", "consent_date", "consent_withdrawable_explained",
        "interpreter_used", "name", "citizenship", "languages", "interpreter_needed", "protected_identity",
        "place_now", "municipality_of_presence", "place_found", "responsible", "places", "narrative",
        "confirm_necessary",
    )
}  # fmt: skip
"""What is asked of a person who agrees, beside what the consultation held."""


class Talk:
    """A consultation in Kalmar county, at the desk Syd."""

    def __init__(self, world: World) -> None:
        self.referrer, self.sara = world.referrer, world.syd
        self.referral: Referral = sent(world.referrer, REFUSED)
        self.case: Case = self.referral.case

    def grow(self, **changes: Any) -> Referral:
        """She agrees: the draft is filled in and sent."""
        draft = drafts.start_from(referral=self.referral, by=self.referrer)
        draft.answers = dict(draft.answers) | AGREED | changes
        draft.save(update_fields=["answers"])
        return referrals.submit(draft_id=draft.pk, by=self.referrer)


@pytest.fixture
def talk(world: World) -> Talk:
    return Talk(world)


# --- nothing points her out ---------------------------------------------------------------------------------


def test_only_what_counts_is_stored(talk: Talk) -> None:
    case = talk.case
    assert case.is_consultation and case.person_id is None and not Consent.objects.filter(case=case).exists()
    assert (case.sex, case.citizenship, case.main_form, case.county_id) == ("woman", "eu", "sexual", "08")


@pytest.mark.parametrize("text", POINTING)
def test_free_text_that_points_somebody_out_is_refused_wherever_it_is_written(talk: Talk, text: str) -> None:
    triage.accept(case_id=talk.case.pk, by=talk.sara)
    step = talk.case.steps.filter(desk=talk.case.desk, ended_at=None).first()
    assert step is not None
    writing = {
        "supplement": lambda: referrals.supplement(referral_id=talk.referral.pk, text=text, by=talk.referrer),
        "reply": lambda: messages.reply_as_referrer(
            referral_id=talk.referral.pk, text=text, by=talk.referrer
        ),
        "message": lambda: messages.send(
            case_id=talk.case.pk, to=[f"referral:{talk.referral.pk}"], text=text, by=talk.sara
        ),
        "note": lambda: messages.add_note(case_id=talk.case.pk, text=text, by=talk.sara),
        "remark": lambda: steps.save(step_id=step.pk, remark=text, by=talk.sara),
    }
    for where, write in writing.items():
        with pytest.raises(ValidationError) as error:
            write()
        assert error.value.error_dict, where
    assert not (Supplement.objects.exists() or Message.objects.exists() or Note.objects.exists())
    step.refresh_from_db()
    assert step.remark is None


def test_the_advice_given_is_logged(talk: Talk) -> None:
    triage.accept(case_id=talk.case.pk, by=talk.sara)
    advice = "Berätta om stödtelefonen och om betänketid, allmänt."
    messages.send(case_id=talk.case.pk, to=[f"referral:{talk.referral.pk}"], text=advice, by=talk.sara)
    casework.close(case_id=talk.case.pk, outcome=Outcome.ADVICE_GIVEN, by=talk.sara)
    assert str(Message.objects.get().text) == advice
    assert Case.objects.get(pk=talk.case.pk).outcome == Outcome.ADVICE_GIVEN


def test_on_the_page_the_text_stays_and_the_reason_is_said(talk: Talk) -> None:
    client, base = sign_in(Client(), talk.referrer), f"/hanvisningar/{talk.referral.pk}/"
    for url, name in (("komplettera/", "text"), ("svara/", "reply-text")):
        page = client.post(base + url, {name: POINTING[1]})
        assert page.status_code == 422 and POINTING[1] in page.content.decode()
    note = sign_in(Client(), talk.sara).post(
        f"/arenden/{talk.case.pk}/meddelanden/anteckna/", {"note-text": POINTING[0]}
    )
    assert note.status_code == 422 and POINTING[0] in note.content.decode() and not Note.objects.exists()


def test_a_case_with_a_person_takes_such_text(world: World) -> None:
    referrals.supplement(referral_id=world.referral.pk, text=POINTING[1], by=world.referrer)
    assert Supplement.objects.count() == 1


def test_nobody_can_consent_or_be_informed_in_a_consultation(talk: Talk) -> None:
    told: Any = {"given_on": clock.today(), "form": ConsentForm.ORAL, "language": "ro", "interpreter": False}
    with pytest.raises(ValidationError):
        consents.register(case_id=talk.case.pk, scope=["police"], words="", by=talk.sara, **told)
    with pytest.raises(ValidationError):
        granting.inform(case_id=talk.case.pk, by=talk.sara, **told)
    assert not Consent.objects.filter(case=talk.case).exists()


# --- she agrees later ---------------------------------------------------------------------------------------


def test_what_points_nobody_out_is_filled_in_and_consent_is_asked_anew(talk: Talk) -> None:
    draft = drafts.start_from(referral=talk.referral, by=talk.referrer)
    for key in ("age_group", "sex", "forms", "narrative_general", "county_general"):
        assert draft.answers[key] == REFUSED[key]
    assert not {key for key in draft.answers if "consent" in key or key == "confirm_necessary"}
    assert draft.consultation_id == talk.case.pk
    assert drafts.start_from(referral=talk.referral, by=talk.referrer).pk == draft.pk, "pressed twice"
    with pytest.raises(ValidationError):
        referrals.submit(draft_id=draft.pk, by=talk.referrer)


def test_the_referral_is_linked_and_has_a_person_and_consent(talk: Talk) -> None:
    people = Person.objects.count()
    case = talk.grow().case
    assert case.consultation_of_id == talk.case.pk and not case.is_consultation
    assert Person.objects.count() == people + 1
    consent = Consent.objects.get(case=case)
    assert (consent.form, consent.given_on.isoformat()) == ("oral", "2026-11-20")
    assert Case.objects.get(pk=talk.case.pk).person_id is None, "the consultation stays without a person"


def counted() -> Counter[str]:
    totals: Counter[str] = Counter()
    for row in Tally.objects.filter(unit__in=("referral", "case", "consultation")):
        totals[row.unit] += row.amount
    return totals


def test_it_counts_once(talk: Talk) -> None:
    before = counted()
    talk.grow()
    after = counted()
    assert after["referral"] == before["referral"] == after["case"] + after["consultation"]
    assert after["case"] == before["case"] + 1 and after["consultation"] == before["consultation"] - 1
    by_codes: Counter[str] = Counter()
    for row in Tally.objects.filter(
        Q(codes__county="08", unit__in=("referral", "consultation"))
        | Q(codes__kind="consultation", unit="question")
    ):
        by_codes[f"{row.unit} {row.month} {row.codes}"] += row.amount
    assert set(by_codes.values()) == {0}, "nothing of the consultation is left in any cell"


def test_who_agrees_when_the_month_has_been_sealed_stands_twice_and_the_page_says_so(
    talk: Talk, freeze: Callable[[str], Any]
) -> None:
    before = counted()
    freeze("2026-12-09 10:00")
    sealing.seal(date(2026, 11, 1))
    talk.grow()
    assert counted()["referral"] == before["referral"], "the live figures hold her once"
    freeze("2027-01-04 10:00")
    sealing.seal(date(2026, 12, 1))
    rows = Sealed.objects.filter(source="cases", unit__in=("referral", "case", "consultation"))
    out = Counter({row["unit"]: row["n"] for row in rows.values("unit").annotate(n=Sum("amount"))})
    assert out - before == Counter({"referral": 1, "case": 1}) and out["consultation"] == 1
    with translation.override("en"):
        said = dict(definitions())["Consultation"]
    assert "in a later month" in said and "hold it twice" in said


def test_a_second_referral_from_the_same_consultation_is_counted_as_itself(talk: Talk) -> None:
    talk.grow()
    before = counted()
    talk.grow(name="Ek-12")
    after = counted()
    assert (after["referral"], after["case"]) == (before["referral"] + 1, before["case"] + 1)
    assert after["consultation"] == before["consultation"]


def test_who_still_says_no_gives_no_link(talk: Talk) -> None:
    draft = drafts.start_from(referral=talk.referral, by=talk.referrer)
    draft.answers = dict(draft.answers) | REFUSED
    draft.save(update_fields=["answers"])
    again = referrals.submit(draft_id=draft.pk, by=talk.referrer).case
    assert again.is_consultation and again.consultation_of_id is None


def test_the_coordinator_can_do_it_too_and_sees_the_link(talk: Talk) -> None:
    draft = drafts.start_from(referral=talk.referral, by=talk.sara)
    draft.answers = dict(draft.answers) | AGREED | {"municipality_of_presence": "0880"}
    draft.save(update_fields=["answers"])
    made = referrals.submit(draft_id=draft.pk, by=talk.sara).case
    client = sign_in(Client(), talk.sara)
    old = client.get(f"/arenden/{talk.case.pk}/delning/").content.decode()
    assert made.reference in old and f"/arenden/{made.pk}/" in old
    new = client.get(f"/arenden/{made.pk}/delning/").content.decode()
    assert talk.case.reference in new and f"/arenden/{talk.case.pk}/" in new


def test_the_link_opens_nothing_for_a_desk_without_sight_of_the_other(talk: Talk, world: World) -> None:
    made = talk.grow().case
    assert made.desk.key == "mitt"
    page = sign_in(Client(), world.karin).get(f"/arenden/{made.pk}/delning/").content.decode()
    assert f"/arenden/{talk.case.pk}/" not in page


def test_the_referrer_begins_from_her_own_page(talk: Talk) -> None:
    client, base = sign_in(Client(), talk.referrer), f"/hanvisningar/{talk.referral.pk}/"
    assert "Personen samtycker: gör en hänvisning" in client.get(base).content.decode()
    answer = client.post(f"{base}samtycker/")
    draft = Draft.objects.get(consultation=talk.case)
    assert answer["Location"] == f"/hanvisning/{draft.pk}/"
    assert client.get(answer["Location"]).status_code == 200


def test_strangers_and_full_referrals_cannot(talk: Talk, world: World) -> None:
    colleague = member(Role.CASEWORKER, agency=talk.referrer.agency)
    url = f"/hanvisningar/{talk.referral.pk}/samtycker/"
    assert sign_in(Client(), colleague).post(url).status_code == 404
    assert sign_in(Client(), world.karin).post(url).status_code == 404
    own = f"/hanvisningar/{world.referral.pk}/samtycker/"
    assert sign_in(Client(), world.referrer).post(own).status_code == 404
    assert not Draft.objects.filter(consultation__isnull=False).exists()
    with pytest.raises(PermissionDenied):
        drafts.start_from(referral=talk.referral, by=member(Role.AUDITOR))
    with pytest.raises(Http404):
        drafts.own_draft(drafts.start_from(referral=talk.referral, by=talk.referrer).pk, colleague)


def test_in_a_consultation_nothing_of_a_person_can_be_shared(talk: Talk) -> None:
    triage.accept(case_id=talk.case.pk, by=talk.sara)
    assert not {Category.IDENTITY, Category.CONTACT} & set(
        talk.case.grants.get(desk__isnull=False).categories
    )
