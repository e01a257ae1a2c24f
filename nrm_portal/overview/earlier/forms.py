"""Choosing a file of earlier years, and saying yes to what the dry run showed."""

from __future__ import annotations

import base64
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.uploads import SealedUpload
from nrm_portal.overview.earlier.importing import NAME_LIMIT
from nrm_portal.overview.earlier.reading import LARGEST


class CsvField(forms.FileField):
    """Takes only what came in through the sealed door, and not more than such a file can need."""

    def to_python(self, data: Any) -> SealedUpload | None:
        if data in self.empty_values:
            return None
        if not isinstance(data, SealedUpload):
            raise ValidationError(_("Choose the file again"))
        if data.too_large or (data.size or 0) > LARGEST:
            raise ValidationError(_("The file is larger than 200 kB. Earlier years need only a few lines"))
        return data


class TryForm(forms.Form):
    fil = CsvField(
        label=gettext_lazy("File with earlier years"),
        help_text=gettext_lazy("CSV in UTF-8, at most 200 kB. Nothing is taken in yet."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": gettext_lazy("Choose the file with the numbers"),
            "empty": gettext_lazy("The file is empty. Choose another one"),
        },
    )


class TakeInForm(forms.Form):
    """What the dry run has read comes back with the yes, and is read again."""

    innehall = forms.CharField(max_length=LARGEST * 2, widget=forms.HiddenInput)
    """The bytes of the file, as base64: its fingerprint stays the one of the file."""
    namn = forms.CharField(max_length=NAME_LIMIT, required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, data: bytes, name: str) -> TakeInForm:
        return cls(initial={"innehall": base64.b64encode(data).decode(), "namn": name})

    def clean_innehall(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["innehall"], validate=True)
        except ValueError:
            raise ValidationError(_("Choose the file again")) from None
