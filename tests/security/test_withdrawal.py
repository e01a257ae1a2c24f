"""After consent has been withdrawn: who still meets what, and where the words of consent may be seen."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.core import mail
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse

from accounts.enums import AgencyKind
from cases.enums import Category, ConsentForm
from cases.services import consents, granting, withdrawing
from core import clock, delivery, pdf, vault
from core.enums import PdfState
from core.models import AuditEvent, OutboundEmail, PdfJob
from tests.security.test_canaries import READ, planted, seen_in
from tests.security.world import SHELTER, World, rolled_back, word

pytestmark = [pytest.mark.xdist_group("canaries"), pytest.mark.timeout(180)]

OWN = {word("agreed"), word("guardian"), word("taken"), word("toldwhom"), word("toldwhat")}
"""What was said about consent, and told outside."""
KINDS = {"St": AgencyKind.HEALTH_CARE, "Po": AgencyKind.POLICE, "Id": AgencyKind.MIGRATION_AGENCY}


def say(world: World, kind: AgencyKind) -> None:
    """Consent with words, something told outside, and then the withdrawal for one kind of agency."""
    karin, case_id = world.people["Rc"], world.case.pk
    consents.register(
        case_id=case_id, scope=[AgencyKind.SCHOOL], given_on=clock.today(),
        form=ConsentForm.ORAL, language="ro", interpreter=False, words=word("agreed"), by=karin,
    )  # fmt: skip
    granting.told_outside(
        case_id=case_id, to=word("toldwhom"), what=word("toldwhat"), categories=[Category.HEALTH], by=karin
    )
    withdrawing.withdraw(
        case_id=case_id, scope=[kind], withdrawn_on=clock.today(), form=ConsentForm.ORAL, words=word("taken"),
        by=karin,
    )  # fmt: skip


def everything(world: World, who: str) -> str:
    """Her own pages, and every page of the case."""
    client, case_id = world.browser(who), world.case.pk
    pages = ["/arbete/", "/arenden/", "/aviseringar/", f"/arenden/{case_id}/delning/"]
    pages += [reverse(f"cases:{name}", args=[case_id]) for name in READ]
    steps = world.case.steps.filter(agency_id=world.people[who].agency_id)
    pages += [reverse("cases:step", args=[case_id, step.pk]) for step in steps]
    return "\n".join(client.get(page).content.decode() for page in pages)


@pytest.mark.parametrize("who", KINDS)
def test_who_was_shut_out_meets_no_word_of_the_case(who: str, world: World) -> None:
    with rolled_back():
        before = seen_in(everything(world, who), planted(world))
        say(world, KINDS[who])
        after = seen_in(everything(world, who), planted(world) | OWN | {SHELTER})
    assert before, "she met words of it until then"
    assert not after


@pytest.mark.parametrize(
    "who", ["Rf", "Co", "In", "St", "Id", "Sh", "Rc", "R2", "Ro", "Na", "Ho", "Ad", "Au"]
)
def test_what_was_said_is_read_at_the_desk_alone(who: str, world: World) -> None:
    case = world.case.pk
    with rolled_back():
        say(world, AgencyKind.POLICE)
        client = world.browser(who)
        pages = [f"/arenden/{case}/{part}" for part in ("", "delning/", "delning/utlamnat/", "historik/")]
        pages += ["/aviseringar/", "/arbete/"]
        seen = seen_in("\n".join(client.get(page).content.decode() for page in pages), OWN)
    assert seen == (OWN - {word("guardian")} if who in ("Rc", "R2") else set())


def test_nothing_of_it_leaves_or_lies_open(world: World) -> None:
    with rolled_back():
        say(world, AgencyKind.POLICE)
        rows = [*AuditEvent.objects.values(), *OutboundEmail.objects.values()]
        text = DjangoJSONEncoder().encode(rows)
    assert not seen_in(text, OWN)


@pytest.mark.security("S63", "consent withdrawn while a page is open, a paper is made and a mail waits")
def test_s63_everything_on_its_way_stops(world: World, tried: Callable[..., None]) -> None:
    """The next request is a stranger's; the paper is destroyed, the mail tells nothing of the case."""
    who, case = world.people["Po"], world.case
    with rolled_back():
        page = world.browser("Po")
        messages = reverse("cases:messages", args=[case.pk])
        assert page.get(messages).status_code == 200
        page.post(reverse("cases:case-pdf", args=[case.pk]), {"reason": "Möte"})
        waiting = PdfJob.objects.get(requester_id=who.user_id)
        made = PdfJob.objects.create(
            data_key=vault.new_key("pdf", (key := uuid.uuid4())), id=key, requester_id=who.user_id,
            case_id=case.pk, template="pdf/case_summary.html", language="sv", filename="x.pdf", context={},
            created_at=clock.now(),
            expires_at=waiting.expires_at, state=PdfState.READY, result=b"%PDF-1.7",
        )  # fmt: skip
        assert page.get(reverse("cases:pdf-download", args=[made.pk])).status_code == 200
        say(world, KINDS["Po"])
        for ask in (
            lambda: page.get(messages),
            lambda: page.get(reverse("cases:case", args=[case.pk])),
            lambda: page.post(reverse("cases:message-send", args=[case.pk]), {"text": "x", "to": "x"}),
            lambda: page.post(reverse("cases:note-add", args=[case.pk]), {"note-text": "x"}),
            lambda: page.get(reverse("cases:pdf-download", args=[made.pk])),
            lambda: page.get(reverse("cases:pdf", args=[waiting.pk])),
        ):
            assert ask().status_code == 404
            tried()
        assert pdf.render(waiting.pk) is None, "the worker leaves it alone"
        for job in (waiting, made):
            job.refresh_from_db()
            assert job.state == PdfState.EXPIRED and not job.result
        for row in OutboundEmail.objects.filter(user_id=who.user_id, state="waiting"):
            delivery.deliver(row.pk)
            assert not any(
                word("note") in letter.body or case.reference in letter.body for letter in mail.outbox
            )
            tried()
        ledger = world.browser("Rc").get(reverse("cases:ledger", args=[case.pk])).content.decode()
        assert str(who.agency) in ledger, "what had been read already is listed for the desk"
