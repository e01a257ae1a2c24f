# factory_boy is half annotated.
# mypy: disable-error-code="no-untyped-call,attr-defined,untyped-decorator"
"""Objects for tests: people and agencies first; each app adds its own section.

`member("caseworker")` is the usual start: a person with one membership in force, its rights stored, as the
`Assignment` services take for `by`. `sign_in(client, assignment)` opens a session for it.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import factory
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.test import Client

from accounts.access import Assignment, assignment_for, start
from accounts.enums import AgencyKind, Role
from accounts.models import Agency, Membership, User
from accounts.services.memberships import sync_permissions
from core import clock

PASSWORD = "correct horse battery staple"

# --- accounts -----------------------------------------------------------------------------------------------

USUAL_KIND = {
    Role.CASEWORKER: AgencyKind.SOCIAL_SERVICES_ADULT,
    Role.REGIONAL_COORDINATOR: AgencyKind.COORDINATION,
    Role.NATIONAL_COORDINATOR: AgencyKind.NSPM,
    Role.HOTLINE_OPERATOR: AgencyKind.NSPM,
    Role.ADMINISTRATOR: AgencyKind.NSPM,
    Role.AUDITOR: AgencyKind.NSPM,
    Role.DATA_PROTECTION_OFFICER: AgencyKind.NSPM,
}


class AgencyFactory(factory.django.DjangoModelFactory[Agency]):
    class Meta:
        model = Agency

    name = factory.Sequence(lambda n: f"Socialtjänsten {n}")
    kind = AgencyKind.SOCIAL_SERVICES_ADULT
    mailbox = factory.Sequence(lambda n: f"funktion{n}@kommun.example")

    @classmethod
    def _create(cls, model_class: type[Agency], *args: Any, **kwargs: Any) -> Agency:
        """There is one National Coordination: asking for it twice gives the same."""
        if kwargs.get("kind") == AgencyKind.NSPM and (
            found := Agency.objects.filter(kind=AgencyKind.NSPM).first()
        ):
            return found
        made: Agency = super()._create(model_class, *args, **kwargs)
        return made


@cache
def _hashed() -> str:
    """Hashing is slow on purpose; once for all is enough for tests."""
    return make_password(PASSWORD)


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@myndighet.example")
    name = factory.Sequence(lambda n: f"Test Person {n}")
    password = factory.LazyFunction(_hashed)
    secrecy_read_at = factory.LazyFunction(clock.now)


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    """With its rights stored, unless `rights=False`."""

    class Meta:
        model = Membership
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    role = Role.CASEWORKER
    agency = factory.LazyAttribute(lambda self: AgencyFactory.create(kind=USUAL_KIND[Role(self.role)]))
    valid_from = date(2020, 1, 1)

    @factory.post_generation
    def rights(self: Membership, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        if create and extracted is not False:
            sync_permissions(self)


def member(role: str = Role.CASEWORKER, agency: Agency | None = None, **membership: Any) -> Assignment:
    """A new person in this role, at the agency (else a new one of the role's usual kind)."""
    if agency is not None:
        membership["agency"] = agency
    return assignment_for(MembershipFactory.create(role=role, **membership))


def sign_in(client: Client, who: Assignment | User) -> Client:
    """A session as after a complete sign-in just now, in her assignment; no second factor is asked."""
    user = who if isinstance(who, User) else who.user
    client.force_login(user)
    session = client.session
    start(session, membership_id=who.membership_id if isinstance(who, Assignment) else None, fresh=True)
    session["nrm_second_factor"] = True
    session.save()
    UserSession.objects.get_or_create(
        session_key=session.session_key, defaults={"user": user, "ip": "127.0.0.1", "user_agent": "test"}
    )
    return client
