"""The nouns of the telephone desk, one a file."""

from hotline.models.call import Call
from hotline.models.callback import Callback
from hotline.models.callback_reminder import CallbackReminder
from hotline.models.correction_note import CorrectionNote
from hotline.models.draft_offer import DraftOffer
from hotline.models.hours import OpeningHours
from hotline.models.shift import Shift
from hotline.models.special_day import SpecialDay
from hotline.models.tally import Tally

__all__ = [
    "Call",
    "Callback",
    "CallbackReminder",
    "CorrectionNote",
    "DraftOffer",
    "OpeningHours",
    "Shift",
    "SpecialDay",
    "Tally",
]
