"""`bin/manage invite-admin E-MAIL`: let the first administrator in."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts.enums import AgencyKind, Role
from accounts.models import Agency, Membership, User
from accounts.services import agencies, invitations, people


class Command(BaseCommand):
    help = (
        "Invites an administrator of the portal and prints the link that opens the account (valid 72 hours). "
        "Makes the National Coordination if it is missing. Safe to repeat: a new link replaces the old one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="E-MAIL")
        parser.add_argument("--name", default="", help="shown to others until the person changes it")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email!r} is not an e-mail address") from None
        agency = Agency.objects.filter(kind=AgencyKind.NSPM).first() or self._national()
        user = User.objects.filter(email=email).first()
        if user is not None and self._is_administrator(user, agency):
            if user.has_usable_password():
                raise CommandError("This person is administrator already and has a password.")
            people.invite_again(user, by=None)
        else:
            name = options["name"] or email.split("@")[0]
            people.invite(email=email, name=name, agency=agency, role=Role.ADMINISTRATOR, by=None)
        user = User.objects.get(email=email)
        if user.has_usable_password():
            self.stdout.write("The person is administrator now and signs in as before.")
        else:
            self.stdout.write(invitations.invitation_link(user))

    def _national(self) -> Agency:
        return agencies.create_agency(
            by=None,
            name="Nationella samordningen (NSPM)",
            kind=AgencyKind.NSPM,
            municipality_code="",
            mailbox="",
            phone="",
            active=True,
            is_placeholder=False,
        )

    def _is_administrator(self, user: User, agency: Agency) -> bool:
        return (
            Membership.objects.in_force().filter(user=user, agency=agency, role=Role.ADMINISTRATOR).exists()
        )
