"""Handlingar: what lies in the case, adding, opening one at a time, taking away."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest
from cases.access import Sight, get_case_or_404
from cases.enums import Category, DocumentState, Level, RemovalReason
from cases.forms.documents import DocumentForm, RemoveForm, rows
from cases.models import Document
from cases.services import documents as service
from cases.views import case as case_views
from core import filetypes, looks, scanner
from core.fields import put
from core.uploads import takes_files

SANDBOX: Final = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STATES: Final[dict[str, tuple[str, Promise]]] = {
    DocumentState.PENDING: (
        "checking",
        gettext_lazy("It can be opened when it has been scanned for malware."),
    ),
    DocumentState.UNSCANNED: (
        "unscanned",
        gettext_lazy("This installation has no malware scanner. The document stays closed to everybody."),
    ),
    DocumentState.CLEAN: ("clean", gettext_lazy("")),
    DocumentState.INFECTED: ("rejected", gettext_lazy("The file holds malware. Nobody can open it.")),
    DocumentState.REMOVED: ("removed", gettext_lazy("")),
}
KINDS: Final = {filetypes.PDF: "PDF", filetypes.PNG: "PNG", filetypes.JPEG: "JPEG"}


@dataclass(frozen=True, slots=True)
class Row:
    """A document as the list prints it."""

    description: str
    kind: str
    size: int
    by: str
    at: datetime
    state: str
    words: str
    about: str
    open_url: str = ""
    remove_url: str = ""


def _row(document: Document, sight: Sight) -> Row:
    removed = document.state == DocumentState.REMOVED
    state, words = STATES[document.state]
    here = [sight.case.pk, document.pk]
    own = service.is_own(sight, document) and sight.case.is_open
    return Row(
        _("Removed document") if removed else str(document.description),
        KINDS.get(document.media_type, ""),
        document.size,
        _house(document, sight),
        document.uploaded_at,
        state,
        _("Removed %(day)s") % {"day": looks.date_text(document.removed_at or document.uploaded_at)}
        if removed
        else str(words),
        str(Category(document.category).label),
        reverse("cases:document-open", args=here) if document.state == DocumentState.CLEAN else "",
        reverse("cases:document-remove", args=here) if own and not removed else "",
    )


def _house(document: Document, sight: Sight) -> str:
    """Who brought it; of a hidden house its kind alone."""
    if document.desk is not None:
        return f"{document.uploaded_by.name}, {document.desk.name}"
    assert document.agency is not None, "a document has a home (constraint)"
    if sight.hides(document.agency):
        return sight.name_of(document.agency)
    return f"{document.uploaded_by.name}, {document.agency.name}"


@require_safe
def document_list(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """What the viewer may see of the case's documents; nothing tells that there are others."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.documents")
    return _show(request, sight, rows(None, None, anonymous=sight.case.is_consultation))


def _show(
    request: AuthenticatedRequest, sight: Sight, forms: Sequence[DocumentForm], status: int = 200
) -> HttpResponse:
    found = [_row(document, sight) for document in service.visible_to(sight)]
    bad = [form for form in forms if form.is_bound and form.errors]
    errors = [
        (form[name].auto_id if name in form.fields else "", text)
        for form in bad
        for name, texts in form.errors.items()
        for text in texts
    ]
    context = {
        "head": case_views.head(request, sight, "documents"),
        "documents": found,
        "first": forms[0],
        "rest": forms[1:],
        "more_open": any(form.is_bound and not form.is_empty for form in forms[1:]),
        "errors": errors,
        "has_errors": bool(errors),
        "can": {"add": sight.case.is_open, "scanned": scanner.is_configured()},
    }
    return render(request, "cases/documents/list.html", context, status=status)


@takes_files
@require_POST
def add(request: AuthenticatedRequest, case_id: uuid.UUID) -> HttpResponse:
    """Each row by itself: what is right is taken in, what is refused is shown again with the reason."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.documents")
    forms = rows(request.POST, request.FILES, anonymous=sight.case.is_consultation)
    filled = [form for form in forms if not form.is_empty] or forms[:1]
    taken = [form for form in filled if form.is_valid() and _taken(sight, form)]
    if taken:
        words = ngettext("%(n)s document has been added.", "%(n)s documents have been added.", len(taken))
        messages.success(request, words % {"n": len(taken)})
    left = [form for form in filled if form not in taken]
    if not left:
        return redirect("cases:documents", case_id)
    blank = rows(None, None, anonymous=sight.case.is_consultation)
    shown = [*left, *(form for form in blank if form.prefix not in {bad.prefix for bad in left})]
    return _show(request, sight, shown, status=422)


def _taken(sight: Sight, form: DocumentForm) -> bool:
    try:
        service.add(case_id=sight.case.pk, incoming=form.incoming(), by=sight.by)
    except ValidationError as error:
        put(form, error)
        return False
    return True


@require_POST
def open_document(
    request: AuthenticatedRequest, case_id: uuid.UUID, document_id: uuid.UUID
) -> HttpResponseBase:
    """The document as a download, whole, to whoever may see it at this moment. A part is never served."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.documents")
    opened = service.open_document(sight=sight, document_id=document_id)
    response = StreamingHttpResponse(opened.chunks, content_type=opened.media_type)
    if opened.size is not None:
        response.headers["Content-Length"] = str(opened.size)
    response.headers["Content-Disposition"] = disposition(opened.name)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Accept-Ranges"] = "none"
    return response


def disposition(name: str) -> str:
    """`attachment` with the name twice (RFC 6266): for old readers in ASCII, and as it is written."""
    plain = "".join(char if char.isascii() and char.isprintable() else "_" for char in name)
    plain = plain.replace('"', "_").replace("\\", "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: AuthenticatedRequest, case_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """A page of its own: it cannot be undone."""
    sight = get_case_or_404(request, case_id, need=Level.STEPS, verb="case.documents")
    document = service.get_own_or_refuse(sight, document_id)
    form = RemoveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = RemovalReason(form.cleaned_data["reason"])
        service.remove(case_id=case_id, document_id=document_id, reason=reason, by=request.assignment)
        messages.success(request, _("The document has been removed. It cannot be opened any more."))
        return redirect("cases:documents", case_id)
    context = {
        "head": case_views.head(request, sight, "documents"),
        "form": form,
        "document": _row(document, sight),
    }
    return render(request, "cases/documents/remove.html", context, status=422 if form.errors else 200)
