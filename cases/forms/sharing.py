"""Consent, grounds, withdrawal, and what was told outside the portal."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy

from cases.enums import Category, ConsentForm
from cases.sections import lists
from core import clock
from core.fields import LINE_LIMIT, DayField, TextField

DAY = gettext_lazy("Enter the date with eight digits, for example 2026-11-20")


def _languages() -> list[tuple[str, str]]:
    known = lists.languages("en" if (get_language() or "sv").startswith("en") else "sv")
    return [("", ""), *known.items()]


class LanguageField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"required": gettext_lazy("Choose the language")})
        super().__init__(choices=_languages, **kwargs)


def _how(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=ConsentForm.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it was said")},
    )


def _interpreter() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=gettext_lazy("Was an interpreter used?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether an interpreter was used")},
    )


class GivenForm(forms.Form):
    """A consent as it was given."""

    scope = forms.MultipleChoiceField(
        label=gettext_lazy("Who may have the information?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Kinds of agencies. An agency sees nothing until you invite it."),
        error_messages={"required": gettext_lazy("Choose who may have the information")},
    )
    giver = forms.ChoiceField(
        label=gettext_lazy("Who gave the consent?"),
        choices=[
            ("person", gettext_lazy("The person")),
            ("representative", gettext_lazy("A custodian or guardian")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who gave the consent")},
    )
    representative = TextField(
        label=gettext_lazy("Who, and in which capacity?"),
        limit=LINE_LIMIT,
        required=False,
        help_text=gettext_lazy("A custodian who may be involved cannot speak for the child."),
    )
    given_on = DayField(label=gettext_lazy("When was consent given?"), error_messages={"required": DAY})
    form = _how(gettext_lazy("How was consent given?"))
    language = LanguageField(label=gettext_lazy("In which language?"))
    interpreter = _interpreter()
    words = TextField(
        label=gettext_lazy("What did the person say?"),
        limit=2000,
        required=False,
        help_text=gettext_lazy("If possible in the person's own words. Only your desk reads it."),
    )
    valid_until = DayField(
        label=gettext_lazy("Last day, if it was given for a time"), future=True, required=False
    )
    explained = forms.BooleanField(
        label=gettext_lazy("I have explained that consent can be withdrawn"),
        error_messages={
            "required": gettext_lazy("Explain to the person that consent can be withdrawn, then tick the box")
        },
    )

    def __init__(self, *args: Any, scopes: Any = (), child: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = list(scopes)  # type: ignore[attr-defined]
        if not child:
            del self.fields["giver"], self.fields["representative"]
            return
        self.fields["representative"].shown_if = ("giver", ["representative"])  # type: ignore[attr-defined]
        self.fields["representative"].expected = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = data.get("representative") or "representative" in self.errors
        if data.get("giver") == "representative" and not named:
            self.add_error("representative", gettext_lazy("Write who gave the consent"))
        if data.get("giver") == "person":
            data["representative"] = ""
        return data

    def told(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        names = ("scope", "given_on", "form", "language", "interpreter", "words", "valid_until")
        data = {name: self.cleaned_data[name] for name in names}
        data["form"] = ConsentForm(data["form"])
        return data | {"representative": self.cleaned_data.get("representative", "")}


class PrivacyForm(forms.Form):
    """The person was told how her data are handled."""

    given_on = DayField(label=gettext_lazy("When?"), error_messages={"required": DAY})
    form = forms.ChoiceField(
        label=gettext_lazy("How?"),
        choices=[
            (ConsentForm.ORAL.value, gettext_lazy("Orally")),
            (ConsentForm.WRITTEN.value, gettext_lazy("In writing")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it was said")},
    )
    language = LanguageField(label=gettext_lazy("In which language?"))
    interpreter = _interpreter()

    def told(self) -> dict[str, Any]:
        return self.cleaned_data | {"form": ConsentForm(self.cleaned_data["form"])}


class WithdrawForm(forms.Form):
    """What the person takes back."""

    scope = forms.MultipleChoiceField(
        label=gettext_lazy("Who may not have the information any more?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose what the person takes back")},
    )
    withdrawn_on = DayField(
        label=gettext_lazy("When did the person say it?"), error_messages={"required": DAY}
    )
    form = _how(gettext_lazy("How was it said?"))
    words = TextField(
        label=gettext_lazy("What did the person say, and to whom?"),
        limit=2000,
        required=False,
        help_text=gettext_lazy("Only your desk reads it. No agency is told why."),
    )

    def __init__(self, *args: Any, scopes: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = list(scopes)  # type: ignore[attr-defined]

    def told(self) -> dict[str, Any]:
        return self.cleaned_data | {"form": ConsentForm(self.cleaned_data["form"])}


class GroundForm(forms.Form):
    """What one agency may see: on which ground, which parts, why, until when."""

    ground = forms.ChoiceField(
        label=gettext_lazy("On what legal ground?"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("The portal proposes grounds. You make the secrecy assessment."),
        error_messages={"required": gettext_lazy("Choose a legal ground")},
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("What may the agency see?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=Category.choices,
        help_text=gettext_lazy(
            "Choose only what the agency needs. With nothing chosen it sees its checklist only."
        ),
    )
    purpose = TextField(
        label=gettext_lazy("Why does the agency need it?"),
        limit=LINE_LIMIT,
        help_text=gettext_lazy(
            "In general words, without personal data. For instance “Assessment of protection”."
        ),
        error_messages={"required": gettext_lazy("Write why the agency needs the information")},
    )
    valid_until = DayField(
        label=gettext_lazy("Last day it may be seen"),
        future=True,
        required=False,
        help_text=gettext_lazy("Without a day it holds until you change it. For example 2026-11-20"),
    )

    def __init__(self, *args: Any, grounds: Any = (), anonymous: bool = False, **kwargs: Any) -> None:
        """`grounds`: choices of services.sharing, with what each permits."""
        super().__init__(*args, **kwargs)
        explain(self, grounds, anonymous)

    def told(self) -> dict[str, Any]:
        names = ("ground", "categories", "purpose", "valid_until")
        return {name: self.cleaned_data[name] for name in names}


class InviteForm(GroundForm):
    """First the agency, then, on the same page, the grounds that cover it and the parts it may see."""

    agency = forms.TypedChoiceField(
        label=gettext_lazy("Agency"),
        coerce=uuid.UUID,
        error_messages={"required": gettext_lazy("Choose an agency")},
    )
    field_order = ("agency",)

    def __init__(self, *args: Any, agencies: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", ""), *agencies]  # type: ignore[attr-defined]

    def invitation(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        return {"agency_id": self.cleaned_data["agency"], **self.told()}


def explain(form: forms.Form, grounds: Any, anonymous: bool) -> None:
    """The grounds with their paragraph and what they permit; no identity where there is no person."""
    form.fields["ground"].choices = [(ground.code, ground.label) for ground in grounds]  # type: ignore[attr-defined]
    form.fields["ground"].option_hints = {ground.code: ground.explained for ground in grounds}  # type: ignore[attr-defined]
    if anonymous:
        form.fields["categories"].choices = [  # type: ignore[attr-defined]
            choice for choice in Category.choices if choice[0] not in (Category.IDENTITY, Category.CONTACT)
        ]


class ToldForm(forms.Form):
    """Somebody was told by telephone, at a meeting or on paper."""

    to = TextField(
        label=gettext_lazy("Who was told?"),
        limit=LINE_LIMIT,
        help_text=gettext_lazy("The agency and the person's function there."),
        error_messages={"required": gettext_lazy("Write who was told")},
    )
    agency = forms.TypedChoiceField(
        label=gettext_lazy("Is it an agency in the case?"),
        coerce=uuid.UUID,
        empty_value=None,
        required=False,
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("What was told?"),
        widget=forms.CheckboxSelectMultiple,
        choices=Category.choices,
        error_messages={"required": gettext_lazy("Choose what was told")},
    )
    what = TextField(
        label=gettext_lazy("In short"),
        limit=500,
        required=False,
        help_text=gettext_lazy("Do not write more about the person than is needed."),
    )

    def __init__(self, *args: Any, agencies: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].choices = [("", ""), *agencies]  # type: ignore[attr-defined]

    def told(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "to": data["to"],
            "what": data["what"],
            "categories": data["categories"],
            "agency_id": data["agency"],
        }


def today() -> str:
    """What a date field begins with."""
    return clock.today().isoformat()
