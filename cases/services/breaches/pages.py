"""What a page of a case shows: for each recorded look, which kinds of data and which answers stood on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import sections
from cases.access import EVERYTHING
from cases.enums import Category, Level
from cases.models import Case, Referral
from cases.sections.frozen import WHOM_SHE_TRUSTS
from cases.sections.vaulted import VAULT

LISTED: Final = "listed"
OVERVIEW: Final = "overview"
CHECKLIST: Final = "checklist"
STEP: Final = "step"
PERSON: Final = "person"
IDENTITY: Final = "identity"
NUMBER: Final = "number"
MESSAGES: Final = "messages"
DOCUMENTS: Final = "documents"
DOCUMENT: Final = "document"
MEETINGS: Final = "meetings"
HISTORY: Final = "history"
SHARING: Final = "sharing"
LOG: Final = "log"
PAPER: Final = "paper"
ORDERED: Final = "ordered"
PROTECTION: Final = "protection"
EXTRACT: Final = "extract"
CODED: Final = "coded"


@dataclass(frozen=True, slots=True)
class Page:
    """A kind of look: what it is called, and what it shows."""

    words: Promise
    shows: str


PAGES: Final[dict[str, Page]] = {
    "case.list": Page(gettext_lazy("Saw the case in a list"), LISTED),
    "inbox.read": Page(gettext_lazy("Saw the case in the inbox"), LISTED),
    "work.read": Page(gettext_lazy("Saw the case in My work"), LISTED),
    "waiting.read": Page(gettext_lazy("Saw the case in Waiting for others"), LISTED),
    "search.cases": Page(gettext_lazy("Found the case by search"), LISTED),
    "search.reference": Page(gettext_lazy("Found the case by its reference"), LISTED),
    "dispute.list": Page(gettext_lazy("Saw the case in the list of disputes"), LISTED),
    "return.list": Page(gettext_lazy("Saw the case in the list of returns"), LISTED),
    "recusal.list": Page(gettext_lazy("Saw the case among recusals"), LISTED),
    "emergency.list": Page(gettext_lazy("Saw the case in the list of emergency access"), LISTED),
    "inbox.print": Page(gettext_lazy("Took out a list with the case as PDF"), LISTED),
    "case.preview": Page(gettext_lazy("Saw the case in the inbox, opened beside the list"), OVERVIEW),
    "case.read": Page(gettext_lazy("Opened the case"), OVERVIEW),
    "case.handover": Page(gettext_lazy("Read the question to take the case over"), LISTED),
    "referral.read": Page(gettext_lazy("Read the referral"), OVERVIEW),
    "case.steps": Page(gettext_lazy("Opened the checklist"), CHECKLIST),
    "step.read": Page(gettext_lazy("Opened a step"), STEP),
    "case.persons": Page(gettext_lazy("Opened the page about the person"), PERSON),
    "identity.open": Page(gettext_lazy("Opened the identity"), IDENTITY),
    "contact.open": Page(gettext_lazy("Opened the number"), NUMBER),
    "case.messages": Page(gettext_lazy("Opened notes and messages"), MESSAGES),
    "case.documents": Page(gettext_lazy("Opened the list of documents"), DOCUMENTS),
    "document.open": Page(gettext_lazy("Opened a document"), DOCUMENT),
    "case.meetings": Page(gettext_lazy("Opened records of meetings"), MEETINGS),
    "case.history": Page(gettext_lazy("Opened the history"), HISTORY),
    "case.sharing": Page(gettext_lazy("Opened consent and sharing"), SHARING),
    "sharing.preview": Page(gettext_lazy("Looked at the case as an agency would see it"), SHARING),
    "case.protection": Page(gettext_lazy("Opened the page about protected identity"), PROTECTION),
    "subject.read": Page(gettext_lazy("Read for the person's own extract"), EXTRACT),
    "case.export": Page(gettext_lazy("Took case data out in the words of a standard"), CODED),
    "case.log": Page(gettext_lazy("Opened the access log"), LOG),
    "case.pdf": Page(gettext_lazy("Ordered the case as PDF"), ORDERED),
    "ledger.pdf": Page(gettext_lazy("Ordered the ledger as PDF"), ORDERED),
    "referral.pdf": Page(gettext_lazy("Ordered the receipt as PDF"), ORDERED),
    "pdf.download": Page(gettext_lazy("Downloaded the PDF"), PAPER),
}
"""Every act by which somebody sees something of a case. Others in the case are named by their code."""
_SECRET: Final = (Category.IDENTITY, Category.CONTACT)


@dataclass(frozen=True)
class Shown:
    """What stood on a page: names of fields, never values, and kinds of data."""

    fields: tuple[str, ...] = ()
    categories: frozenset[str] = frozenset()


@dataclass
class Contents:
    """What a case has to show, read once: names of answered questions by category, names of what the vault
    holds. Everything in today's words; values are never taken out."""

    case: Case

    @cached_property
    def questions(self) -> list[tuple[str, str, str]]:
        """(category, key, question) of every answer others than the referrer's agency can see, in order."""
        known = {field.key: str(field.label) for section in sections.SECTIONS for field in section.fields}
        found: dict[tuple[str, str, str], None] = {}
        for row in self._referrals:
            document: list[Any] = row.document if isinstance(row.document, list) else []
            for part in sections.shared(document):
                for pair in part["answers"]:
                    key = pair["key"]
                    found[part["category"], key, known.get(key, pair["question"])] = None
        return list(found)

    @cached_property
    def _referrals(self) -> list[Referral]:
        return list(self.case.referrals.select_related("data_key").order_by("sent_at"))

    @cached_property
    def vault(self) -> dict[str, list[str]]:
        """Category → the words of what is held about her."""
        person = self.case.person
        if person is None:
            return {}
        questions = {field.key: str(field.label) for section in sections.SECTIONS for field in section.fields}
        identity = person.identity if isinstance(person.identity, dict) else {}
        contact = dict(person.contact) if isinstance(person.contact, dict) else {}
        if person.address:
            contact["address"] = person.address
        named = {key: questions[question] for key, question in VAULT.items() if question in questions}
        return {
            Category.IDENTITY: [named[key] for key in named if identity.get(key)],
            Category.CONTACT: [named[key] for key in named if contact.get(key)],
        }

    @property
    def heading(self) -> list[str]:
        return [_("Reference"), _("Heading: age band and form"), _("County"), _("Status and due time")]

    def of(self, kind: str, level: int, categories: Collection[str], *, is_desk: bool) -> Shown:
        """What a page of this kind shows with this level and these categories."""
        seen = frozenset(categories)
        if level < Level.STEPS or kind == LISTED:
            return Shown(tuple(self.heading))
        made = _MADE.get(kind)
        return made(self, seen if level >= Level.FULL else frozenset(), is_desk) if made else Shown()

    def overview(self, seen: frozenset[str], is_desk: bool) -> Shown:
        told = [_("Desk and case officer"), _("Agencies in the case"), _("Latest events")]
        return self._with_answers([*self.heading, *told], seen, is_desk)

    def paper(self, seen: frozenset[str], is_desk: bool) -> Shown:
        """The summary; who the person is only where the order says so (see `with_identity`)."""
        told = [
            _("Desk and case officer"),
            _("Agencies in the case"),
            _("Titles of steps, who owes them and when they are due"),
        ]
        return self._with_answers([*self.heading, *told], seen, is_desk)

    def with_identity(self, shown: Shown, seen: Collection[str]) -> Shown:
        """The same paper with who she is, and how she is reached where contact was among what was given."""
        codes = [code for code in _SECRET if code == Category.IDENTITY or code in seen]
        more = [name for code in codes for name in self.vault.get(code, ())]
        held = [code for code in codes if self.vault.get(code)]
        return _made([*shown.fields, *more], [*shown.categories, *held])

    def checklist(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made([_("Titles of steps, who owes them and when they are due")])

    def step(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made([_("The step with what has been written about it")])

    def person(self, seen: frozenset[str], is_desk: bool) -> Shown:
        fields = [_("Age"), _("Sex"), _("Citizenship"), _("Protected identity")]
        carried = []
        if Category.CONTACT in seen and self.vault.get(Category.CONTACT):
            fields.append(_("The instruction on how the person is reached"))
            carried.append(Category.CONTACT)
        if Category.CHILDREN in seen and self._has_dependants:
            fields.append(_("Who came along"))
            carried.append(Category.CHILDREN)
        return _made(fields, carried)

    def identity(self, seen: frozenset[str], is_desk: bool) -> Shown:
        fields = list(self.vault.get(Category.IDENTITY, ()))
        reached = Category.CONTACT in seen and bool(self.vault.get(Category.CONTACT))
        if reached:
            fields.append(_("The instruction on how the person is reached"))
        return _made(fields, [Category.IDENTITY, *([Category.CONTACT] if reached else [])])

    def number(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made(self.vault.get(Category.CONTACT, ()), [Category.CONTACT])

    def messages(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made([_("Messages to and from the house, and its own notes")])

    def documents(self, seen: frozenset[str], is_desk: bool) -> Shown:
        if not self._has_documents:
            return _made([_("That there was no document")])
        carried = [Category.DOCUMENTS] if Category.DOCUMENTS in seen else []
        return _made([_("Names and descriptions of documents the house may open")], carried)

    def meetings(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made([_("Records of meetings the house took part in")])

    def history(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made([_("What was done in the case, by whom and when")])

    def sharing(self, seen: frozenset[str], is_desk: bool) -> Shown:
        words = _("Consent, and who may see what") if is_desk else _("What the house may see, and why")
        return _made([words])

    def log(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made([_("Who has read the case")])

    def protection(self, seen: frozenset[str], is_desk: bool) -> Shown:
        return _made([_("How the identity is protected, and who may open it")])

    def extract(self, seen: frozenset[str], is_desk: bool) -> Shown:
        """Everything that is to be handed out is gone through first."""
        whole = self._with_answers([*self.heading], frozenset(EVERYTHING), is_desk=True)
        return self.with_identity(whole, EVERYTHING)

    def coded(self, seen: frozenset[str], is_desk: bool) -> Shown:
        """A line of coded answers under a pseudonym."""
        fields = [_("Sex"), _("Citizenship"), _("Form of exploitation"), _("Status"), _("Month")]
        return _made(fields, [Category.SITUATION, Category.IDENTITY])

    @cached_property
    def _has_dependants(self) -> bool:
        return self.case.dependants.exists()

    @cached_property
    def _has_documents(self) -> bool:
        return self.case.documents.exists()

    def _with_answers(self, told: list[str], seen: frozenset[str], is_desk: bool) -> Shown:
        """The answers of these categories; identity and contact are never among them."""
        untold = frozenset() if is_desk else WHOM_SHE_TRUSTS
        shown = [
            (category, question)
            for category, key, question in self.questions
            if category in seen and category not in _SECRET and key not in untold
        ]
        return _made([*told, *(question for _category, question in shown)], [one for one, _q in shown])


def _made(fields: Iterable[str], categories: Iterable[str] = ()) -> Shown:
    codes = {str(code) for code in categories}
    return Shown(tuple(dict.fromkeys(fields)), frozenset(c for c in EVERYTHING if c in codes))


_MADE: Final[dict[str, Any]] = {
    kind: getattr(Contents, kind)
    for kind in (
        OVERVIEW, CHECKLIST, STEP, PERSON, IDENTITY, NUMBER, MESSAGES, DOCUMENTS, MEETINGS, HISTORY, SHARING,
        LOG, PAPER, PROTECTION, EXTRACT, CODED,
    )
}  # fmt: skip
