"""The made-up case on which a draft is tried."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from core.fields import DayField
from manual.enums import Condition, Exploitation, StepAge
from manual.forms.texts import radio, ticks
from manual.library import Facts
from manual.library.preview import ASKED_APART, facts_of

FOREIGN: Final = ("eu", "third")
OTHERS: Final = [pair for pair in Condition.choices if pair[0] not in (*ASKED_APART, "consent_missing")]


class TryForm(forms.Form):
    """Facts as an answered questionnaire would give them; sent by GET, so that a try can be shared."""

    age = radio(
        _("Age"),
        [
            (StepAge.ADULT, _("Adult")),
            (StepAge.CHILD, _("Child")),
            ("unsure", _("Unsure, handled as a child")),
        ],
        initial=StepAge.ADULT,
    )
    danger = forms.BooleanField(label=_("Immediate danger"), required=False)
    forms = ticks(_("Form of exploitation"), Exploitation.choices)
    citizenship = radio(
        _("Citizenship"),
        [
            ("se", _("Swedish citizen")),
            ("eu", _("Citizen of another EU or EEA country")),
            ("third", _("Third-country national or stateless")),
        ],
        initial="se",
    )
    stay = radio(
        _("Right to stay in Sweden"),
        [
            ("yes", _("Has a right to stay")),
            ("none", _("No permit or right to stay")),
            ("asylum", _("Asylum seeker or registered with the Migration Agency")),
        ],
        initial="yes",
        required=False,
        help_text=_("Plays no part for a Swedish citizen."),
    )
    consent = radio(
        _("Consent of an adult"),
        [("yes", _("Consents to every agency")), ("no", _("Does not consent"))],
        initial="yes",
        help_text=_("The steps of a child do not wait for consent."),
    )
    others = ticks(_("What else is so"), OTHERS)
    start = DayField(
        label=_("The day the deadlines are counted from"),
        future=True,
        help_text=_("As if what each step waits for happened at nine that morning, for example 2026-11-20."),
        error_messages={"required": _("Enter the date with eight digits, for example 2026-11-20")},
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data or None, initial={"start": clock.today().isoformat()})

    def facts(self) -> Facts:
        data = self.cleaned_data
        return facts_of(
            age=data["age"],
            forms=data["forms"],
            danger=data["danger"],
            foreign=data["citizenship"] in FOREIGN,
            stay=data["stay"],
            others=data["others"],
            consent=data["consent"] == "yes",
        )

    @property
    def day(self) -> date:
        day: date = self.cleaned_data["start"]
        return day
