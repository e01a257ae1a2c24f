"""The gallery /ui/: every component in every state. Shown in development, demo and tests only.

Accessibility and layout are checked here first (tests/browser/checks.py); `?tema=` and `?tathet=` choose
what a signed-in person chooses in the settings. All data is made up.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core import looks, tables
from core.templatetags.charts import Point, Share, Span, limits_of

NOW = datetime(2026, 11, 20, 9, 42, tzinfo=UTC)
HOUR_AGO = NOW - timedelta(hours=1)
THEMES, DENSITIES = ("system", "light", "dark", "contrast"), ("comfortable", "compact")


class SampleForm(forms.Form):
    danger = forms.ChoiceField(
        label=gettext_lazy("Is anyone in immediate danger?"),
        widget=forms.RadioSelect,
        choices=[
            ("yes", gettext_lazy("Yes")),
            ("no", gettext_lazy("No")),
            ("unknown", gettext_lazy("I do not know")),
        ],
    )
    called = forms.BooleanField(label=gettext_lazy("The police have been contacted"), required=False)
    needs = forms.MultipleChoiceField(
        label=gettext_lazy("Urgent needs"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("home", gettext_lazy("Somewhere to stay")), ("care", gettext_lazy("Health care"))],
    )
    name = forms.CharField(
        label=gettext_lazy("Name or alias"), help_text=gettext_lazy("As the person writes it.")
    )
    born = forms.DateField(
        label=gettext_lazy("Date of birth"), help_text=gettext_lazy("For example 2006-11-20")
    )
    place = forms.ChoiceField(label=gettext_lazy("Municipality"), choices=[], required=False)
    story = forms.CharField(
        label=gettext_lazy("Describe briefly"),
        widget=forms.Textarea,
        max_length=2000,
        required=False,
        help_text=gettext_lazy("Do not write more about the person than is needed."),
    )
    file = forms.FileField(label=gettext_lazy("Attachment"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["needs"].option_hints = {"home": _("Tonight or the coming days.")}  # type: ignore[attr-defined]
        self.fields["called"].shown_if = ("danger", ("yes",))  # type: ignore[attr-defined]
        places = ["Ale", "Boden", "Uppsala", "Umeå", "Ängelholm", "Östersund"]
        self.fields["place"].choices = [("", ""), *((n, n) for n in places)]  # type: ignore[attr-defined]
        self.fields["place"].widget.attrs["data-nrm-combobox"] = ""


def band(*states: str) -> list[looks.BandStep]:
    names = [
        _("Identification"),
        _("Acute protection"),
        _("Initial support"),
        _("Long-term support"),
        _("Criminal proceedings"),
        _("Safe return"),
    ]
    return [looks.BandStep(name, state, "", "#band") for name, state in zip(names, states, strict=True)]


STATES = ("done", "now", "todo", "na", "blocked", "todo")


def clocks() -> list[looks.Clock]:
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    return [
        looks.clock(NOW + 42 * minute, NOW, answer=True, danger=True),
        looks.clock(NOW + 3 * hour + 20 * minute, NOW, started=NOW - hour, answer=True),
        looks.clock(NOW + 26 * hour, NOW, answer=True),
        looks.clock(NOW + 9 * 24 * hour, NOW),
        looks.clock(NOW - 30 * hour, NOW),
        looks.clock(NOW - 48 * hour, NOW, answer=True),
        looks.clock(None, NOW, paused=NOW - hour),
        looks.clock(None, NOW, met=2 * hour + 10 * minute, answer=True),
        looks.clock(None, NOW),
    ]


def flags() -> list[Any]:
    return [
        looks.tag(_("Immediate danger"), "red", "danger"),
        looks.tag(_("Child"), "amber", "child"),
        looks.tag(_("Protected identity"), "plum", "lock"),
        looks.tag(_("Without personal data"), "grey", "eye-off"),
        looks.tag(_("Possible duplicate"), "blue", "copy"),
    ]


def tags() -> list[Any]:
    return [
        looks.tag(_("Draft"), "grey", "pencil"),
        looks.tag(_("Sent"), "blue", "send"),
        looks.tag(_("Waiting for information"), "amber", "help"),
        looks.tag(_("Accepted"), "blue", "check"),
        looks.tag(_("In progress"), "fjord", "circle-dot"),
        looks.tag(_("Done"), "green", "check"),
        looks.tag(_("Closed"), "plain"),
    ]


def rows() -> list[tables.Row]:
    some, times = flags(), clocks()

    def meta(number: str, marks: list[Any], *states: str) -> Any:
        drawn = looks.flags(marks) if marks else ""
        return tables.row_meta(
            tables.reference(number), drawn, looks.mini_band(band(*states)), "Socialtjänsten Uppsala"
        )

    return [
        tables.Row(
            "#row1",
            _("Adult, labour, Uppsala county"),
            times[0],
            meta("H26-00417-U", some[:1], *STATES),
            "1",
            "",
            True,
        ),
        tables.Row(
            "#row2",
            _("Child, begging, Gävleborg county"),
            times[1],
            meta("H26-00398-K", some[1:3], "now", *["todo"] * 5),
            "2",
            "",
            False,
            True,
        ),
        tables.Row(
            "#row3",
            _("Adult, sexual purposes, Uppsala county"),
            times[4],
            meta("H26-00377-N", [], "done", "done", "now", *["todo"] * 3),
            "3",
        ),
    ]


def items() -> list[tables.StepItem]:
    states = [
        ("todo", "", _("Make a risk assessment"), clocks()[0]),
        ("now", "", _("Offer an interpreter"), ""),
        ("done", "", _("Give information about the reflection period"), ""),
        ("na", looks.tag(_("Not applicable")), _("Report a concern for a child"), ""),
        (
            "blocked",
            looks.tag(_("Blocked"), "amber", "pause"),
            _("Find sheltered accommodation"),
            clocks()[4],
        ),
    ]
    return [
        tables.StepItem(
            title,
            state,
            "#items",
            tables.row_meta(f"2.{place}", _("Social services"), when),
            status,
            "/ui/" if state in ("todo", "now") else "",
            1,
            state == "now",
        )
        for place, (state, status, title, when) in enumerate(states, 1)
    ]


def step_charts() -> dict[str, Any]:
    steps = [
        Point(str(s.name), n, note=f"median {d} {_('days')}")
        for s, n, d in zip(band(*STATES), (240, 180, 122, 60, 41, 12), (1, 3, 14, 60, 120, 200), strict=True)
    ]
    heat = tables.Table(
        _("Overdue items by step and agency"),
        [tables.Column(_("Step")), tables.Column("Polis", True), tables.Column("Socialtjänst", True)],
        [(str(s.name), n, n * 2) for n, s in enumerate(band(*STATES))],
        tint=[[min(n, 4), min(n * 2, 4)] for n in range(6)],
    )
    spans = [
        Span("Region Syd", "median 4–8 h", (5, 6), (9, 10), 4, 7),
        Span("Region Nord", _("too few")),
    ]
    shares = [
        Share(_("Citizenship"), _("not known: %(a)s · not stated: %(b)s") % {"a": 12, "b": 5}, (83, 12, 5)),
        Share(_("County"), _("not shown")),
    ]
    scale = {"marks": ((5, "4 h"), (8, "24 h"), (11, "3 d")), "most": 19, "target": (8, _("Goal"))}
    looks = [("soft", _("Known")), ("s0", _("Not known")), ("s1", _("Not stated"))]
    return {"funnel": steps, "heat": heat, "spans": spans, "shares": shares, "scale": scale, "looks": looks}


def charts() -> dict[str, Any]:
    months = ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"]
    values = [31, 28, 35, 40, 38, 22, 19, 33, 44, 47, 52, 30]
    by_month = [Point(m, v, round(v * 0.8) + 3) for m, v in zip(months, values, strict=True)]
    by_form = [
        Point(_("Sexual"), 41),
        Point(_("Labour"), 63),
        Point(_("Begging"), 9),
        Point(_("Other"), None),
    ]
    counts: dict[str, int | None] = {
        "01": 92,
        "03": 18,
        "12": 61,
        "14": 70,
        "24": 12,
        "09": None,
        "25": 9,
        "20": 16,
        "05": 25,
    }
    table = tables.Table(
        _("Referrals per month"),
        [tables.Column(_("Month")), tables.Column(_("Number"), True)],
        [(p.label, p.value) for p in by_month],
        hide_caption=True,
    )
    return {
        "months": by_month,
        "forms": by_form,
        "counties": counts,
        "limits": limits_of(list(counts.values())),
        "month_table": table,
        **step_charts(),
    }


def task_rows() -> list[dict[str, Any]]:
    return [
        {
            "label": _("The person"),
            "url": "#t",
            "status": looks.tag(_("Done"), "plain", "check"),
            "hint": "",
        },
        {
            "label": _("The place"),
            "url": "#t",
            "status": looks.tag(_("In progress"), "fjord"),
            "hint": _("2 answers left"),
        },
        {"label": _("Check and send"), "url": "", "status": looks.tag(_("Cannot start yet")), "hint": ""},
    ]


def event_rows() -> list[dict[str, Any]]:
    return [
        {
            "title": _("The case was accepted"),
            "actor": "Karin Holm",
            "at": HOUR_AGO,
            "day": _("Today"),
            "url": "",
            "body": "",
        },
        {
            "title": _("The referral was sent"),
            "actor": "Amir Berg",
            "at": HOUR_AGO - timedelta(hours=2),
            "day": "",
            "url": "#e",
            "body": "",
        },
    ]


def parts() -> dict[str, Any]:
    label = _("Reference")
    queue = tables.Table(
        _("My referrals"),
        [
            tables.Column(label, url="#t", sorted="ascending"),
            tables.Column(_("Status"), url="#t"),
            tables.Column(_("With")),
        ],
        [
            (tables.reference("H26-00417-U"), tags()[1], "Region Mitt"),
            (tables.reference("H26-00398-K"), tags()[2], "Region Väst"),
        ],
        cards=True,
    )
    return {
        "table": queue,
        "at": HOUR_AGO,
        "tasks": task_rows(),
        "events": event_rows(),
        "summary": [
            {"label": _("Name or alias"), "value": "Șerban Test", "url": "#s", "hidden": ""},
            {"label": _("Language"), "value": "Română", "url": "#s", "hidden": ""},
        ],
        "chips": [{"label": _("Child"), "url": "#c"}, {"label": "Uppsala län", "url": "#c"}],
        "views": [
            {"label": _("To answer"), "url": "#v", "count": 12, "current": True},
            {"label": _("Mine"), "url": "#v", "count": 3, "current": False},
        ],
        "subnav": [
            {"label": _("Overview"), "url": "#n", "count": "", "current": True},
            {"label": _("Checklist"), "url": "#n", "count": "7/12", "current": False},
        ],
        "crumbs": [{"label": _("Inbox"), "url": "#b"}, {"label": "H26-00417-U", "url": ""}],
        "facts": [(_("Age"), _("Adult")), (_("Place"), "Uppsala")],
    }


@login_not_required
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    sample = {"danger": "", "story": "x" * 2010, "born": "i går"}
    return render(
        request,
        "public/gallery.html",
        {
            "plain": SampleForm(prefix="plain"),
            "wrong": SampleForm(sample, prefix=None),
            "clocks": clocks(),
            "flags": flags(),
            "tags": tags(),
            "rows": rows(),
            "items": items(),
            "steps": band(*STATES),
            "charts": charts(),
            "parts": parts(),
            "theme": pick(request, "tema", THEMES),
            "density": pick(request, "tathet", DENSITIES),
            "colours": looks.COLOURS,
        },
    )


def pick(request: HttpRequest, name: str, known: tuple[str, ...]) -> str:
    asked = request.GET.get(name, "")
    return asked if asked in known else known[0]


urlpatterns = [path("", gallery, name="gallery")]
