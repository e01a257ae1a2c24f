"""The questionnaire as a whole: which pages there are, what is still missing, what may be kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from cases.sections.event import EVENT, NEEDS
from cases.sections.fields import Answers, Field, Section, Stage
from cases.sections.further import BACKGROUND, PROCEEDINGS, RISK
from cases.sections.guarded import ASSESSMENT, CHILD, SENDER, SUSPECTS
from cases.sections.person import PERSON
from cases.sections.place import PLACE
from cases.sections.reading import Cleaned, asked, clean
from cases.sections.start import CONFIRM, CONSENT, DANGER

SECTIONS: Final = (
    DANGER,
    CONSENT,
    PERSON,
    PLACE,
    EVENT,
    NEEDS,
    CHILD,
    PROCEEDINGS,
    RISK,
    BACKGROUND,
    ASSESSMENT,
    SUSPECTS,
    SENDER,
    CONFIRM,
)
_SEVERAL: Final = frozenset(
    question.key for section in SECTIONS for question in section.fields if question.is_list
)
BY_SLUG: Final = {section.slug: section for section in SECTIONS}
BY_KEY: Final = {section.key: section for section in SECTIONS}


def pages(answers: Answers) -> list[Section]:
    """The pages these answers lead to, in order; the check page is the last."""
    return [section for section in SECTIONS if section.shown(answers) and asked(section, answers)]


def short_way(answers: Answers) -> list[Section]:
    """The numbered pages from danger to needs."""
    return [section for section in pages(answers) if section.stage == Stage.CORE]


def further(answers: Answers) -> list[Section]:
    """The hub's further pages."""
    return [section for section in pages(answers) if section.stage == Stage.MORE]


def after(section: Section, answers: Answers) -> Section | None:
    """The next page of the short way; None leads to the check page."""
    way = [page.key for page in short_way(answers)]
    if section.key not in way:
        return None
    following = way[way.index(section.key) + 1 :]
    return BY_KEY[following[0]] if following else None


def _of_one(key: str, value: Any) -> Any:
    """Where one answer is asked for, the last of several: nothing is shown for an answer that is not read."""
    if key in _SEVERAL or not isinstance(value, list):
        return value
    return next((part for part in reversed(value) if str(part).strip()), "")


def prune(answers: Answers) -> dict[str, Any]:
    """Only answers to questions that are asked, as stored; over again, since one answer may hide others.

    Keys with a leading underscore belong to the draft, not to the questionnaire, and stay out.
    """
    kept = {key: _of_one(key, value) for key, value in answers.items() if not key.startswith("_")}
    while True:
        shown = [section for section in SECTIONS if section.shown(kept)]
        questions = {question.key for section in shown for question in asked(section, kept)}
        left = {key: value for key, value in kept.items() if key in questions}
        if len(left) == len(kept):
            return left
        kept = left


@dataclass(frozen=True)
class Reading:
    """Answers as they were read, page by page. Whoever needs them several times reads them once."""

    pages: dict[str, Cleaned]
    """Every page by its key. Hidden answers play no part."""

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The answers that can be used: asked, and readable."""
        return {key: value for page in self.pages.values() for key, value in page.answers.items()}


def read(answers: Answers | Reading) -> Reading:
    """Read every page. What has been read already is not read again."""
    if isinstance(answers, Reading):
        return answers
    kept = prune(answers)
    return Reading({section.key: clean(section, kept, kept) for section in pages(kept)})


def read_all(answers: Answers | Reading) -> dict[str, Cleaned]:
    """Every page as read, by its key."""
    return read(answers).pages


def readable(answers: Answers | Reading) -> dict[str, Any]:
    """The answers that can be used: asked, and readable."""
    return read(answers).answers


def missing(answers: Answers | Reading) -> list[tuple[Section, Field]]:
    """What stands in the way of sending: needed questions without answer, answers that cannot be read."""
    return [
        (BY_KEY[key], BY_KEY[key].by_key[question])
        for key, page in read_all(answers).items()
        for question in page.errors
    ]
