"""What somebody looked at, in words: for the access log of a case."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

READS: Final[dict[str, Promise]] = {
    "case.read": gettext_lazy("Read the case"),
    "case.steps": gettext_lazy("Read the checklist"),
    "case.persons": gettext_lazy("Read about the person"),
    "case.messages": gettext_lazy("Read notes and messages"),
    "case.history": gettext_lazy("Read the history"),
    "case.sharing": gettext_lazy("Read consent and sharing"),
    "sharing.preview": gettext_lazy("Looked at the case as %(agency)s would see it"),
    "ledger.pdf": gettext_lazy("Ordered the ledger as PDF"),
    "case.handover": gettext_lazy("Read the question to take the case over"),
    "recusal.list": gettext_lazy("Saw the case among recusals"),
    "case.log": gettext_lazy("Read the access log"),
    "case.preview": gettext_lazy("Saw the case in the inbox"),
    "case.list": gettext_lazy("Saw the case in a list"),
    "inbox.read": gettext_lazy("Saw the case in the inbox"),
    "work.read": gettext_lazy("Saw the case in My work"),
    "search.cases": gettext_lazy("Found the case by search"),
    "referral.read": gettext_lazy("Read the referral"),
    "identity.open": gettext_lazy("Opened the identity"),
    "case.pdf": gettext_lazy("Ordered the case as PDF"),
    "pdf.download": gettext_lazy("Downloaded a PDF"),
    "step.read": gettext_lazy("Read a step"),
    "case.meetings": gettext_lazy("Read records of meetings"),
    "waiting.read": gettext_lazy("Saw the case in Waiting for others"),
    "dispute.list": gettext_lazy("Saw the case in the list of disputes"),
    "case.documents": gettext_lazy("Saw the list of documents"),
    "emergency.list": gettext_lazy("Saw the case in the list of emergency access"),
    "case.protection": gettext_lazy("Read about the protection of identity"),
    "document.open": gettext_lazy("Opened a document"),
    "contact.open": gettext_lazy("Opened the number"),
    "dependant.add": gettext_lazy("Wrote down who came along"),
    "dependant.correct": gettext_lazy("Corrected who came along"),
    "dependant.link": gettext_lazy("Linked the case of who came along"),
    "case.export": gettext_lazy("Took case data out in the words of a standard"),
    "subject.read": gettext_lazy("Read for the person's own extract"),
}
"""Who saw what, for the access log."""
