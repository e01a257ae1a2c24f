"""One edition as search sees it: which words stand where, and how well a text fits a question.

A word of the question becomes a `Slot`: the word, its relatives and the words that mean the same, weighed. A
slot counts once for a text, however many of its words are there, and a rare slot counts more (BM25).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Final

from manual.library.words import Vocabulary, distance, lexicon, plain, root, stem, words

WEIGHTS: Final = {"title": 3.0, "above": 1.2, "steps": 0.9, "actors": 0.9, "body": 1.0}
"""What a word counts by where it stands. `above`: the titles of the section and the chapter."""
SATURATION: Final = 1.2
LENGTH: Final = 0.6
SAME, EQUAL, COMPOUND_OF, RELATIVE, BEGINS, CONTAINS = 1.0, 0.9, 0.85, 0.75, 0.7, 0.5
HEAD: Final = 0.4
"""The last part of a compound alone: a text about a "uppehållstillstånd" says "tillståndet" further on."""
MISSPELLED: Final = (0.9, 0.7, 0.6)
APART: Final = 0.3
"""What a phrase is worth where its words stand apart."""
GAP: Final = 2
"""How many other words may stand between those of a phrase."""
TITLE_ENDS: Final = 40
"""Where the body begins when words are counted from the title."""
INTRODUCES: Final = 1.12
"""For the first text of a section, when only one thing is asked for."""
LISTED: Final = 1.3
"""What a word of the list of equal words is worth: it names a thing of this trade."""
WEAK: Final = 0.25
"""What a word like "gör" is worth, beside a word that says something."""
AS_TYPED: Final = 0.15
"""Added when the words stand in the text next to each other, as they were typed."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is searched of one paragraph. `rank`: how much it counts beside others that fit as well."""

    title: str
    above: str
    body: str
    steps: str = ""
    actors: str = ""
    rank: float = 1.0
    introduces: bool = False
    """Whether it is the first of several texts of a section, and so says what they are about."""


@dataclass(slots=True)
class Slot:
    """One thing that is asked for: phrases of stems, each with its weight, and what was typed."""

    typed: str
    phrases: dict[tuple[str, ...], float] = field(default_factory=dict)
    worth: float = 1.0
    meant: tuple[str, ...] = ()
    """How the word is spelled, likeliest first, when it was not found as typed."""

    def add(self, phrase: tuple[str, ...], weight: float) -> None:
        if phrase and weight > self.phrases.get(phrase, 0):
            self.phrases[phrase] = weight


class Index:
    """The words of an edition in one language. `documents` in reading order; hits are their positions."""

    def __init__(self, documents: Sequence[Document], language: str) -> None:
        self.language = language
        self.documents = documents
        texts = [{name: words(getattr(document, name)) for name in WEIGHTS} for document in documents]
        self.vocabulary = Vocabulary.of(
            (word for text in texts for field in text.values() for word in field), language
        )
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)
        self._places: dict[str, dict[int, list[int]]] = defaultdict(dict)
        for position, text in enumerate(texts):
            self._read(position, text)
        lengths = [self._length(text) for text in texts]
        average = sum(lengths) / max(len(lengths), 1) or 1
        self._norms = [1 - LENGTH + LENGTH * length / average for length in lengths]

    def _length(self, text: dict[str, list[str]]) -> int:
        return len(text["body"]) + len(text["title"]) + len(text["steps"]) // 2

    def _read(self, position: int, text: dict[str, list[str]]) -> None:
        for name, weight in WEIGHTS.items():
            for word in text[name]:
                stemmed = self.vocabulary.stem_of.get(word) or (word if word.isdigit() else "")
                if stemmed:
                    posting = self._postings[stemmed]
                    posting[position] = posting.get(position, 0) + weight
        title = [*text["title"], *("|" for _ in range(TITLE_ENDS - len(text["title"])))]
        for place, word in enumerate([*title, *text["body"]]):
            self._places[self.vocabulary.stem_of.get(word, word)].setdefault(position, []).append(place)

    def slots(self, query: str, *, spell: bool = True) -> list[Slot]:
        """What is asked for. Words like "och" ask for nothing."""
        typed = words(query)
        stemmed = [stem(word, self.language) for word in typed]
        taken: set[int] = set()
        slots = list(self._listed(typed, stemmed, taken))
        slots += self._joined(typed, stemmed, taken)
        for at, word in enumerate(typed):
            if at not in taken and not stemmed[at][1]:
                slots.append(self._slot(word, stemmed[at][0], spell=spell))
        return slots

    def _listed(self, typed: list[str], stemmed: list[tuple[str, bool]], taken: set[int]) -> Iterator[Slot]:
        """Words and phrases of the list of equal words. What was typed of one group is one slot."""
        found: dict[int, Slot] = {}
        groups = lexicon(self.language).groups
        for phrase, number in lexicon(self.language).phrases:
            for at in self._typed_at(phrase, stemmed):
                places = range(at, at + len(phrase))
                if taken.intersection(places):
                    continue
                taken.update(places)
                slot = found.setdefault(number, Slot(" ".join(typed[at : at + len(phrase)]), worth=LISTED))
                if len(phrase) > 1:
                    slot.add(self.known(phrase), SAME)
                else:
                    slot.phrases |= self._slot(typed[at], stemmed[at][0], spell=False).phrases
        for number, slot in found.items():
            first = groups[number][0]
            if len(first) == 1 and first[0] in lexicon(self.language).weak:
                slot.worth = WEAK
            for phrase in groups[number]:
                slot.add(self.known(phrase), EQUAL)
            yield slot

    def _typed_at(self, phrase: tuple[str, ...], stemmed: list[tuple[str, bool]]) -> list[int]:
        """Where a phrase stands in the question, in whatever form."""
        wanted = [stem(word, self.language)[0] for word in phrase]
        asked = [one for one, _ in stemmed]
        return [
            at
            for at in range(len(asked) - len(wanted) + 1)
            if all(map(self._alike, asked[at : at + len(wanted)], wanted))
        ]

    def _alike(self, one: str, other: str) -> bool:
        return one == other or root(one, self.language) == root(other, self.language)

    def known(self, phrase: tuple[str, ...]) -> tuple[str, ...]:
        """The stems of a phrase; empty when the edition has it nowhere."""
        known = tuple(stem(word, self.language)[0] for word in phrase)
        if len(known) > 1:
            return known if self._places_of(known) else ()
        return known if known[0] in self._postings else ()

    def _joined(self, typed: list[str], stemmed: list[tuple[str, bool]], taken: set[int]) -> Iterator[Slot]:
        """Two words that the manual writes as one: "barn utredning"."""
        for at in range(len(typed) - 1):
            if {at, at + 1} & taken or self.language != "sv":
                continue
            for joint in ("", "s"):
                one = stem(typed[at] + joint + typed[at + 1], self.language)[0]
                if self.vocabulary.knows(one):
                    taken.update({at, at + 1})
                    slot = Slot(f"{typed[at]} {typed[at + 1]}")
                    slot.add((one,), SAME)
                    slot.add((stemmed[at][0], stemmed[at + 1][0]), COMPOUND_OF)
                    yield slot
                    break

    def _slot(self, word: str, stemmed: str, *, spell: bool = True) -> Slot:
        known = self.vocabulary
        slot = Slot(word, worth=WEAK if self._is_weak(word, stemmed) else 1.0)
        if stemmed in self._postings:
            slot.add((stemmed,), SAME)
        base = root(stemmed, self.language)
        for relative in known.by_root.get(base, ()):
            slot.add((relative,), RELATIVE)
        for compound in known.compounds.get(base, ()):
            slot.add((compound,), CONTAINS)
        parts = known.parts(word)
        slot.add(parts[1:], HEAD)
        if not slot.phrases or max(slot.phrases.values()) < RELATIVE:
            slot.add(parts, COMPOUND_OF)
            slot.add(parts[:1], HEAD)
            for longer in known.starting_with(word):
                slot.add((longer,), BEGINS)
            for longer in known.ending_with(word):
                slot.add((longer,), CONTAINS)
        if not slot.phrases and spell and slot.worth > WEAK and not word.isdigit():
            self._spell(slot, word)
        return slot

    def _is_weak(self, word: str, stemmed: str) -> bool:
        weak = lexicon(self.language).weak
        return word in weak or stemmed in weak

    def _spell(self, slot: Slot, word: str) -> None:
        near = self.vocabulary.near(word)
        if (
            not (near and distance(plain(word), plain(near[0]), 3) <= max(1, len(word) // 5))
            and self.language == "sv"
        ):
            piece = self.vocabulary.piece(word)
            if piece:
                slot.add((piece,), CONTAINS)
                return
        by_root: dict[str, str] = {}
        for other in near:
            by_root.setdefault(root(stem(other, self.language)[0], self.language), other)
        slot.meant = tuple(by_root.values())[: len(MISSPELLED)]
        for other, weight in zip(slot.meant, MISSPELLED, strict=False):
            for found in self.slots(other, spell=False):
                for phrase, part in found.phrases.items():
                    slot.add(phrase, weight * part)

    def scores(self, slots: Iterable[Slot]) -> dict[int, float]:
        """How well each text that has anything fits."""
        total: dict[int, float] = defaultdict(float)
        asked = list(slots)
        for slot in asked:
            for position, worth in self._slot_scores(slot).items():
                total[position] += worth
        together = [self._places_of(pair).keys() for pair in self._together(asked)]
        is_one_thing = sum(slot.worth > WEAK for slot in asked) == 1
        for position in total:
            document = self.documents[position]
            total[position] *= document.rank * (1 + AS_TYPED * sum(position in pair for pair in together))
            if is_one_thing and document.introduces:
                total[position] *= INTRODUCES
        return total

    def _slot_scores(self, slot: Slot) -> dict[int, float]:
        found: dict[int, float] = defaultdict(float)
        main: set[int] = set()
        for phrase, weight in slot.phrases.items():
            places = self._places_of(phrase)
            for position, often in places.items():
                found[position] += weight * often
            for position in self._apart(phrase) - places.keys():
                found[position] += weight * APART
            if weight > CONTAINS:
                main |= places.keys()
        having = len(main) or len(found)
        if not having:
            return {}
        rarity = log(1 + (len(self.documents) - having + 0.5) / (having + 0.5))
        return {
            position: slot.worth * rarity * often / (often + SATURATION * self._norms[position])
            for position, often in found.items()
        }

    def _places_of(self, phrase: tuple[str, ...]) -> dict[int, float]:
        """Where a word stands, or words next to each other, and how much they count there."""
        if len(phrase) == 1:
            return self._postings.get(phrase[0], {})
        found: dict[int, float] = {}
        first, *others = (self._places.get(one, {}) for one in phrase)
        for position in set(first).intersection(*others):
            for place in first[position]:
                if all(_is_near(place, other[position], len(phrase)) for other in others):
                    worth = WEIGHTS["title" if place < TITLE_ENDS else "body"]
                    found[position] = found.get(position, 0) + worth
        return found

    def _apart(self, phrase: tuple[str, ...]) -> set[int]:
        """Where the words of a phrase stand, but not next to each other."""
        if len(phrase) == 1:
            return set()
        return set.intersection(*(set(self._postings.get(one, ())) for one in phrase))

    def _together(self, slots: list[Slot]) -> list[tuple[str, ...]]:
        """Neighbours of the question that may be neighbours in a text too."""
        typed = [phrase for slot in slots for phrase, weight in slot.phrases.items() if weight == SAME]
        pairs = [(*one, *other) for one, other in zip(typed, typed[1:], strict=False)]
        return pairs + [phrase for phrase in typed if len(phrase) > 1]


def _is_near(place: int, others: list[int], length: int) -> bool:
    return any(other != place and abs(other - place) <= length + GAP - 1 for other in others)
