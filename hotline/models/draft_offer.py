"""A code told on the phone: with it the caller fetches, once, the draft that the call became."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q

from hotline.models.constraints import both_or_neither


class DraftOffer(models.Model):
    """The draft does not exist until it is fetched: then it is the caller's own from its first moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.OneToOneField("hotline.Call", on_delete=models.PROTECT, related_name="offer")
    code = models.BinaryField(max_length=32, unique=True)
    """A keyed fingerprint: the code itself is told once and never kept."""
    with_words = models.BooleanField(default=False)
    """The short text on the call goes with it."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    taken_at = models.DateTimeField(null=True)

    class Privacy:
        kept = ("id", "call", "code", "with_words", "made_by", "made_at", "until", "taken_by", "taken_at")
        scrubbed = ()
        erased = ()

    class Meta:
        constraints = [
            both_or_neither("taken_at", "taken_by", "offer_taken_by_whom"),
            CheckConstraint(condition=Q(until__gt=F("made_at")), name="offer_ends_after_it_was_made"),
            CheckConstraint(
                condition=Q(taken_at__isnull=True) | Q(taken_at__gte=F("made_at"), taken_at__lt=F("until")),
                name="offer_taken_in_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
