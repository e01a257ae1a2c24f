"""Pages about regions, desks and duties: look, try a route, change. No page here knows a case."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, fresh_sign_in_required, fresh_to_send
from accounts.models import Membership
from coordinators import access, forms, services
from coordinators.enums import AgeBand
from coordinators.models import Absence, County, Desk, Duty, RegionCounty
from coordinators.routing import Place, people_on, reference, route
from core import clock

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def regions(request: AuthenticatedRequest) -> HttpResponse:
    """Every desk with its counties and who is there today; what nobody covers comes first."""
    _must_look(request)
    today = clock.today()
    known = reference()
    desks = known.open_on(today)
    people = people_on(desks, today)
    rows = [
        {"desk": row, "counties": known.counties_of(row, today), "people": people[row.pk]} for row in desks
    ]
    return render(
        request,
        "coordinators/regions.html",
        {
            "rows": rows,
            "counties": known.county_rows(today),
            "planned": RegionCounty.objects.filter(valid_from__gt=today).select_related("region", "county"),
            "without_region": known.without_region(today),
            "without_people": [row for row in desks if not people[row.pk]],
            "may_manage": access.may_manage(request.assignment),
        },
    )


@require_safe
def try_route(request: AuthenticatedRequest) -> HttpResponse:
    """A dry run: nothing is stored."""
    _must_look(request)
    asked = bool(request.GET)
    form = forms.TryRouteForm(request.GET if asked else None, initial={"on": clock.today()})
    found = None
    if asked and form.is_valid():
        given = form.cleaned_data
        place = Place(given["municipality"], given["county"], source="")
        found = route(place, AgeBand(given["age"]), given["on"])
    return render(request, "coordinators/try_route.html", {"form": form, "found": found})


@require_safe
def desk(request: AuthenticatedRequest, desk_id: UUID) -> HttpResponse:
    """How the desk is reached, who is on duty now and later, who is away."""
    _must_look(request)
    shown = get_object_or_404(Desk.objects.select_related("region", "agency"), pk=desk_id)
    today = clock.today()
    duties = list(shown.duties.within(today, None).select_related("membership__user", "membership__agency"))
    away = Absence.objects.within(today, None).filter(membership__in=[duty.membership_id for duty in duties])
    return render(
        request,
        "coordinators/desk.html",
        {
            "desk": shown,
            "counties": reference().counties_of(shown, today),
            "people": people_on([shown], today)[shown.pk],
            "duties": duties,
            "absences": away.select_related("membership__user", "deputy__user"),
            "mine": request.assignment.membership_id,
            "may_manage": access.may_manage(request.assignment),
        },
    )


@page_with_form
@fresh_to_send
def change_desk(request: AuthenticatedRequest, desk_id: UUID) -> HttpResponse:
    _must_manage(request)
    shown = _desk(desk_id)
    form = forms.DeskForm(_posted(request), initial=forms.DeskForm.values_of(shown))
    act = partial(services.change_desk, desk_id=desk_id, by=request.assignment)
    return _form_page(request, form, act, _("Change the desk"), _desk_url(desk_id), caption=str(shown.name))


@page_with_form
@fresh_to_send
def close_desk(request: AuthenticatedRequest, desk_id: UUID) -> HttpResponse:
    _must_manage(request)
    shown = _desk(desk_id)
    form = forms.CloseDeskForm(_posted(request), initial={"version": shown.version})
    act = partial(services.close_desk, desk_id=desk_id, by=request.assignment)
    return _form_page(request, form, act, _("Close the desk"), _desk_url(desk_id), caption=str(shown.name))


@page_with_form
@fresh_to_send
def open_desk(request: AuthenticatedRequest) -> HttpResponse:
    _must_manage(request)
    form = forms.OpenDeskForm(_posted(request), initial={"first": clock.today()})
    act = partial(services.open_desk, by=request.assignment)
    return _form_page(request, form, act, _("Open a desk"), reverse("coordinators:regions"))


@page_with_form
@fresh_to_send
def move_county(request: AuthenticatedRequest, code: str) -> HttpResponse:
    _must_manage(request)
    county = get_object_or_404(County, code=code)
    form = forms.MoveCountyForm(_posted(request), initial={"first": clock.today()})
    act = partial(services.move_county, county=county, by=request.assignment)
    title = _("Move the county to another region")
    return _form_page(request, form, act, title, reverse("coordinators:regions"), caption=county.name_sv)


@page_with_form
@fresh_sign_in_required
def put_on_duty(request: AuthenticatedRequest, desk_id: UUID) -> HttpResponse:
    _must_manage(request)
    shown = _desk(desk_id)
    form = forms.DutyForm(_posted(request), initial={"first": clock.today(), "is_primary": True})
    act = partial(services.put_on_duty, desk=shown, by=request.assignment)
    title = _("Put somebody on duty")
    return _form_page(request, form, act, title, _desk_url(desk_id), caption=str(shown.name))


@page_with_form
@fresh_sign_in_required
def change_duty(request: AuthenticatedRequest, duty_id: UUID) -> HttpResponse:
    _must_manage(request)
    duty = get_object_or_404(Duty.objects.select_related("membership__user"), pk=duty_id)
    form = forms.ChangeDutyForm(_posted(request), initial=forms.ChangeDutyForm.values_of(duty))
    act = partial(services.change_duty, duty_id=duty_id, by=request.assignment)
    title = _("Change the duty")
    return _form_page(request, form, act, title, _desk_url(duty.desk_id), caption=duty.membership.user.name)


@page_with_form
@fresh_sign_in_required
def register_absence(request: AuthenticatedRequest, desk_id: UUID) -> HttpResponse:
    _must_manage(request)
    shown = _desk(desk_id)
    on_duty = set(shown.duties.within(clock.today(), None).values_list("membership_id", flat=True))
    form = forms.AbsenceForm(_posted(request), on_duty=on_duty, initial={"first": clock.today()})
    act = partial(services.register_absence, by=request.assignment)
    title = _("Register an absence")
    return _form_page(request, form, act, title, _desk_url(desk_id), caption=str(shown.name))


@page_with_form
@fresh_to_send
def own_absence(request: AuthenticatedRequest) -> HttpResponse:
    """A coordinator says when she is away and who stands in."""
    _must_look(request)
    own = request.assignment.membership_id
    form = forms.OwnAbsenceForm(_posted(request), own=own, initial={"first": clock.today()})
    me = get_object_or_404(Membership, pk=own)
    act = partial(services.register_absence, membership=me, by=request.assignment)
    coming = Absence.objects.within(clock.today(), None).filter(membership=own)
    return _form_page(
        request,
        form,
        act,
        _("My absence"),
        reverse("coordinators:own_absence"),
        absences=coming.select_related("membership__user", "deputy__user"),
        leave=reverse("coordinators:regions"),
    )


@page_with_form
@fresh_to_send
def change_absence(request: AuthenticatedRequest, absence_id: UUID) -> HttpResponse:
    absence = get_object_or_404(Absence.objects.select_related("membership__user"), pk=absence_id)
    access.require_absence_of(request.assignment, absence.membership_id, "absence.change")
    form = forms.ChangeAbsenceForm(_posted(request), initial=forms.ChangeAbsenceForm.values_of(absence))
    act = partial(services.change_absence, absence_id=absence_id, by=request.assignment)
    title = _("Change the absence")
    name = absence.membership.user.name
    return _form_page(request, form, act, title, _back_from(request, absence), caption=name)


@require_POST
def cancel_absence(request: AuthenticatedRequest, absence_id: UUID) -> HttpResponse:
    absence = get_object_or_404(Absence, pk=absence_id)
    services.cancel_absence(absence_id=absence_id, by=request.assignment)
    messages.success(request, _("The absence is ended"))
    return redirect(_back_from(request, absence))


def _form_page(
    request: AuthenticatedRequest,
    form: forms.PortalForm,
    act: Callable[..., Any],
    title: str,
    back: str,
    **more: Any,
) -> HttpResponse:
    """Show the form, or act on it and go back. What a service refuses stands at its field.

    `leave`: where the link above the form leads, when not where a save leads."""
    if request.method == "POST" and form.saves(act):
        messages.success(request, _("Saved"))
        if form.cleaned_data.get("deputy", "") is None:
            words = _("Nobody stands in. The national desk is alarmed if nobody else is on duty")
            messages.warning(request, words)
        return HttpResponseRedirect(back)
    own = request.assignment.membership_id
    context = {"form": form, "title": title, "leave": back, "caption": ""}
    context |= {"absences": (), "mine": own, "may_manage": False, **more}
    return render(request, "coordinators/form.html", context)


def _posted(request: AuthenticatedRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _must_look(request: AuthenticatedRequest) -> None:
    if not access.may_look(request.assignment):
        raise PermissionDenied


def _must_manage(request: AuthenticatedRequest) -> None:
    access.require_manager(request.assignment, "desk.page")


def _desk(desk_id: UUID) -> Desk:
    return get_object_or_404(Desk.objects.select_related("region"), pk=desk_id)


def _desk_url(desk_id: UUID) -> str:
    return reverse("coordinators:desk", args=[desk_id])


def _back_from(request: AuthenticatedRequest, absence: Absence) -> str:
    """Her own page for her own absence, else the desk where the person is on duty."""
    duty = Duty.objects.filter(membership=absence.membership_id).order_by("-valid_from").first()
    if absence.membership_id == request.assignment.membership_id or duty is None:
        return reverse("coordinators:own_absence")
    return _desk_url(duty.desk_id)
