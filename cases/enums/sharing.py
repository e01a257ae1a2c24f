"""Who may see what, and why."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    PROVISIONAL = "provisional", _("keeps emergency protection going during a dispute")
    OFFERED = "offered", _("asked to take over")
    HANDED_OVER = "handed_over", _("held the case until the handover")
    BREAK_GLASS = "break_glass", _("emergency access")


ACTING_REASONS: Final = (GrantReason.DESK, GrantReason.UNPLACED)
"""Through these a desk decides; through others it only reads."""


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


class GroundEnd(models.TextChoices):
    """Why a ground ended."""

    WITHDRAWN = "withdrawn", _("consent was withdrawn")
    DECLINED = "declined", _("the agency declined")
    LEFT = "left", _("the agency no longer takes part")
    EXPIRED = "expired", _("its time ran out")
    REPLACED = "replaced", _("another ground took its place")
    MOVED = "moved", _("another desk took over")
    MISTAKE = "mistake", _("the access was a mistake")


class DisclosureKind(models.TextChoices):
    """How a recipient came to know something."""

    ACCESS = "access", _("Access in the portal")
    MESSAGE = "message", _("Message")
    DOCUMENT = "document", _("Document opened")
    COPY = "copy", _("Copy taken out")
    OUTSIDE = "outside", _("Told outside the portal")


class ParticipationStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACCEPTED = "accepted", _("Taking part")
    PROVISIONAL = "provisional", _("Responsible for emergency protection until the dispute is settled")
    DECLINED = "declined", _("Declined")
    ENDED = "ended", _("Ended")


LIVE_PARTICIPATIONS: Final = (
    ParticipationStatus.INVITED,
    ParticipationStatus.ACCEPTED,
    ParticipationStatus.PROVISIONAL,
)
"""The agency is in the case, or asked to be."""


class NoteKind(models.TextChoices):
    """What kind of knowledge a note holds, kept apart on purpose (S21)."""

    NOTE = "note", _("Note")
    OBSERVED = "observed", _("Facts observed")
    SAID = "said", _("What the person said")
    VIEW = "view", _("Professional view with reason")


class DocumentState(models.TextChoices):
    """Only a clean document is ever opened."""

    PENDING = "pending", _("Waiting for the malware scan")
    UNSCANNED = "unscanned", _("Not scanned: kept closed")
    CLEAN = "clean", _("Scanned, nothing found")
    INFECTED = "infected", _("Malware found: kept closed")
    REMOVED = "removed", _("Removed")


class RemovalReason(models.TextChoices):
    """Why a document was taken away; a code, so that the access log tells nothing about the person."""

    WRONG_FILE = "wrong_file", _("The wrong file")
    WRONG_CASE = "wrong_case", _("It belongs to another case")
    REPLACED = "replaced", _("A newer version takes its place")
    NOT_NEEDED = "not_needed", _("It is no longer needed")
    NOT_PERMITTED = "not_permitted", _("It must not be kept here")
