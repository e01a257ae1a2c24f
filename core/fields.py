"""Fields that several forms share: text as people write it, days in the spellings they use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import read_date
from core.text import Unreadable, normalise, storable

NOTE_LIMIT: Final = 8_000
"""Characters of a note, a message or a remark."""
LINE_LIMIT: Final = 200

Errors = Mapping[str, Any]


class CleanText(forms.Textarea):
    """Shows a text again without the characters that cannot be stored."""

    def format_value(self, value: Any) -> str | None:
        return storable(value) if isinstance(value, str) else super().format_value(value)


class CleanLine(forms.TextInput):
    def format_value(self, value: Any) -> str | None:
        return storable(value) if isinstance(value, str) else super().format_value(value)


class TextField(forms.CharField):
    """Free text: NFC, one kind of line end; too long, or with what cannot be stored, is said at the field."""

    def __init__(self, *, limit: int = NOTE_LIMIT, rows: int = 4, **kwargs: Any) -> None:
        line = limit <= LINE_LIMIT
        kwargs.setdefault("widget", CleanLine() if line else CleanText(attrs={"rows": rows}))
        super().__init__(**kwargs)
        self.limit = limit
        self.max_length = None if line else limit  # only the widget reads it: the page counts what is left
        self.validators = []

    def to_python(self, value: Any) -> str:
        text = normalise(value or "")
        if storable(text) != text:
            raise ValidationError(
                _("We removed characters that cannot be stored. Check the text and save again")
            )
        if len(text) > self.limit:
            words = {"length": len(text), "limit": self.limit}
            raise ValidationError(
                _("The text is %(length)s characters long. Shorten it to %(limit)s at most") % words
            )
        return text


class DayField(forms.DateField):
    """An exact day in any spelling the portal accepts: 2026-11-20, 20261120, 20/11 2026."""

    widget = forms.TextInput

    def __init__(self, *, future: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("For example 2026-11-20"))
        super().__init__(**kwargs)
        self.future = future

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(read_date(str(value)[:100], future=self.future))
        except Unreadable as problem:
            raise ValidationError(str(problem.message)) from problem


def put(form: forms.Form, error: ValidationError) -> None:
    """Show what a service refused: at the field it names, else above the form."""
    known = getattr(error, "error_dict", None)
    if known is None:
        form.add_error(None, error)
        return
    for name, problems in known.items():
        form.add_error(name if name in form.fields else None, problems)
