"""A page of the manual: texts for the chosen actor first, defined words, and sources as notes at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import looks
from manual.enums import Confidence, StepRole
from manual.library import Gone, Section, Term, Text, definitions, render, retired_in, sources
from manual.library.wording import Words
from manual.models import Chapter, Paragraph
from manual.views import rows
from manual.views.opened import Opened

SWEDISH: Final = "sv"


@dataclass(frozen=True, slots=True)
class Mark:
    """A source named below a text: its number, and the place a note leads back to."""

    number: int
    place: str


@dataclass(frozen=True, slots=True)
class TextRow:
    """A paragraph. `for_whom` names its actors; `folded` when another actor was chosen. `language` is set
    where the text is in another language than the page; `copied` is the address that others can open."""

    anchor: str
    number: str
    title: str
    html: SafeString
    tags: tuple[SafeString, ...]
    for_whom: str
    marks: tuple[Mark, ...]
    steps: tuple[rows.StepRow, ...]
    url: str
    copied: str
    folded: bool
    language: str


@dataclass(frozen=True, slots=True)
class GoneRow:
    """A paragraph that is no more, at the place where it stood."""

    anchor: str
    number: str
    reason: str
    moved_to: str
    url: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section less the texts that were lifted to the top."""

    anchor: str
    number: str
    title: str
    url: str
    html: SafeString
    texts: tuple[TextRow, ...]
    gone: tuple[GoneRow, ...]


@dataclass(slots=True)
class Note:
    """A source at the end of the page. `backs`: the places that name it, with the number of the text."""

    number: int
    title: str
    backs: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chip:
    """An actor whose texts the page can lift to the top."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Article:
    """What a page shows: the chosen actor's texts first, then the sections in order, then words and notes."""

    lifted: tuple[TextRow, ...]
    sections: tuple[SectionRow, ...]
    chosen: str
    chips: tuple[Chip, ...]
    words: tuple[Term, ...]
    notes: tuple[Note, ...]
    foreign: bool
    """Whether something is in Swedish although the page is not."""


def article(request: HttpRequest, opened: Opened, sections: tuple[Section, ...], own: str) -> Article:
    """Lift the texts for the actor of `?aktor=` and fold those for others; nothing is hidden.

    `own`: the reader's own actor, offered first.
    """
    asked = request.GET.get("aktor", "")
    chosen = StepRole(asked) if asked in StepRole.values else None
    page = _Page(request, opened)
    lifted: list[TextRow] = []
    made = [page.section(section, chosen, lifted) for section in sections]
    return Article(
        tuple(lifted),
        tuple(made),
        str(chosen.label) if chosen else "",
        _chips(opened, request.path, sections, chosen, own),
        tuple(replace(term, url=opened.link(term.url) if term.url else "") for term in page.words.used),
        tuple(page.notes.values()),
        foreign=page.foreign or any(is_foreign(section.head, "title") for section in sections),
    )


class _Page:
    """What the texts of one page share: the words already explained and the numbers of the sources."""

    def __init__(self, request: HttpRequest, opened: Opened) -> None:
        self.opened = opened
        self.words = Words(definitions(opened.edition))
        self.notes: dict[str, Note] = {}
        self.foreign = False
        self._absolute = request.build_absolute_uri
        self._titles: Mapping[str, str] = sources(opened.edition)
        self.gone = retired_in(opened.edition)

    def section(self, section: Section, chosen: StepRole | None, lifted: list[TextRow]) -> SectionRow:
        """One section; what is for the chosen actor goes to `lifted` instead."""
        head, inside = section.head, f"{section.head.anchor}-"
        html = self.words.mark(render(head.body))
        stay: list[TextRow] = []
        for text in section.texts:
            mine = chosen in text.row.actors
            row = self.text(text, folded=bool(chosen and text.row.actors) and not mine)
            (lifted if mine else stay).append(row)
        gone = tuple(self._gone(row) for row in self.gone if row.anchor.startswith(inside))
        url = self.opened.link(head.get_absolute_url())
        return SectionRow(head.anchor, section.number, head.title, url, html, tuple(stay), gone)

    def _gone(self, row: Gone) -> GoneRow:
        url = self.opened.link(row.url) if row.url else ""
        number, moved_to = (anchor.replace("-", ".") for anchor in (row.anchor, row.moved_to))
        return GoneRow(row.anchor, number, row.reason, moved_to, url)

    def text(self, text: Text, *, folded: bool) -> TextRow:
        row = text.row
        foreign = is_foreign(row, "body") or is_foreign(row, "title")
        self.foreign = self.foreign or foreign
        return TextRow(
            anchor=row.anchor,
            number=text.number,
            title=row.title,
            html=self.words.mark(render(row.body), within=row.anchor),
            tags=(looks.tag(Confidence.UNSURE.label, "amber"),)
            if row.confidence == Confidence.UNSURE
            else (),
            for_whom=", ".join(str(StepRole(actor).label) for actor in row.actors),
            marks=tuple(self._mark(key, row.anchor, text.number) for key in row.sources),
            steps=tuple(rows.step_row(template) for template in text.steps),
            url=self.opened.link(row.get_absolute_url()),
            copied=self._absolute(self.opened.address(row.get_absolute_url())),
            folded=folded,
            language=SWEDISH if foreign else "",
        )

    def _mark(self, key: str, anchor: str, number: str) -> Mark:
        note = self.notes.setdefault(key, Note(len(self.notes) + 1, self._titles.get(key, key)))
        place = f"kalla-{note.number}-{anchor}"
        note.backs.append((place, number))
        return Mark(note.number, place)


def is_foreign(row: Chapter | Paragraph, name: str) -> bool:
    """Whether a reader of another language gets this text in Swedish, because it is not translated."""
    if (get_language() or SWEDISH).startswith(SWEDISH):
        return False
    return bool(getattr(row, f"{name}_sv")) and not getattr(row, f"{name}_en")


def _chips(
    opened: Opened, path: str, sections: Iterable[Section], chosen: StepRole | None, own: str
) -> tuple[Chip, ...]:
    """Everybody, the reader's own actor, and those some text of the page is for."""
    here = {StepRole(role) for section in sections for role in section.roles}
    if chosen:
        here.add(chosen)
    if not here:
        return ()
    order = sorted(
        here | ({StepRole(own)} if own else set()), key=lambda role: (role != own, list(StepRole).index(role))
    )
    everybody = Chip(_("All actors"), opened.link(path), chosen is None)
    return (everybody, *(
        Chip(
            _("Yours: %(actor)s") % {"actor": role.label} if role == own else str(role.label),
            opened.link(path, aktor=role.value),
            role == chosen,
        )
        for role in order
    ))  # fmt: skip
