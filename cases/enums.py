"""The closed lists of the heart. English codes are stored, labels are translated."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Status(models.TextChoices):
    """Where a case stands. Snoozing, forwarding and handing over are no statuses (design 15)."""

    RECEIVED = "received", _("Sent")
    WAITING = "waiting", _("Waiting for information")
    ACTIVE = "active", _("In progress")
    NOT_TAKEN = "not_taken", _("Not taken forward")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Merged")
    DISPOSED = "disposed", _("Disposed of")


OPEN_STATUSES: Final = (Status.RECEIVED, Status.WAITING, Status.ACTIVE)
UNANSWERED_STATUSES: Final = (Status.RECEIVED, Status.WAITING)


class Urgency(models.IntegerChoices):
    """First key of every queue."""

    DANGER = 0, _("Immediate danger")
    CHILD = 1, _("Child")
    NORMAL = 2, _("Normal")


class PlaceSource(models.TextChoices):
    """Which of the four place roles decided the routing."""

    NOW = "now", _("where the person is now")
    FOUND = "found", _("where the person was found")
    NONE = "none", _("no place known")


class Sex(models.TextChoices):
    WOMAN = "woman", _("Woman")
    MAN = "man", _("Man")
    OTHER = "other", _("Non-binary or other")
    UNKNOWN = "unknown", _("Not known")


class Protection(models.TextChoices):
    """Protected personal data. Strictest last; OSL 22 kap. 1 §, FOL 16 §, lag (1991:483)."""

    NONE = "none", _("No")
    UNKNOWN = "unknown", _("Not known")
    NEEDED = "needed", _("Needed but not in place")
    SECRECY_MARKING = "secrecy_marking", _("Secrecy marking")
    PROTECTED_REGISTRATION = "protected_registration", _("Protected population registration")
    FICTITIOUS = "fictitious", _("Fictitious personal data")


PROTECTED: Final = (Protection.SECRECY_MARKING, Protection.PROTECTED_REGISTRATION, Protection.FICTITIOUS)
NO_ADDRESS: Final = (Protection.PROTECTED_REGISTRATION, Protection.FICTITIOUS)


class Citizenship(models.TextChoices):
    """Group of citizenship used for conditions and statistics; countries stay encrypted."""

    SWEDEN = "sweden", _("Sweden")
    EU = "eu", _("EU, EEA or Switzerland")
    OTHER = "other", _("Country outside the EU")
    STATELESS = "stateless", _("Stateless")
    UNKNOWN = "unknown", _("Not known")


class Level(models.IntegerChoices):
    """How much of a case a grant opens; each level includes those before it."""

    STATUS = 1, _("status")
    HEADER = 2, _("header")
    STEPS = 3, _("steps")
    FULL = 4, _("full")


class Category(models.TextChoices):
    """Kinds of data a grant names; each section of the questionnaire has one."""

    IDENTITY = "identity", _("Identity")
    CONTACT = "contact", _("Contact")
    SITUATION = "situation", _("What has happened")
    HEALTH = "health", _("Health and needs")
    CHILDREN = "children", _("Children")
    PROCEEDINGS = "proceedings", _("Proceedings and stay")
    DOCUMENTS = "documents", _("Documents")


class GrantReason(models.TextChoices):
    """The fact a grant follows from."""

    DESK = "desk", _("holds the case")
    UNPLACED = "unplaced", _("nobody else was found")
    PARTICIPATION = "participation", _("agency in the case")
    INVITATION = "invitation", _("invited agency")


class GroundKind(models.TextChoices):
    CONSENT = "consent", _("Consent")
    PROVISION = "provision", _("Provision in law")
    OWN_REPORT = "own_report", _("Own referral")


class Provision(models.TextChoices):
    """Provisions that may break secrecy (domain: the sharing matrix). None replaces a lawyer."""

    OSL_10_2 = "osl_10_2", _("OSL 10:2 – necessary for one's own task (narrow)")
    OSL_10_15A = "osl_10_15a", _("OSL 10:15 a – prevent or investigate offences (to be confirmed)")
    OSL_10_20 = "osl_10_20", _("OSL 10:20 – immediate police action for a person under 18")
    OSL_10_21 = "osl_10_21", _("OSL 10:21 – suspected offence against a person under 18")
    OSL_10_23 = "osl_10_23", _("OSL 10:23 – suspected serious offence")
    OSL_10_24 = "osl_10_24", _("OSL 10:24 – suspected offence with prison in the scale")
    OSL_10_27 = "osl_10_27", _("OSL 10:27 – general clause, case by case (to be confirmed)")
    OSL_10_28 = "osl_10_28", _("OSL 10:28 – duty in law to give information")
    OSL_26_9 = "osl_26_9", _("OSL 26:9 – necessary care or support for a person under 18")
    SOL_19_1 = "sol_19_1", _("SoL 19:1 – duty to report concern for a child")
    SOL_20_6 = "sol_20_6", _("SoL 20:6 – duty to give information to a child inquiry")
    CHILD_PATH = "child_path", _("Duty-based path for a child, or when the age is unsure (to be confirmed)")


class ConsentForm(models.TextChoices):
    ORAL = "oral", _("Orally, noted")
    WRITTEN = "written", _("In writing")


class ParticipationStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", _("Taking part")
    DECLINED = "declined", _("Declined")
    ENDED = "ended", _("Ended")


class StepStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting for its starting point")
    OPEN = "open", _("Not started")
    STARTED = "started", _("In progress")
    DONE = "done", _("Done")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    BLOCKED = "blocked", _("Blocked")
    CANCELLED = "cancelled", _("Cancelled")


LIVE_STEPS: Final = (StepStatus.OPEN, StepStatus.STARTED, StepStatus.BLOCKED)
ENDED_STEPS: Final = (StepStatus.DONE, StepStatus.NOT_APPLICABLE, StepStatus.CANCELLED)


class NotApplicableReason(models.TextChoices):
    DONE_BEFORE = "done_before", _("Already done before the referral")
    NOT_NEEDED = "not_needed", _("The person does not need it")
    DECLINED = "declined", _("The person does not want it")
    OTHER_AGENCY = "other_agency", _("Another agency does it")
    NOT_POSSIBLE = "not_possible", _("Not possible for another reason")


class CancelReason(models.TextChoices):
    """Why the portal ended a step; people choose NotApplicableReason instead."""

    CASE_CLOSED = "case_closed", _("the case was closed")
    NOT_TAKEN = "not_taken", _("the case was not taken forward")
    FACTS_CHANGED = "facts_changed", _("the facts of the case changed")
    AGENCY_LEFT = "agency_left", _("the agency no longer takes part")
    FORWARDED = "forwarded", _("another desk took over")


class BlockedOn(models.TextChoices):
    PERSON = "person", _("the person")
    AGENCY = "agency", _("another agency")
    COURT = "court", _("a court or decision")
    INTERPRETER = "interpreter", _("an interpreter")
    PLACE = "place", _("a place or resource")
    OTHER = "other", _("something else")


class Stage(models.IntegerChoices):
    """How far a late step has been chased. The stored stage is the last one carried out."""

    NONE = 0, _("not chased")
    REMINDED = 1, _("reminded")
    DUE = 2, _("due")
    MANAGERS = 3, _("managers told")
    COORDINATOR = 4, _("coordinator told")
    NATIONAL = 5, _("national level told")


class Outcome(models.TextChoices):
    """Why a case ended. No outcome claims a status: Sweden has no formal victim status."""

    SUPPORT_COMPLETED = "support_completed", _("Support completed")
    RETURNED = "returned", _("Returned voluntarily")
    TRANSFERRED = "transferred", _("Handed to other ordinary support")
    NOT_TRAFFICKING = "not_trafficking", _("Assessed as something other than trafficking")
    DECLINED_SUPPORT = "declined_support", _("The person does not want support")
    LOST_CONTACT = "lost_contact", _("Contact lost")
    ADVICE_GIVEN = "advice_given", _("Advice given")


class NotTakenReason(models.TextChoices):
    NOT_TRAFFICKING = "not_trafficking", _("No sign of trafficking or exploitation")
    DUPLICATE = "duplicate", _("Already handled in another case")
    OTHER_AUTHORITY = "other_authority", _("Belongs to another authority's ordinary duty")
    WITHDRAWN = "withdrawn", _("Withdrawn by the referrer")
    NO_CONTACT = "no_contact", _("The person cannot be reached")
    TEST = "test", _("Test or mistake")


class ForwardReason(models.TextChoices):
    WRONG_REGION = "wrong_region", _("Wrong region")
    MOVED = "moved", _("The person has moved")
    AGE = "age", _("The age band was wrong")
    CAPACITY = "capacity", _("Agreed between coordinators")
    PLACED = "placed", _("Placed by the national desk")


class NoticeKind(models.TextChoices):
    """What an in-portal notice says. The reference is shown; nothing about a person ever is."""

    NEW_REFERRAL = "new_referral", _("New referral {reference}")
    ACCEPTED = "accepted", _("{reference} has been accepted")
    MORE_WANTED = "more_wanted", _("More information is wanted in {reference}")
    SUPPLEMENTED = "supplemented", _("New information in {reference}")
    NOT_TAKEN = "not_taken", _("{reference} is not taken forward")
    FORWARDED = "forwarded", _("{reference} has been forwarded")
    ASSIGNED = "assigned", _("{reference} has been assigned to you")
    UNASSIGNED = "unassigned", _("{reference} has been assigned to somebody else")
    WOKEN = "woken", _("{reference} is no longer snoozed")
    INVITED = "invited", _("Your agency is invited to {reference}")
    ANSWERED = "answered", _("An agency has answered in {reference}")
    MESSAGE = "message", _("New message in {reference}")
    STEP_SOON = "step_soon", _("A step in {reference} is due soon")
    STEP_DUE = "step_due", _("A step in {reference} is due")
    STEP_LATE = "step_late", _("A step in {reference} is late")
    CLOSED = "closed", _("{reference} has been closed")
    REOPENED = "reopened", _("{reference} has been reopened")
    UNCOVERED = "uncovered", _("A desk has nobody on duty")
    UNPLACED = "unplaced", _("{reference} could not be placed")
    DRAFT_EXPIRES = "draft_expires", _("A draft is deleted soon")


class Verb(models.TextChoices):
    """What somebody can do to a case. The label stands on the button."""

    ACCEPT = "accept", _("Accept")
    ASK = "ask", _("Ask for more")
    FORWARD = "forward", _("Forward")
    SNOOZE = "snooze", _("Snooze")
    ASSIGN = "assign", _("Assign")
    NOT_TAKE = "not_take", _("Not taken forward")
    TAKE_BACK = "take_back", _("Take the question back")
    WAKE = "wake", _("Wake")
    INVITE = "invite", _("Invite an agency")
    RECORD = "record", _("Record a date")
    CLOSE = "close", _("Close the case")
    REOPEN = "reopen", _("Reopen")
    PLACE = "place", pgettext_lazy("decision", "Place")
