"""What is not known or was never stated, and the very cases to fill it in; who was known before.

Not known: somebody answered so. Not stated: nobody answered. Of the questions that stand on the case what
holds today counts; of the others what the referral said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from cases.enums import Answer
from core.templatetags.charts import Share
from nrm_portal.overview import titles
from nrm_portal.overview.cards import Card, Link
from nrm_portal.overview.catalogue import QUESTION_TITLES
from nrm_portal.overview.own.drawing import Pen, card, share
from nrm_portal.overview.own.facts import NOT_KNOWN
from nrm_portal.overview.own.picking import AGAIN, CALLED, MISSING, Picks
from nrm_portal.overview.sheets import Sheet

QUESTIONS: Final = QUESTION_TITLES
LACKING: Final = (Answer.UNKNOWN, Answer.NOT_STATED)


def quality_card(pen: Pen, picks: Picks) -> Card:
    """Each question: known, not known, not stated; the cases; and those that are open, to be filled in."""
    answers = {question: _answers(picks, question) for question in QUESTIONS}
    made, shares, links = [], [], []
    for question, label in QUESTIONS.items():
        name, counts = str(label), Counter(answers[question].values())
        lacking = {pk for pk, answer in answers[question].items() if answer in LACKING}
        still = len(lacking & picks.open)
        cells = [pen.entry(counts[code], **{MISSING: f"{question}.{code}"}) for code in LACKING]
        part = share(len(lacking), counts.total())
        made.append((name, (*cells, part, pen.entry(still, **{MISSING: question, "oppna": "1"}))))
        shares.append(Share(name, _shares(counts), _parts(counts)))
        if still and question in NOT_KNOWN:  # the others stay as the referral answered them
            words = _("Fill in: %(question)s (%(n)s)") % {"question": name, "n": still}
            links.append(Link(words, pen.url(**{MISSING: question, "oppna": "1"})))
    columns = (_("Question"), _("Not known"), _("Not stated"), _("Share of the cases"), _("Of them open"))
    sheet = Sheet(
        "okant", _("Answers that are not known or not stated"), columns, tuple(made), pen.choice.label
    )
    legend = [("soft", _("Known")), ("s0", _("Not known")), ("s1", _("Not stated"))]
    drawing: dict[str, Any] = {"kind": "shares", "shares": shares, "legend": legend, "links": links}
    return card(sheet, _title(answers), definition=_what_counts(), **drawing)


def _answers(picks: Picks, question: str) -> dict[object, str]:
    return {pk: answer for pk, answer in picks.answers_to(question).items() if answer}


def _shares(counts: Counter[str]) -> str:
    a, b = (share(counts[code], counts.total()).text for code in LACKING)
    return _("not known %(a)s · not stated %(b)s") % {"a": a, "b": b} if counts else _("nobody was asked")


def _parts(counts: Counter[str]) -> tuple[float, ...]:
    total = counts.total()
    return tuple(100 * counts[code] / total for code in (Answer.KNOWN, *LACKING)) if total else ()


def _title(answers: Mapping[str, Mapping[object, str]]) -> str:
    counts = {question: Counter(given.values()) for question, given in answers.items()}
    return titles.quality(
        {str(QUESTIONS[one]): (n[Answer.UNKNOWN], n[Answer.NOT_STATED]) for one, n in counts.items()}
    )


def _what_counts() -> str:
    return _(
        "Persons whose case you read whole. County, form, age, sex and citizenship as the case says today; "
        "the other questions as the referral answered them."
    )


def _again_words() -> str:
    return _("Of the period’s referrals whose case you read whole; each case once.")


def again_card(pen: Pen, picks: Picks) -> Card:
    """Persons referred before, those exploited again since, and cases the helpline was called about."""
    everything = len({row.case_id for row in picks.sent if row.reads})
    cases = len({row.case_id for row in picks.sent if row.reads and not row.consultation})
    known, anew, calls = len(picks.again), sum(picks.again.values()), len(picks.called)
    made = (
        (
            _("The person had been referred before"),
            (pen.entry(known, **{AGAIN: "alla"}), share(known, cases)),
        ),
        (_("Exploited again since"), (pen.entry(anew, **{AGAIN: "utnyttjad"}), share(anew, cases))),
        (
            _("Somebody called the helpline about the case"),
            (pen.entry(calls, **{CALLED: "1"}), share(calls, everything)),
        ),
    )
    title = _("Known from before, and the helpline")
    columns = (_("What"), _("Cases"), _("Share"))
    return card(
        Sheet("igen", title, columns, made, pen.choice.label), title, is_half=True, definition=_again_words()
    )
