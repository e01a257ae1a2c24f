"""Steps, clocks and the return."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class PeriodKind(models.TextChoices):
    """A span of time somebody has decided, with an end that matters."""

    REFLECTION = "reflection", _("Reflection period")
    PERMIT = "permit", _("Residence permit")
    SUPPORT_PROGRAMME = "support_programme", _("National Support Programme")


class PeriodEnd(models.TextChoices):
    """Why a period ended before its last day."""

    REVOKED = "revoked", _("Revoked by the authority")
    REPLACED = "replaced", _("Another permit or decision took its place")
    LEFT = "left", _("The person does not want it or has left")
    OVER = "over", _("It had run out when the next one began")
    MISTAKE = "mistake", _("It was recorded by mistake")


class ReturnStage(models.TextChoices):
    """How far a return has come, in order; STOPPED is always possible and costs nothing."""

    INFORMED = "informed", _("Informed of return and of the alternatives")
    CHOSEN = "chosen", _("Has chosen in writing")
    ELIGIBLE = "eligible", _("Found eligible with IOM")
    PREPARED = "prepared", _("Risk assessed, documents in order")
    BOOKED = "booked", _("Journey and reception arranged")
    DEPARTED = "departed", _("Has travelled")
    FOLLOWED_UP = "followed_up", _("Follow-up completed")
    STOPPED = "stopped", _("Stopped")


class ReturnPart(models.TextChoices):
    """What a return consists of, in order; the key of its words in the plan."""

    CHOICE = "choice", _("Her own choice in writing")
    BEST_INTEREST = "best_interest", _("Decision on the child's best interests")
    APPLICATION = "application", _("Application to IOM")
    ELIGIBILITY = "eligibility", _("Decision on eligibility, with IOM")
    RISKS = "risks", _("Risks and needs assessed")
    DOCUMENTS = "documents", _("Travel documents in order")
    JOURNEY = "journey", _("Journey")
    RECEPTION = "reception", _("Who meets at arrival")
    DEPARTURE = "departure", _("Departure and arrival")
    REINTEGRATION = "reintegration", _("Support for reintegration")


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
    CONSENT_WITHDRAWN = "consent_withdrawn", _("consent was withdrawn")
    AGE_DECIDED = "age_decided", _("the age was decided")
    RETURN_STOPPED = "return_stopped", _("the return was stopped")
    SETTLED = "settled", _("the question was settled")
    MERGED = "merged", _("the cases were merged")
    EDITION = "edition", _("the edition of the Manual that the case follows has no such step for it")


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
