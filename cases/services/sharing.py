"""Legal grounds and the ledger: on what somebody may see which parts, and who was let see or told what."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.access import Assignment
from accounts.enums import AgencyKind
from accounts.models import Agency
from cases.enums import Category, DisclosureKind, GroundEnd, GroundKind, Provision
from cases.models import Case, Consent, Disclosure, LegalGround
from cases.services import provisions
from core import clock, looks
from core.text import identifying

CONSENT: Final = "consent"
"""The code of consent among the grounds that may be chosen; the others are provisions."""
COORDINATOR: Final = "coordinator"
"""In a consent's scope: the desk itself."""


@dataclass(frozen=True)
class GroundChoice:
    """A ground that may be chosen for one agency in one case."""

    code: str
    """"consent", or a provision's code."""
    label: str
    paragraph: str = ""
    permits: str = ""
    to: str = ""
    to_confirm: bool = False
    categories: frozenset[str] = frozenset(Category.values)
    """What it can carry."""

    @property
    def explained(self) -> str:
        """Paragraph, what it permits and to whom, what it blocks, and whether a lawyer has to confirm it."""
        parts = [f"{self.paragraph}." if self.paragraph else "", self.permits]
        parts.append(_("To: %(whom)s.") % {"whom": self.to} if self.to else "")
        blocked = [str(Category(code).label) for code in Category.values if code not in self.categories]
        parts.append(_("Not for: %(what)s.") % {"what": ", ".join(blocked)} if blocked else "")
        parts.append(_("To be confirmed by a lawyer.") if self.to_confirm else "")
        return " ".join(filter(None, parts))


def provisions_for(kind: str, age_band: str) -> list[Provision]:
    """Provisions a coordinator may name towards a kind of agency (`provisions.RULES`)."""
    return [rule.provision for rule in provisions.rules_for(kind, age_band)]


def ground_choices(case: Case, agency: Agency) -> list[GroundChoice]:
    """What the coordinator may choose; consent only when it covers this agency."""
    choices = [_choice(rule) for rule in provisions.rules_for(agency.kind, case.age_band)]
    consent = consent_covering(case, agency)
    if consent:
        choices.insert(0, _consent_choice(consent, agency))
    return choices


def _choice(rule: provisions.Rule) -> GroundChoice:
    return GroundChoice(
        rule.provision.value,
        str(rule.provision.label),
        str(rule.paragraph),
        str(rule.permits),
        str(rule.to),
        rule.to_confirm,
        rule.categories,
    )


def _consent_choice(consent: Consent, agency: Agency) -> GroundChoice:
    abroad = agency.kind == AgencyKind.IOM
    text = str(provisions.CONSENT_TEXT)
    return GroundChoice(
        CONSENT,
        _("Consent of %(day)s") % {"day": looks.date_text(consent.given_on)},
        permits=f"{text} {provisions.CONSENT_ABROAD}" if abroad else text,
        to=str(agency.get_kind_display()),
        to_confirm=abroad,
    )


def without_person(case: Case, text: str | None, field: str = "text") -> None:
    """A consultation holds nothing that points a person out. Raises ValidationError at the field (S33)."""
    if case.is_consultation and text and (found := identifying(str(text))):
        words = _(
            "“%(found)s” looks like something that points a person out. Take it away: nobody has agreed."
        )
        raise ValidationError({field: words % {"found": found}}, code="identifying")


def in_force(on: date | None = None) -> Q:
    """Consents that hold: not withdrawn, and not past their last day."""
    day = on or clock.today()
    return Q(withdrawn_on__isnull=True) & (Q(valid_until__isnull=True) | Q(valid_until__gte=day))


def consent_covering(case: Case, agency: Agency) -> Consent | None:
    """The latest consent in force that names the agency's kind and was not withdrawn for this very agency."""
    consents = case.consents.filter(in_force(), scope__contains=[agency.kind])
    return consents.exclude(withdrawals__scope__contains=[agency.pk.hex]).order_by("-given_on").first()


def make_ground(
    case: Case,
    agency: Agency,
    code: str,
    categories: Iterable[str],
    purpose: str,
    by: Assignment,
    valid_until: date | None = None,
) -> LegalGround:
    """A ground for one agency. Raises ValidationError at `ground`, `categories` or `valid_until`.

    The server refuses what the sharing matrix blocks, whatever the page offered.
    """
    choice = next((choice for choice in ground_choices(case, agency) if choice.code == code), None)
    if choice is None:
        raise ValidationError({"ground": _("This ground does not cover the agency. Choose another one.")})
    chosen = [c for c in Category.values if c in set(categories)]
    if case.is_consultation and {Category.IDENTITY, Category.CONTACT} & set(chosen):
        raise ValidationError({"categories": _("A consultation has no identity to share.")})
    blocked = [str(Category(c).label) for c in chosen if c not in choice.categories]
    if blocked:
        words = _("This ground does not permit sharing: %(what)s.") % {"what": ", ".join(blocked)}
        raise ValidationError({"categories": words})
    consent = consent_covering(case, agency) if code == CONSENT else None
    return LegalGround.objects.create(
        case=case,
        agency=agency,
        kind=GroundKind.CONSENT if consent else GroundKind.PROVISION,
        consent=consent,
        provision="" if consent else code,
        categories=chosen,
        data_key_id=case.data_key_id,
        purpose=purpose,
        valid_until=_until(valid_until, consent),
        made_by_id=by.user_id,
        made_at=clock.now(),
    )


def _until(day: date | None, consent: Consent | None) -> date | None:
    """The last day of a ground: never past that of the consent it stands on, never before today."""
    if day is not None and day < clock.today():
        raise ValidationError({"valid_until": _("The date has already passed")})
    last = consent.valid_until if consent else None
    return min(filter(None, (day, last)), default=None)


def end_grounds(grounds: Iterable[LegalGround], reason: GroundEnd) -> None:
    """End those still in force. The caller brings participations and grants in line."""
    rows = LegalGround.objects.filter(pk__in=[ground.pk for ground in grounds], ended_at__isnull=True)
    rows.update(ended_at=clock.now(), end_reason=reason)


# --- the ledger ------------------------------------------------------------------------------------


def disclosed(
    case: Case,
    kind: DisclosureKind,
    *,
    by_id: uuid.UUID | None,
    agency_id: uuid.UUID | None = None,
    desk_id: uuid.UUID | None = None,
    categories: Iterable[str] = (),
    ground_id: uuid.UUID | None = None,
    subject_id: uuid.UUID | None = None,
    outside: str | None = None,
    what: str | None = None,
) -> Disclosure:
    """Write in the caller's transaction that a recipient was let see or told something.

    The recipient is an agency, a desk, or, in words, somebody outside the portal. `by_id`: who disclosed it,
    or took the copy out. `subject_id`: the message, document or PDF job. Call it where the fact arises, once.
    """
    wanted = set(categories)
    return Disclosure.objects.create(
        case=case,
        agency_id=agency_id,
        desk_id=desk_id,
        data_key_id=case.data_key_id,
        outside=outside or None,
        what=what or None,
        kind=kind,
        categories=[c for c in Category.values if c in wanted],
        ground_id=ground_id,
        subject_id=subject_id,
        by_id=by_id,
        at=clock.now(),
    )
