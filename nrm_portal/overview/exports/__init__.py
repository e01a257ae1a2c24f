"""Files of published tables: CSV, Excel workbooks and a PDF, all from the same sheets as the page.

Every file carries a mark: who took it, when, and a reference by which the log tells why.
"""

from nrm_portal.overview.exports.csv import csv_bytes
from nrm_portal.overview.exports.making import (
    CSV,
    PDF,
    TEMPLATE,
    TYPES,
    XLSX,
    File,
    Order,
    fetch,
    make,
    order,
    ordered,
)
from nrm_portal.overview.exports.marks import Mark
from nrm_portal.overview.exports.report import Chapter, context
from nrm_portal.overview.exports.texts import plain
from nrm_portal.overview.exports.words import About, about
from nrm_portal.overview.exports.xlsx import workbook_bytes

__all__ = [
    "CSV",
    "PDF",
    "TEMPLATE",
    "TYPES",
    "XLSX",
    "About",
    "Chapter",
    "File",
    "Mark",
    "Order",
    "about",
    "context",
    "csv_bytes",
    "fetch",
    "make",
    "order",
    "ordered",
    "plain",
    "workbook_bytes",
]
