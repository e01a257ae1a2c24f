"""Documents: from a template and plain values to an accessible PDF, without any network or file access.

A document is ordered with `request` and rendered by the worker of queue `pdf`; the result lies sealed
under a key of its own, which is destroyed after an hour at most. Whoever ordered it is asked for the
right to it again at the download, by the app that knows what it is about. Recording the act is that app's
matter too.
"""

from __future__ import annotations

import base64
import json
import logging
import resource
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation

from core import broker, clock, jobs, vault
from core.audit import Actor
from core.enums import PdfState
from core.models import PdfJob

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

logger = logging.getLogger(__name__)
logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)

LEASE: Final = timedelta(minutes=1)
ATTEMPTS: Final = 3
MEMORY: Final = 768 * 1024 * 1024
"""Bytes a document may take beyond what the process already has."""
FONTS: Final = {
    "sans": "fonts/schibsted-grotesk-latin.woff2",
    "sans_ext": "fonts/schibsted-grotesk-latin-ext.woff2",
    "mono": "fonts/atkinson-mono-latin.woff2",
}


class PdfRefused(Exception):
    """The document asked for something outside itself (a file, the network); nothing was fetched."""


def render_pdf(template: str, context: Mapping[str, Any], language: str) -> tuple[str, bytes]:
    """The HTML and the PDF/UA-1 of a template in a language.

    The values are turned into plain text, numbers, lists and dictionaries first: nothing marked as safe
    HTML gets through. Addresses other than `data:` raise PdfRefused. The HTML is returned for tests.
    """
    from weasyprint import HTML  # takes a second; only the worker and its tests need it
    from weasyprint.urls import FatalURLFetchingError

    plain = json.loads(json.dumps(context, cls=DjangoJSONEncoder))
    with translation.override(language):
        html = render_to_string(template, {**plain, "language": language, "fonts": _fonts()})
    try:
        data = HTML(string=html, url_fetcher=_fetcher()).write_pdf(
            pdf_variant="pdf/ua-1", pdf_identifier=b"nrm"
        )
    except FatalURLFetchingError:  # a BaseException: nothing else would catch it
        raise PdfRefused("a document may hold nothing from outside itself") from None
    assert isinstance(data, bytes)
    return html, data


def request(
    template: str,
    context: Mapping[str, Any],
    *,
    by: Actor,
    filename: str,
    case_id: UUID | None = None,
    language: str = "",
) -> PdfJob:
    """Order a document in the caller's transaction; a worker is nudged after the commit.

    `filename` shows in the reader's downloads: a reference and a kind, nothing personal.
    """
    assert by.user_id is not None, "a document is ordered by a person"
    job_id, now = uuid4(), clock.now()
    job = PdfJob.objects.create(
        id=job_id,
        data_key=vault.new_key("pdf", job_id),
        requester_id=by.user_id,
        case_id=case_id,
        template=template,
        language=language or translation.get_language() or settings.LANGUAGE_CODE,
        filename=filename,
        context=dict(context),
        created_at=now,
        expires_at=now + settings.PDF_LIFETIME,
    )
    transaction.on_commit(lambda: broker.nudge("core.tasks.render_pdf_job", job_id), robust=True)
    return job


def result(job: PdfJob) -> bytes | None:
    """The finished document, None when it is not ready or no longer there."""
    fresh = PdfJob.objects.select_related("data_key").get(pk=job.pk)
    if fresh.state != PdfState.READY or fresh.expires_at <= clock.now():
        return None
    data = fresh.result
    return data if isinstance(data, bytes) else None


def render(job_id: UUID) -> PdfState | None:
    """Render a waiting job; None when it is not waiting or another worker has it. May run twice."""
    now = clock.now()
    waiting = PdfJob.objects.filter(_open(now), pk=job_id, attempts__lt=ATTEMPTS)
    if not waiting.update(state=PdfState.RENDERING, lease_until=now + LEASE, attempts=F("attempts") + 1):
        return None
    job = PdfJob.objects.select_related("data_key").get(pk=job_id)
    try:
        with memory_limit():
            _, data = render_pdf(job.template, job.context, job.language)
    except (Exception, SoftTimeLimitExceeded) as error:  # whatever a document does, the worker goes on
        logger.exception("document %s failed", job.pk)
        return _end(job, PdfState.FAILED, error=jobs.describe(error))
    job.result = data
    return _end(job, PdfState.READY)


def expire() -> int:
    """Destroy what has outlived its time, input and result; returns how many jobs. May run twice."""
    old = PdfJob.objects.filter(expires_at__lte=clock.now()).exclude(state=PdfState.EXPIRED)
    done = 0
    for job in old.select_related("data_key").order_by("expires_at")[:500]:
        with transaction.atomic():
            job.state, job.result = PdfState.EXPIRED, None
            job.save(update_fields=["state", "result"])
            vault.shred(job.data_key, by=None)
        done += 1
    return done


def withdraw(case_id: UUID, requesters: Iterable[UUID], *, by: Actor | None) -> int:
    """Destroy what these people have ordered about a case, finished or not; returns how many.

    In the caller's transaction. A worker that is rendering one meanwhile finds it expired.
    """
    living = PdfJob.objects.filter(case_id=case_id, requester_id__in=list(requesters))
    found = list(living.exclude(state=PdfState.EXPIRED).select_related("data_key"))
    for job in found:
        job.state, job.result, job.lease_until = PdfState.EXPIRED, None, None
        job.save(update_fields=["state", "result", "lease_until"])
        vault.shred(job.data_key, by=by)
    return len(found)


def resume(now: datetime) -> int:
    """Nudge for jobs nobody works on, give up those that killed their worker; returns how many wait."""
    open_jobs = PdfJob.objects.filter(_open(now), expires_at__gt=now)
    open_jobs.filter(attempts__gte=ATTEMPTS).update(
        state=PdfState.FAILED, lease_until=None, error="WorkerLost"
    )
    waiting = open_jobs.filter(created_at__lt=now - timedelta(seconds=20)).order_by("created_at")
    found = list(waiting.values_list("pk", flat=True)[:100])
    for job_id in found:
        broker.nudge("core.tasks.render_pdf_job", job_id)
    return len(found)


@contextmanager
def memory_limit(extra: int = MEMORY) -> Iterator[None]:
    """Let this process grow by so many bytes and no more; what asks for more gets a MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    wanted = pages * resource.getpagesize() + extra
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _open(now: datetime) -> Q:
    """Jobs that wait, and those whose worker has gone."""
    return Q(state=PdfState.WAITING) | Q(state=PdfState.RENDERING, lease_until__lt=now)


def _end(job: PdfJob, state: PdfState, error: str = "") -> PdfState:
    """Store how it ended, unless the job has expired meanwhile."""
    with transaction.atomic():
        mine = PdfJob.objects.select_for_update(of=("self",), no_key=True).filter(pk=job.pk)
        if not mine.filter(state=PdfState.RENDERING).exists():
            return PdfState.EXPIRED
        job.state, job.error, job.lease_until = state, error, None
        job.save(update_fields=["state", "error", "lease_until", "result"])
    return state


@lru_cache(maxsize=1)
def _fetcher() -> URLFetcher:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class DataOnly(URLFetcher):  # type: ignore[misc]
        """Opens `data:` and stops the rendering at anything else."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if url[:5].lower() != "data:":
                raise FatalURLFetchingError("only data: is allowed")
            return super().fetch(url, headers)

    return DataOnly(allowed_protocols={"data"}, allow_redirects=False)


@lru_cache(maxsize=1)
def _fonts() -> dict[str, str]:
    """The vendored fonts as data: addresses by role; a missing one falls back to the machine's DejaVu."""
    found: dict[str, str] = {}
    for role, name in FONTS.items():
        if path := finders.find(name):
            encoded = base64.b64encode(Path(path).read_bytes()).decode("ascii")
            found[role] = f"data:font/woff2;base64,{encoded}"
    return found
