"""Somebody asks in Arabic for everything about her: gone through half-way; and one that has just come in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment
from cases.enums import Category
from cases.enums.subject import IdentityCheck, Protected, RequestChannel, Secrecy, Verdict
from cases.models import Case, SubjectRequest
from cases.services import messages, participation
from cases.services.subject import requests, review
from cases.services.subject.review import Choice
from core import clock
from nrm_portal.demo.situations._living import accepted, acting, morning, referred

SUSPECT: Final = "Viktor Exempelsson"


def show(today: datetime) -> None:
    start = morning(today, 15)
    told: dict[str, Any] = {
        "languages": ["ar"],
        "citizenship": ["SY"],
        "forms": ["labour"],
        "narrative": f"Påhittad berättelse i demon. {SUSPECT} höll inne lönen och passet.",
    }
    case = referred("subject", "Rönn-921", start, **told)
    if case is None:
        return
    accepted(case, start + timedelta(hours=1))
    _worked_on(case, start + timedelta(hours=2))
    _asked(case, morning(today, 6))
    with clock.frozen(morning(today, 1)):
        requests.register(
            language="bg",
            channel=RequestChannel.LETTER,
            received_on=clock.today(),
            answer_to="Genom ombudet. Inga brev hem.",
            by=acting("dora.dataskydd"),
        )


def _worked_on(case: Case, at: datetime) -> None:
    """Notes and a message that name others than her."""
    karin, linn = acting("karin.holm"), acting("linn.modig")
    with clock.frozen(at):
        row = participation.invite(
            case_id=case.pk, agency_id=linn.agency_id, ground="consent", categories=[Category.SITUATION],
            purpose="Anmälan", by=karin,
        )  # fmt: skip
        participation.answer(participation_id=row.pk, accepts=True, by=linn)
        text = f"{SUSPECT}s kusin ringde och frågade efter henne. Grannen Britt Påhittad tipsade oss."
        messages.add_note(case_id=case.pk, text=text, by=karin)
        messages.add_note(case_id=case.pk, text="Förundersökning inledd (påhittad).", by=linn)
        messages.send(
            case_id=case.pk, to=[f"desk:{case.desk_id}"], text=f"{SUSPECT} är hörd.", by=linn
        )  # fmt: skip


def _asked(case: Case, at: datetime) -> None:
    """Identity checked, case found, words masked; the desk's extract waits for a second person."""
    dora = acting("dora.dataskydd")
    with clock.frozen(at):
        request = requests.register(
            language="ar", channel=RequestChannel.HANDLER, received_on=clock.today(),
            answer_to="Hos socialsekreteraren, tisdagar 10–12, med tolk.", by=dora,
        )  # fmt: skip
        requests.check_identity(
            request_id=request.pk, how=IdentityCheck.KNOWN, checked_on=clock.today(),
            words="Socialsekreteraren har träffat personen hela tiden.", by=dora,
        )  # fmt: skip
        requests.add_case(request_id=request.pk, reference=case.reference, by=dora)
    with clock.frozen(at + timedelta(days=1)):
        _gone_through(request, case, dora)


def _gone_through(request: SubjectRequest, case: Case, dora: Assignment) -> None:
    pack = request.packs.get(agency_id=case.desk.agency_id)
    for word, protects, secrecy in (
        (SUSPECT, Protected.SUSPECT, Secrecy.OSL_26_1),
        ("Britt Påhittad", Protected.INFORMANT, Secrecy.UNSURE),
    ):
        review.mask(pack_id=pack.pk, words=[word], protects=protects, secrecy=secrecy, by=dora)
    found = review.open_part(pack_id=pack.pk, part=None, by=dora)
    chosen = {one.key: (Choice(Verdict.RELEASE), one.digests[0].hex()) for one in found.pieces}
    review.decide(pack_id=pack.pk, choices=chosen, version=pack.version, by=dora)
    pack.refresh_from_db()
    review.prepare(pack_id=pack.pk, version=pack.version, by=dora)
