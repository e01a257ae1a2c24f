"""Lines pasted into an event. The pages of questions are drawn by `drafts.SectionForm`."""

from __future__ import annotations

from typing import Any, Final

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import TextField

LONGEST: Final = 60_000


class PasteForm(forms.Form):
    """Persons, one a line."""

    text = TextField(
        label=_("The persons, one on each line"),
        limit=LONGEST,
        rows=12,
        error_messages={"required": _("Paste at least one line with a person.")},
    )
    explained = forms.BooleanField(
        label=_("It has been explained to everybody who agreed that consent can be withdrawn"),
        help_text=_("Otherwise tick it later for each person"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].max_length = None  # type: ignore[attr-defined]  # no counter under a list
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
