"""One person, several referrals: a possible match, two cases made one, somebody who has come back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment
from cases.enums import Outcome
from cases.models import Case
from cases.services import casework, links, matching, merge_choices, merging
from core import clock
from nrm_portal.demo.situations._living import accepted, acting, morning, referred

HERS: Final[dict[str, Any]] = {
    "citizenship": ["MD"],
    "safe_contact_method": "text",
    "forms": ["sexual"],
    "indicators": ["recruit.relationship_lure"],
}


def show(today: datetime) -> None:
    _possible_match(today)
    _merged(today)
    _again(today)
    while matching.look()[0]:
        pass


def _referred(name: str, at: datetime, by: Assignment, **answers: Any) -> Case | None:
    return referred("sameness", name, at, by, **(HERS | answers))


def _possible_match(today: datetime) -> None:
    """Two agencies refer the same woman within two days; Mitt has a match to judge."""
    start = morning(today, 2)
    words = "Hon möttes av en man på flygplatsen som hade hennes biljett och telefon."
    first = _referred("Nadia K.", start, acting("fatima.berg"), birth="~23", narrative=words,
                      contact_phone="+37360123456")  # fmt: skip
    if first is None:
        return
    accepted(first, start + timedelta(hours=1))
    words = "Hon har sökt stöd hos oss och berättar om en lägenhet hon inte fick lämna."
    _referred("Nadja C.", morning(today, 1), acting("tove.ahl"), birth="1993/2003", narrative=words,
              contact_phone="+37360123456")  # fmt: skip


def _merged(today: datetime) -> None:
    """Two cases that turned out to be one woman, with different citizenships stated."""
    start, karin = morning(today, 7), acting("karin.holm")
    one = _referred("Irina P.", start, acting("fatima.berg"), birth="1999", contact_phone="+37369111222",
                    narrative="Hon städar hotellrum på nätterna och får ingen lön.")  # fmt: skip
    if one is None:
        return
    accepted(one, start + timedelta(hours=2))
    words = "Hon vågar inte gå hem till arbetsgivaren."
    two = _referred("Iryna", morning(today, 6), acting("tove.ahl"), birth="1999", citizenship=["UA"],
                    contact_phone="+37369111222", narrative=words)  # fmt: skip
    if two is None:
        return
    accepted(two, morning(today, 6) + timedelta(hours=3))
    with clock.frozen(morning(today, 3)):
        survivor, absorbed = (Case.objects.select_related("person", "desk").get(pk=c.pk) for c in (one, two))
        choices = {row.key: "survivor" for row in merge_choices.differences(survivor, absorbed)}
        merging.merge(survivor_id=one.pk, absorbed_id=two.pk, choices=choices, secrecy=True, by=karin)


def _again(today: datetime) -> None:
    """Somebody who had returned home has been found again: a new case, linked to the earlier one."""
    start, karin = morning(today, 200), acting("karin.holm")
    first = _referred("Daria", start, acting("fatima.berg"), birth="1997", contact_phone="+37368333444",
                      narrative="Hon har lånat pengar till resan och arbetar av skulden.")  # fmt: skip
    if first is None:
        return
    accepted(first, start + timedelta(hours=2))
    with clock.frozen(morning(today, 120)):
        casework.close(case_id=first.pk, outcome=Outcome.RETURNED, by=karin)
    words = "Hon är tillbaka, med samma skuld."
    second = _referred("Daria M.", morning(today, 4), acting("tove.ahl"), birth="1997",
                       contact_phone="+37368333444", narrative=words)  # fmt: skip
    if second is None:
        return
    accepted(second, morning(today, 4) + timedelta(hours=2))
    with clock.frozen(morning(today, 4) + timedelta(hours=3)):
        links.link_earlier(case_id=second.pk, reference=first.reference, exploited_again=True, by=karin)
