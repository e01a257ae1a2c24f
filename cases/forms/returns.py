"""The return: informed, chosen, decided, prepared, travelled, followed up."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.enums import ReturnPart
from cases.sections import lists
from cases.services.return_track import PARTS
from core.fields import LINE_LIMIT, DayField, TextField
from core.swedish import swedish_key

YES_NO: Final = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]
WORDS: Final = {
    ReturnPart.CHOICE: (
        gettext_lazy("Where is the written choice kept?"),
        gettext_lazy("She may take it back at any time until she boards, without giving a reason."),
    ),
    ReturnPart.BEST_INTEREST: (
        gettext_lazy("Who decided in Sweden and in the other country, and on what?"),
        gettext_lazy(
            "Authorities in both countries must find it best for the child, and someone must receive."
        ),
    ),
    ReturnPart.APPLICATION: (
        gettext_lazy("To whom at IOM, and how?"),
        gettext_lazy("Name, address or number of the contact at IOM."),
    ),
    ReturnPart.ELIGIBILITY: (
        gettext_lazy("Who at IOM decided together with you, and how?"),
        gettext_lazy("The coordinator and IOM decide together."),
    ),
    ReturnPart.RISKS: (
        gettext_lazy("Risks and needs in short"),
        gettext_lazy("Risk of new exploitation, family, health, protection at arrival. High risk: pause."),
    ),
    ReturnPart.DOCUMENTS: (gettext_lazy("Which documents?"), ""),
    ReturnPart.JOURNEY: (
        gettext_lazy("The journey in short"),
        gettext_lazy("Route, company on the way, help in transit. Do not write more than is needed."),
    ),
    ReturnPart.RECEPTION: (
        gettext_lazy("Who meets, and what happens then?"),
        gettext_lazy("Write no address when the identity is protected."),
    ),
    ReturnPart.DEPARTURE: (gettext_lazy("How did it go?"), ""),
    ReturnPart.REINTEGRATION: (
        gettext_lazy("What support is given at home?"),
        gettext_lazy("Cash, work, education, care, legal help, housing: what is planned, and by whom."),
    ),
}
DAYS: Final = {
    ReturnPart.CHOICE: gettext_lazy("When was it signed?"),
    ReturnPart.BEST_INTEREST: gettext_lazy("When was it decided?"),
    ReturnPart.APPLICATION: gettext_lazy("When was it sent?"),
    ReturnPart.ELIGIBILITY: gettext_lazy("When was it decided?"),
    ReturnPart.RISKS: gettext_lazy("When was it assessed?"),
    ReturnPart.DOCUMENTS: gettext_lazy("Since when are they in order?"),
    ReturnPart.JOURNEY: gettext_lazy("Day of departure"),
    ReturnPart.RECEPTION: gettext_lazy("When was it confirmed?"),
    ReturnPart.DEPARTURE: gettext_lazy("Day of departure"),
}


def _countries() -> list[tuple[str, str]]:
    """In the order of the language of the page."""
    found = lists.countries((get_language() or "sv")[:2])
    return sorted(found.items(), key=lambda pair: swedish_key(pair[1]))


class StartForm(forms.Form):
    """She wants to go home and has been told what that means."""

    informed_on = DayField(
        label=gettext_lazy("When was the person informed?"),
        error_messages={"required": gettext_lazy("Enter the day when the person was informed")},
    )
    told = forms.MultipleChoiceField(
        label=gettext_lazy("What has the person been told?"),
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("programme", gettext_lazy("What the return programme offers")),
            ("alternatives", gettext_lazy("What possibilities there are to stay")),
            ("risks", gettext_lazy("What risks there are")),
            ("free", gettext_lazy("That it is voluntary, and can be taken back until boarding")),
        ],
        error_messages={"required": gettext_lazy("Tick what the person has been told")},
    )
    language = TextField(
        label=gettext_lazy("In which language?"),
        limit=40,
        error_messages={"required": gettext_lazy("Write in which language")},
    )
    interpreter = forms.ChoiceField(
        label=gettext_lazy("With an interpreter?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose yes or no")},
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)
    words = TextField(
        label=gettext_lazy("What does the person want, in her own words?"),
        limit=2000,
        error_messages={"required": gettext_lazy("Write what the person wants")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", ""), *_countries()]  # type: ignore[attr-defined]

    def clean_told(self) -> list[str]:
        told: list[str] = self.cleaned_data["told"]
        if len(told) < len(self.fields["told"].choices):  # type: ignore[attr-defined]
            raise forms.ValidationError(
                _("All of it must have been said: without it the choice is not an informed one.")
            )
        return told

    def started(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        parts = {name: data[name] for name in ("informed_on", "language", "country", "words")}
        return parts | {"interpreter": data["interpreter"] == "yes"}


class PartForm(forms.Form):
    """One part of the return; the fields that it has."""

    version = forms.IntegerField(min_value=0, max_value=10**8, widget=forms.HiddenInput)
    day = DayField(error_messages={"required": gettext_lazy("Enter the date.")})
    arrived_on = DayField(
        label=gettext_lazy("Day of arrival"),
        required=False,
        help_text=gettext_lazy("The day of departure if nothing is written."),
    )
    wants_follow_up = forms.ChoiceField(
        label=gettext_lazy("Does the person want contact after arrival?"),
        choices=YES_NO,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Contact goes on for at least six months if the person wishes."),
        error_messages={"required": gettext_lazy("Choose yes or no")},
    )
    words = TextField(limit=2000, error_messages={"required": gettext_lazy("Write a few words.")})

    def __init__(self, *args: Any, part: ReturnPart, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = PARTS[part]
        label, hint = WORDS[part]
        self.fields["words"].label = label
        self.fields["words"].help_text = str(hint)
        self.fields["words"].required = rule.worded
        if part in DAYS:
            self.fields["day"].label = DAYS[part]
            self.fields["day"].future = rule.ahead  # type: ignore[attr-defined]
        else:
            del self.fields["day"]
        if part != ReturnPart.DEPARTURE:
            del self.fields["arrived_on"], self.fields["wants_follow_up"]

    def recorded(self) -> dict[str, Any]:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        found = {"version": data["version"], "day": data.get("day"), "words": data["words"]}
        if "wants_follow_up" in data:
            found["wants_follow_up"] = data["wants_follow_up"] == "yes"
            found["arrived_on"] = data["arrived_on"]
        return found


class StopReturnForm(forms.Form):
    """No reason is asked for: she needs none."""

    version = forms.IntegerField(min_value=0, max_value=10**8, widget=forms.HiddenInput)
    words = TextField(
        label=gettext_lazy("A note, if it helps those who support the person"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy("She needs no reason, and it has no consequence for the support she gets."),
    )


class CompleteForm(forms.Form):
    version = forms.IntegerField(min_value=0, max_value=10**8, widget=forms.HiddenInput)
    words = TextField(
        label=gettext_lazy("How are things at the end of the follow-up?"),
        limit=2000,
        error_messages={"required": gettext_lazy("Write a few words.")},
    )
