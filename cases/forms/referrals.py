"""What a referrer may add after sending: an answer to what is asked, or a message."""

from __future__ import annotations

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import TextField


class AddedText(forms.Form):
    """One text. Its label says what it is for."""

    text = TextField(rows=5)

    def __init__(self, *args: object, label: object = "", missing: object = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["text"].label = label  # type: ignore[assignment]
        self.fields["text"].error_messages["required"] = missing  # type: ignore[assignment]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class SupplementForm(AddedText):
    def __init__(self, *args: object, asked: bool = False, **kwargs: object) -> None:
        label = _("Your answer") if asked else _("More information")
        super().__init__(*args, label=label, missing=_("Write what you want to add"), **kwargs)
        self.fields["text"].help_text = _("Do not write more about the person than is needed.")


class ReplyForm(AddedText):
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, label=_("Message to the coordinator"), missing=_("Write a message"), **kwargs)
