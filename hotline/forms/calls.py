"""The page of a call. What may be stored is decided by the service; the form only reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, Final, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import AgencyKind
from cases.enums import Citizenship, Sex
from coordinators import routing
from core import clock, dates
from core.fields import LINE_LIMIT, DayField, TextField
from core.swedish import swedish_key
from core.text import Unreadable
from hotline.enums import About, Caller, Child, Danger, Profession, ReferredTo, Topic
from hotline.models import Call
from hotline.services.calls import TEXT_LIMIT, Said
from manual.enums import Exploitation

Choices = list[tuple[str, str | Promise]]
COUNTY, MUNICIPALITY = "c", "m"
LONGEST: Final = timedelta(hours=12)
"""A call is logged within this time of its beginning."""


def _or_nothing(choices: Any) -> Choices:
    return [("", gettext_lazy("Choose in the list")), *choices]


def places() -> Choices:
    """Every municipality, then every county for whoever knows no more, as Swedish readers expect them."""
    known = routing.reference()
    counties = sorted(known.counties.values(), key=lambda row: swedish_key(row.name))
    return [
        *((f"{MUNICIPALITY}{row.code}", row.name) for row in known.in_swedish_order()),
        *(
            (f"{COUNTY}{row.code}", _("%(county)s, only the county known") % {"county": row.name})
            for row in counties
        ),
    ]


class PlaceSelect(forms.Select):
    """A list of three hundred places, drawn at once instead of one template for each."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        given = str(value or "")
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (code, SafeString(" selected") if code == given else "", label)
                for code, label in cast(Iterable[tuple[str, Any]], self.choices)
            ),
        )
        marks = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>{}</select>", marks, options)


class ClockField(forms.CharField):
    """A time of day in any spelling: 10.42, 1042, kl. 10."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=LINE_LIMIT, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **kwargs
        )

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return dates.read_time(text)
        except Unreadable as problem:
            raise ValidationError(str(problem.message)) from problem


def _radio(choices: Any, label: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.RadioSelect(attrs=more.pop("attrs", None)),
        **more,
    )


def _ticks(choices: Any, label: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **more
    )


def _list(choices: Any, label: Any, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=_or_nothing(choices), required=False, **more)


class CallForm(forms.Form):
    """In the order people speak. There is no field for a name, a number or an address of anybody."""

    use_required_attribute = False

    started = ClockField(label=gettext_lazy("Began at"), required=False)
    danger = _radio(
        Danger.choices, gettext_lazy("Is somebody in danger right now?"), attrs={"data-nrm-focus": ""}
    )
    profession = _list(Profession.choices, gettext_lazy("What does the caller work as?"))
    agency_kind = _list(AgencyKind.choices, gettext_lazy("Where does the caller work?"))
    anonymous = forms.BooleanField(
        label=gettext_lazy("The caller does not want to say who she is"), required=False
    )
    place = forms.ChoiceField(
        label=gettext_lazy("Municipality of the person concerned, or the county"),
        required=False,
        widget=PlaceSelect,
    )
    declined = forms.BooleanField(
        label=gettext_lazy("The person concerned is an adult and has said no"),
        required=False,
        help_text=gettext_lazy(
            "Then the county is kept but not the municipality, and nothing of the call in short."
            " The advice you gave is kept."
        ),
    )
    about = _radio(About.choices, gettext_lazy("What is the call about?"))
    child = _radio(Child.choices, gettext_lazy("Is a child concerned?"))
    topics = _ticks(Topic.choices, gettext_lazy("What is asked about?"))
    sex = forms.ChoiceField(label=gettext_lazy("Sex"), choices=Sex.choices, required=False)
    citizenship_group = forms.ChoiceField(
        label=gettext_lazy("Citizenship"), choices=Citizenship.choices, required=False
    )
    summary = TextField(
        label=gettext_lazy("The call in short"),
        required=False,
        limit=TEXT_LIMIT,
        help_text=gettext_lazy("No names of the person concerned, no numbers, no date of birth."),
    )
    advice_words = TextField(
        label=gettext_lazy("Other advice that was given"), required=False, limit=TEXT_LIMIT, rows=3
    )
    referred_to = _ticks(ReferredTo.choices, gettext_lazy("Where was the caller referred?"))
    follow_up_on = DayField(label=gettext_lazy("Follow up on"), required=False, future=True)
    forms = _ticks(Exploitation.choices, gettext_lazy("Form of exploitation"))  # last: it hides the module

    def __init__(self, *args: Any, call: Call | None = None, **kwargs: Any) -> None:
        self.call = call
        kwargs.setdefault("initial", stored(call))
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.expected = True  # type: ignore[attr-defined]  # the page says once what is needed
        self.fields["place"].choices = [("", ""), *places()]  # type: ignore[attr-defined]

    def clean_started(self) -> datetime | None:
        """The time as an instant: today, or the day the call began on."""
        text = self.cleaned_data["started"]
        if not text:
            return None
        now = clock.now()
        day = clock.local(self.call.started_at if self.call else now).date()
        hour, minute = map(int, text.split(":"))
        begun = clock.local(self.call.started_at) if self.call else None
        if begun and (begun.hour, begun.minute) == (hour, minute):
            return self.call.started_at  # type: ignore[union-attr]
        at = datetime.combine(day, time(hour, minute), clock.STOCKHOLM)
        if at > now:  # shortly after midnight: yesterday evening
            at -= timedelta(days=1)
        if abs((self.call.started_at if self.call else now) - at) > LONGEST:
            raise ValidationError(_("The call cannot have begun later than now"))
        return at

    def said(self, caller: str = Caller.PROFESSIONAL) -> Said:
        """What could be read. What could not stays as it was stored."""
        data = dict(self.cleaned_data)
        place = data.pop("place", None)
        given = frozenset({*data, *(["place"] if place is not None else [])})
        given = given - {"started"} | ({"started_at"} if data.get("started") else frozenset())
        names = set(Said.__dataclass_fields__) - {"caller", "advice", "municipality_id", "county_id", "given"}
        values = {name: value for name, value in data.items() if name in names}
        for name, empty in EMPTY.items():
            values[name] = values.get(name) or empty
        return Said(
            **values,
            caller=caller,
            started_at=data.get("started"),
            advice=self.data.getlist("advice") if hasattr(self.data, "getlist") else [],
            municipality_id=place[1:] if place and place[0] == MUNICIPALITY else None,
            county_id=place[1:3] if place else None,
            given=given | {"advice"},
        )


EMPTY: Final = {
    "danger": Danger.UNKNOWN, "child": Child.UNSURE, "sex": Sex.UNKNOWN,
    "citizenship_group": Citizenship.UNKNOWN,
}  # fmt: skip


def stored(call: Call | None) -> dict[str, Any]:
    """What the page shows of a call, or of one that has just begun."""
    if call is None:
        return {
            "started": _clock(clock.now()),
            "sex": Sex.UNKNOWN,
            "citizenship_group": Citizenship.UNKNOWN,
        }
    values = {name: getattr(call, name) for name in CallForm.base_fields if hasattr(call, name)}
    values["started"] = _clock(call.started_at)
    values["place"] = (
        f"{MUNICIPALITY}{call.municipality_id}"
        if call.municipality_id
        else f"{COUNTY}{call.county_id}"
        if call.county_id
        else ""
    )
    return values


def _clock(at: datetime) -> str:
    return f"{clock.local(at):%H.%M}"


class DayForm(forms.Form):
    """Which calls the list shows."""

    dag = DayField(label=gettext_lazy("Day"), required=False, help_text="")
    mina = forms.BooleanField(label=gettext_lazy("Only mine"), required=False)
    vem = forms.ChoiceField(
        label=gettext_lazy("Who called"), choices=[("", gettext_lazy("All")), *Caller.choices], required=False
    )
    om = forms.ChoiceField(
        label=gettext_lazy("About"), choices=[("", gettext_lazy("All")), *About.choices], required=False
    )
