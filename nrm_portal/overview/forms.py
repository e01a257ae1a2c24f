"""What is downloaded, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from nrm_portal.overview.exports import CSV, XLSX
from nrm_portal.overview.sheets import Sheet, subject_of

ALL: Final = "alla"


class ExportForm(forms.Form):
    """Field names are those of the address: `ar`, `tabell`, `format`, `skal`."""

    tabell = forms.ChoiceField(label=_("Table"), error_messages={"required": _("Choose a table")})
    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(XLSX, _("Excel")), (CSV, _("CSV, one table"))],
        widget=forms.RadioSelect,
        initial=XLSX,
        error_messages={"required": _("Choose a format")},
    )
    skal = forms.CharField(
        label=_("What you need the numbers for"),
        help_text=_("Kept in the access log. Do not write anything about a person."),
        max_length=200,
        error_messages={
            "required": _("Write what you need the numbers for"),
            "max_length": _("Write at most 200 characters"),
        },
    )

    def __init__(self, data: Any, sheets: Sequence[Sheet]) -> None:
        super().__init__(data, initial={"tabell": ALL})
        self.sheets = sheets
        chosen = self.fields["tabell"]
        assert isinstance(chosen, forms.ChoiceField)
        tables = [(one.key, subject_of(one)) for one in sheets]
        chosen.choices = [(ALL, _("All tables, in one Excel file")), *tables]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("format") == CSV and cleaned.get("tabell") == ALL:
            self.add_error("tabell", _("Choose one table. A CSV file holds only one"))
        return cleaned

    def chosen(self) -> list[Sheet]:
        """The sheets to put into the file; only of a valid form."""
        key = self.cleaned_data["tabell"]
        return [sheet for sheet in self.sheets if key in (ALL, sheet.key)]
