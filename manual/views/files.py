"""The files of an edition: what they are, handed out as an archive, and brought in as a draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import AuthenticatedRequest, right_required
from core.errors import TransitionNotAllowed
from core.fields import put
from core.uploads import takes_files
from manual.forms.files import BringForm
from manual.library import BadSource, agreement, archive, source, writing
from manual.models import Edition
from manual.services import bring_in, hand_out

INVALID: Final = 422
SHOWN: Final = 30


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file and how long it is."""

    path: str
    lines: int


@right_required("edit_manual")
@require_safe
def listing(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """Which files the edition has as, and whether those of the portal say the same."""
    edition = _edition_or_404(number)
    files, says = writing.both(edition)
    rows = [FileRow(path, text.count("\n")) for path, text in files.items()]
    try:
        found = agreement.differences(says, source.read())
    except BadSource as error:
        found = error.problems
    context = {"edition": edition, "files": rows, "differences": found[:SHOWN], "count": len(found)}
    return render(request, "manual/files/list.html", context)


@right_required("edit_manual")
@require_POST
def download(request: AuthenticatedRequest, number: int) -> HttpResponse:
    """The archive."""
    edition = _edition_or_404(number)
    response = HttpResponse(hand_out(edition, by=request.assignment), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="manual-{edition.number}.zip"'
    return response


@takes_files
@right_required("edit_manual")
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: AuthenticatedRequest) -> HttpResponse:
    """An archive becomes a draft. What does not fit together is named, and nothing is brought in."""
    form = BringForm(request.POST or None, request.FILES or None)
    problems: list[str] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            files = archive.unpack(data["archive"].read())
            made = bring_in(files, title=data["title"], reason=data["reason"], by=request.assignment)
        except BadSource as error:
            problems = error.problems
            form.add_error("archive", _("The files do not fit together. Nothing was brought in"))
        except TransitionNotAllowed as error:
            put(form, ValidationError(str(error.message)))
        else:
            words = _("The files are edition %(number)s now, a draft.") % {"number": made.number}
            messages.success(request, words)
            return redirect(made)
    context = {"form": form, "problems": problems}
    return render(
        request, "manual/files/bring.html", context, status=INVALID if request.method == "POST" else 200
    )


def _edition_or_404(number: int) -> Edition:
    edition = Edition.objects.filter(number=number).first()
    if edition is None:
        raise Http404
    return edition
