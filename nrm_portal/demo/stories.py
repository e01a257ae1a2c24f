"""What happens in the demo: invented stories with the published yearly numbers and shares (docs/demo.md).

Every story follows from its number alone, so that a second run makes the same ones and skips what is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, Final

from accounts.enums import AgencyKind
from core import clock

APART: Final = timedelta(days=60)
"""Two referrals of one person are further from each other."""
YEARS: Final = (430, 371, 375)
"""Presumed victims met by coordinators in 2024, 2023 and 2022 as published: here the latest three years."""

REGIONS: Final = {
    "stockholm": (30, ("0180", "0180", "0181", "0127", "0184", "0160", "0980")),
    "syd": (20, ("1280", "1280", "1283", "1281", "1080", "0780", "0880", "1293")),
    "vast": (18, ("1480", "1480", "1490", "1488", "1380", "1485", "1384")),
    "mitt": (10, ("0380", "1980", "2180", "0381", "2184", "0305")),
    "ost": (9, ("0581", "0580", "0680", "0480", "0484", "0685")),
    "bergslagen": (7, ("1880", "1780", "2080", "2081", "1883")),
    "nord": (6, ("2480", "2580", "2280", "2380", "2482", "2584", "2463")),
}
FORMS: Final = {
    "labour": 46,
    "sexual": 42,
    "criminality": 5,
    "begging": 3,
    "domestic_servitude": 2,
    "forced_marriage": 1,
    "unknown": 1,
}
CITIZENSHIPS: Final = {
    "TH": 16,
    "RO": 14,
    "UA": 11,
    "NG": 9,
    "SE": 6,
    "VN": 7,
    "UZ": 6,
    "BG": 7,
    "PL": 5,
    "TR": 5,
    "CO": 4,
    "unknown": 5,
    "LT": 3,
    "MN": 2,
}
LANGUAGES: Final = {
    "TH": "th",
    "RO": "ro",
    "UA": "uk",
    "NG": "en",
    "SE": "sv",
    "VN": "vi",
    "UZ": "uz",
    "BG": "bg",
    "PL": "pl",
    "TR": "tr",
    "CO": "es",
    "LT": "lt",
    "MN": "mn",
    "unknown": "unknown",
}
FOUND_BY: Final = {
    AgencyKind.POLICE: 30,
    AgencyKind.MIGRATION_AGENCY: 20,
    AgencyKind.SOCIAL_SERVICES_ADULT: 13,
    AgencyKind.NGO_PLATFORM: 12,
    AgencyKind.WORK_ENVIRONMENT_AUTHORITY: 8,
    AgencyKind.MIKA: 6,
    AgencyKind.HEALTH_CARE: 4,
    AgencyKind.TAX_AGENCY: 2,
    AgencyKind.SOCIAL_SERVICES_CHILD: 3,
    AgencyKind.SCHOOL: 1,
    AgencyKind.PRISON_PROBATION: 1,
}
SIGNS: Final = {
    "labour": (
        "docs_debt.no_access_pay",
        "docs_debt.docs_held",
        "recruit.false_terms",
        "docs_debt.fines_deductions",
    ),
    "sexual": ("recruit.relationship_lure", "docs_debt.no_access_pay", "recruit.travel_arranged"),
    "criminality": ("recruit.vulnerable_target", "docs_debt.debt_bondage"),
    "begging": ("docs_debt.no_access_pay", "recruit.travel_arranged"),
    "domestic_servitude": ("docs_debt.docs_held", "recruit.false_offer"),
    "forced_marriage": ("recruit.sold_or_abducted",),
    "unknown": ("recruit.coached_story",),
}
TELLING: Final = {
    "labour": "Arbetar långa dagar, sex eller sju dagar i veckan, och har fått betalt bara någon gång.",
    "sexual": "Annonser läggs ut av någon annan, som också tar emot pengarna och bestämmer tider.",
    "criminality": "Uppmanas att stjäla och lämnar det som tas vidare. Säger sig ha en skuld att arbeta av.",
    "begging": "Hämtas och lämnas med bil varje dag och lämnar ifrån sig pengarna på kvällen.",
    "domestic_servitude": "Sköter hem och barn dygnet runt utan lön och går aldrig ut ensam.",
    "forced_marriage": "Fördes till Sverige för ett äktenskap som familjen har bestämt.",
    "unknown": "Ger inövade svar och verkar inte få tala fritt. Mer är inte känt ännu.",
}
TREES: Final = ("Björk", "Ek", "Lind", "Rönn", "Alm", "Hassel", "Sälg", "Gran", "Tall", "Asp", "Lönn", "Hägg")
NEEDS: Final = ("safe_housing", "food_money", "health_care", "interpreter", "legal", "counselling", "return")


@dataclass(frozen=True)
class Story:
    """One referral and how far its case has come."""

    number: int
    sent_at: datetime
    found_by: AgencyKind
    region: str
    answers: dict[str, Any]
    course: str
    """received, waiting, snoozed, active, late, not_taken or closed."""
    earlier: int | None = None
    """The number of an earlier story about the same person."""


def stories(today: datetime) -> Iterator[Story]:
    """All of them, newest first; now and then somebody has been referred before."""
    told = list(_each(today))
    taken: set[int] = set()
    for story in told:
        before = (
            _before(story, told, taken) if Random(f"nrm-demo-again-{story.number}").random() < 0.16 else None
        )
        if before is None:
            yield story
            continue
        taken |= {story.number, before.number}
        birth = {"birth": before.answers["birth"]}
        yield replace(story, answers=story.answers | birth, earlier=before.number)


AHEAD: Final = ("active", "late", "closed")
SAME: Final = ("sex", "citizenship", "age_group")


def _before(story: Story, told: list[Story], taken: set[int]) -> Story | None:
    """Somebody like her whose case was over by then. Both are told by the same process (`demo`)."""
    if story.course not in AHEAD or story.number in taken or "birth" not in story.answers:
        return None
    for other in told[story.number + 2 :: 2]:
        if (
            other.course == "closed"
            and other.number not in taken
            and other.region == story.region
            and story.sent_at - other.sent_at > APART
            and all(story.answers.get(key) == other.answers.get(key) for key in SAME)
            and {"birth", "municipality_of_presence"} <= other.answers.keys() & story.answers.keys()
        ):
            return other
    return None


def _each(today: datetime) -> Iterator[Story]:
    number = 0
    for year, count in enumerate(YEARS):
        rng = Random(f"nrm-demo-{year}-{count}")
        days = sorted(rng.randrange(365) for _each in range(count))
        for day in days:
            yield _story(
                number, today - timedelta(days=day + 365 * year), today, Random(f"nrm-demo-{number}")
            )
            number += 1


def _story(number: int, day: datetime, today: datetime, rng: Random) -> Story:
    sent_at = datetime.combine(
        clock.local(day).date(), time(rng.randrange(8, 17), rng.randrange(60)), clock.STOCKHOLM
    )
    if sent_at > today:
        sent_at = today - timedelta(minutes=rng.randrange(5, 50))
    age_days = (today - sent_at).days
    found_by = _pick(rng, FOUND_BY)
    region = rng.choices(list(REGIONS), [weight for weight, _codes in REGIONS.values()])[0]
    child = found_by in (AgencyKind.SCHOOL, AgencyKind.SOCIAL_SERVICES_CHILD) or rng.random() < 0.015
    answers = _answers(rng, number, region, child, sent_at)
    if "name" in answers:
        answers |= _known(Random(f"nrm-demo-known-{number}"), answers, sent_at)
    return Story(number, sent_at, found_by, region, answers, _course(rng, age_days))


def _pick(rng: Random, weights: dict[Any, int]) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]


def _course(rng: Random, age_days: int) -> str:
    if age_days < 2:
        return rng.choice(("received", "received", "received", "waiting", "active"))
    if age_days < 10:
        return rng.choices(("received", "waiting", "snoozed", "active", "not_taken"), (15, 12, 8, 60, 5))[0]
    if age_days < 150:
        return rng.choices(("active", "late", "not_taken", "closed"), (45, 12, 8, 35))[0]
    return rng.choices(("active", "not_taken", "closed"), (3, 9, 88))[0]


def _answers(rng: Random, number: int, region: str, child: bool, sent_at: datetime) -> dict[str, Any]:
    form = "sexual" if child and rng.random() < 0.6 else _pick(rng, FORMS)
    country = _pick(rng, CITIZENSHIPS)
    woman = rng.random() < (0.8 if form == "sexual" else 0.25)
    consultation = not child and rng.random() < 0.1
    day = clock.local(sent_at).date().isoformat()
    place = rng.choice(REGIONS[region][1])
    common = {
        "immediate_danger": "yes" if rng.random() < 0.05 else "no",
        "sex": "woman" if woman else "man",
        "forms": [form],
        "indicators": sorted(rng.sample(SIGNS[form], k=min(2, len(SIGNS[form])))),
        "needs": sorted(rng.sample(NEEDS, k=2)),
        "suspicion_noted": day,
        "confirm_necessary": "yes",
        "police_report": rng.choice(("yes", "no", "planned", "not_wanted", "unknown")),
    }
    if common["immediate_danger"] == "yes":
        common["emergency_contacted"] = ["police"]
    if common["police_report"] == "yes":
        common["police_report_date"] = day
    if consultation:
        return common | _consultation(rng, region, country, form)
    return common | _whole(rng, number, form, country, place, child, day)


def _whole(
    rng: Random, number: int, form: str, country: str, place: str, child: bool, day: str
) -> dict[str, Any]:
    answers: dict[str, Any] = {
        "age_group": "child" if child and rng.random() < 0.8 else ("unsure" if child else "adult"),
        "name": f"{TREES[number % len(TREES)]}-{number:03d}",
        "birth": str(int(day[:4]) - (rng.randrange(13, 18) if child else rng.randrange(19, 55))),
        "citizenship": [country],
        "languages": [LANGUAGES[country]],
        "interpreter_needed": "no" if country == "SE" else "yes",
        "protected_identity": rng.choices(
            ("none", "unknown", "needed", "secrecy_marking", "protected_registration"), (80, 12, 4, 3, 1)
        )[0],
        "place_now": "municipality",
        "municipality_of_presence": place,
        "place_found": "same",
        "responsible": rng.choice(("same", "unknown")),
        "places": ["same"],
        "narrative": f"Påhittad berättelse i demon. {TELLING[form]}",
    }
    if rng.random() < 0.02:
        answers |= {
            "place_now": "unknown",
            "place_found": "unknown",
            "responsible": "unknown",
            "places": ["unknown"],
        }
        del answers["municipality_of_presence"]
    return answers | (_duty(place, day) if child else _consent(rng, country, day))


def _known(rng: Random, answers: dict[str, Any], sent_at: datetime) -> dict[str, Any]:
    """What not everybody answers: known, not known, or left out."""
    country = answers["citizenship"][0]
    found = {
        "stay_status": _stay(rng, country) if rng.random() < 0.78 else None,
        "health_acute": rng.choices(("no", "yes", "unsure", None), (56, 7, 15, 22))[0],
        "interpreter_needed": None if rng.random() < 0.05 else answers["interpreter_needed"],
        "police_report": None if rng.random() < 0.08 else answers["police_report"],
    }
    if found["police_report"] is None:
        found["police_report_date"] = None
    if answers["age_group"] == "adult" and country != "SE" and rng.random() < 0.05:
        day = clock.local(sent_at).date()
        granted = {"granted_on": day - timedelta(days=3), "until": day + timedelta(days=27)}
        found |= {"reflection_status": "granted"} | {f"reflection_{k}": str(v) for k, v in granted.items()}
    for key in [key for key, value in found.items() if value is None]:
        answers.pop(key, None)
    return {key: value for key, value in found.items() if value is not None}


def _stay(rng: Random, country: str) -> str:
    """On what ground; for more than one in ten nobody knows yet."""
    if country == "SE":
        return "citizen"
    if rng.random() < 0.13:
        return "unknown"
    if country in ("RO", "BG", "PL", "LT"):
        return "eu_right"
    if country == "UA":
        return "temporary_protection"
    return rng.choices(("permit", "asylum", "none", "transfer"), (36, 34, 26, 4))[0]


def _duty(place: str, day: str) -> dict[str, Any]:
    return {
        "report_made": "done",
        "report_municipality": place,
        "report_date": day,
        "report_contact": "Mottagningen för barn och unga",
    }


def _consent(rng: Random, country: str, day: str) -> dict[str, Any]:
    return {
        "consent_status": "given",
        "consent_scope": [
            "social_services_adult",
            "police",
            "migration_agency",
            "ngo_platform",
            "health_care",
        ],
        "consent_form": rng.choice(("oral", "written")),
        "consent_date": day,
        "consent_withdrawable_explained": "yes",
        "interpreter_used": "no" if country == "SE" else "yes",
    }


_COUNTY_OF: Final = {
    "stockholm": "01",
    "syd": "12",
    "vast": "14",
    "mitt": "03",
    "ost": "05",
    "bergslagen": "18",
    "nord": "24",
}


def _consultation(rng: Random, region: str, country: str, form: str) -> dict[str, Any]:
    return {
        "age_group": "adult",
        "consent_status": rng.choice(("refused", "not_asked")),
        "citizenship_group": {"SE": "sweden", "unknown": "unknown"}.get(
            country, "eu" if country in ("RO", "BG", "PL", "LT") else "other"
        ),
        "languages": [LANGUAGES[country]],
        "county_general": _COUNTY_OF[region],
        "narrative_general": f"Påhittad fråga i demon. {TELLING[form]}",
    }
