"""Placeholder until the sessions rules are in: sets the assignment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.access import assignment_for, memberships_of


class AssignmentMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        any_request: Any = request
        any_request.assignment = None
        if request.user.is_authenticated:
            memberships = memberships_of(request.user)  # type: ignore[arg-type]
            if memberships:
                any_request.assignment = assignment_for(memberships[0])
        return self.get_response(request)
