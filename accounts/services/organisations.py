"""Which account an identity at an organisation opens: bound on purpose, never found by e-mail."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment, Person
from accounts.models import User
from accounts.services import telling
from accounts.services.invitations import open_invitation
from core import audit


def organisations_of(user: User) -> QuerySet[SocialAccount]:
    rows: QuerySet[SocialAccount] = SocialAccount.objects.filter(user=user).order_by("provider", "pk")
    return rows


def owner_of(provider_id: str, fingerprints: Sequence[str]) -> User | None:
    """The person an identity is bound to. Noted under the newest key of the ring as she comes by."""
    row = SocialAccount.objects.filter(provider=provider_id, uid__in=fingerprints).first()
    if row is None:
        return None
    row.uid = fingerprints[0]
    row.save(update_fields=["uid", "last_login"])
    return User.objects.get(pk=row.user_id)


@transaction.atomic(durable=True)
def connect(
    user: User, provider_id: str, fingerprints: Sequence[str], *, by: Assignment | Person
) -> SocialAccount:
    """Bind an identity to her own account. Raises ValidationError when it opens another one."""
    assert by.user_id == user.pk, "an identity is bound by its owner alone"
    row = _bind(user, provider_id, fingerprints)
    audit.record("person.connect_organisation", user, by=by, provider=provider_id)
    return row


@transaction.atomic(durable=True)
def accept_invitation_by(user_id: UUID, token: str, provider_id: str, fingerprints: Sequence[str]) -> User:
    """Take up an invitation with the organisation's sign-in instead of a password.

    Raises ValidationError for a link that no longer works or an identity that opens another account.
    """
    user = open_invitation(user_id, token)
    _bind(user, provider_id, fingerprints)
    user.invited_at = None
    user.save(update_fields=["invited_at"])
    audit.record("person.accept_invitation", user, by=Person(user), provider=provider_id)
    return user


@transaction.atomic(durable=True)
def disconnect(user: User, account_id: int, *, by: Assignment | Person) -> None:
    """Part an identity from her account. Raises ValidationError when nothing else lets her in."""
    assert by.user_id == user.pk, "an identity is parted by its owner alone"
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    row = organisations_of(user).filter(pk=account_id).first()
    if row is None:
        return
    others = organisations_of(user).exclude(pk=row.pk).exists()
    keys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    alone = any(key.wrap().is_passwordless for key in keys)
    if not (others or alone or user.has_usable_password()):
        raise ValidationError(
            _("This is your only way to sign in. Ask your administrator to reset the sign-in")
        )
    provider_id = row.provider
    row.delete()
    audit.record("person.disconnect_organisation", user, by=by, provider=provider_id)
    telling.sign_in_changed(user)


def _bind(user: User, provider_id: str, fingerprints: Sequence[str]) -> SocialAccount:
    """One identity opens one account: the table has a unique key on provider and fingerprint."""
    found = SocialAccount.objects.filter(provider=provider_id, uid__in=fingerprints).first()
    if found is not None and found.user_id != user.pk:
        audit.refuse("person.connect_organisation", user, by=Person(user), provider=provider_id)
        raise ValidationError(_("This identity is already connected to another account"))
    row, is_new = SocialAccount.objects.get_or_create(
        provider=provider_id, uid=found.uid if found else fingerprints[0], defaults={"user": user}
    )
    if row.user_id != user.pk:
        raise ValidationError(_("This identity is already connected to another account"))
    if is_new:
        telling.sign_in_changed(user)
    return row
