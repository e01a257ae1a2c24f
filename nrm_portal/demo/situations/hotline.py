"""The telephone desk: the calls of two months, one still open, one that became a referral, a matter of two
calls, a promised call, a question from the web, and a roster."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any, Final

from accounts.access import Assignment
from cases.models import Case, Draft, Referral
from cases.services import referrals
from core import clock, workdays
from hotline import library
from hotline.models import Call, Callback, Shift
from hotline.services import attaching, becoming, callbacks, calls, hours, matters, roster
from hotline.services.calls import Said
from nrm_portal.demo.fill import NAMESPACE
from nrm_portal.demo.situations._living import ANSWERS, acting, morning

DAYS: Final = 42
"""Working days told of."""
EVERY: Final = 3
"""Working days between two calls before that, from the first day of last year: what a table can divide."""
USUAL: Final = (
    *[("social_worker", "social_services_adult")] * 5, *[("police", "police")] * 3,
    *[("health_care", "health_care")] * 2,
)  # fmt: skip
USUAL_PLACES: Final = ("0180", "0180", "0180", "1480", "1480", "1280")
CALLERS: Final = (
    ("social_worker", "social_services_adult"), ("social_worker", "social_services_adult"),
    ("social_worker", "social_services_child"), ("police", "police"), ("health_care", "health_care"),
    ("dental_care", "health_care"), ("school", "school"), ("civil_society", "ngo_platform"),
    ("inspector", "work_environment_authority"), ("shelter", "shelter"),
)  # fmt: skip
PLACES: Final = (
    "0380",
    "0380",
    "0180",
    "0180",
    "1280",
    "1280",
    "1480",
    "2480",
    "0581",
    "1880",
    "2584",
    "0880",
)
QUESTIONS: Final[tuple[tuple[str, list[str], list[str], str, str], ...]] = (
    ("labour", ["identification", "work"], ["1-2", "1-5"],
     "Får ingen lön och har inte sitt pass. Vad är tecken på människohandel?",
     "Gick igenom tecknen. Rådde till kontakt med regionkoordinatorn när personen säger ja."),
    ("sexual", ["protection", "shelter"], ["2-1"], "Vill bort från lägenheten i kväll. Vem ordnar boende?",
     "Socialtjänsten där personen är ansvarar. Socialjouren utanför kontorstid."),
    ("labour", ["reflection"], ["2-4"], "När kan betänketid sökas, och av vem?",
     "Förundersökningsledaren ansöker. Innan dess råd av regionkoordinatorn."),
    ("begging", ["child", "secrecy"], ["2-2"], "Ett barn följer med till jobbet varje dag. Måste vi anmäla?",
     "Ja, orosanmälan genast. Samtycke behövs inte."),
    ("criminality", ["police_report"], [], "Vill inte polisanmäla. Får vi hjälpa ändå?",
     "Ja. Stöd bygger inte på en polisanmälan."),
    ("sexual", ["health", "consent"], [], "Hur pratar vi om samtycke med tolk?",
     "Tolk som inte känner personen."),
    ("labour", ["money", "return"], [], "Vill resa hem men har inga pengar.",
     "Återvändandeprogrammet och dess villkor."),
)  # fmt: skip


def show(today: datetime) -> None:
    nina, bengt = acting("nina.palm"), acting("bengt.lur")
    if Call.objects.filter(pk=_key("open")).exists():
        return
    _before(today, (nina, bengt))
    _weeks(today, (nina, bengt))
    _matter(today, nina)
    _converted(today, nina)
    _attached(today, bengt)
    _waiting(today, nina)
    _open(today, nina)
    _roster(today, nina, bengt)


def _key(name: str) -> uuid.UUID:
    return uuid.uuid5(NAMESPACE, f"situation-hotline-{name}")


def _logged(
    name: str, at: datetime, by: Assignment, *, minutes: int = 8, end: bool = True, **told: Any
) -> Call:
    """A call that began so many minutes before it was saved."""
    told["started_at"] = at - timedelta(minutes=minutes)
    if "municipality_id" in told:
        told["county_id"] = told["municipality_id"][:2]
    given = {"place" if name in ("municipality_id", "county_id") else name for name in told}
    with clock.frozen(at):
        said = Said(**told, given=frozenset(given))
        return calls.save(call_id=_key(name), said=said, by=by, end=end).call


def _weeks(today: datetime, operators: tuple[Assignment, ...]) -> None:
    """Two or three calls each working day, now and then a silent one."""
    rng = Random("nrm-demo-helpline")
    for days in range(DAYS, 0, -1):
        for number in range(rng.choice((1, 2, 2, 3))):
            at = morning(today, days) + timedelta(minutes=rng.randrange(10, 430))
            by = operators[(days + number) % len(operators)]
            if rng.random() < 0.15:
                kind = rng.choice(("silent", "public", "wrong_number", "test"))
                _logged(f"{days}-{number}", at, by, minutes=1, caller=kind)
                continue
            profession, agency_kind = rng.choice(CALLERS)
            form, topics, advice, asked, told = rng.choice(QUESTIONS)
            _logged(
                f"{days}-{number}", at, by, minutes=rng.randrange(4, 26), profession=profession,
                agency_kind=agency_kind, municipality_id=rng.choice(PLACES), forms=[form], topics=topics,
                about=rng.choices(("advice", "ongoing_case", "urgent", "training_other"), (70, 18, 6, 6))[0],
                danger=rng.choices(("no", "unknown", "yes"), (80, 16, 4))[0],
                child="yes" if "child" in topics else "no", sex=rng.choice(("woman", "woman", "man")),
                citizenship_group=rng.choice(("eu", "eu", "other")), advice=advice, summary=asked,
                advice_words=told, referred_to=rng.choice((["coordinator"], ["manual"], ["social_services"])),
            )  # fmt: skip


def _before(today: datetime, operators: tuple[Assignment, ...]) -> None:
    """Few words of each: what the helpline's tables of last year are made of, and its months since."""
    rng = Random("nrm-demo-helpline-before")
    day, last = date(clock.local(today).year - 1, 1, 1), morning(today, DAYS).date()
    for number in count():
        day = workdays.add_working_days(day, EVERY if number else 1)
        if day >= last:
            return
        at = datetime.combine(day, time(8, 30), clock.STOCKHOLM) + timedelta(minutes=rng.randrange(0, 420))
        by = operators[number % len(operators)]
        if number % 8 == 7:
            _logged(f"before-{number}", at, by, minutes=1, caller="silent")
            continue
        profession, agency_kind = rng.choice(USUAL)
        form, topics, *_words = rng.choice(QUESTIONS[:4])
        _logged(
            f"before-{number}", at, by, minutes=rng.randrange(4, 26), profession=profession, forms=[form],
            agency_kind=agency_kind, municipality_id=rng.choice(USUAL_PLACES), topics=topics,
            about="advice", danger="no", child="yes" if "child" in topics else "no",
            citizenship_group="other", referred_to=["coordinator"],
        )  # fmt: skip


def _matter(today: datetime, by: Assignment) -> None:
    """A dental nurse calls, and calls again with the number."""
    told: dict[str, Any] = {
        "profession": "dental_care", "agency_kind": "health_care", "municipality_id": "0880",
        "about": "advice", "forms": ["labour"], "sex": "man", "citizenship_group": "other", "child": "no",
    }  # fmt: skip
    first = _logged(
        "matter-1", morning(today, 8), by, **told, topics=["consent"], danger="no",
        summary="Patienten har gamla skador i munnen och visas in av en arbetsledare.",
        advice_words="Prata enskilt, med tolk. Inget namn utan ett ja.",
    )  # fmt: skip
    at = morning(today, 4)
    second = _logged("matter-2", at, by, profession="dental_care", about="advice", danger="no")
    with clock.frozen(at):
        matters.follow(call_id=second.pk, number=first.number, by=by)


def _converted(today: datetime, by: Assignment) -> None:
    """The caller rings again: the person says yes, and the operator files the referral."""
    at = morning(today, 6) + timedelta(hours=2)
    call = _logged(
        "converted", at, by, minutes=14, profession="social_worker", agency_kind="social_services_adult",
        municipality_id="0380", about="ongoing_case", danger="no", child="no", sex="woman",
        citizenship_group="eu", forms=["sexual"], topics=["consent", "shelter"],
        summary="Personen vill ha hjälp att lämna lägenheten och har sagt ja.",
        advice_words="Vi gör en hänvisning tillsammans nu.", referred_to=["coordinator"],
    )  # fmt: skip
    with clock.frozen(at + timedelta(minutes=5)):
        draft = becoming.convert(call_id=call.pk, with_words=True, by=by)
        known = Draft.objects.get(pk=draft.pk)
        consent = {"consent_date": str(clock.today()), "name": "Rönn-940", "forms": ["sexual"]}
        known.answers = ANSWERS | known.answers | consent | {"narrative": "Påhittad berättelse i demon."}
        known.save(update_fields=["answers"])
        if not Referral.objects.filter(draft_id=draft.pk).exists():
            referrals.submit(draft_id=draft.pk, by=by)
        becoming.link_sent()


def _attached(today: datetime, by: Assignment) -> None:
    """Somebody who works on a case rings about it and says its number."""
    case = (
        Case.objects.filter(status="active", practice=False, is_protected=False)
        .order_by("received_at")
        .last()
    )
    at = morning(today, 2) + timedelta(hours=3)
    call = _logged(
        "attached", at, by, profession="police", agency_kind="police", about="ongoing_case", danger="no",
        child="no", topics=["police_report"], summary="Hur länge gäller betänketiden?",
    )  # fmt: skip
    if case is not None:
        with clock.frozen(at):
            attaching.attach(call_id=call.pk, reference=case.reference, by=by)


def _waiting(today: datetime, by: Assignment) -> None:
    """A promise of the last working day for the next times, and a question left half an hour ago."""
    made = morning(today, 1) + timedelta(hours=4)
    call = _logged(
        "promised", made, by, profession="health_care", agency_kind="health_care", municipality_id="1280",
        about="advice", danger="no", child="unsure", topics=["health", "child"], forms=["sexual"],
        summary="Undrar vem som ansvarar för vården. Vi ringer tillbaka.",
    )  # fmt: skip
    due = library.offers(today)[1].closes
    with clock.frozen(made):
        callbacks.promise(
            key=_key("promise"), call_id=call.pk, name="Sjuksköterskan på vårdcentralen",
            phone="08-465 004 04", due_at=due, by=by,
        )  # fmt: skip
    left = today - timedelta(minutes=30)
    if not Callback.objects.filter(pk=_key("question")).exists():
        with clock.frozen(left):
            callbacks.ask(
                key=_key("question"), phone="08-465 004 05", by=acting("fatima.berg"),
                words="Vem beslutar om skyddat boende när personen är på resande fot?",
            )  # fmt: skip


def _open(today: datetime, by: Assignment) -> None:
    """The telephone is not hung up yet."""
    _logged(
        "open", today, by, minutes=6, end=False, profession="inspector",
        agency_kind="work_environment_authority", municipality_id="2480", about="advice", danger="no",
        forms=["labour"], topics=["work"],
    )  # fmt: skip


def _roster(today: datetime, *operators: Assignment) -> None:
    """They take turns, week by week; an afternoon of training is closed."""
    keeper = acting("anders.admin")
    first = library.next_day(today)
    if first is None or Shift.objects.exists():
        return
    with clock.frozen(today):
        for week in range(3):
            start = first + timedelta(days=7 * week)
            who = operators[week % len(operators)]
            roster.put(
                user_id=who.user_id,
                first=start,
                last=start + timedelta(days=6),
                opens=None,
                closes=None,
                by=keeper,
            )
        training = library.Calendar.since(first).spans(today + timedelta(days=25))
        day = next(training).opens.date()
        hours.set_day(day=day, opens=time(8), closes=time(12), by=keeper)
