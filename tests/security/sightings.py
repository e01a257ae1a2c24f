"""Reading `sightings.txt`, and who may meet each planted word by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from accounts.access import Assignment
from cases.models import Case, Draft, MessageRecipient, Referral, RequestedCase
from coordinators.models import Desk
from tests.security import reference
from tests.security.planting import WORD, Canary

TABLE: Final = Path(__file__).with_name("sightings.txt")


def table(on_paper: bool = False) -> dict[str, tuple[str, ...]]:
    """Line → the words that say who meets it on pages, or on paper; ("=",) where no word can be planted."""
    lines = {}
    for line in TABLE.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            page, _bar, paper = line.split("#")[0].partition("|")
            name, *words = f"{page} {paper if on_paper else ''}".split()
            assert name not in lines, f"{TABLE.name}: {name} stands twice"
            lines[name] = ("=",) if words[0] == "=" else tuple(words)
    return lines


class Around:
    """The case, the house and the author of a planted row: what the words of the table ask about."""

    authors: set[Any]

    def __init__(self, canary: Canary, known: dict[Any, Any]) -> None:
        row: Any = canary.row
        self.known = known
        if isinstance(row, Draft):
            sent = Referral.objects.filter(draft_id=row.pk).first()
            self.authors, row = {row.owner_id}, sent or row
        else:
            names = (
                "contact_id", "author_id", "uploaded_by_id", "owner_id", "added_by_id", "user_id",
                "referrer_id",
            )  # fmt: skip
            self.authors = {getattr(row, name, None) for name in names} - {None}
        place = next(
            (getattr(row, name) for name in ("step", "message", "meeting", "consent", "referral", "call")
             if getattr(row, name, None) is not None and getattr(row, "case_id", None) is None), row,
        )  # fmt: skip
        self.case: Case | None = getattr(place, "case", None)
        if self.case is None and canary.field.startswith("cases.Person."):
            self.case = Case.objects.filter(person_id=row.pk).first()
        home = getattr(row, "step", None) or getattr(row, "call", None) or row
        self.agencies = {getattr(home, name, None) for name in ("agency_id", "from_agency_id")} - {None}
        self.desks = {getattr(home, name, None) for name in ("desk_id", "from_desk_id")} - {None}
        self.present = set(getattr(row, "present", ()) or ())
        self.category = canary.line.partition(":")[2] or getattr(row, "category", "")
        self.referrers = (
            set(self.case.referrals.values_list("referrer_id", flat=True)) if self.case else set()
        )
        self.to: set[Any] = set()
        if canary.field == "cases.Message.text":
            rows = MessageRecipient.objects.filter(message_id=row.pk).values_list(
                "agency_id", "desk_id", "referral__referrer_id"
            )
            self.to = {part for found in rows for part in found} - {None}

    def meets(self, who: Assignment, words: Iterable[str]) -> bool:
        """Whether one of the words lets her in."""
        return any(self._is(word, who) for word in words) or self._requested(who, words)

    def _requested(self, who: Assignment, words: Iterable[str]) -> bool:
        """Whoever protects data, in the extract of a person who has asked for it."""
        if "=" in words or self.case is None or not who.has("protect_data"):
            return False
        return RequestedCase.objects.filter(case=self.case, request__closed_at=None).exists()

    def _protects(self, who: Assignment) -> bool:
        return who.has("protect_data")

    def _is(self, word: str, who: Assignment) -> bool:
        kind, _colon, category = word.partition(":")
        return category in self._sight(who)[1] if category else getattr(self, f"_{kind}")(who)

    def _sight(self, who: Assignment) -> tuple[int, frozenset[str]]:
        if self.case is None:
            return reference.NOTHING
        key = (who.membership_id, self.case.pk)
        if key not in self.known:
            self.known[key] = reference.sees(who, self.case)
        found: tuple[int, frozenset[str]] = self.known[key]
        return found

    def _desks(self, who: Assignment) -> set[Any]:
        if who.membership_id not in self.known:
            self.known[who.membership_id] = reference.desks(who)
        found: set[Any] = self.known[who.membership_id]
        return found

    def _desk(self, who: Assignment) -> bool:
        """Whoever acts at the desk that holds the case."""
        held = self.case is not None and self.case.desk_id in self._desks(who)
        return held and self._sight(who)[0] == 4

    def _house(self, who: Assignment) -> bool:
        """The agency or desk that wrote it, or owes the step it stands at, while it sees the case."""
        own = who.agency_id in self.agencies or bool(self.desks & self._desks(who))
        return own and self._sight(who)[0] >= 2

    def _category(self, who: Assignment) -> bool:
        """Whoever was given its category."""
        return self.category in self._sight(who)[1]

    def _answers(self, who: Assignment) -> bool:
        """Whoever answers at the telephone desk that took the call."""
        return who.has("log_calls") and who.agency_id in self.agencies

    def _full(self, who: Assignment) -> bool:
        return self._sight(who)[0] == 4

    def _heading(self, who: Assignment) -> bool:
        return self._sight(who)[0] >= 2

    def _author(self, who: Assignment) -> bool:
        return who.user_id in self.authors

    def _referrer(self, who: Assignment) -> bool:
        return who.user_id in self.referrers

    def _national(self, who: Assignment) -> bool:
        """The national desk, about what it settles between people."""
        return bool(self._desks(who) & set(Desk.objects.filter(region=None).values_list("pk", flat=True)))

    def _notes(self, who: Assignment) -> bool:
        """Whoever acts at the desk whose work note it is; the national desk keeps none."""
        return bool(self.desks & self._desks(who)) and not self._national(who)

    def _works(self, who: Assignment) -> bool:
        return self._sight(who)[0] >= 3

    def _audits(self, who: Assignment) -> bool:
        return who.has("audit")

    def _duty(self, who: Assignment) -> bool:
        """The referrer's own agency, about what it owes without seeing the case."""
        return self._referrer(who) and who.agency_id in self.agencies

    def _present(self, who: Assignment) -> bool:
        """Agencies that were at the meeting."""
        return who.agency_id in self.present and self._sight(who)[0] >= 3

    def _staff(self, who: Assignment) -> bool:
        return True

    def _nobody(self, who: Assignment) -> bool:
        return False

    def _to(self, who: Assignment) -> bool:
        """Whom a message is addressed to."""
        return bool({who.agency_id, who.user_id, *self._desks(who)} & self.to)


OUTSIDE: Final = ("An", "Ha", "De", "Ex")
"""Columns of people who are let in nowhere."""


class Sightings:
    """Every planted word and who may meet it; `look` at each answer."""

    def __init__(
        self, planted: Iterable[Canary], people: Mapping[str, Assignment], on_paper: bool = False
    ) -> None:
        lines, known = table(on_paper), dict[Any, Any]()
        self.canaries = {canary.word: canary for canary in planted}
        self.allowed: dict[str, set[str]] = {who: set() for who in (*people, *OUTSIDE)}
        for word, canary in self.canaries.items():
            around, words = Around(canary, known), lines.get(canary.line, ())
            for who, by in people.items():
                if who not in OUTSIDE and around.meets(by, words):
                    self.allowed[who].add(word)

    def look(self, response: Any, who: str) -> set[str]:
        """Words she met and may not meet, each with its line of the table; and those that stand where no word
        about a person may stand for anybody: in an address, a title, a header."""
        met = {f"{self.canaries[word].line} {word}" for word in words_of(response) - self.allowed[who]}
        return met | {f"{self.canaries[word].line} {word} outside the page" for word in outside(response)}


OUT: Final = re.compile(
    r"<title>.*?</title>|\b(?:href|src|action|formaction|hx-\w+|data-[\w-]*url)=\"[^\"]*\"", re.S
)
"""What ends in histories, bookmarks, logs and other programs."""


def outside(response: Any) -> set[str]:
    """The planted words in addresses, the title and the headers of an answer."""
    headers = repr(dict(response.headers)) + " ".join(cookie.value for cookie in response.cookies.values())
    page = "" if response.streaming else " ".join(OUT.findall(response.content.decode(errors="replace")))
    return set(WORD.findall(headers + page))


def words_of(response: Any) -> set[str]:
    """The planted words in the body of an answer."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return set(WORD.findall(content.decode(errors="replace")))
