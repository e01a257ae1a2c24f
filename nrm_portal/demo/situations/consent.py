"""Consent taken back for an organisation, an authority stays; a consultation that became a referral."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.enums import AgencyKind
from cases.enums import Category, ConsentForm, Provision
from cases.models import Case, Referral
from cases.services import (
    consents,
    drafts,
    granting,
    messages,
    participation,
    referrals,
    triage,
    withdrawing,
)
from core import clock
from nrm_portal.demo.fill import NAMESPACE
from nrm_portal.demo.situations._living import acting, morning, sent

TALK: Final[dict[str, Any]] = {
    "immediate_danger": "no",
    "age_group": "adult",
    "consent_status": "refused",
    "refusal_reason": ["later"],
    "sex": "woman",
    "citizenship_group": "eu",
    "languages": ["bg"],
    "protected_identity": "unknown",
    "county_general": "03",
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
    "narrative_general": "Påhittad fråga i demon. En person städar kontor nattetid och har inte fått lön.",
    "needs": ["unknown"],
    "confirm_necessary": "yes",
}
AGREES: Final[dict[str, Any]] = {
    "consent_status": "given",
    "consent_scope": ["social_services_adult", "migration_agency", "ngo_platform"],
    "consent_form": "oral",
    "consent_withdrawable_explained": "yes",
    "interpreter_used": "yes",
    "citizenship": ["BG"],
    "languages": ["bg"],
    "interpreter_needed": "yes",
    "protected_identity": "none",
    "place_now": "municipality",
    "municipality_of_presence": "0380",
    "place_found": "same",
    "responsible": "same",
    "places": ["same"],
    "indicators": ["docs_debt.docs_held"],
    "needs": ["safe_housing"],
    "confirm_necessary": "yes",
}
ADULT: Final[dict[str, Any]] = {"immediate_danger": "no", "age_group": "adult", "sex": "woman"} | AGREES


def show(today: datetime) -> None:
    _taken_back(today)
    _agrees_later(today)


def _sent(name: str, at: datetime, answers: dict[str, Any]) -> Referral | None:
    return sent(uuid.uuid5(NAMESPACE, f"situation-consent-{name}"), at, acting("fatima.berg"), answers)


def _taken_back(today: datetime) -> None:
    """S06: the organisation must not know more; the Migration Agency stands on a ground of its own."""
    start = morning(today, 9)
    answers = ADULT | {
        "name": "Sälg-606",
        "consent_date": str(start.date()),
        "forms": ["labour"],
        "narrative": "Påhittad berättelse i demon. Städar kontor nattetid och har inte fått lön.",
    }
    sent = _sent("withdrawn", start, answers)
    if sent is None:
        return
    case, karin = sent.case, acting("karin.holm")
    with clock.frozen(start + timedelta(hours=1)):
        triage.accept(case_id=case.pk, by=karin)
        granting.inform(
            case_id=case.pk, given_on=clock.today(), form=ConsentForm.ORAL, language="bg", interpreter=True,
            by=karin,
        )  # fmt: skip
    parts = [Category.SITUATION, Category.HEALTH]
    _joins(case, "cilla.plattform", "consent", parts, start + timedelta(hours=2))
    _joins(case, "sami.niemi", Provision.OSL_10_2, parts[:1], start + timedelta(hours=3))
    ngo = acting("cilla.plattform")
    with clock.frozen(start + timedelta(days=1)):
        text = "Kan ni erbjuda ett stödsamtal i veckan?"
        messages.send(case_id=case.pk, to=[f"agency:{ngo.agency_id}"], text=text, by=karin)
        granting.told_outside(
            case_id=case.pk, to="Cilla Plattform, per telefon", what="Om behovet av läkare.",
            categories=[Category.HEALTH], agency_id=ngo.agency_id, by=karin,
        )  # fmt: skip
    with clock.frozen(morning(today, 2)):
        withdrawing.withdraw(
            case_id=case.pk,
            scope=[AgencyKind.NGO_PLATFORM],
            withdrawn_on=clock.today(),
            form=ConsentForm.ORAL,
            words="De ska inte veta mer om mig. Sagt till socialsekreteraren per telefon, med tolk.",
            by=karin,
        )


def _joins(case: Case, email: str, ground: str, categories: list[Category], at: datetime) -> None:
    worker, karin = acting(email), acting("karin.holm")
    with clock.frozen(at):
        row = participation.invite(
            case_id=case.pk, agency_id=worker.agency_id, ground=ground, categories=categories,
            purpose="Samordnat stöd", by=karin,
        )  # fmt: skip
    with clock.frozen(at + timedelta(hours=1)):
        participation.answer(participation_id=row.pk, accepts=True, by=worker)


def _agrees_later(today: datetime) -> None:
    """S09, second half: a consultation whose person agrees two days later, and what she agrees to besides."""
    start, by, karin = morning(today, 6), acting("fatima.berg"), acting("karin.holm")
    talk = _sent("talk", start, TALK)
    if talk is None:
        return
    with clock.frozen(start + timedelta(hours=2)):
        triage.accept(case_id=talk.case_id, by=karin)
        advice = "Allmänt råd: berätta om stödtelefonen och att ingen skickas hem för att hen frågar."
        messages.send(case_id=talk.case_id, to=[f"referral:{talk.pk}"], text=advice, by=karin)
    later = morning(today, 4)
    with clock.frozen(later):
        draft = drafts.start_from(referral=talk, by=by)
        draft.answers = (
            dict(draft.answers)
            | AGREES
            | {
                "name": "Lönn-607",
                "consent_date": str(later.date()),
                "narrative": "Påhittad berättelse i demon. Vill ha hjälp att få ut sin lön.",
            }
        )
        draft.save(update_fields=["answers"])
        case: Case = referrals.submit(draft_id=draft.pk, by=by).case
    with clock.frozen(later + timedelta(hours=1)):
        triage.accept(case_id=case.pk, by=karin)
        consents.register(
            case_id=case.pk, scope=[AgencyKind.POLICE], given_on=clock.today(), form=ConsentForm.WRITTEN,
            language="bg", interpreter=True, words="Polisen får veta om lönen, inte om barnen.",
            valid_until=clock.today() + timedelta(days=60), by=karin,
        )  # fmt: skip
