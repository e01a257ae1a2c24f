"""Draws a page of the questionnaire. What an answer must look like is decided by `cases.sections` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, LayoutObject
from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cases import sections
from cases.sections import Cleaned, Field, Kind, Section, lists
from cases.sections.words import shown_in_field
from core.text import LONG_LIMIT

LOOKUPS: Final = {
    Kind.MUNICIPALITY: "municipalities",
    Kind.COUNTRY: "countries",
    Kind.LANGUAGE: "languages",
}
"""Kinds that are written with suggestions, and the id of the list of suggestions on the page."""
NARROW: Final = {
    Kind.DATE: "w-date",
    Kind.FUZZY_DATE: "w-date",
    Kind.BIRTH: "w-date",
    Kind.TIME: "w-num",
    Kind.NUMBER: "w-num",
    Kind.PERSONAL_NUMBER: "w-code",
    Kind.CODE: "w-code",
    Kind.PHONE: "w-code",
}
INPUT_MODE: Final = {Kind.NUMBER: "numeric", Kind.PHONE: "tel", Kind.EMAIL: "email"}


FEW_ROWS: Final = 2
MANY_ROWS: Final = 4
"""Inputs drawn at first for several answers; one more than is filled in, each time the page is drawn."""


class Several(forms.Widget):
    """Text inputs for several answers, and the answers that are ticked instead ("Do not know")."""

    template_name = "cases/drafts/several.html"
    use_fieldset = True

    def __init__(self, question: Field) -> None:
        super().__init__()
        self.question = question

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return list(data.getlist(name))

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0" if id_ else id_

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        given = value or []
        written = [part for part in given if not self.question.option(part)]
        usual = MANY_ROWS if self.question.many > MANY_ROWS else FEW_ROWS
        rows = max(min(self.question.many, max(usual, len(written) + 1)), len(written))
        context["widget"] |= {
            "inputs": [(n, written[n] if n < len(written) else "") for n in range(rows)],
            "list": LOOKUPS[self.question.kind],
            "label": self.question.label,
            "options": [(option, option.value in given) for option in self.question.choices],
        }
        return context


AFTER: Final = {
    "immediate_danger": "cases/drafts/after_danger.html",
    "consent_status": "cases/drafts/after_consent.html",
    "report_made": "cases/drafts/after_report.html",
}
"""What a page says right after a question, folded away by script until the answer calls for it."""


class Words:
    """A piece of text between questions, for the layout."""

    def __init__(self, template: str) -> None:
        self.template = template

    def render(self, form: forms.Form, context: Any, **kwargs: Any) -> SafeString:
        return render_to_string(self.template)


class Heading:
    """A heading between questions, for the layout."""

    def __init__(self, text: str | Promise) -> None:
        self.text = text

    def render(self, form: forms.Form, context: Any, **kwargs: Any) -> SafeString:
        return render_to_string("cases/drafts/heading.html", {"text": self.text})


class Fold(LayoutObject):  # type: ignore[misc]  # crispy is untyped here
    """Optional questions behind their heading; open when one of them is answered or wrong."""

    def __init__(self, text: str | Promise) -> None:
        self.text = text
        self.fields: list[Any] = []

    def render(self, form: forms.Form, context: Any, **kwargs: Any) -> SafeString:
        keys = [key for key in self.fields if isinstance(key, str)]
        is_open = any(form[key].value() or key in form.errors for key in keys)
        inner = self.get_rendered_fields(form, context, **kwargs)
        return render_to_string(
            "cases/drafts/fold.html", {"text": self.text, "inner": inner, "open": is_open}
        )


class Signs:
    """The signs in their groups, folded; those with a tick are open."""

    def __init__(self, question: Field, answers: Mapping[str, Any]) -> None:
        self.question, self.answers = question, answers

    def render(self, form: forms.Form, context: Any, **kwargs: Any) -> SafeString:
        ticked = set(form[self.question.key].value() or [])
        groups: dict[str, list[tuple[str, Any, bool]]] = {}
        for number, option in enumerate(self.question.offered(self.answers)):
            row = (f"{form[self.question.key].auto_id}_{number}", option, option.value in ticked)
            groups.setdefault(str(option.group), []).append(row)
        alone = groups.pop("", [])
        folds = [(name, rows, sum(row[2] for row in rows)) for name, rows in groups.items()]
        words = {"field": form[self.question.key], "groups": folds, "alone": alone}
        form.rendered_fields.add(self.question.key)  # type: ignore[attr-defined]
        return render_to_string("cases/drafts/signs.html", words)


class SectionForm(forms.Form):
    """One page. Built from what is stored, or (with `cleaned`) from what was just typed, errors included.

    The form never judges: `cases.sections.clean` has read the answers, and the service stores them.
    """

    def __init__(
        self, section: Section, answers: Mapping[str, Any], *, raw: QueryDict | None = None,
        cleaned: Cleaned | None = None, fresh: bool = False,
    ) -> None:  # fmt: skip
        self.section, self.cleaned = section, cleaned
        typed = sections.typed(section, raw, answers) if raw is not None else {}
        kept = (cleaned.kept if cleaned else {}) if raw is not None else {}
        self.answers = {**answers, **typed, **kept}
        self.questions = [q for q in sections.drawn(section, self.answers) if q.kind != Kind.GIVEN]
        self.fresh = fresh
        super().__init__(data=self._shown(), auto_id="f_%s")
        for question in self.questions:
            self.fields[question.key] = _form_field(question, self.answers)
        self.helper = _helper(section, self.questions, self.answers)

    def _shown(self) -> MultiValueDict[str, str]:
        """What stands in each control: names instead of codes, today's date where it is usual."""
        shown: MultiValueDict[str, str] = MultiValueDict()
        for question in self.questions:
            value = self.answers.get(question.key)
            if not value and self.fresh and question.initial:
                value = question.initial(self.answers)
            parts = [value] if isinstance(value, str) else list(value or [])
            if question.kind == Kind.LINES:
                parts = ["\n".join(parts)]
            shown.setlist(question.key, [shown_in_field(question, part) for part in parts if part])
        return shown

    def full_clean(self) -> None:
        """The errors that the questionnaire found; those of questions not drawn stand above the form."""
        self._errors = ErrorDict()
        self.cleaned_data: dict[str, Any] = {}
        for key, text in (self.cleaned.errors if self.cleaned else {}).items():
            self.add_error(key if key in self.fields else None, str(text))

    @property
    def suggestions(self) -> list[tuple[str, list[str]]]:
        """(id of a list, its words): the lists this page's questions are written from."""
        kinds = {question.kind for question in self.questions}
        language = "en" if (get_language() or "sv").startswith("en") else "sv"
        sources: dict[Kind, Callable[[], dict[str, str]]] = {
            Kind.MUNICIPALITY: lists.municipalities,
            Kind.COUNTRY: lambda: lists.countries(language),
            Kind.LANGUAGE: lambda: lists.languages(language),
        }
        return [(LOOKUPS[kind], list(source().values())) for kind, source in sources.items() if kind in kinds]


def _helper(section: Section, questions: list[Field], answers: Mapping[str, Any]) -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = place = Layout()
    for question in questions:
        if question.group:
            place = Fold(question.group) if question.folds else helper.layout
            helper.layout.append(place if question.folds else Heading(question.group))
        grouped = any(option.group for option in question.choices)
        place.append(Signs(question, answers) if grouped else question.key)
        if question.key in AFTER:
            place.append(Words(AFTER[question.key]))
    return helper


def _form_field(question: Field, answers: Mapping[str, Any]) -> forms.Field:
    """The form field that draws a question: label, hint, control, when it is folded away."""
    field = _control(question, answers)
    field.label, field.help_text = str(question.label), str(question.hint)
    field.required = question.required(answers)
    if question.under:
        field.shown_if = (question.under[0], question.under[1:])  # type: ignore[attr-defined]
    field.option_hints = {option.value: option.hint for option in question.choices if option.hint}  # type: ignore[attr-defined]
    return field


def _control(question: Field, answers: Mapping[str, Any]) -> forms.Field:
    choices = [(option.value, option.label) for option in question.offered(answers)]
    match question.kind:
        case Kind.CHOICE if question.compact:
            every = [("", ""), *((option.value, option.label) for option in question.choices)]
            return forms.ChoiceField(choices=every)
        case Kind.CHOICE:
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
        case Kind.MULTI:
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple)
        case Kind.CHECK:
            return forms.BooleanField()
        case Kind.COUNTY:
            return forms.ChoiceField(choices=[("", ""), *lists.counties().items(), *choices])
        case Kind.LONG_TEXT | Kind.LINES:
            area = forms.CharField(widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}))
            if question.limit < LONG_LIMIT:
                area.max_length = question.limit  # read by the pack alone: shows how much is left
            return area
    if question.kind in LOOKUPS and (question.many > 1 or question.choices):
        return forms.Field(widget=Several(question))
    return forms.CharField(widget=forms.TextInput(attrs=_attributes(question)))


def _attributes(question: Field) -> dict[str, Any]:
    attributes: dict[str, Any] = {"autocomplete": "off", "dir": "auto"}
    if question.kind in NARROW:
        attributes |= {"class": NARROW[question.kind], "dir": "ltr"}
    if question.kind in LOOKUPS:
        attributes["list"] = LOOKUPS[question.kind]
    if question.kind in INPUT_MODE:
        attributes["inputmode"] = INPUT_MODE[question.kind]
    return attributes
