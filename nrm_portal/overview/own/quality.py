"""What is not known, and the very cases in which it can be filled in; calls to the helpline behind cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.templatetags.charts import Point
from nrm_portal.overview import sheets
from nrm_portal.overview.cards import Bars, Card, Link
from nrm_portal.overview.own.drawing import Pen, card, share
from nrm_portal.overview.own.facts import NOT_KNOWN, Sent
from nrm_portal.overview.own.picking import AGAIN, CALLED, MISSING, Picks, lacks
from nrm_portal.overview.sheets import Sheet

QUESTIONS: Final = {
    "county": gettext_lazy("County"),
    "form": gettext_lazy("Form of exploitation"),
    "age": gettext_lazy("Age: adult or child"),
    "sex": gettext_lazy("Sex"),
    "citizenship": gettext_lazy("Citizenship"),
}


def quality_card(pen: Pen, rows: Sequence[Sent]) -> Card:
    """Share not known of each question, with the cases; what can still be filled in apart."""
    asked = [row for row in rows if row.reads and not row.consultation]
    made, points, links = [], [], []
    for question in NOT_KNOWN:
        name = str(QUESTIONS[question])
        lacking = [row for row in asked if lacks(row, question)]
        still = [row for row in lacking if row.is_open]
        part = share(len(lacking), len(asked))
        made.append((name, (pen.entry(len(lacking), **{MISSING: question}), part, sheets.number(len(still)))))
        points.append(Point(name, len(lacking), note=part.text))
        if still:
            words = _("Fill in: %(question)s (%(n)s)") % {"question": name.lower(), "n": len(still)}
            links.append(Link(words, pen.url(**{MISSING: question, "oppna": "1"})))
    columns = (_("Question"), _("Cases"), _("Share"), _("Of them open"))
    sheet = Sheet("okant", _("Answers that are not known"), columns, tuple(made), pen.choice.label)
    bars = [Bars("", _("Cases where the answer is not known, by question"), points, 0, 0)]
    title = _title({name: entries[0].number for name, entries in made})
    return card(sheet, title, kind="bars", bars=bars, links=links, is_half=True)


def _title(counts: dict[str, object]) -> str:
    found = {name: number for name, number in counts.items() if isinstance(number, int) and number}
    if not found:
        return _("Everything known")
    top = max(found, key=lambda name: found[name])
    return _("Most often not known: %(question)s") % {"question": top.lower()}


def again_card(pen: Pen, picks: Picks) -> Card:
    """Persons referred before, those exploited again since, and cases the helpline was called about."""
    everything = len({row.case_id for row in picks.sent if row.reads})
    cases = len({row.case_id for row in picks.sent if row.reads and not row.consultation})
    known, anew = len(picks.again), sum(picks.again.values())
    calls = len(picks.called)
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
    return card(Sheet("igen", title, columns, made, pen.choice.label), title, is_half=True)
