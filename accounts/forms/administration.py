"""Forms of those who administer people and agencies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgencyKind, Role
from accounts.forms.fields import helper
from accounts.models import Agency, Membership
from accounts.services.leaving import NOBODY, OpenWork
from core import clock


class _MembershipFields(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"), choices=Role.choices, error_messages={"required": _("Choose a role")}
    )
    is_manager = forms.BooleanField(
        label=_("Manager"), required=False, help_text=_("Is told when something at the agency is late")
    )
    valid_from = forms.DateField(
        label=_("First day"),
        widget=forms.DateInput(format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%Y%m%d"],
        error_messages={
            "required": _("Write the first day"),
            "invalid": _("Write the date with eight digits, for example 2026-11-20"),
        },
    )
    valid_until = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave empty for until further notice"),
        widget=forms.DateInput(format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%Y%m%d"],
        error_messages={"invalid": _("Write the date with eight digits, for example 2026-11-20")},
    )

    @property
    def helper(self) -> FormHelper:
        return helper()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day cannot be before the first day"))
        return data


class MembershipForm(_MembershipFields):
    """Dates, manager mark and role of an assignment that exists."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def initial_for(membership: Membership) -> dict[str, Any]:
        names = ("role", "is_manager", "valid_from", "valid_until", "version")
        return {name: getattr(membership, name) for name in names}


class NewMembershipForm(_MembershipFields):
    """One more assignment; `agencies` are those the administrator may choose among."""

    agency = forms.ModelChoiceField(
        label=_("Agency"),
        queryset=Agency.objects.none(),
        empty_label="",
        error_messages={
            "required": _("Choose an agency"),
            "invalid_choice": _("Choose an agency from the list"),
        },
    )
    field_order = ["agency", "role", "is_manager", "valid_from", "valid_until"]

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("valid_from", clock.today())
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]


class InviteForm(NewMembershipForm):
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The person's own address at work"),
        error_messages={
            "required": _("Write the person's e-mail address"),
            "invalid": _("Write the address like this: name@agency.se"),
        },
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, error_messages={"required": _("Write the person's name")}
    )
    field_order = ["email", "name", "agency", "role", "is_manager", "valid_from", "valid_until"]


class AgencyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=160, error_messages={"required": _("Write the name")})
    kind = forms.ChoiceField(label=_("Kind"), choices=AgencyKind.choices)
    municipality_code = forms.RegexField(
        label=_("Municipality code"),
        regex=r"^\d{4}$",
        required=False,
        help_text=_("Four digits, for example 0380. Leave empty for an agency of the whole country"),
        error_messages={"invalid": _("The municipality code has four digits, for example 0380")},
    )
    mailbox = forms.EmailField(
        label=_("Function mailbox"),
        required=False,
        help_text=_("Shared by the unit. Never a person's own address"),
        error_messages={"invalid": _("Write the address like this: name@agency.se")},
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    active = forms.BooleanField(label=_("Takes part in the portal"), required=False, initial=True)
    is_placeholder = forms.BooleanField(
        label=_("To be confirmed"),
        required=False,
        help_text=_("The details have not been checked with the agency"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    @property
    def helper(self) -> FormHelper:
        return helper()

    @staticmethod
    def initial_for(agency: Agency) -> dict[str, Any]:
        names = (
            "name",
            "kind",
            "municipality_code",
            "mailbox",
            "phone",
            "active",
            "is_placeholder",
            "version",
        )
        return {name: getattr(agency, name) for name in names}


class LeavingForm(forms.Form):
    """One question for each kind of open work: who takes it on?"""

    def __init__(self, *args: Any, works: Iterable[OpenWork] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = helper()
        for work in works:
            nobody = [(NOBODY, work.nobody)] if work.nobody else []
            self.fields[work.key] = forms.ChoiceField(
                label=_("%(what)s, %(house)s: %(count)d")
                % {"what": work.title, "house": work.house, "count": work.count},
                choices=[("", ""), *work.people, *nobody],
                help_text=", ".join(work.references),
                error_messages={"required": _("Choose who takes this on")},
            )

    def show(self, error: ValidationError) -> None:
        """What the service refused: at the field it names, else above the form."""
        for name, problems in getattr(error, "error_dict", {None: [error]}).items():
            self.add_error(name if name in self.fields else None, problems)
