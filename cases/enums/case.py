"""What a case is, and what can be done to it."""

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


class HandoverStatus(models.TextChoices):
    OPEN = "open", _("Waiting for an answer")
    ACCEPTED = "accepted", _("Taken over")
    REJECTED = "rejected", _("Sent back")
    WITHDRAWN = "withdrawn", _("Taken back")


class TraffickingStatus(models.TextChoices):
    """What is held about the person; the three values of HTCDS 2.0, Trafficking Status."""

    POSSIBLE = "possible", _("Presumed victim")
    ACTUAL = "actual", _("Recognised as a victim")
    NOT = "not", _("Assessed as not a victim")


class LinkKind(models.TextChoices):
    """How two cases belong together. `case` is the later one or the dependant's."""

    EARLIER = "earlier", _("The same person, referred again")
    CHILD = "child", _("Child of the person")
    COMPANION = "companion", _("Accompanies the person")
    NOT_SAME = "not_same", _("Checked: not the same person")


class Relation(models.TextChoices):
    """Of a dependant to the person."""

    CHILD = "child", _("Child")
    PARTNER = "partner", _("Partner")
    PARENT = "parent", _("Parent")
    SIBLING = "sibling", _("Brother or sister")
    OTHER = "other", _("Another relation")


class IncidentStatus(models.TextChoices):
    DRAFT = "draft", _("Being filled in")
    SENT = "sent", _("Sent")


class Outcome(models.TextChoices):
    """Why a case ended. No outcome claims a status: Sweden has no formal victim status."""

    SUPPORT_COMPLETED = "support_completed", _("Support completed")
    RETURNED = "returned", _("Returned voluntarily")
    TRANSFERRED = "transferred", _("Handed to other ordinary support")
    NOT_TRAFFICKING = "not_trafficking", _("Assessed as something other than trafficking")
    DECLINED_SUPPORT = "declined_support", _("The person does not want support")
    LOST_CONTACT = "lost_contact", _("Contact lost")
    ADVICE_GIVEN = "advice_given", _("Advice given")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("The person has withdrawn consent")
    """Written by the withdrawal itself; nobody chooses it (ADR 0801)."""


class NotTakenReason(models.TextChoices):
    NOT_TRAFFICKING = "not_trafficking", _("No sign of trafficking or exploitation")
    DUPLICATE = "duplicate", _("Already handled in another case")
    OTHER_AUTHORITY = "other_authority", _("Belongs to another authority's ordinary duty")
    WITHDRAWN = "withdrawn", _("Withdrawn by the referrer")
    NO_CONTACT = "no_contact", _("The person cannot be reached")
    TEST = "test", _("Test or mistake")
    NO_CONSENT = "no_consent", _("The person has withdrawn consent")


class ForwardReason(models.TextChoices):
    WRONG_REGION = "wrong_region", _("Wrong region")
    MOVED = "moved", _("The person has moved")
    AGE = "age", _("The age band was wrong")
    CAPACITY = "capacity", _("Agreed between coordinators")
    PLACED = "placed", _("Placed by the national desk")


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
    SHARE = "share", _("Change consent and sharing")
    HAND_OVER = "hand_over", _("Hand over")
    RECUSE = "recuse", _("I cannot handle this")
    MEET = "meet", _("Record a meeting")
    SETTLE = "settle", _("Settle a dispute")
    DECIDE_AGE = "decide_age", _("Decide the age")
    RECOGNISE = "recognise", _("Change the trafficking status")
    MERGE = "merge", _("Merge")
    LINK = "link", _("Link to another case")
    TIME = "time", _("Change a period or stop a clock")
    RETURN = "return", _("Return programme")
    PROTECT = "protect", _("Protected identity")
    RENEW = "renew", _("Take over the edition in force")
