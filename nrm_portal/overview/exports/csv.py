"""One table as CSV: UTF-8 with BOM, semicolons, CRLF, decimal comma, as a Swedish Excel opens it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from django.utils.translation import gettext as _

from nrm_portal.overview.exports.marks import Mark
from nrm_portal.overview.exports.texts import plain
from nrm_portal.overview.exports.words import headings
from nrm_portal.overview.sheets import Entry, Sheet


def csv_bytes(sheet: Sheet, mark: Mark) -> bytes:
    """The first columns say the period, who took the file, and whose numbers those are that are not the
    portal's own: in every row, so that the table still opens."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    first = {_("Period"): sheet.period, _("Taken out by"): mark.short}
    if sheet.source:
        first[_("Source")] = sheet.source
    writer.writerow(map(plain, (*first, *headings(sheet))))
    for heading, entries in sheet.rows:
        writer.writerow([*map(plain, (*first.values(), heading)), *(_field(entry) for entry in entries)])
    return out.getvalue().encode("utf-8-sig")


def _field(entry: Entry) -> str:
    if isinstance(entry.number, Decimal):
        return str(entry.number).replace(".", ",")
    return plain(entry.text) if entry.number is None else str(entry.number)
