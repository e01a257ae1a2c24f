"""Agencies, people, the dated membership of a person in an agency, and the rights that follow."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import AgencyKind, Density, Door, Language, MailChoice, Role, Theme
from core import clock
from core.access import ContainerPermission, in_force


class AgencyQuerySet(models.QuerySet["Agency"]):
    def active(self) -> AgencyQuerySet:
        return self.filter(active=True)


class Agency(models.Model):
    """An authority, municipality unit or organisation that takes part. One kind each.

    An agency without people is allowed: it is reached by its mailbox, and its steps are reported for it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=40, choices=AgencyKind)
    municipality_code = models.CharField(max_length=4, blank=True, default="")
    """Code of Statistics Sweden, four digits; empty for an agency that covers the country or a county."""
    mailbox = models.EmailField(blank=True, default="")
    """Function mailbox. Never a person's own address."""
    phone = models.CharField(max_length=40, blank=True, default="")
    active = models.BooleanField(default=True)
    is_placeholder = models.BooleanField(default=False)
    """Not a confirmed agency: shown with "to be confirmed" until somebody has checked it."""
    version = models.PositiveIntegerField(default=1)

    objects = AgencyQuerySet.as_manager()

    class Privacy:
        kept = (
            "id",
            "name",
            "kind",
            "municipality_code",
            "mailbox",
            "phone",
            "active",
            "is_placeholder",
            "version",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        permissions = [
            ("work_cases", "Work on the agency's cases"),
            ("file_referrals", "File referrals"),
            ("manage_people", "Manage the agency's people"),
            ("see_own_statistics", "See the agency's own statistics"),
            ("export", "Export"),
            ("log_calls", "Log calls to the helpline"),
            ("edit_manual", "Edit the manual"),
            ("see_overview", "See the national overview"),
            ("audit", "Review the access log"),
            ("manage_portal", "Manage the portal"),
            ("manage_agencies", "Manage agencies"),
            ("protect_data", "Handle breaches, requests for one's own data and disposal"),
            ("break_glass", "Open a case in an emergency"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AgencyKind.values), name="accounts_agency_kind"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind="nspm"),
                name="accounts_agency_one_national",
            ),
            models.CheckConstraint(
                condition=Q(municipality_code="") | Q(municipality_code__regex=r"^\d{4}$"),
                name="accounts_agency_municipality_code",
            ),
        ]
        indexes = [models.Index(fields=["name", "id"], name="accounts_agency_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_national(self) -> bool:
        """The National Coordination: rights over the portal as a whole are rows on this object."""
        return self.kind == AgencyKind.NSPM


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """Sign-in does not care about upper and lower case in the address."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person who signs in with her e-mail address. What she may do is in her memberships alone:
    no superuser, no staff flag, no permissions of her own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("E-mail"), unique=True)
    """Always lower case (constraint), so that there is one person an address."""
    name = models.CharField(_("Name"), max_length=120)
    phone = models.CharField(_("Work phone"), max_length=40, blank=True, default="")
    title = models.CharField(pgettext_lazy("person", "Title"), max_length=120, blank=True, default="")
    language = models.CharField(max_length=5, choices=Language, default=Language.SWEDISH)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(max_length=12, choices=Density, default=Density.COMFORTABLE)
    shortcuts = models.BooleanField(default=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    """Between these hours no ordinary mail leaves for her; danger and children at risk always do."""
    mail = models.CharField(max_length=6, choices=MailChoice, default=MailChoice.DAILY)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    invited_at = models.DateTimeField(null=True, blank=True)
    """When the latest invitation was sent; it makes every earlier one invalid."""
    secrecy_read_at = models.DateTimeField(null=True, blank=True)
    """When she confirmed that she has read how secrecy is handled (first sign-in)."""
    deactivated_at = models.DateTimeField(null=True, blank=True)
    signed_out_at = models.DateTimeField(null=True, blank=True)
    """Every sign-in begun before this is over, also one that waits for its second factor."""

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Privacy:
        kept = (
            "id", "language", "theme", "density", "shortcuts", "mail", "is_active", "is_demo",
            "quiet_from", "quiet_until", "created_at",
            "invited_at", "secrecy_read_at", "deactivated_at", "signed_out_at", "last_login",
        )  # fmt: skip
        scrubbed = ("email", "name", "phone", "title")
        erased = ("password",)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_user_email_lower"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="accounts_user_language"),
            models.CheckConstraint(condition=Q(theme__in=Theme.values), name="accounts_user_theme"),
            models.CheckConstraint(condition=Q(density__in=Density.values), name="accounts_user_density"),
            models.CheckConstraint(condition=Q(mail__in=MailChoice.values), name="accounts_user_mail"),
            models.CheckConstraint(
                condition=Q(is_active=True, deactivated_at__isnull=True)
                | Q(is_active=False, deactivated_at__isnull=False),
                name="accounts_user_deactivated_together",
            ),
        ]
        indexes = [models.Index(fields=["name", "id"], name="accounts_user_order")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self, at: Any = None) -> MembershipQuerySet:
        """Those that give rights at `at` (default today): within their dates, active person and agency."""
        return self.filter(
            in_force(at),
            ended_at__isnull=True,
            user__is_active=True,
            agency__active=True,
        )


class Membership(models.Model):
    """One person in one role at one agency, from a day to and including another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role)
    is_manager = models.BooleanField(default=False)
    """Gets what is late at her agency (the data's unit manager, lead investigator, duty officer)."""
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    """Ended at once, also in the middle of a day; the last day then no longer counts."""
    version = models.PositiveIntegerField(default=1)

    objects = MembershipQuerySet.as_manager()

    class Privacy:
        kept = (
            "id",
            "user",
            "agency",
            "role",
            "is_manager",
            "valid_from",
            "valid_until",
            "ended_at",
            "version",
        )
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="accounts_membership_role"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="accounts_membership_dates",
            ),
            models.UniqueConstraint(
                fields=["user", "agency", "role", "valid_from"],
                name="accounts_membership_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Membership {self.pk}"


class AgencyPermission(ContainerPermission):
    """A right on an agency, copied from a dated membership by `accounts.services.sync_permissions`."""

    content_object = models.ForeignKey(Agency, on_delete=models.CASCADE)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE)

    class Privacy:
        kept = (
            "id",
            "user",
            "permission",
            "content_object",
            "membership",
            "valid_from",
            "valid_until",
        )
        scrubbed = ()
        erased = ()

    class Meta(ContainerPermission.Meta):
        abstract = False


class Attempt(models.Model):
    """One try at a way in that has not succeeded. Counted by `accounts.access.limits`, gone after a day.

    Who and from where stand here as keyed fingerprints: what was typed may be anything.
    """

    door = models.CharField(max_length=20, choices=Door)
    account = models.CharField(max_length=32, blank=True, default="")
    address = models.CharField(max_length=32)
    browser = models.CharField(max_length=32, blank=True, default="")
    """Set when the account has signed in with this browser before."""
    at = models.DateTimeField(default=clock.now)

    class Privacy:
        kept = ("id", "door", "at")
        scrubbed = ()
        erased = ("account", "address", "browser")

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(door__in=Door.values), name="accounts_attempt_door")
        ]
        indexes = [
            models.Index(fields=["door", "account", "at"], name="accounts_attempt_account"),
            models.Index(fields=["door", "address", "at"], name="accounts_attempt_address"),
            models.Index(fields=["at"], name="accounts_attempt_at"),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.pk}"


class Browser(models.Model):
    """A browser in which a person has signed in completely. It holds the token, we its fingerprint."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="browsers")
    fingerprint = models.CharField(max_length=64)
    first_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField(default=clock.now)

    class Privacy:
        kept = ("id", "user", "first_at", "last_at")
        scrubbed = ()
        erased = ("fingerprint",)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "fingerprint"], name="accounts_browser_once")]

    def __str__(self) -> str:
        return f"Browser {self.pk}"


class UsedCode(models.Model):
    """A half minute whose code a person has used: it opens nothing a second time. Gone after a day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    step = models.BigIntegerField()
    at = models.DateTimeField(default=clock.now)

    class Privacy:
        kept = ("id", "user", "step", "at")
        scrubbed = ()
        erased = ()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "step"], name="accounts_usedcode_once")]

    def __str__(self) -> str:
        return f"Used code {self.pk}"
