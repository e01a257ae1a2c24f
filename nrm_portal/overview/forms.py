"""What is downloaded, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nrm_portal.overview.exports import CSV, PDF, XLSX
from nrm_portal.overview.sheets import Sheet, subject_of

ALL: Final = "alla"
EU: Final = "eu"
"""The tables of article 19a."""


def format_field(*choices: tuple[str, Promise]) -> forms.ChoiceField:
    """The first is chosen."""
    return forms.ChoiceField(
        label=_("Format"),
        choices=choices,
        widget=forms.RadioSelect,
        initial=choices[0][0],
        error_messages={"required": _("Choose a format")},
    )


def reason_field(label: Any, required: Any) -> forms.CharField:
    """Why the numbers are taken out."""
    return forms.CharField(
        label=label,
        help_text=_("Kept in the access log. Do not write anything about a person."),
        max_length=200,
        error_messages={"required": required, "max_length": _("Write at most 200 characters")},
    )


class ExportForm(forms.Form):
    """Field names are those of the address: `tabell`, `format`, `skal`."""

    tabell = forms.ChoiceField(label=_("Table"), error_messages={"required": _("Choose a table")})
    format = format_field(
        (XLSX, _("Excel")), (CSV, _("CSV, one table")), (PDF, _("PDF, a report with pictures and tables"))
    )
    skal = reason_field(_("What you need the numbers for"), _("Write what you need the numbers for"))

    def __init__(self, data: Any, sheets: Sequence[Sheet], directive: Sequence[Sheet] = ()) -> None:
        super().__init__(data, initial={"tabell": ALL})
        self.sheets, self.directive = sheets, directive
        chosen = self.fields["tabell"]
        assert isinstance(chosen, forms.ChoiceField)
        several: list[tuple[str, Any]] = [(ALL, _("All tables"))]
        if directive:
            several.append((EU, _("Yearly statistics for the EU (article 19a)")))
        tables = [(one.key, subject_of(one)) for one in sheets]
        for_eu = [(one.key, subject_of(one)) for one in directive]
        groups: list[tuple[Any, list[tuple[str, Any]]]] = [(_("Several tables"), several)]
        groups += [(_("One table"), tables)] if tables else []
        groups += [(_("One table of article 19a"), for_eu)] if for_eu else []
        chosen.choices = groups

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("format") == CSV and cleaned.get("tabell") in (ALL, EU):
            self.add_error("tabell", _("Choose one table. A CSV file holds only one"))
        return cleaned

    def chosen(self) -> tuple[list[Sheet], list[Sheet]]:
        """The tables to put into the file, and those of article 19a; only of a valid form."""
        key = self.cleaned_data["tabell"]
        one = [sheet for sheet in self.sheets if key in (ALL, sheet.key)]
        other = [sheet for sheet in self.directive if key in (ALL, EU, sheet.key)]
        return one, other
