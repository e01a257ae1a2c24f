"""The nouns of the heart, one a file."""

from cases.models.case import Case
from cases.models.checklist import Reminder, Step
from cases.models.draft import Draft
from cases.models.grant import CaseGrant
from cases.models.ground import Consent, LegalGround
from cases.models.milestone import RecordedMilestone
from cases.models.note import Message, MessageRecipient, Note
from cases.models.notice import Notice
from cases.models.participation import Participation
from cases.models.person import Identifier, Person
from cases.models.referral import Referral, Supplement
from cases.models.tally import Tally

__all__ = [
    "Case",
    "CaseGrant",
    "Consent",
    "Draft",
    "Identifier",
    "LegalGround",
    "Message",
    "MessageRecipient",
    "Note",
    "Notice",
    "Participation",
    "Person",
    "RecordedMilestone",
    "Referral",
    "Reminder",
    "Step",
    "Supplement",
    "Tally",
]
