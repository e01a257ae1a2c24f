"""Administration of people: who they are, what they are where, from when to when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, right_required
from accounts.forms import InviteForm, MembershipForm, NewMembershipForm
from accounts.models import Agency, Membership, User
from accounts.services import memberships as membership_services
from accounts.services import people as services
from accounts.services.organisations import organisations_of
from accounts.views.paging import Page, page_of
from core import audit, outbox
from core.swedish import SwedishOrder

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
FOUND_AT_MOST = 50

PAGES = (
    (
        gettext_lazy("People"),
        gettext_lazy("Invite, change roles and dates, close accounts"),
        "accounts:people",
        {"manage_people", "manage_portal"},
    ),
    (
        gettext_lazy("Agencies"),
        gettext_lazy("Those that take part, and how they are reached"),
        "accounts:agencies",
        {"manage_agencies"},
    ),
    (
        gettext_lazy("Regions and coordinators"),
        gettext_lazy("Who covers what, duties and absences"),
        "coordinators:regions",
        {"manage_portal", "see_overview"},
    ),
    (
        gettext_lazy("Helpline for professionals"),
        gettext_lazy("Opening hours, days that differ and the roster"),
        "hotline:hours",
        {"manage_portal", "see_overview"},
    ),
    (
        gettext_lazy("Suggested corrections of the routing"),
        gettext_lazy("What coordinators have found wrong, to check and mark as handled"),
        "cases:corrections",
        {"manage_portal", "see_overview"},
    ),
    (
        gettext_lazy("Recusals"),
        gettext_lazy("Who cannot handle which case; for those on duty at the national desk"),
        "cases:recusals",
        {"see_overview"},
    ),
    (
        gettext_lazy("The Manual and checklists"),
        gettext_lazy("Edit and publish editions"),
        "manual:editions",
        {"edit_manual"},
    ),
    (
        gettext_lazy("Jobs"),
        gettext_lazy("What the portal does by itself, and how it went"),
        "cases:jobs",
        {"manage_portal", "see_overview"},
    ),
)
"""What administration consists of: title, words, address name, rights of which one is enough."""


@require_safe
def administration(request: AuthenticatedRequest) -> HttpResponse:
    """The pages of administration this assignment may use."""
    rights = request.assignment.rights
    pages = [
        {"title": title, "text": text, "url": url}
        for title, text, name, needed in PAGES
        if needed & rights and (url := _address(name))
    ]
    if not pages:
        audit.refuse("page.open", by=request.assignment, page="administration")
        raise PermissionDenied
    return render(request, "accounts/administration.html", {"pages": pages})


@right_required("manage_people")
@get_or_post
def people(request: AuthenticatedRequest) -> HttpResponse:
    """The people one may administer, by name. The search is a form that leaves no name in an address."""
    rows = _manageable(request).prefetch_related(
        Prefetch("memberships", Membership.objects.select_related("agency").order_by("valid_from"))
    )
    query = request.POST.get("q", "").replace("\0", "").strip()[:100]
    if query:
        matches = rows.filter(Q(name__icontains=query) | Q(email__icontains=query)).order_by("name", "pk")
        page = Page(list(matches[:FOUND_AT_MOST]), None, None)
    else:
        page = page_of(rows, request.GET)
    audit.record("person.list", by=request.assignment, target_ids=[person.pk for person in page.rows])
    lost = _unreachable(request)
    context = {"page": page, "query": query, "limit": FOUND_AT_MOST, "lost": lost}
    return render(request, "accounts/people.html", context)


@right_required("manage_people")
@fresh_sign_in_required
@get_or_post
def invite(request: AuthenticatedRequest) -> HttpResponse:
    """Let a person in."""
    form = InviteForm(request.POST if request.method == "POST" else None, agencies=_agencies(request))
    if request.method == "POST" and form.is_valid():
        try:
            membership = services.invite(**form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, _("The invitation is on its way"))
            return redirect("accounts:person", membership.user_id)
    return render(request, "accounts/invite.html", {"form": form})


@right_required("manage_people")
@require_safe
def person(request: AuthenticatedRequest, user_id: UUID) -> HttpResponse:
    """One person: assignments past and present, and what can be done."""
    user = person_or_404(request, user_id)
    audit.record("person.read", user, by=request.assignment)
    context = {
        "person": user,
        "memberships": user.memberships.select_related("agency").order_by("-valid_from"),
        "sessions": UserSession.objects.filter(user=user).count(),
        "invited": not (user.has_usable_password() or organisations_of(user).exists()),
        "whole": request.assignment.has("manage_portal") or _only_here(request, user),
        "own": user.pk == request.assignment.user_id,
        "lost": user.pk in outbox.unreachable()[0],
    }
    return render(request, "accounts/person.html", context)


@right_required("manage_people")
@fresh_sign_in_required
@get_or_post
def add_membership(request: AuthenticatedRequest, user_id: UUID) -> HttpResponse:
    """One more assignment for a person."""
    user = person_or_404(request, user_id)
    form = NewMembershipForm(request.POST if request.method == "POST" else None, agencies=_agencies(request))
    if request.method == "POST" and form.is_valid():
        try:
            membership_services.add_membership(user, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, _("Saved. It holds from the person's next page"))
            return redirect("accounts:person", user.pk)
    return render(request, "accounts/membership.html", {"form": form, "person": user, "membership": None})


@right_required("manage_people")
@fresh_sign_in_required
@get_or_post
def membership(request: AuthenticatedRequest, membership_id: UUID) -> HttpResponse:
    """Change an assignment."""
    row = membership_or_404(request, membership_id)
    form = MembershipForm(
        request.POST if request.method == "POST" else None, initial=MembershipForm.initial_for(row)
    )
    if request.method == "POST" and form.is_valid():
        try:
            membership_services.change_membership(row.pk, **form.cleaned_data, by=request.assignment)
        except ValidationError as error:
            _show(form, error)
        else:
            messages.success(request, _("Saved. It holds from the person's next page"))
            return redirect("accounts:person", row.user_id)
    return render(request, "accounts/membership.html", {"form": form, "person": row.user, "membership": row})


@right_required("manage_people")
@fresh_sign_in_required
@require_POST
def end_membership(request: AuthenticatedRequest, membership_id: UUID) -> HttpResponse:
    """End an assignment at once."""
    row = membership_or_404(request, membership_id)
    try:
        membership_services.end_membership(row.pk, by=request.assignment)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The assignment has ended"))
    return redirect("accounts:person", row.user_id)


ACTS = {
    "bjud-in": (services.invite_again, gettext_lazy("A new invitation is on its way")),
    "nollstall": (
        services.reset_sign_in,
        gettext_lazy("The sign-in is reset and a new invitation is on its way"),
    ),
    "stang": (services.deactivate, gettext_lazy("The account is closed and every session has ended")),
    "oppna": (services.reactivate, gettext_lazy("The account is open again")),
    "logga-ut": (services.end_sessions, gettext_lazy("The person is signed out everywhere")),
}
"""What an administrator can do to an account: word of the address, service, what is said afterwards."""


@right_required("manage_people")
@fresh_sign_in_required
@require_POST
def act(request: AuthenticatedRequest, user_id: UUID, deed: str) -> HttpResponse:
    """One deed to an account; the page it was asked from says what happened."""
    if deed not in ACTS:
        raise Http404
    user = person_or_404(request, user_id)
    service, words = ACTS[deed]
    try:
        service(user, by=request.assignment)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, str(words))
    return HttpResponseRedirect(reverse("accounts:person", args=[user.pk]))


def _manageable(request: AuthenticatedRequest) -> QuerySet[User]:
    """Everybody for the portal's administrators, else those with an assignment at the own agency, ever."""
    if request.assignment.has("manage_portal"):
        return User.objects.all()
    here = Membership.objects.filter(agency_id=request.assignment.agency_id)
    return User.objects.filter(pk__in=here.values("user_id"))


def _unreachable(request: AuthenticatedRequest) -> list[User]:
    """Those one may administer whose e-mail comes back, by name."""
    people, _mailboxes = outbox.unreachable()
    if not people:
        return []
    found = _manageable(request).filter(pk__in=people, is_active=True)
    return list(found.order_by(SwedishOrder("name"), "pk"))


def _agencies(request: AuthenticatedRequest) -> QuerySet[Agency]:
    rows = Agency.objects.active().order_by("name")
    return rows if request.assignment.has("manage_portal") else rows.filter(pk=request.assignment.agency_id)


def person_or_404(request: AuthenticatedRequest, user_id: UUID) -> User:
    return get_object_or_404(_manageable(request), pk=user_id)


def membership_or_404(request: AuthenticatedRequest, membership_id: UUID) -> Membership:
    row = get_object_or_404(Membership.objects.select_related("user", "agency"), pk=membership_id)
    if not request.assignment.may_manage_people_of(row.agency_id):
        raise Http404
    return row


def _only_here(request: AuthenticatedRequest, user: User) -> bool:
    return not user.memberships.exclude(agency_id=request.assignment.agency_id).exists()


def _show(form: Any, error: ValidationError) -> None:
    form.add_error(None, error) if not hasattr(error, "error_dict") else form.add_error(
        None, error.error_dict
    )


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
