"""Monthly samples: some looks of each kind, chosen by chance, gone through and signed by an auditor."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.access import Assignment, require_right
from core import audit, clock, seal_check, vault
from core.enums import AuditOutcome
from core.errors import StaleVersion
from core.models import AuditEvent
from nrm_portal.review import telling
from nrm_portal.review.enums import Judgement
from nrm_portal.review.models import Alert, Sample, SampleReport
from nrm_portal.review.words import IDENTITIES, LISTED, OPENED, TAKEN_OUT

STRATA: Final[tuple[tuple[str, tuple[str, ...], int], ...]] = (
    ("identities", tuple(IDENTITIES), 10),
    ("opened", tuple(OPENED - IDENTITIES), 10),
    ("copies", TAKEN_OUT, 5),
    ("listed", tuple(LISTED), 5),
)
"""Kind of look, its acts, how many of a month are drawn. To be confirmed by the data protection officer."""


def month_before(day: date) -> date:
    """The first day of the month before the one of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _bounds(month: date) -> tuple[datetime, datetime]:
    after = (month + timedelta(days=32)).replace(day=1)
    begin, end = (datetime.combine(day, time(), clock.STOCKHOLM) for day in (month, after))
    return begin, end


@transaction.atomic(durable=True)
def make(month: date) -> SampleReport | None:
    """Draw the samples of a month that is over, once; None when they are drawn already. May run twice."""
    begin, end = _bounds(month)
    if end > clock.now():
        raise ValueError("the month is not over")
    pk = uuid.uuid4()
    if SampleReport.objects.filter(month=month).exists():
        return None
    looks = AuditEvent.objects.filter(at__gte=begin, at__lt=end)
    report = SampleReport.objects.create(
        id=pk,
        month=month,
        made_at=clock.now(),
        figures=_figures(looks, begin, end),
        data_key=vault.new_key("samples", pk),
    )
    allowed = looks.filter(outcome=AuditOutcome.ALLOWED, user_id__isnull=False)
    for _kind, verbs, size in STRATA:
        drawn = allowed.filter(verb__in=verbs).order_by("?").values_list("pk", flat=True)[:size]
        Sample.objects.bulk_create(
            [Sample(report=report, event_id=event_id) for event_id in drawn], ignore_conflicts=True
        )
    audit.record("review.sample", report, by=None, month=month, count=report.samples.count())
    telling.auditors(f"samples:{month.isoformat()}")
    return report


def _figures(looks: QuerySet[AuditEvent], begin: datetime, end: datetime) -> dict[str, int]:
    """The month in counts. Two questions to the log, one to the alerts, and the seals."""
    allowed = Q(outcome=AuditOutcome.ALLOWED, user_id__isnull=False)
    counted: dict[str, int] = looks.aggregate(
        **{kind: Count("pk", filter=allowed & Q(verb__in=verbs)) for kind, verbs, _size in STRATA},
        readers=Count("user_id", distinct=True, filter=allowed & Q(verb__in=OPENED)),
        refusals=Count("pk", filter=Q(outcome=AuditOutcome.REFUSED)),
    )
    raised = Alert.objects.filter(found_at__gte=begin, found_at__lt=end)
    counted |= raised.aggregate(alerts=Count("pk"), alerts_open=Count("pk", filter=Q(verdict="")))
    checked = seal_check.check()
    return counted | {"seals": checked.seals, "sealed_rows": checked.rows, "faults": len(checked.findings)}


# --- going through --------------------------------------------------------------------------------------


def _locked(report_id: uuid.UUID, version: int, by: Assignment, verb: str) -> SampleReport:
    rows = SampleReport.objects.select_for_update(of=("self",), no_key=True)
    report = rows.get(pk=report_id)
    require_right(by, "audit", verb, report)
    if report.signed_at is not None:
        raise ValidationError(_("The report is signed and cannot be changed."))
    if report.version != version:
        raise StaleVersion(report)
    return report


@transaction.atomic(durable=True)
def judge(
    *, report_id: uuid.UUID, version: int, judgements: Mapping[int, str], by: Assignment
) -> SampleReport:
    """What the auditor found of each sample so far. An empty judgement takes one back.

    Raises StaleVersion, and ValidationError for a look of her own or once it is signed.
    """
    report = _locked(report_id, version, by, "review.mark")
    own = _of_hers(report, by)
    changed = 0
    for row in report.samples.all():
        told = judgements.get(row.pk, row.judgement)
        if told == row.judgement:
            continue
        if row.event_id in own:
            audit.refuse("review.mark", report, by=by, own=True)
            raise ValidationError(_("One of these looks is your own. Somebody else goes through it."))
        row.judgement, row.judged_by_id = told, by.user_id if told else None
        row.save(update_fields=["judgement", "judged_by"])
        changed += 1
    report.version += 1
    report.save(update_fields=["version"])
    audit.record("review.mark", report, by=by, count=changed)
    return report


def _of_hers(report: SampleReport, by: Assignment) -> frozenset[int]:
    """The sampled looks that are the auditor's own: as with alerts, nobody judges herself."""
    drawn = report.samples.values("event_id")
    return frozenset(AuditEvent.objects.filter(pk__in=drawn, user_id=by.user_id).values_list("pk", flat=True))


@transaction.atomic(durable=True)
def sign(*, report_id: uuid.UUID, version: int, note: str, by: Assignment) -> SampleReport:
    """The auditor has gone through everything and says what was found. It stands from then on."""
    report = _locked(report_id, version, by, "review.sign")
    if report.samples.filter(judgement="").exists():
        raise ValidationError(_("Go through every sample before you sign."))
    if not note.strip():
        raise ValidationError({"note": _("Write what you found.")})
    report.signed_by_id, report.signed_at, report.note = by.user_id, clock.now(), note
    report.version += 1
    report.save(update_fields=["signed_by", "signed_at", "note", "version"])
    questions = report.samples.filter(judgement=Judgement.QUESTION).count()
    audit.record("review.sign", report, by=by, month=report.month, questions=questions)
    return report
