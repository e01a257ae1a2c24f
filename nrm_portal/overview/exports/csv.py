"""One table as CSV: UTF-8 with BOM, semicolons, CRLF, decimal comma, as a Swedish Excel opens it."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from django.utils.translation import gettext as _

from nrm_portal.overview.exports.marks import Mark
from nrm_portal.overview.exports.texts import plain
from nrm_portal.overview.sheets import Entry, Sheet


def csv_bytes(sheet: Sheet, mark: Mark) -> bytes:
    """The first columns say the period and who took the file: in every row, so that the table still opens."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(map(plain, (_("Period"), _("Taken out by"), *sheet.columns)))
    for heading, entries in sheet.rows:
        first = (plain(sheet.period), plain(mark.short), plain(heading))
        writer.writerow([*first, *(_field(entry) for entry in entries)])
    return out.getvalue().encode("utf-8-sig")


def _field(entry: Entry) -> str:
    if isinstance(entry.number, Decimal):
        return str(entry.number).replace(".", ",")
    return plain(entry.text) if entry.number is None else str(entry.number)
