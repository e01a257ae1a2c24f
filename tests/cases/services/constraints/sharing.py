"""Consents, grounds, statements and the ledger of disclosures: what the database refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cases.enums import DisclosureKind
from cases.models import Consent, Disclosure, LegalGround, PrivacyStatement, Withdrawal
from core import clock

Act = Callable[[Any], Any]


def _consent(scene: Any, **changes: Any) -> None:
    """Saved as a row: who gave it is sealed, and an update cannot seal."""
    row = Consent.objects.get(case_id=scene.world.case_id)
    assert row.data_key_id is not None, "a sealed column needs its key"
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))


def _ground(scene: Any, **changes: Any) -> None:
    rows = LegalGround.objects.filter(case_id=scene.world.case_id, agency_id=scene.police.agency_id)
    assert rows.update(**changes), "the update must hit a row"


def _withdrawal(scene: Any, form: str) -> None:
    Withdrawal.objects.create(
        consent=Consent.objects.get(case_id=scene.world.case_id),
        scope=["police"],
        form=form,
        withdrawn_on=clock.today(),
        data_key=scene.world.case.data_key,
        recorded_by=scene.user,
        recorded_at=scene.now,
    )


def _statement(scene: Any, form: str) -> None:
    PrivacyStatement.objects.create(
        case=scene.world.case,
        given_on=clock.today(),
        form=form,
        language="bulgariska",
        recorded_by=scene.user,
        recorded_at=scene.now,
    )


def _disclosure(scene: Any, **changes: Any) -> None:
    given = {
        "case": scene.world.case,
        "agency": scene.police.agency,
        "data_key": scene.world.case.data_key,
        "kind": DisclosureKind.ACCESS,
        "by": scene.user,
        "at": scene.now,
    }
    Disclosure.objects.create(**(given | changes))


BREAKS: Final[dict[str, tuple[Act, ...]]] = {
    "consent_representative_is_named": (
        lambda scene: _consent(scene, by_representative=True),
        lambda scene: _consent(scene, representative="Förordnad god man"),
    ),
    "withdrawal_form_known": (lambda scene: _withdrawal(scene, "guessed"),),
    "privacy_statement_form_known": (lambda scene: _statement(scene, "guessed"),),
    "ground_ended_says_why": (
        lambda scene: _ground(scene, ended_at=scene.now),
        lambda scene: _ground(scene, end_reason="left"),
    ),
    "disclosure_kind_known": (lambda scene: _disclosure(scene, kind="rumour"),),
    "disclosure_to_somebody": (lambda scene: _disclosure(scene, agency=None),),
}
