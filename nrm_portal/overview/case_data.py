"""Case data in HTCDS 2.0: of the cases one's own desks hold, with a fresh sign-in and a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, right_required
from cases.services.standard import taking
from cases.services.standard.taking import Year
from core import clock
from core.fields import TextField, put
from core.tables import Column, Table
from nrm_portal.overview import case_files
from nrm_portal.overview.case_files import CSV, XLSX, Origin

INVALID = 422


class CaseDataForm(forms.Form):
    """Field names are those of the address: `ar`, `format`, `provad`, `skal`."""

    ar = forms.TypedChoiceField(
        label=gettext_lazy("Cases received in"),
        coerce=int,
        error_messages={"required": gettext_lazy("Choose a year")},
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[(XLSX, gettext_lazy("Excel")), (CSV, gettext_lazy("CSV, for another system"))],
        widget=forms.RadioSelect,
        initial=XLSX,
        error_messages={"required": gettext_lazy("Choose a format")},
    )
    skal = TextField(
        label=gettext_lazy("Who is to have the file, and for what"),
        help_text=gettext_lazy("Kept in the access log. Do not write anything about a person."),
        limit=200,
        error_messages={"required": gettext_lazy("Write who is to have the file, and for what")},
    )
    provad = forms.BooleanField(
        label=gettext_lazy("I have assessed secrecy for the one who is to have the file"),
        error_messages={"required": gettext_lazy("Assess secrecy first, then tick the box")},
    )

    def __init__(self, data: Any, years: Sequence[Year]) -> None:
        super().__init__(data)
        chosen = self.fields["ar"]
        assert isinstance(chosen, forms.TypedChoiceField)
        chosen.choices = [(row.year, str(row.year)) for row in years if row.cases]


@right_required("export")
@fresh_sign_in_required
@require_http_methods(["GET", "HEAD", "POST"])
def case_data(request: AuthenticatedRequest) -> HttpResponse:
    """What a file would hold, and the file."""
    years = taking.years(request.assignment)
    form = CaseDataForm(request.POST if request.method == "POST" else None, years)
    if request.method == "POST" and form.is_valid():
        try:
            return _file(request, form.cleaned_data)
        except ValidationError as error:
            put(form, error)
    context = {
        "form": form,
        "years": _table(years) if years else None,
        "is_empty": not any(row.cases for row in years),
        "rules": case_files.rules(),
    }
    return render(request, "overview/case_data.html", context, status=INVALID if form.is_bound else 200)


def _file(request: AuthenticatedRequest, wanted: dict[str, Any]) -> HttpResponse:
    by = request.assignment
    taken = taking.take_out(year=wanted["ar"], form=wanted["format"], reason=wanted["skal"], by=by)
    if wanted["format"] == CSV:
        data = case_files.csv_bytes(taken)
    else:
        data = case_files.workbook_bytes(taken, Origin(by, wanted["ar"], wanted["skal"]))
    response = HttpResponse(data, content_type=case_files.TYPES[wanted["format"]])
    name = f"nrm-htcds-{wanted['ar']}-{clock.today().isoformat()}.{wanted['format']}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _table(years: Sequence[Year]) -> Table:
    """For her who sees the cases themselves: nothing is hidden. No file says how many were left out."""
    columns = [
        Column(_("Received in")),
        Column(_("In the file"), number=True),
        Column(_("Not in the file"), number=True),
    ]
    rows = [[str(row.year), str(row.cases), str(row.left_out)] for row in years]
    return Table(_("Cases at your desks"), columns, rows)
