"""A call to the line for professionals: what was asked and advised. There is no place for a name in it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q
from django.db.models.functions import Left

from accounts.enums import AgencyKind
from cases.enums import Citizenship, Sex
from core import clock
from core.vault import EncryptedTextField
from hotline.enums import About, Caller, Child, Danger, Profession, ReferredTo, Topic
from hotline.models.constraints import known, known_or_blank, only_known
from manual.enums import Exploitation

BARE: Final = {
    "profession": "", "agency_kind": "", "municipality__isnull": True, "county__isnull": True,
    "anonymous": False, "about": "", "child": Child.UNSURE, "sex": Sex.UNKNOWN,
    "citizenship_group": Citizenship.UNKNOWN, "forms": [], "topics": [], "advice": [],
    "advice_words__isnull": True, "summary__isnull": True, "follow_up_on__isnull": True, "declined": False,
}  # fmt: skip
"""What a call says that was no professional's: nothing about anybody."""


def kept_since() -> datetime:
    """Calls that began before this moment are past their time."""
    return clock.now() - timedelta(days=settings.CALL_DAYS)


class CallQuerySet(models.QuerySet["Call"]):
    def of_desk(self, agency_id: uuid.UUID) -> CallQuerySet:
        """The calls of one telephone desk: the agency whose operators answered. Older ones than it keeps are
        not there for it, also where a case they belong to keeps them."""
        return self.filter(agency_id=agency_id, started_at__gte=kept_since())

    def still_open(self) -> CallQuerySet:
        """Begun and not saved as ended."""
        return self.filter(ended_at__isnull=True)


class Call(models.Model):
    """One call. Open while `ended_at` is null. Nobody's name or birth date has a column here, and the two
    free texts are refused with a personal number, a phone number or an e-mail in them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    """The consultation number, for instance S26-00417-U: said to the caller, asked for at her next call."""
    agency = models.ForeignKey("accounts.Agency", on_delete=models.PROTECT, related_name="+")
    """Whose telephone desk answered."""
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    data_key = models.ForeignKey("core.DataKey", on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    caller = models.CharField(max_length=12, choices=Caller, default=Caller.PROFESSIONAL)
    profession = models.CharField(max_length=16, choices=Profession, blank=True)
    agency_kind = models.CharField(max_length=32, choices=AgencyKind, blank=True)
    municipality = models.ForeignKey(
        "coordinators.Municipality", on_delete=models.PROTECT, null=True, related_name="+"
    )
    """Where the person concerned is; the county alone when no more is known."""
    county = models.ForeignKey("coordinators.County", on_delete=models.PROTECT, null=True, related_name="+")
    anonymous = models.BooleanField(default=False)
    """The caller does not want to say who she is."""

    about = models.CharField(max_length=16, choices=About, blank=True)
    danger = models.CharField(max_length=8, choices=Danger, default=Danger.UNKNOWN)
    child = models.CharField(max_length=8, choices=Child, default=Child.UNSURE)
    sex = models.CharField(max_length=8, choices=Sex, default=Sex.UNKNOWN)
    citizenship_group = models.CharField(max_length=10, choices=Citizenship, default=Citizenship.UNKNOWN)
    declined = models.BooleanField(default=False)
    """The person concerned, an adult, has said no: no municipality and no words about the call are kept."""
    forms = ArrayField(models.CharField(max_length=24), default=list)
    topics = ArrayField(models.CharField(max_length=16), default=list)

    advice = ArrayField(models.CharField(max_length=20), default=list)
    """Paragraphs of the manual that were given as advice: anchors in `edition`."""
    edition = models.ForeignKey("manual.Edition", on_delete=models.PROTECT, null=True, related_name="+")
    advice_words = EncryptedTextField(key="data_key", null=True)
    summary = EncryptedTextField(key="data_key", null=True)
    referred_to = ArrayField(models.CharField(max_length=20), default=list)
    follow_up_on = models.DateField(null=True)

    earlier = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="later")
    """The call before this one in the same matter, found by its number."""
    reference = models.CharField(max_length=16, blank=True)
    """The case number the caller said, as it was said: whether it leads anywhere the desk never learns."""
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, null=True, related_name="+")
    """Where the number leads, or the referral went: for the people of that case, never for the desk."""
    draft_id = models.UUIDField(null=True, unique=True)
    """The referral draft it became. The draft itself is deleted when it is sent."""
    referral = models.ForeignKey("cases.Referral", on_delete=models.PROTECT, null=True, related_name="+")

    view = models.CharField(max_length=32, blank=True)
    """Which page view saved last: its own autosaves are no conflict."""
    saved_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)

    objects = CallQuerySet.as_manager()

    class Privacy:
        kept = (
            "id", "number", "agency", "operator", "data_key", "started_at", "ended_at", "caller",
            "profession", "agency_kind", "anonymous", "about", "topics", "advice", "edition", "referred_to",
            "follow_up_on", "earlier", "reference", "case", "draft_id", "referral", "view", "saved_at",
            "version",
        )  # fmt: skip
        scrubbed = (
            "municipality", "county", "danger", "child", "sex", "citizenship_group", "declined",
            "forms",
        )  # fmt: skip
        erased = ("advice_words", "summary")

    class Meta:
        constraints = [
            known("caller", Caller, "call"),
            known_or_blank("profession", Profession, "call"),
            known_or_blank("agency_kind", AgencyKind, "call"),
            known_or_blank("about", About, "call"),
            known("danger", Danger, "call"),
            known("child", Child, "call"),
            known("sex", Sex, "call"),
            known("citizenship_group", Citizenship, "call"),
            only_known("forms", Exploitation, "call"),
            only_known("topics", Topic, "call"),
            only_known("referred_to", ReferredTo, "call"),
            CheckConstraint(condition=Q(number__regex=r"^S\d{2}-\d{5,7}-[A-Z]$"), name="call_number_shape"),
            CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="call_ends_after_it_began",
            ),
            CheckConstraint(
                condition=Q(caller=Caller.PROFESSIONAL) | Q(**BARE), name="call_of_others_says_nothing"
            ),
            CheckConstraint(
                condition=Q(declined=False) | Q(municipality__isnull=True, summary__isnull=True),
                name="call_declined_keeps_little",
            ),
            CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(caller=Caller.PROFESSIONAL) | ~Q(about=""),
                name="call_ended_says_what_about",
            ),
            CheckConstraint(
                condition=Q(municipality__isnull=True) | Q(county=Left("municipality_id", 2)),
                name="call_place_in_its_county",
            ),
            CheckConstraint(
                condition=Q(advice=[], edition__isnull=True) | Q(advice__len__gt=0, edition__isnull=False),
                name="call_advice_has_edition",
            ),
            CheckConstraint(
                condition=Q(earlier__isnull=True) | ~Q(earlier=F("id")), name="call_is_not_its_own_earlier"
            ),
            CheckConstraint(
                condition=Q(referral__isnull=True) | Q(case__isnull=False), name="call_referral_has_case"
            ),
            CheckConstraint(
                condition=Q(reference="") | Q(reference__regex=r"^H\d{2}-\d{5,7}-[A-Z]$"),
                name="call_reference_shape",
            ),
        ]
        indexes = [
            models.Index(fields=["agency", "-started_at"], name="call_desk_idx"),
            models.Index(
                fields=["operator", "started_at"],
                condition=Q(ended_at__isnull=True),
                name="call_open_idx",
            ),
            models.Index(fields=["municipality", "-started_at"], name="call_place_idx"),
            models.Index(fields=["case"], condition=Q(case__isnull=False), name="call_case_idx"),
            models.Index(fields=["earlier"], condition=Q(earlier__isnull=False), name="call_earlier_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
