"""What people are told."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    SHARING = "sharing", _("Consent or sharing in {reference} has changed")
    SIGHT_ENDED = "sight_ended", _("Your agency no longer takes part in {reference}")
    HANDOVER_ASKED = "handover_asked", _("Your desk is asked to take over {reference}")
    HANDOVER_TAKEN = "handover_taken", _("{reference} has been taken over")
    HANDOVER_BACK = "handover_back", _("{reference} has been sent back")
    DISPUTE = "dispute", _("Agencies disagree about {reference}")
    PROVISIONAL = "provisional", _("Your agency keeps acute protection going in {reference}")
    CONTACT_PERSON = "contact_person", _("You are your agency's contact person in {reference}")
    CONTACT_CHANGED = "contact_changed", _("Somebody else is now your agency's contact person in {reference}")
    STEP_ASKED = "step_asked", _("Something is asked of your agency in {reference}")
    NUDGED = "nudged", _("{reference} waits for a step of yours")
    UNHANDLED = "unhandled", _("{reference} has nobody who can handle it")
    MATCH = "match", _("{reference} may be about somebody already known")
    MATCH_ASKED = "match_asked", _("Another desk asks you to call about {reference}")
    MERGED = "merged", _("Two cases are now {reference}")
    UNMERGED = "unmerged", _("{reference} has been separated again")
    INCIDENT = "incident", _("New referrals from one event")
    CONTACT = "contact", _("The contact instruction in {reference} has changed")
    MISSING = "missing", _("A person is missing: {reference}")
    FOUND = "found", _("The person has been found: {reference}")
    DOCUMENT = "document", _("New document in {reference}")
    MALWARE = "malware", _("Malware was stopped in {reference}")
    PERIOD = "period", _("A period in {reference} is about to end")
    STOPPED = "stopped", _("The return in {reference} has been stopped")
    STEP_MOVED = "step_moved", _("A due time in {reference} has been changed by somebody else")
    EDITION = "edition", _("The checklist in {reference} follows a new edition of the Manual")
    EMERGENCY = "emergency", _("Emergency access to {reference}")
    EMERGENCY_REVIEWED = "glass_reviewed", _("The emergency access to {reference} has been reviewed")
    NAMED = "named", _("You are named for the protected identity in {reference}")
    UNNAMED = "unnamed", _("You are no longer named for the protected identity in {reference}")
    PROTECTION = "protection", _("The protection of identity in {reference} has changed")
    LIFT_ASKED = "lift_asked", _("A second person is needed about the protection in {reference}")
    REQUEST_DUE = "request_due", _("A request for somebody's own data has to be answered")
    CASE_REQUESTED = "case_requested", _("{reference} is read for a request for somebody's own data")
    PACK_READY = "pack_ready", _("An extract waits for a second person")
    PACK_BACK = "pack_back", _("An extract was sent back to you")
    DISPOSAL_FIRST = "disposal_first", _("{reference} is to be disposed of in sixty days")
    DISPOSAL_LAST = "disposal_last", _("{reference} is to be disposed of in thirty days")
    CALLBACK_WAITS = "callback_waits", _("Somebody is to be called back")
    CALLBACK_DUE = "callback_due", _("A promised call is due now")
    CALLBACK_LATE = "callback_late", _("A promised call has not been made")
    SAVED_VIEW = "saved_view", _("Something new in a view you follow")
    NEW_FIGURES = "new_figures", _("New figures in a view you follow")
    TALLIES = "tallies", _("The counts for the statistics differ from the cases")
    UNPUBLISHED = "unpublished", _("Figures of a period that is over could not be published")
    BREACH = "breach", _("A suspected wrong disclosure in {reference}")
    BREACH_DUE = "breach_due", _("The wrong disclosure in {reference} waits for a decision")


class NoticeGroup(models.TextChoices):
    """Events that are chosen together."""

    REFERRALS = "referrals", _("New and changed referrals")
    CASES = "cases", _("Decisions in my cases")
    AGENCIES = "agencies", _("Invitations and answers")
    MESSAGES = "messages", _("Messages and documents")
    STEPS = "steps", _("Steps that are due")
    VIEWS = "views", _("Views I follow")


class Channel(models.TextChoices):
    """Danger, children at risk and what nobody else can do are always mailed at once."""

    MAIL = "mail", _("In the portal and by e-mail at once")
    DIGEST = "digest", _("In the portal and in the digest")
    PORTAL = "portal", _("In the portal only")
    NEVER = "never", _("Never")


class ViewPage(models.TextChoices):
    """What a saved view shows a choice of."""

    INBOX = "inbox", _("Inbox")
    STATISTICS = "statistics", _("Statistics")
