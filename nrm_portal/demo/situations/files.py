"""Safe contact, notes by kind, a document, a child that came along; and a person who is missing."""

from __future__ import annotations

import uuid
import zlib
from datetime import datetime, timedelta
from typing import Any, Final

from accounts.access import Assignment, assignment_for
from accounts.enums import AgencyKind
from accounts.models import Membership
from cases.enums import Category, NoteKind, Relation
from cases.models import Case
from cases.services import (
    contact,
    dependants,
    documents,
    drafts,
    messages,
    missing,
    participation,
    triage,
)
from cases.services.messages import Written
from core import clock
from core.files import Passing
from core.uploads import SealedUpload
from nrm_portal.demo.situations._living import ANSWERS, sent

NAMESPACE: Final = uuid.UUID("0f6f6c39-7d0e-4a4a-9a58-2a3c7d5b7b61")
HERS: Final[dict[str, Any]] = {
    "consent_scope": ["social_services_adult", "police", "health_care"],
    "forms": ["sexual"],
}


def show(today: datetime) -> None:
    """Both situations at the desk Mitt, once however often the demo starts."""
    people = {kind: _worker(kind) for kind in (AgencyKind.SOCIAL_SERVICES_ADULT, AgencyKind.POLICE)}
    karin = _coordinator()
    if karin is None or not all(people.values()):
        return
    social, police = people[AgencyKind.SOCIAL_SERVICES_ADULT], people[AgencyKind.POLICE]
    assert social is not None and police is not None
    if case := _sent("contact", social, today - timedelta(days=6), "Al-77", "Bor kvar hos den misstänkte."):
        _lived_with_the_suspect(case, karin, police, today)
    if case := _sent("missing", social, today - timedelta(days=9), "Lind-52", "Kom aldrig till boendet."):
        _missing(case, karin, police, today)


def _worker(kind: str) -> Assignment | None:
    rows = Membership.objects.in_force().filter(user__is_demo=True, agency__kind=kind, role="caseworker")
    row = rows.select_related("user", "agency").order_by("user__email").first()
    return assignment_for(row) if row else None


def _coordinator() -> Assignment | None:
    rows = Membership.objects.in_force().filter(user__email__startswith="karin.holm@", user__is_demo=True)
    row = rows.select_related("user", "agency").first()
    return assignment_for(row) if row else None


def _sent(name: str, by: Assignment, at: datetime, alias: str, story: str) -> Case | None:
    """The case of a new referral; None when it was told before."""
    day = str(clock.local(at).date())
    told = drafts.about_sender(by) | ANSWERS | HERS | {"name": alias, "narrative": story, "consent_date": day}
    referral = sent(uuid.uuid5(NAMESPACE, name), at, by, told)
    return referral.case if referral else None


def _taken(case: Case, karin: Assignment, police: Assignment, categories: list[str]) -> None:
    triage.accept(case_id=case.pk, by=karin)
    made = participation.invite(
        case_id=case.pk,
        agency_id=police.agency_id,
        ground="consent",
        categories=categories,
        purpose="Skyddsbedömning och förhör",
        by=karin,
    )
    participation.answer(participation_id=made.pk, accepts=True, by=police)


def _lived_with_the_suspect(case: Case, karin: Assignment, police: Assignment, today: datetime) -> None:
    with clock.frozen(today - timedelta(days=5)):
        _taken(case, karin, police, [Category.SITUATION, Category.CONTACT, Category.DOCUMENTS])
        told = {
            "ways": ["text"],
            "times": "Bara tisdagar kl. 10–12",
            "words": "tandläkartid",
            "never": "Mannen hon bor hos svarar ofta i telefonen. Ring aldrig.",
            "language": "rumänska",
            "aids": ["sign_language"],
            "sign_language": "rumänskt teckenspråk",
            "phone": "+46701740605",
        }
        contact.change(case_id=case.pk, version=0, told=told, by=karin)
        dependants.add(
            case_id=case.pk,
            relation=Relation.CHILD,
            is_child=True,
            told={"name": "Ask-3", "birth": "2019", "needs": "Förskola och trygg vuxen"},
            by=karin,
        )
    with clock.frozen(today - timedelta(days=3)):
        _notes_and_files(case, karin, police)


def _notes_and_files(case: Case, karin: Assignment, police: Assignment) -> None:
    written = [
        Written("Två olika mobiler låg på bordet. Hon tittade mot dörren hela tiden.", NoteKind.OBSERVED),
        Written("Hon minns inte vilken vecka hon kom till Sverige.", NoteKind.SAID),
        Written(
            "Berättelsen hänger ihop trots luckorna.",
            NoteKind.VIEW,
            "Tre samtal med samma ordning på händelserna.",
        ),
    ]
    messages.add_notes(case_id=case.pk, written=written, by=karin)
    to = [f"agency:{police.agency_id}"]
    text = "Förhöret behöver tolk i rumänskt teckenspråk. Läs instruktionen innan ni tar kontakt."
    messages.send(case_id=case.pk, to=to, text=text, by=karin)
    passing = Passing()
    passing.write(_pdf())
    passing.finish()
    upload = SealedUpload(passing, "avtal.pdf", too_large=False)
    incoming = documents.Incoming(upload, "Kopia av anställningsavtalet", Category.SITUATION)
    documents.add(case_id=case.pk, incoming=incoming, by=karin)


def _missing(case: Case, karin: Assignment, police: Assignment, today: datetime) -> None:
    with clock.frozen(today - timedelta(days=8)):
        _taken(case, karin, police, [Category.SITUATION])
    with clock.frozen(today - timedelta(hours=2)):
        since = clock.now() - timedelta(hours=3)
        missing.alarm(
            case_id=case.pk, since=since, known="Senast sedd vid resecentrum i grå jacka.", by=police
        )


def _pdf() -> bytes:
    """One page that says it is made up."""
    drawn = zlib.compress(b"BT /F1 18 Tf 40 700 Td (Exempel. Ett p\\345hittat avtal.) Tj ET")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start)
