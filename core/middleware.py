"""The outermost middleware: gives each request an id."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core import context


class RequestContext:
    """Bind a fresh id to the request; log lines, audit rows and error pages carry it.

    An id sent by the client is never used: what stands in the audit must not be chosen from outside.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with context.scope() as request_id:
            request.META["nrm.request_id"] = str(request_id)
            response = self.get_response(request)
            response["X-Request-ID"] = str(request_id)
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
            return response
