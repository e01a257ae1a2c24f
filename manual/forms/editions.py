"""What people say about an edition: what it changes, what has to be changed, from which day it applies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import looks
from core.fields import DayField, TextField
from manual.models import Edition

REASON_LIMIT = 2_000


class DescribeForm(forms.Form):
    """The title and the reason of a change; readers see both on the page of changes."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, max_value=2_000_000_000)
    title = TextField(
        label=_("What does the edition change?"),
        help_text=_("A few words, for example: Changes in the law on 1 July"),
        limit=150,
        error_messages={"required": _("Write in a few words what the edition changes")},
    )
    reason = TextField(
        label=_("Why?"),
        help_text=_("Readers see it among the changes. Name no person and no case."),
        limit=REASON_LIMIT,
        error_messages={"required": _("Write why the Manual is changed")},
    )


class StartForm(DescribeForm):
    """A draft is a copy of an edition that applies or will apply."""

    based_on = forms.ChoiceField(label=_("Begin as a copy of"), widget=forms.RadioSelect)
    field_order = ("based_on", "title", "reason")

    def __init__(self, data: Any, editions: list[Edition]) -> None:
        super().__init__(data, initial={"based_on": str(editions[0].pk) if editions else ""})
        field = self.fields["based_on"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(edition.pk), _named(edition)) for edition in editions]
        if len(editions) == 1:
            field.widget = forms.HiddenInput()


class SendBackForm(forms.Form):
    words = TextField(
        label=_("What has to be changed?"),
        help_text=_("Those who wrote it read this on the page of the edition."),
        limit=REASON_LIMIT,
        error_messages={"required": _("Write what has to be changed")},
    )


class PublishForm(forms.Form):
    """From which day new cases follow it."""

    valid_from = DayField(
        label=_("From which day does it apply?"),
        help_text=_("New cases follow it from that day. Running cases keep the edition they have."),
        future=True,
        error_messages={"required": _("Write the day, for example 2027-01-01")},
    )


class WithdrawForm(forms.Form):
    reason = TextField(
        label=_("Why is it withdrawn?"),
        limit=500,
        error_messages={"required": _("Write why the edition is withdrawn")},
    )


def _named(edition: Edition) -> str:
    assert edition.valid_from, "a decided edition has a day"
    words = {"number": edition.number, "day": looks.date_text(edition.valid_from)}
    return gettext("Edition %(number)s, applies from %(day)s") % words
