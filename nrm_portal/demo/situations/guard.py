"""A woman with protected population registration and her named people; a night when nobody answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from cases.enums import Category, Protection
from cases.enums.guard import Verdict
from cases.models import Case
from cases.services import emergency, participation, protection
from core import clock
from nrm_portal.demo.situations._living import accepted, acting, morning, referred

REASON = (
    "Påhittat i demon. Polisens vakthavande ringde 02.40: den misstänkte hade synts utanför boendet."
    " Ingen på desken svarade."
)


def show(today: datetime) -> None:
    _protected(today)
    _night(today)
    _last_night(today)


def _protected(today: datetime) -> None:
    """S08: the tier is set, the police are named, the route is decided, and somebody wants it milder."""
    start = morning(today, 8)
    case = referred(
        "guard", "Hägg-808", start, forms=["sexual"], address="Påhittade gatan 8, Uppsala",
        narrative="Påhittad berättelse i demon. En tidigare partner letar efter henne.",
    )  # fmt: skip
    if case is None:
        return
    karin, linn = acting("karin.holm"), acting("linn.modig")
    accepted(case, start + timedelta(hours=1))
    _joins(case, "linn.modig", start + timedelta(hours=2))
    with clock.frozen(start + timedelta(days=1)):
        protection.make_stricter(case_id=case.pk, to=Protection.PROTECTED_REGISTRATION, by=karin)
        protection.name(
            case_id=case.pk, user_id=linn.user_id, until=clock.today() + timedelta(days=90),
            reason="Personsäkerhetsgruppen bedömer hotet.", by=karin,
        )  # fmt: skip
        protection.set_route(
            case_id=case.pk, user_id=linn.user_id, version=0, by=karin,
            words="Ring Linn Modig. Brev går genom Skatteverkets förmedling, aldrig med namn på kuvertet.",
        )  # fmt: skip
    with clock.frozen(morning(today, 1)):
        protection.ask_milder(
            case_id=case.pk, to=Protection.SECRECY_MARKING, by=karin,
            reason="Skatteverket har beslutat att skyddet upphör (påhittat i demon).",
        )  # fmt: skip


def _joins(case: Case, email: str, at: datetime) -> None:
    by = acting(email)
    with clock.frozen(at):
        row = participation.invite(
            case_id=case.pk, agency_id=by.agency_id, ground="consent", purpose="Hotbedömning",
            categories=[Category.IDENTITY, Category.SITUATION, Category.CONTACT], by=acting("karin.holm"),
        )  # fmt: skip
        participation.answer(participation_id=row.pk, accepts=True, by=by)


def _night(today: datetime) -> None:
    """S16: opened in an emergency a week ago, read, closed, and found justified."""
    start = morning(today, 7)
    case = referred("guard", "Rönn-816", start, forms=["labour"],
                    narrative="Påhittad berättelse i demon. Byggarbetare vars pass har tagits.")  # fmt: skip
    if case is None:
        return
    accepted(case, start + timedelta(hours=2))
    helena = acting("helena.forsberg")
    night = start + timedelta(hours=18)
    with clock.frozen(night):
        glass = emergency.open_case(reference=case.reference, reason=REASON, by=helena)
    with clock.frozen(night + timedelta(minutes=18)):
        emergency.close(case_id=case.pk, by=helena)
    with clock.frozen(start + timedelta(days=1)):
        emergency.review(
            glass_id=glass.pk, verdict=Verdict.JUSTIFIED, by=acting("dora.dataskydd"),
            text="Samtalet är bekräftat av polisen. Läste bara det som behövdes.",
        )  # fmt: skip


def _last_night(today: datetime) -> None:
    """S16: one that waits for the officer's review."""
    start = morning(today, 3)
    case = referred("guard", "Alm-826", start, forms=["other"],
                    narrative="Påhittad berättelse i demon. Bor hos sin arbetsgivare.")  # fmt: skip
    if case is None:
        return
    accepted(case, start + timedelta(hours=2))
    with clock.frozen(morning(today, 1) + timedelta(hours=13)):
        emergency.open_case(
            reference=case.reference, by=acting("helena.forsberg"),
            reason="Påhittat i demon. Kommunens socialjour frågade var ärendet låg.",
        )  # fmt: skip
