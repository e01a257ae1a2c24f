"""People: inviting them, their own settings, shutting them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, TypedDict, Unpack

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.access import Assignment, Person
from accounts.models import Agency, Membership, User
from accounts.services import leaving, telling
from accounts.services.invitations import send_invitation
from accounts.services.memberships import add_member, refuse_last_administrator, sync_permissions
from core import audit, clock


class Settings(TypedDict, total=False):
    """What a person decides about her own portal."""

    name: str
    phone: str
    title: str
    language: str
    theme: str
    density: str
    shortcuts: bool
    mail: str


@transaction.atomic(durable=True)
def invite(
    *,
    email: str,
    name: str,
    agency: Agency,
    role: str,
    is_manager: bool = False,
    valid_from: date | None = None,
    valid_until: date | None = None,
    language: str = "sv",
    by: Assignment | None,
) -> Membership:
    """Give a person an assignment and send her an invitation. A known person only gets the assignment.

    Raises ValidationError when she has it already or has been shut out, PermissionDenied when `by` does not
    manage the agency's people.
    """
    address = email.strip().lower()
    user = User.objects.select_for_update(of=("self",), no_key=True).filter(email=address).first()
    is_new = user is None
    if user is None:
        user = User(email=address, name=name.strip(), language=language)
        user.set_unusable_password()
        user.save(force_insert=True)
    if not user.is_active:
        raise ValidationError({"email": _("The person's account is closed. Open it first")})
    membership = add_member(
        user,
        agency=agency,
        role=role,
        is_manager=is_manager,
        valid_from=valid_from or clock.today(),
        valid_until=valid_until,
        by=by,
    )
    if is_new:
        send_invitation(user, by=by)
    return membership


@transaction.atomic(durable=True)
def invite_again(user: User, *, by: Assignment | None) -> None:
    """Send a new invitation, which makes earlier ones invalid. For somebody who never signed in."""
    require_person(by, user, "person.invite")
    if not user.is_active:
        raise ValidationError(_("The person's account is closed. Open it first"))
    if user.has_usable_password() or SocialAccount.objects.filter(user=user).exists():
        raise ValidationError(_("The person has already chosen a password. Reset the sign-in instead"))
    send_invitation(user, by=by)


@transaction.atomic(durable=True)
def reset_sign_in(user: User, *, by: Assignment | None) -> None:
    """For a lost password or second factor: remove every way in, end every session, send a new invitation.

    Nobody ever chooses another person's password. The person is told.
    """
    require_person(by, user, "person.reset_sign_in")
    if by is not None and by.user_id == user.pk:
        raise ValidationError(_("You cannot reset your own sign-in. Ask another administrator"))
    user.set_unusable_password()
    user.save(update_fields=["password"])
    removed, _per_model = Authenticator.objects.filter(user=user).delete()
    parted, _per_model = SocialAccount.objects.filter(user=user).delete()
    user.browsers.all().delete()
    ended = end_all_sessions(user)
    audit.record(
        "person.reset_sign_in", user, by=by, authenticators=removed, organisations=parted, sessions=ended
    )
    telling.sign_in_changed(user)
    send_invitation(user, by=by)


@transaction.atomic(durable=True)
def deactivate(user: User, *, by: Assignment | None, homes: Mapping[str, str] | None = None) -> None:
    """Shut a person out at once: sessions end, rights go, open work has the new `homes` (`leaving`).

    All or nothing. Raises ValidationError by kind of work while one has no home.
    """
    require_person(by, user, "person.deactivate")
    user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if by is not None and by.user_id == user.pk:
        raise ValidationError(_("You cannot close your own account"))
    if not user.is_active:
        return
    memberships = list(user.memberships.select_related("user", "agency"))
    for membership in memberships:
        refuse_last_administrator(membership)
    moved = leaving.rehome(user, homes or {}, by=by)
    user.is_active, user.deactivated_at = False, clock.now()
    user.save(update_fields=["is_active", "deactivated_at"])
    _resync(memberships, user)
    ended = end_all_sessions(user)
    audit.record("person.deactivate", user, by=by, sessions=ended, moved=moved)


@transaction.atomic(durable=True)
def reactivate(user: User, *, by: Assignment | None) -> None:
    """Open an account again, with the memberships still in force."""
    require_person(by, user, "person.reactivate")
    user.is_active, user.deactivated_at = True, None
    user.save(update_fields=["is_active", "deactivated_at"])
    _resync(list(user.memberships.select_related("user", "agency")), user)
    audit.record("person.reactivate", user, by=by)


@transaction.atomic(durable=True)
def end_sessions(user: User, *, by: Assignment | Person | None) -> int:
    """Sign a person out everywhere; how many sessions there were."""
    if isinstance(by, Assignment) and by.user_id != user.pk:
        require_person(by, user, "person.end_sessions")
    ended = end_all_sessions(user)
    audit.record("person.end_sessions", user, by=by, sessions=ended)
    return ended


MOST_SESSIONS: Final = 50


def own_sessions(user: User) -> list[UserSession]:
    """Where somebody is signed in, the latest first; what is over is forgotten. Two queries."""
    living = Session.objects.filter(expire_date__gt=clock.now())
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")
    rows.exclude(session_key__in=living.values("session_key")).delete()
    return list(rows[:MOST_SESSIONS])


@transaction.atomic(durable=True)
def end_session(user: User, session_id: int, *, by: Assignment | Person) -> None:
    """Sign one of one's own devices out. A session of somebody else is simply not found."""
    assert by.user_id == user.pk, "single sessions are ended by their owner"
    row = UserSession.objects.filter(user=user, pk=session_id).first()
    if row is not None:
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
        audit.record("person.end_sessions", user, by=by, sessions=1)


@transaction.atomic(durable=True)
def change_password(user: User, password: str, *, keep: str | None, by: Assignment | Person) -> None:
    """Choose a new password; all sessions but the one to `keep` end. ValidationError if it is weak."""
    assert by.user_id == user.pk, "a password is chosen by its owner alone"
    validate_password(password, user)
    user.set_password(password)
    user.signed_out_at = clock.now()
    user.save(update_fields=["password", "signed_out_at"])
    others = UserSession.objects.filter(user=user).exclude(session_key=keep)
    Session.objects.filter(session_key__in=others.values_list("session_key", flat=True)).delete()
    ended, _per_model = others.delete()
    audit.record("person.change_password", user, by=by, sessions=ended)
    telling.sign_in_changed(user)


@transaction.atomic(durable=True)
def change_settings(user: User, *, by: Assignment | Person, **settings: Unpack[Settings]) -> None:
    """Change one's own name, phone and how the portal looks and sends mail."""
    assert by.user_id == user.pk, "settings are changed by their owner alone"
    changed = [name for name, value in settings.items() if getattr(user, name) != value]
    for name, value in settings.items():
        setattr(user, name, value)
    user.save(update_fields=list(settings))
    audit.record("person.change_settings", user, by=by, changed=changed)


@transaction.atomic(durable=True)
def acknowledge_secrecy(user: User, *, by: Assignment | Person) -> None:
    """She has read how secrecy is handled; asked once, at the first sign-in."""
    assert by.user_id == user.pk, "nobody reads for somebody else"
    user.secrecy_read_at = clock.now()
    user.save(update_fields=["secrecy_read_at"])
    audit.record("person.acknowledge_secrecy", user, by=by)


def end_all_sessions(user: User) -> int:
    """Delete a person's sessions; dead stays dead, also for a request or a sign-in that is under way."""
    keys = list(UserSession.objects.filter(user=user).values_list("session_key", flat=True))
    UserSession.objects.filter(user=user).delete()
    Session.objects.filter(session_key__in=keys).delete()
    user.signed_out_at = clock.now()
    user.save(update_fields=["signed_out_at"])
    return len(keys)


def require_person(by: Assignment | None, user: User, verb: str) -> None:
    """Raise PermissionDenied, recorded, unless `by` manages the people of an agency she belongs to.

    A person with assignments at several agencies belongs to no single administrator: only the portal's
    administrators act on the account as a whole then.
    """
    if by is None or by.has("manage_portal"):
        return
    agencies: Iterable[object] = set(user.memberships.values_list("agency_id", flat=True))
    if not (by.has("manage_people") and agencies == {by.agency_id}):
        audit.refuse(verb, user, by=by, needs="manage_people")
        raise PermissionDenied


def _resync(memberships: list[Membership], user: User) -> None:
    for membership in memberships:
        membership.user = user
        sync_permissions(membership)
