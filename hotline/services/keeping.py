"""How long calls are kept. One that belongs to a case goes with the case; any other after its time.

What is counted stays: the figures hold codes, and no call.
"""

from __future__ import annotations

import uuid
from typing import Final

from django.db import transaction

from core import audit, vault
from core.models import DataKey
from hotline.models import Call, Callback, CorrectionNote, DraftOffer
from hotline.models.call import kept_since
from hotline.services import tallies

BATCH: Final = 200


def delete_old() -> tuple[int, int]:
    """Delete calls past their time and destroy their keys; returns (found, deleted). May run twice."""
    old = Call.objects.filter(started_at__lt=kept_since(), case__isnull=True)
    ids = list(old.order_by("started_at", "pk").values_list("pk", flat=True)[: BATCH * 10])
    return len(ids), sum(_delete(pk) for pk in ids)


@transaction.atomic(durable=True)
def _delete(pk: uuid.UUID) -> int:
    rows = Call.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    call = rows.filter(pk=pk, case__isnull=True).first()
    if call is None:
        return 0
    promises = Callback.objects.filter(call=call)
    keys = {call.data_key_id, *promises.values_list("data_key_id", flat=True)}
    with tallies.stays_counted([call.pk]):
        Call.objects.filter(earlier=call).update(earlier=None)
        for model in (CorrectionNote, DraftOffer):
            model.objects.filter(call=call).delete()
        promises.delete()
        audit.record("call.expire", call, by=None)
        call.delete()
    for key in DataKey.objects.filter(pk__in=keys, destroyed_at=None).order_by("pk"):
        vault.shred(key, by=None)
    return 1
