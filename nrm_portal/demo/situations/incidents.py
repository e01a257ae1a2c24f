"""Berry pickers at one camp, one still to be sent; a young man whose age was uncertain until decided."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.enums import AgencyKind
from cases.enums import TraffickingStatus
from cases.models import Incident
from cases.sections import incident as pages
from cases.services import assessments, incident_sending, incidents
from coordinators.enums import AgeBand
from core import clock
from nrm_portal.demo.fill import NAMESPACE
from nrm_portal.demo.situations._living import accepted, acting, sent

EVENT: Final[dict[str, Any]] = {
    "immediate_danger": "no",
    "place_found": "municipality",
    "municipality_found": "2463",
    "places": ["sweden"],
    "places_municipalities": ["2463"],
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
    "narrative": "Sex bärplockare bor i ett läger utan rinnande vatten. Arbetsledaren har deras pass.",
}
NEEDS: Final[dict[str, Any]] = {
    "needs": ["safe_housing", "food_money"],
    "responsible": "same",
    "report_made": "doing_now",
}
LINES: Final = """\
Förnamn;Efternamn;Född;Kön;Medborgarskap;Språk;Kommun;Samtycke;Hur;Datum
Bär;Ett;1990;man;Thailand;thailändska;Gävle;ja;muntligt;{day}
Bär;Två;1984;kvinna;Thailand;thailändska;Gävle;ja;muntligt;{day}
Bär;Tre;35;man;Thailand;thailändska;Lycksele;ja;skriftligt;{day}
Bär;;41;kvinna;Thailand;thailändska;Lycksele;ja;muntligt;{day}
Bär;Fem;16;kvinna;Thailand;thailändska;Gävle;;;
Bär;Sex;29;man;Thailand;thailändska;Lyxele;ja;muntligt;{day}
"""
UNSURE: Final[dict[str, Any]] = {
    "immediate_danger": "no",
    "age_group": "unsure",
    "report_made": "doing_now",
    "name": "Demo-Samir",
    "birth": "2009",
    "sex": "man",
    "citizenship": ["AF"],
    "languages": ["fa"],
    "interpreter_needed": "yes",
    "protected_identity": "none",
    "place_now": "municipality",
    "municipality_of_presence": "0380",
    "place_found": "same",
    "responsible": "same",
    "forms": ["labour"],
    "indicators": ["docs_debt.docs_held"],
    "narrative": "Han säger 17 år, papperen säger 21. Han har tvättat bilar utan lön sedan i våras.",
    "needs": ["safe_housing"],
    "confirm_necessary": "yes",
}


def show(today: datetime) -> None:
    _raid(today - timedelta(days=1, hours=2))
    _age(today)


def _raid(at: datetime) -> None:
    officer = acting("nils.fjall")
    if Incident.objects.filter(owner=officer.user).exists():
        return
    with clock.frozen(at):
        row = incidents.start(by=officer)
        for page, answers in ((pages.HAPPENED, EVENT), (pages.DONE, NEEDS)):
            incidents.save_event(row=row, section=page, raw=answers, version=row.version, by=officer)
        lines = LINES.format(day=clock.today().isoformat())
        incidents.paste(row=row, text=lines, explained=True, by=officer)
        incident_sending.send(row=row, by=officer)


def _age(today: datetime) -> None:
    """Unsure when he came, an adult since the Migration Agency decided; held to be a presumed victim."""
    key, start, karin = (
        uuid.uuid5(NAMESPACE, "situation-incidents-age"),
        today - timedelta(days=9),
        acting("karin.holm"),
    )
    referral = sent(key, start, acting("sami.niemi"), UNSURE)
    if referral is None:
        return
    case = accepted(referral.case, start)
    with clock.frozen(today - timedelta(days=2)):
        assessments.decide_age(
            case_id=case.pk,
            age_band=AgeBand.ADULT,
            decided_on=clock.today(),
            decided_by=AgencyKind.MIGRATION_AGENCY,
            basis="Åldersbedömning i ärendet om uppehållstillstånd.",
            by=karin,
        )
        assessments.recognise(
            case_id=case.pk,
            status=TraffickingStatus.ACTUAL,
            decided_on=clock.today(),
            decided_by=AgencyKind.POLICE,
            basis="Förundersökning om människohandel är inledd, han är målsägande.",
            by=karin,
        )
