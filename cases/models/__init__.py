"""The nouns of the heart, one a file."""

from cases.models.assessment import AgeDecision, Recognition
from cases.models.breach import Breach, BreachRecipient, BreachStep
from cases.models.case import Case
from cases.models.checklist import Reminder, Step
from cases.models.correction import RouteCorrection
from cases.models.counted import Counted
from cases.models.disposal import DisposalBatch, DisposalItem, Hold, Retention, RetentionRule
from cases.models.document import Document
from cases.models.draft import Draft
from cases.models.emergency import BreakGlass
from cases.models.grant import CaseGrant
from cases.models.ground import Consent, Disclosure, LegalGround, PrivacyStatement, Withdrawal
from cases.models.handover import Handover, Recusal
from cases.models.incident import Incident
from cases.models.meeting import Decision, Dispute, Meeting
from cases.models.merge import CaseLink, Dependant, Merge
from cases.models.milestone import RecordedMilestone
from cases.models.note import Message, MessageRecipient, Note
from cases.models.notice import Notice
from cases.models.participation import Participation
from cases.models.period import ClockStop, Period
from cases.models.person import Identifier, Person
from cases.models.protected import ContactRoute, NamedPerson, ProtectionLift
from cases.models.referral import Referral, Supplement
from cases.models.return_plan import ReturnPlan
from cases.models.saved_view import CalendarFeed, NoticeChoice, SavedView
from cases.models.subject import DataPack, PackDecision, RequestedCase, SubjectMask, SubjectRequest
from cases.models.tally import Tally

__all__ = [
    "AgeDecision",
    "Breach",
    "BreachRecipient",
    "BreachStep",
    "BreakGlass",
    "CalendarFeed",
    "Case",
    "CaseGrant",
    "CaseLink",
    "ClockStop",
    "Consent",
    "Counted",
    "ContactRoute",
    "DataPack",
    "Decision",
    "Dependant",
    "Disclosure",
    "DisposalBatch",
    "DisposalItem",
    "Dispute",
    "Document",
    "Draft",
    "Handover",
    "Hold",
    "Identifier",
    "Incident",
    "LegalGround",
    "Meeting",
    "Merge",
    "Message",
    "MessageRecipient",
    "NamedPerson",
    "Note",
    "Notice",
    "NoticeChoice",
    "PackDecision",
    "Participation",
    "Period",
    "Person",
    "PrivacyStatement",
    "ProtectionLift",
    "Recognition",
    "RecordedMilestone",
    "Recusal",
    "Referral",
    "Reminder",
    "RequestedCase",
    "Retention",
    "RetentionRule",
    "ReturnPlan",
    "RouteCorrection",
    "SavedView",
    "Step",
    "SubjectMask",
    "SubjectRequest",
    "Supplement",
    "Tally",
    "Withdrawal",
]
