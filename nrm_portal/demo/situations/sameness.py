"""One person, several referrals: a possible match, two cases made one, somebody who has come back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment, assignment_for
from accounts.models import Membership
from cases.enums import Outcome
from cases.models import Case, Draft, Referral
from cases.services import casework, links, matching, merge_choices, merging, referrals, triage
from core import clock, vault, workdays
from nrm_portal.demo.fill import NAMESPACE

ANSWERS: Final[dict[str, Any]] = {
    "immediate_danger": "no",
    "age_group": "adult",
    "consent_status": "given",
    "consent_scope": ["social_services_adult", "police"],
    "consent_form": "oral",
    "consent_withdrawable_explained": "yes",
    "interpreter_used": "yes",
    "sex": "woman",
    "citizenship": ["MD"],
    "languages": ["ro"],
    "interpreter_needed": "yes",
    "protected_identity": "none",
    "safe_contact_method": "text",
    "place_now": "municipality",
    "municipality_of_presence": "0380",
    "place_found": "same",
    "responsible": "same",
    "places": ["same"],
    "forms": ["sexual"],
    "indicators": ["recruit.relationship_lure"],
    "needs": ["safe_housing"],
    "confirm_necessary": "yes",
}


def show(today: datetime) -> None:
    _possible_match(today)
    _merged(today)
    _again(today)
    while matching.look()[0]:
        pass


def _acting(email: str) -> Assignment:
    rows = Membership.objects.select_related("user", "agency").filter(user__email=f"{email}@demo.example")
    return assignment_for(rows.order_by("-agency__name")[0])


def _morning(today: datetime, working_days: int) -> datetime:
    """Nine o'clock so many working days ago."""
    day = workdays.add_working_days(clock.local(today).date(), -working_days)
    return datetime(day.year, day.month, day.day, 9, tzinfo=clock.STOCKHOLM)


def _referred(name: str, at: datetime, by: Assignment, **answers: Any) -> Case | None:
    """A referral of that day; None when it is there already."""
    key = uuid.uuid5(NAMESPACE, f"situation-sameness-{name}")
    if Referral.objects.filter(draft_id=key).exists():
        return None
    with clock.frozen(at):
        Draft.objects.create(
            id=key,
            owner=by.user,
            agency=by.agency,
            data_key=vault.new_key("draft", key),
            answers=ANSWERS | {"consent_date": str(clock.today()), "name": name} | answers,
            started_at=at,
            saved_at=at,
            expires_at=at + timedelta(days=28),
        )
        case: Case = referrals.submit(draft_id=key, by=by).case
    return case


def _accepted(case: Case, at: datetime) -> Case:
    with clock.frozen(at):
        return triage.accept(case_id=case.pk, by=_acting("karin.holm"))


def _possible_match(today: datetime) -> None:
    """Two agencies refer the same woman within two days; Mitt has a match to judge."""
    start = _morning(today, 2)
    words = "Hon möttes av en man på flygplatsen som hade hennes biljett och telefon."
    first = _referred("Nadia K.", start, _acting("fatima.berg"), birth="~23", narrative=words,
                      contact_phone="+37360123456")  # fmt: skip
    if first is None:
        return
    _accepted(first, start + timedelta(hours=1))
    words = "Hon har sökt stöd hos oss och berättar om en lägenhet hon inte fick lämna."
    _referred("Nadja C.", _morning(today, 1), _acting("tove.ahl"), birth="1993/2003", narrative=words,
              contact_phone="+37360123456")  # fmt: skip


def _merged(today: datetime) -> None:
    """Two cases that turned out to be one woman, with different citizenships stated."""
    start, karin = _morning(today, 7), _acting("karin.holm")
    one = _referred("Irina P.", start, _acting("fatima.berg"), birth="1999", contact_phone="+37369111222",
                    narrative="Hon städar hotellrum på nätterna och får ingen lön.")  # fmt: skip
    if one is None:
        return
    _accepted(one, start + timedelta(hours=2))
    words = "Hon vågar inte gå hem till arbetsgivaren."
    two = _referred("Iryna", _morning(today, 6), _acting("tove.ahl"), birth="1999", citizenship=["UA"],
                    contact_phone="+37369111222", narrative=words)  # fmt: skip
    if two is None:
        return
    _accepted(two, _morning(today, 6) + timedelta(hours=3))
    with clock.frozen(_morning(today, 3)):
        survivor, absorbed = (Case.objects.select_related("person", "desk").get(pk=c.pk) for c in (one, two))
        choices = {row.key: "survivor" for row in merge_choices.differences(survivor, absorbed)}
        merging.merge(survivor_id=one.pk, absorbed_id=two.pk, choices=choices, secrecy=True, by=karin)


def _again(today: datetime) -> None:
    """Somebody who had returned home has been found again: a new case, linked to the earlier one."""
    start, karin = _morning(today, 200), _acting("karin.holm")
    first = _referred("Daria", start, _acting("fatima.berg"), birth="1997", contact_phone="+37368333444",
                      narrative="Hon har lånat pengar till resan och arbetar av skulden.")  # fmt: skip
    if first is None:
        return
    _accepted(first, start + timedelta(hours=2))
    with clock.frozen(_morning(today, 120)):
        casework.close(case_id=first.pk, outcome=Outcome.RETURNED, by=karin)
    words = "Hon är tillbaka, med samma skuld."
    second = _referred("Daria M.", _morning(today, 4), _acting("tove.ahl"), birth="1997",
                       contact_phone="+37368333444", narrative=words)  # fmt: skip
    if second is None:
        return
    _accepted(second, _morning(today, 4) + timedelta(hours=2))
    with clock.frozen(_morning(today, 4) + timedelta(hours=3)):
        links.link_earlier(case_id=second.pk, reference=first.reference, exploited_again=True, by=karin)
