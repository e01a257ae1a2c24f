"""Shapes of what people type about desks, duties and absences. Meaning is checked in the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgencyKind
from accounts.models import Agency, Membership
from coordinators.enums import AgeBand, Audience
from coordinators.models import Absence, Desk, Duty, Region
from coordinators.routing import reference
from coordinators.services import eligible
from core.errors import StaleVersion
from core.swedish import swedish_key

DATE_HINT = _("For example 2026-11-20")


class DayField(forms.DateField):
    """A Stockholm date in the three ways people write it, with the words that help when it is wrong."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", DATE_HINT)
        words = {
            "required": _("Fill in the date with eight digits, for example 2026-11-20"),
            "invalid": _("Fill in the date with eight digits, for example 2026-11-20"),
        }
        super().__init__(error_messages=words, **kwargs)


class PersonField(forms.ChoiceField):
    """One of some memberships; the cleaned value is the membership itself, or None."""

    people: dict[str, Membership]

    def clean(self, value: Any) -> Membership | None:
        return self.people.get(super().clean(value))

    def offer(self, people: list[Membership], nobody: Any) -> None:
        self.people = {str(person.pk): person for person in people}
        named = [(key, f"{person.user.name}, {person.agency.name}") for key, person in self.people.items()]
        self.choices = [("", nobody), *named]


class PortalForm(forms.Form):
    """A form drawn by crispy: one primary button, no `form` tag attributes of its own."""

    button: Any = _("Save")

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper(self)
        helper.add_input(Submit("save", self.button))
        return helper

    def saves(self, act: Callable[..., object]) -> bool:
        """Whether what was typed is in order and the service took it; else the reasons are at the fields."""
        if not self.is_valid():
            return False
        try:
            act(**self.cleaned_data)
        except ValidationError as error:
            self._refuse(error)
        except StaleVersion as stale:
            self._refresh(stale.current)
        return not self.errors

    def _refuse(self, error: ValidationError) -> None:
        """What typed is kept; what belongs to no field here stands above the form."""
        fields = getattr(error, "error_dict", {None: [error]})
        for name, errors in fields.items():
            self.add_error(name if name in self.fields else None, errors)

    def _refresh(self, current: object) -> None:
        """Someone else saved in between: say so, keep the text, let the next save be on purpose."""
        version = str(getattr(current, "version", 1))
        self.data = {**dict(self.data.items()), self.add_prefix("version"): version}
        words = _("Somebody else changed this while you were writing. Check your text and save again")
        self.add_error(None, words)


class VersionedForm(PortalForm):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)


class TryRouteForm(PortalForm):
    """A dry run: place, age band, date. Sent with GET."""

    button = _("Show the way")
    municipality = forms.ChoiceField(label=_("Municipality where the person is"), required=False)
    county = forms.ChoiceField(label=_("If only the county is known"), required=False)
    age = forms.ChoiceField(
        label=_("Age"),
        choices=AgeBand.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the person's age group")},
    )
    on = DayField(label=_("Date"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = reference()
        self._choices("municipality", [(row.code, row.name) for row in known.in_swedish_order()])
        counties = sorted(known.counties.values(), key=lambda row: swedish_key(row.name))
        self._choices("county", [(row.code, row.name) for row in counties])
        self.fields["municipality"].widget.attrs["data-nrm-combobox"] = ""

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper(self)
        helper.form_method = "get"
        helper.add_input(Submit("", self.button))
        return helper

    def _choices(self, name: str, rows: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Not chosen")), *rows]
        field.error_messages["invalid_choice"] = _("There is no such place. Choose from the list")


class DutyForm(PortalForm):
    button = _("Put on duty")
    membership = PersonField(
        label=_("Coordinator"), error_messages={"required": _("Choose who will be on duty")}
    )
    first = DayField(label=_("First day"))
    last = DayField(label=_("Last day"), required=False)
    is_primary = forms.BooleanField(
        label=_("First contact"),
        help_text=_("Listed before others who help out"),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "membership", eligible(), _("Not chosen"))


class ChangeDutyForm(VersionedForm):
    last = DayField(label=_("Last day"), required=False, help_text=_("Empty: until further notice"))
    is_primary = forms.BooleanField(label=_("First contact"), required=False)

    @staticmethod
    def values_of(duty: Duty) -> dict[str, Any]:
        return {"last": duty.valid_until, "is_primary": duty.is_primary, "version": duty.version}


class OwnAbsenceForm(PortalForm):
    button = _("Register the absence")
    first = DayField(label=_("First day away"))
    last = DayField(label=_("Last day away"))
    deputy = PersonField(
        label=_("Deputy"),
        required=False,
        help_text=_(
            "Has the same rights on exactly these days. Without a deputy the national desk is alarmed."
        ),
    )

    def __init__(self, *args: Any, own: UUID | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [person for person in eligible() if person.pk != own]
        _offer(self, "deputy", others, _("No deputy"))


class AbsenceForm(OwnAbsenceForm):
    """For somebody else, among the people on duty at one desk."""

    membership = PersonField(label=_("Who is away"), error_messages={"required": _("Choose who is away")})
    field_order = ("membership", "first", "last", "deputy")

    def __init__(self, *args: Any, on_duty: set[UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deputy = self.fields["deputy"]
        assert isinstance(deputy, PersonField)
        here = [person for person in deputy.people.values() if person.pk in on_duty]
        _offer(self, "membership", here, _("Not chosen"))


class ChangeAbsenceForm(VersionedForm):
    last = DayField(label=_("Last day away"))
    deputy = PersonField(label=_("Deputy"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "deputy", eligible(), _("No deputy"))

    @staticmethod
    def values_of(absence: Absence) -> dict[str, Any]:
        deputy = str(absence.deputy_id) if absence.deputy_id else ""
        return {"last": absence.valid_until, "deputy": deputy, "version": absence.version}


def host_field() -> forms.ModelChoiceField[Agency]:
    """One of the agencies that employ coordinators."""
    kinds = (AgencyKind.COORDINATION, AgencyKind.NSPM)
    return forms.ModelChoiceField(
        Agency.objects.filter(kind__in=kinds, active=True).order_by("name"),
        label=_("Host"),
        empty_label=_("Not chosen"),
        error_messages={"required": _("Choose who hosts the desk")},
    )


class DeskForm(VersionedForm):
    agency = host_field()
    mailbox = forms.EmailField(
        label=_("Function mailbox"), required=False, help_text=_("Never a person's own address")
    )
    phone = forms.CharField(label=_("Phone"), required=False, max_length=30)
    opens = forms.TimeField(label=_("Opens"), help_text=_("For example 08.00"))
    closes = forms.TimeField(label=_("Closes"), help_text=_("For example 16.30"))
    hours_confirmed = forms.BooleanField(label=_("The hours are confirmed by the desk"), required=False)

    @staticmethod
    def values_of(desk: Desk) -> dict[str, Any]:
        names = ("mailbox", "phone", "opens", "closes", "hours_confirmed", "version")
        return {"agency": desk.agency_id, **{name: getattr(desk, name) for name in names}}


class OpenDeskForm(PortalForm):
    button = _("Open the desk")
    region = forms.ModelChoiceField(
        Region.objects.order_by("name_sv"), label=_("Region"), empty_label=_("Not chosen")
    )
    audience = forms.ChoiceField(label=_("For"), choices=Audience.choices, widget=forms.RadioSelect)
    agency = host_field()
    first = DayField(label=_("First day"))


class CloseDeskForm(VersionedForm):
    button = _("Close the desk")
    last = DayField(label=_("Last day for new referrals"))


class MoveCountyForm(PortalForm):
    region = forms.ModelChoiceField(
        Region.objects.order_by("name_sv"), label=_("Region"), empty_label=_("Not chosen")
    )
    first = DayField(label=_("First day"), help_text=_("The change takes effect from this day"))
    is_confirmed = forms.BooleanField(
        label=_("Confirmed by the National Coordination"), required=False, initial=True
    )


def _offer(form: forms.Form, name: str, people: list[Membership], nobody: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, PersonField)
    field.offer(people, nobody)
