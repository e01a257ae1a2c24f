"""What is known of a person when she is referred: answered, answered with "do not know", or not answered."""

from __future__ import annotations

from typing import Final

from cases.enums import Answer
from cases.sections.fields import Answers
from cases.sections.pages import Reading, pages, read
from cases.sections.reading import asked

QUESTIONS: Final[dict[str, tuple[str, ...]]] = {
    "county": ("place_now", "county_of_presence", "place_found", "county_found", "county_general"),
    "age": ("age_group",),
    "sex": ("sex",),
    "citizenship": ("citizenship_group", "citizenship"),
    "form": ("forms",),
    "stay_status": ("stay_status",),
    "interpreter_needed": ("interpreter_needed",),
    "health_acute": ("health_acute",),
    "police_report": ("police_report",),
}
"""What is asked for → the fields that can tell it; one that tells is enough."""
_NOT_KNOWN: Final = frozenset({"unknown", "unsure"})


def known(answers: Answers | Reading, *, has_county: bool) -> dict[str, str]:
    """Of each of `QUESTIONS` that these answers are asked: an `Answer`.

    `has_county`: whether the place that routes lies in a known county.
    """
    reading = read(answers)
    fields = {field.key for page in pages(reading.answers) for field in asked(page, reading.answers)}
    found = {
        question: _answer(reading.answers, keys)
        for question, keys in QUESTIONS.items()
        if fields.intersection(keys)
    }
    if has_county:
        found["county"] = Answer.KNOWN
    elif found.get("county") == Answer.KNOWN:
        found["county"] = Answer.UNKNOWN  # abroad, or a place that leads to no county
    return {question: str(answer) for question, answer in found.items()}


def _answer(answers: Answers, keys: tuple[str, ...]) -> Answer:
    told = [code for key in keys for code in _codes(answers, key)]
    if not told:
        return Answer.NOT_STATED
    return Answer.KNOWN if set(told) - _NOT_KNOWN else Answer.UNKNOWN


def _codes(answers: Answers, key: str) -> list[str]:
    value = answers.get(key) or []
    return [value] if isinstance(value, str) else [str(code) for code in value]
