"""Reporting a wrong disclosure, choosing what protects the person, and the officer's assessment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import BreachDecision, BreachKind, BreachRisk, Category, PersonTold, Threat
from cases.models import Breach
from cases.services.breaches.assessing import PLAIN, WRITTEN, Assessment
from cases.services.breaches.reporting import Told
from cases.services.breaches.safeguards import ALWAYS_THE_DESKS, DESK, Chosen, Offer
from cases.services.breaches.sight import Whom
from core import clock, looks
from core.fields import LINE_LIMIT, DayField, TextField

TEXT: Final = 4_000


class HourField(forms.RegexField):
    """14.30, 14:30 or 1430, as a time of day."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^([01]?\d|2[0-3])[.:]?[0-5]\d$",
            help_text=gettext_lazy("For example 14.30"),
            widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-num"}),
            error_messages={
                "invalid": gettext_lazy("Enter the time with hours and minutes, for example 14.30"),
                "required": gettext_lazy("Enter the time, for example 14.30"),
            },
            **kwargs,
        )

    def clean(self, value: Any) -> time | None:
        digits = "".join(char for char in super().clean(value) or "" if char.isdigit())
        return time(int(digits[:-2]), int(digits[-2:])) if digits else None


def moment(day: date | None, hour: time | None) -> datetime | None:
    """The instant of a day and an hour in Stockholm; the day alone is its first hour."""
    return datetime.combine(day, hour or time(0), clock.STOCKHOLM) if day else None


class ReportForm(forms.Form):
    """What happened, to whom, and when."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What has happened?"),
        choices=BreachKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what has happened")},
    )
    to = forms.MultipleChoiceField(
        label=gettext_lazy("Who was given it or opened it?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy(
            "Everybody you tick loses sight of the case as soon as you report. An agency: all its people. A"
            " person: she or he alone."
        ),
    )
    outside = TextField(
        label=gettext_lazy("Somebody outside the portal"),
        limit=LINE_LIMIT,
        required=False,
        help_text=gettext_lazy("Name and function, as far as they are known."),
    )
    what = TextField(
        label=gettext_lazy("Describe what happened"),
        limit=TEXT,
        help_text=gettext_lazy(
            "How it came about, what it was, and what has been done already. No more about the person than is"
            " needed."
        ),
        error_messages={"required": gettext_lazy("Write what has happened")},
    )
    threat = forms.ChoiceField(
        label=gettext_lazy("Can it reach somebody who threatens the person?"),
        choices=Threat.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose yes, no or not known")},
    )
    noticed_at = DayField(
        label=gettext_lazy("The day you learned of it"),
        error_messages={"required": gettext_lazy("Enter the day you learned of it")},
    )
    noticed_hour = HourField(label=gettext_lazy("The time you learned of it"))
    since = DayField(
        label=gettext_lazy("Since which day could it be seen?"),
        required=False,
        help_text=gettext_lazy("Left empty, everything from the beginning of the case is listed."),
    )

    def __init__(self, *args: Any, whom: Iterable[Whom] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = clock.local(clock.now())
        self.fields["noticed_at"].initial = now.date().isoformat()
        self.fields["noticed_hour"].initial = f"{now:%H.%M}"
        choices = [(one.code, f"{one.name}, {one.house}" if one.house else one.name) for one in whom]
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
        self.fields["to"].expected = True  # type: ignore[attr-defined]
        if not choices:
            del self.fields["to"]

    def told(self) -> Told:
        data = self.cleaned_data
        at = moment(data["noticed_at"], data["noticed_hour"])
        assert at is not None
        return Told(
            kind=BreachKind(data["kind"]),
            threat=Threat(data["threat"]),
            what=data["what"],
            noticed_at=at,
            since=moment(data["since"], None),
            to=data.get("to", ()),
            outside=data["outside"],
        )


class ProtectForm(forms.Form):
    """Which proposals are started, and who does each."""

    steps = forms.MultipleChoiceField(
        label=gettext_lazy("Which steps are to be taken?"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one step")},
    )

    def __init__(
        self, *args: Any, offers: Iterable[Offer], agencies: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        left = [offer for offer in offers if offer.started is None]
        steps: Any = self.fields["steps"]
        steps.choices = [(one.proposal.code, str(one.proposal.wording)) for one in left]
        steps.option_hints = {one.proposal.code: _hint(one) for one in left}
        steps.initial = [one.proposal.code for one in left if one.advised]
        owners = [(DESK, _("The case’s desk")), *agencies]
        for one in left:
            if one.proposal.code not in ALWAYS_THE_DESKS and len(owners) > 1:
                self.fields[f"owner_{one.proposal.code}"] = forms.ChoiceField(
                    label=_("Who does it: %(what)s") % {"what": one.proposal.wording},
                    choices=owners,
                    initial=one.owner,
                    required=False,  # asked for those steps alone that are chosen
                )
                field: Any = self.fields[f"owner_{one.proposal.code}"]
                field.shown_if, field.expected = ("steps", [one.proposal.code]), True

    def chosen(self) -> list[Chosen]:
        data = self.cleaned_data
        return [Chosen(code, data.get(f"owner_{code}") or DESK) for code in data["steps"]]


def _hint(offer: Offer) -> str:
    days = offer.proposal.hours // 24
    due = _("Due within %(n)s hours.") % {"n": offer.proposal.hours} if days else ""
    return " ".join(filter(None, (str(offer.proposal.why), due)))


class AssessForm(forms.Form):
    """GDPR art. 33 and 34, question by question; it may be saved before everything is known."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    risk = forms.ChoiceField(
        label=gettext_lazy("How great is the risk for the person?"),
        choices=BreachRisk.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("Which kinds of data does it concern?"),
        choices=Category.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Filled in from what was opened. Change it if you know more."),
    )
    consequences = TextField(
        label=gettext_lazy("What can it lead to for the person?"), limit=TEXT, required=False
    )
    measures = TextField(
        label=gettext_lazy("What has been done, and what will be done?"), limit=TEXT, required=False
    )
    told = TextField(
        label=gettext_lazy("Who is told, besides the person?"),
        limit=TEXT,
        required=False,
        help_text=gettext_lazy("For instance the responsible agencies, the police, the receiver."),
    )
    person_told = forms.ChoiceField(
        label=gettext_lazy("Is the person herself told?"),
        choices=PersonTold.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy("At a high risk she is to be told without undue delay (GDPR art. 34)."),
    )
    person_told_why = TextField(
        label=gettext_lazy("When and how, or why not"), limit=TEXT, rows=3, required=False
    )
    decision = forms.ChoiceField(
        label=gettext_lazy("Is the supervisory authority (IMY) notified?"),
        choices=BreachDecision.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy(
            "It is notified within 72 hours, unless a risk is unlikely (GDPR art. 33). Not everything has to"
            " be known: the notification can be completed later."
        ),
    )
    decision_why = TextField(
        label=gettext_lazy("The reason for the decision"), limit=TEXT, rows=3, required=False
    )
    notified_at = DayField(label=gettext_lazy("The day the notification was made"), required=False)
    notified_hour = HourField(label=gettext_lazy("The time the notification was made"), required=False)
    notified_as = TextField(
        label=gettext_lazy("Its number at the authority"), limit=LINE_LIMIT, required=False
    )
    late_why = TextField(
        label=gettext_lazy("If it was later than 72 hours: why"), limit=TEXT, rows=3, required=False
    )
    ONLY_WHEN_NOTIFIED: Final = ("notified_at", "notified_hour", "notified_as", "late_why")

    def __init__(self, *args: Any, breach: Breach, found: Iterable[str] = (), **kwargs: Any) -> None:
        kwargs["initial"] = _initial(breach, found)
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.expected = True  # type: ignore[attr-defined]  # left out until it is known, not as one likes
        for name in self.ONLY_WHEN_NOTIFIED:
            self.fields[name].shown_if = ("decision", [BreachDecision.NOTIFY.value])  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("notified_hour") and not data.get("notified_at") and "notified_at" not in self.errors:
            self.add_error("notified_at", ValidationError(_("Enter the day too")))
        return data

    def told_so(self) -> Assessment:
        data = self.cleaned_data
        at = moment(data["notified_at"], data["notified_hour"])
        names = [name for name in (*PLAIN, *WRITTEN, "categories") if name != "notified_at"]
        return Assessment(notified_at=at, **{name: data[name] for name in names})


def _initial(breach: Breach, found: Iterable[str]) -> dict[str, Any]:
    """What is saved; the kinds of data as they were found, until somebody has assessed them."""
    saved: dict[str, Any] = {name: getattr(breach, name) or "" for name in (*PLAIN, *WRITTEN)}
    saved["categories"] = breach.categories or ([] if breach.version else list(found))
    saved["version"] = breach.version
    if breach.notified_at:
        local = clock.local(breach.notified_at)
        saved |= {
            "notified_at": looks.day_of(breach.notified_at).isoformat(),
            "notified_hour": f"{local:%H.%M}",
        }
    return saved
