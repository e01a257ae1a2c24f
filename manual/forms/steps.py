"""The editor of one step: every column of the checklist, in the order in which one thinks of it."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.fields import TextField
from manual.enums import (
    Condition,
    Confidence,
    ConsentNeed,
    DeadlineKind,
    Direction,
    EscalateTo,
    Exploitation,
    Milestone,
    Origin,
    Phase,
    Priority,
    Scope,
    StepAge,
    StepRole,
    Unit,
)
from manual.library import milestone_label
from manual.models import Edition, StepTemplate

LARGEST: Final = 999
OVERRIDES: Final = ("danger", "child")
CODE: Final = re.compile(r"(?=.{1,60}$)[a-z0-9]+(_[a-z0-9]+)*")
NO_UNIT: Final = ("", _("Not chosen"))

SECTIONS: Final[tuple[tuple[Promise, tuple[str, ...]], ...]] = (
    (_("What is to be done"), ("title_sv", "title_en", "description_sv", "description_en", "paragraph")),
    (
        _("Whose step it is, and when it is asked for"),
        ("phase", "agency_role", "scope", "age", "exploitation", "conditions", "consent", "priority"),
    ),
    (
        _("When it is due"),
        (
            "amount", "unit", "direction", "from_event", "kind", "deadline_confidence", "legal_basis",
            "statutory_wording",
        ),
    ),
    (
        _("Other times"),
        (
            "danger_amount", "danger_unit", "child_amount", "child_unit", "recurs_amount", "recurs_unit",
            "warn_days",
        ),
    ),
    (
        _("What shows that it is done, and who is told when it is late"),
        ("evidence", "escalate_to"),
    ),
    (_("What it rests on"), ("origin", "sources", "confidence", "expert_note")),
)  # fmt: skip
"""Headings with their fields; together they are all of them."""


def _choose(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    words = _("Choose one of the answers")
    return forms.ChoiceField(
        label=label, choices=choices, error_messages={"required": words, "invalid_choice": words}, **more
    )


def _one(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    return _choose(label, choices, widget=forms.RadioSelect, **more)


def _several(label: Any, choices: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **more
    )


def _number(label: Any, *, required: bool = False, **more: Any) -> forms.IntegerField:
    words = _("Write a whole number from 0 to 999")
    messages = dict.fromkeys(("required", "invalid", "min_value", "max_value"), words)
    widget = forms.TextInput(attrs={"inputmode": "numeric", "size": 4})
    return forms.IntegerField(
        label=label, required=required, min_value=0, max_value=LARGEST, widget=widget,
        error_messages=messages, **more,
    )  # fmt: skip


class StepForm(forms.Form):
    """`values()` are the columns, as the services take them."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, max_value=2_000_000_000)
    title_sv = TextField(
        label=_("Title in Swedish"), limit=200, error_messages={"required": _("Write a title in Swedish")}
    )
    title_en = TextField(
        label=_("Title in English"), limit=200, error_messages={"required": _("Write a title in English")}
    )
    description_sv = TextField(
        label=_("Text in Swedish"),
        help_text=_("What to do, in plain words, to whoever does it."),
        error_messages={"required": _("Write a text in Swedish")},
    )
    description_en = TextField(
        label=_("Text in English"), error_messages={"required": _("Write a text in English")}
    )
    paragraph = _choose(_("Paragraph of the Manual that explains it"), ())
    phase = _choose(_("Step of the Manual"), Phase.choices)
    agency_role = _choose(_("Whose step is it?"), StepRole.choices)
    scope = _one(
        _("Where is it asked for?"),
        [(Scope.CASE, _("In a case")), (Scope.OFFICE, _("As a recurring duty of an office"))],
    )
    age = _one(_("For whom?"), StepAge.choices)
    exploitation = _several(
        _("Only for these forms of exploitation"),
        Exploitation.choices,
        help_text=_("None ticked means every form."),
    )
    conditions = _several(
        _("Only when all of this is so"), Condition.choices, help_text=_("None ticked means always.")
    )
    consent = _one(_("Consent"), ConsentNeed.choices)
    priority = _one(
        _("Priority"), Priority.choices, help_text=_("Critical steps are chased faster when they are late.")
    )
    amount = _number(_("How much time"), required=True, help_text=_("0 means at once."))
    unit = _choose(_("Counted in"), Unit.choices)
    direction = _one(_("After or before"), Direction.choices)
    from_event = _choose(_("Which date"), Milestone.choices)
    kind = _one(
        _("Where does the number come from?"),
        DeadlineKind.choices,
        help_text=_("Always shown, so that a proposal of the portal never looks like law."),
    )
    deadline_confidence = _one(_("How sure is the number?"), Confidence.choices)
    legal_basis = TextField(
        label=_("Provision or other basis"),
        required=False,
        limit=300,
        rows=2,
        help_text=_("For example: SoL (2025:400) 19 kap. 1 §. Leave it empty rather than guess."),
    )
    statutory_wording = TextField(
        label=_("What the law says instead of a number"),
        required=False,
        limit=100,
        help_text=_("For example: genast, skyndsamt"),
    )
    danger_amount = _number(_("In immediate danger instead"))
    danger_unit = _choose(_("In immediate danger, counted in"), [NO_UNIT, *Unit.choices], required=False)
    child_amount = _number(_("For a child or if the age is unsure instead"))
    child_unit = _choose(_("For a child, counted in"), [NO_UNIT, *Unit.choices], required=False)
    recurs_amount = _number(_("Comes again after"), help_text=_("Leave it empty if the step is done once."))
    recurs_unit = _choose(_("Comes again, counted in"), [NO_UNIT, *Unit.choices], required=False)
    warn_days = TextField(
        label=_("Extra warnings, days before"),
        required=False,
        limit=100,
        help_text=_("Numbers with commas between them, for example 30, 10, 3"),
    )
    evidence = TextField(
        label=_("What is noted when it is done"),
        required=False,
        limit=1000,
        help_text=_("One short name on each line with a–z, 0–9 and _, for example decision_date"),
    )
    escalate_to = _several(_("Who is told when it is late"), EscalateTo.choices)
    origin = _one(_("Whose step is it from the beginning?"), Origin.choices)
    sources = _several(_("Sources"), ())
    confidence = _one(_("How sure is the text?"), Confidence.choices)
    expert_note = TextField(
        label=_("Note to those who edit the Manual"),
        required=False,
        limit=2000,
        help_text=_("Shown to those who edit, never in a checklist."),
    )

    def __init__(self, data: Any, edition: Edition, step: StepTemplate | None) -> None:
        super().__init__(data, initial=_initial(step) if step else _new())
        self._choices("paragraph", [("", gettext("Not chosen")), *_paragraphs(edition)])
        self._choices("sources", _sources(edition))
        self._choices("from_event", [(kind.value, milestone_label(kind, edition.pk)) for kind in Milestone])
        self.fields["paragraph"].widget.attrs["data-nrm-combobox"] = ""
        if step and step.scope == Scope.ACT:
            del self.fields["scope"]

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def sections(self) -> list[tuple[Promise, list[BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in SECTIONS]

    def clean_warn_days(self) -> list[int]:
        parts = [part.strip() for part in self.cleaned_data["warn_days"].split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() and 0 < int(part) <= LARGEST for part in parts):
            raise forms.ValidationError(gettext("Write numbers of days with commas between them: 30, 10, 3"))
        return sorted({int(part) for part in parts}, reverse=True)

    def clean_evidence(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["evidence"].splitlines() if line.strip()]
        for line in lines:
            if not CODE.fullmatch(line):
                words = gettext("“%(line)s” is no short name. Use a–z, 0–9 and _ only") % {"line": line[:60]}
                raise forms.ValidationError(words)
        return list(dict.fromkeys(lines))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in (*OVERRIDES, "recurs"):
            amount, unit = data.get(f"{name}_amount"), data.get(f"{name}_unit")
            if f"{name}_amount" in self.errors:
                continue
            if (amount is None) != (not unit):
                self.add_error(
                    f"{name}_amount", gettext("Write both how many and what is counted, or neither")
                )
        if data.get("recurs_amount") == 0:
            self.add_error("recurs_amount", gettext("Write a number from 1"))
        return data

    def values(self) -> dict[str, Any]:
        data = {name: self.cleaned_data[name] for name in self.fields if name != "version"}
        given = [(when, data.pop(f"{when}_amount"), data.pop(f"{when}_unit")) for when in OVERRIDES]
        data["overrides"] = [
            {"when": when, "amount": amount, "unit": unit} for when, amount, unit in given if unit
        ]
        return data


def _initial(step: StepTemplate) -> dict[str, Any]:
    named = {name for _title, names in SECTIONS for name in names} | {"version"}
    columns = {field.name for field in step._meta.concrete_fields}
    values = {name: getattr(step, name) for name in named & columns}
    values["warn_days"] = ", ".join(str(days) for days in step.warn_days)
    values["evidence"] = "\n".join(step.evidence)
    for override in step.overrides:
        values[f"{override['when']}_amount"] = override["amount"]
        values[f"{override['when']}_unit"] = override["unit"]
    return values


def _new() -> dict[str, Any]:
    """What a new step begins with. Nothing that could look like law is filled in."""
    return {
        "scope": Scope.CASE,
        "age": StepAge.ALL,
        "consent": ConsentNeed.NOT_REQUIRED,
        "priority": Priority.NORMAL,
        "direction": Direction.AFTER,
        "kind": DeadlineKind.PORTAL_DEFAULT,
        "deadline_confidence": Confidence.UNSURE,
        "confidence": Confidence.UNSURE,
        "origin": Origin.PORTAL,
        "version": 0,
    }


def _paragraphs(edition: Edition) -> list[tuple[str, str]]:
    rows = edition.paragraphs.order_by("order")
    return [(row.anchor, f"{row.anchor.replace('-', '.')} {row.title}") for row in rows]


def _sources(edition: Edition) -> list[tuple[str, str]]:
    rows = edition.source_rows.order_by("order").values_list("key", "title")
    return [(key, f"{key}: {title}") for key, title in rows]
