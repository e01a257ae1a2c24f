"""From a number to its cases: each number of a page is a set of rows, named by the words of an address.

A page counts what `Picks` gives and a list shows the cases of what it gives, so the two cannot differ. A word
that is not known, or a code nobody has, picks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from uuid import UUID

from accounts.access import Assignment
from cases.enums import Answer
from nrm_portal.overview.own import facts
from nrm_portal.overview.own.choosing import Choice
from nrm_portal.overview.own.facts import HIDDEN, NOT_KNOWN, Closing, Late, Reached, Sent, once, within
from nrm_portal.overview.own.waits import class_of

KIND, MONTH, COUNTY, GROUP, FORM = "slag", "manad", "lan", "grupp", "form"
SENDER, FATE, ANSWER, MISSING, DESK = "avsandare", "blev", "svar", "saknas", "hos"
AGAIN, CALLED, CLOSED, REACHED, LATE, LATE_NOW = "igen", "samtal", "avslut", "steg", "sent", "sent-nu"
CASE, CONSULTATION = "person", "fraga"
ALL: Final = "alla"
"""Every referral of the period."""

_SENT: Final[Mapping[str, Callable[[Sent, str], bool]]] = {
    ALL: lambda _row, _code: True,
    KIND: lambda row, code: row.consultation == (code == CONSULTATION) and code in (CASE, CONSULTATION),
    MONTH: lambda row, code: f"{row.month:%Y-%m}" == code,
    COUNTY: lambda row, code: row.county == code,
    GROUP: lambda row, code: row.group == code,
    FORM: lambda row, code: row.form == code,
    SENDER: lambda row, code: row.agency == code,
    FATE: lambda row, code: row.fate == code,
    DESK: lambda row, code: str(row.desk_id) == code,
}
"""Words that pick referrals, and when a referral fits."""
OF_PERSONS: Final = frozenset({KIND, COUNTY, GROUP, FORM})
"""Words of numbers that count each case once, however many referrals it has."""
WORDS: Final = frozenset({*_SENT, MISSING, ANSWER, AGAIN, CALLED, CLOSED, REACHED, LATE, LATE_NOW})


def answer_to(row: Sent, question: str, asked: Mapping[str, str]) -> str:
    """An `Answer`, or nothing where it was not asked or is not to be told. What stands on the case holds."""
    told = asked.get(question, "")
    if question not in NOT_KNOWN:
        return told if row.named else ""
    code = getattr(row, question)
    if code == HIDDEN:
        return ""
    if code not in NOT_KNOWN[question]:
        return Answer.KNOWN
    return Answer.NOT_STATED if told == Answer.NOT_STATED else Answer.UNKNOWN


@dataclass(frozen=True)
class Picks:
    """The facts of a choice; each is read when it is first asked for."""

    by: Assignment
    choice: Choice

    @cached_property
    def window(self) -> Sequence[Sent]:
        return facts.sent(self.by, self.choice)

    @cached_property
    def sent(self) -> Sequence[Sent]:
        """Referrals of the period."""
        return [row for row in self.window if within(self.choice.period, row.sent_at)]

    @cached_property
    def persons(self) -> Sequence[Sent]:
        """Cases of the period's referrals, each once; consultations left out."""
        return once(row for row in self.sent if not row.consultation)

    @cached_property
    def answered(self) -> Sequence[Sent]:
        """Cases that got their first answer in the period."""
        return [row for row in self.window if row.opens and within(self.choice.period, row.answered_at)]

    @cached_property
    def reached_all(self) -> Sequence[Reached]:
        return facts.reached(self.by, self.choice)

    @cached_property
    def reached(self) -> Sequence[Reached]:
        return [row for row in self.reached_all if within(self.choice.period, row.at)]

    @cached_property
    def late_all(self) -> Sequence[Late]:
        return facts.late(self.by, self.choice)

    @cached_property
    def late(self) -> Sequence[Late]:
        """Steps that became late in the period."""
        return [row for row in self.late_all if within(self.choice.period, row.due_at)]

    @cached_property
    def late_now(self) -> Sequence[Late]:
        return [row for row in self.late_all if row.is_now]

    @cached_property
    def closed(self) -> Sequence[Closing]:
        return facts.closed(self.by, self.choice)

    @cached_property
    def again(self) -> Mapping[UUID, bool]:
        return facts.again(self.by, self.choice, self.sent)

    @cached_property
    def called(self) -> set[UUID]:
        return facts.called(self.by, self.choice, self.sent)

    @cached_property
    def open(self) -> set[UUID]:
        """Cases of the period that are open."""
        return {row.case_id for row in self.sent if row.is_open}

    @cached_property
    def asked(self) -> Mapping[UUID, Mapping[str, str]]:
        return facts.asked(self.by, self.choice, self.sent)

    def answers_to(self, question: str) -> dict[UUID, str]:
        """Whether the answer is known, of each person whose case is read whole and who was asked it."""
        return {
            row.case_id: answer
            for row in self.sent
            if row.reads and not row.consultation
            if (answer := answer_to(row, question, self.asked.get(row.case_id, {})))
        }

    def _lacking(self, question: str, how: str = "") -> set[UUID]:
        wanted = (how,) if how else (Answer.UNKNOWN, Answer.NOT_STATED)
        return {pk for pk, answer in self.answers_to(question).items() if answer in wanted}

    def cases(self, words: Mapping[str, str]) -> set[UUID]:
        """The cases behind a number."""
        return set(self.things(words))

    def things(self, words: Mapping[str, str]) -> list[UUID]:
        """What a number counts, each thing by its case: a case with two referrals or steps is there twice."""
        wanted = {word: code for word, code in words.items() if word in WORDS and code}
        for word, picked in self._others().items():
            if word in wanted:
                return self._fitting(picked(wanted.pop(word)), wanted)
        rows = [row for row in self.sent if fits(row, wanted)]
        return [row.case_id for row in (once(rows) if OF_PERSONS & set(wanted) else rows)]

    def _others(self) -> dict[str, Callable[[str], Iterable[UUID]]]:
        """Words that pick other rows than the period's referrals."""
        return {
            ANSWER: lambda code: (row.case_id for row in self.answered if class_of(row.waited) == code),
            MISSING: lambda code: self._lacking(*code.split(".")[:2]),
            AGAIN: lambda code: (pk for pk, anew in self.again.items() if anew or code != "utnyttjad"),
            CALLED: lambda _code: self.called,
            CLOSED: lambda code: (row.case_id for row in self.closed if row.outcome == code),
            REACHED: lambda code: (row.case_id for row in self.reached if row.phase == code),
            LATE: lambda code: late_steps(self.late, code),
            LATE_NOW: lambda code: late_steps(self.late_now, code),
        }

    def _fitting(self, found: Iterable[UUID], wanted: Mapping[str, str]) -> list[UUID]:
        """Of these those whose case also fits what else was asked for."""
        if not wanted:
            return list(found)
        fitting = {row.case_id for row in self.window if fits(row, wanted)}
        return [pk for pk in found if pk in fitting]


def fits(row: Sent, wanted: Mapping[str, str]) -> bool:
    return all(_SENT[word](row, code) for word, code in wanted.items() if word in _SENT) and not (
        set(wanted) - set(_SENT)
    )


def late_steps(rows: Iterable[Late], code: str) -> list[UUID]:
    """The case of each such step: "police.2_acute", the agency alone, or the step of the Manual alone."""
    agency, _dot, phase = code.partition(".")
    return [row.case_id for row in rows if agency in ("", row.agency) and phase in ("", row.phase)]
