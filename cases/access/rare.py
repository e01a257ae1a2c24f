"""What few cases have: asked for once, together with the case, so that most pages need no query for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.db.models import Exists, OuterRef, Q

from cases.enums import HandoverStatus
from cases.models import Breach, Case, CaseLink, Dispute, Handover, Meeting, Merge
from core import clock
from manual.models import Edition

FROM_ABOVE: Final[dict[str, Callable[[], Exists]]] = {}
"""What apps above the cases know of one; each adds its own when the portal starts."""


def rarities() -> dict[str, Exists]:
    """For `annotate` on cases."""
    here = OuterRef("pk")
    return {
        "with_breaches": Exists(Breach.objects.filter(case=here, closed_at__isnull=True)),
        "with_disputes": Exists(Dispute.objects.filter(case=here)),
        "with_handover": Exists(Handover.objects.filter(case=here, status=HandoverStatus.OPEN)),
        "with_links": Exists(CaseLink.objects.filter(Q(case=here) | Q(other=here))),
        "with_meetings": Exists(Meeting.objects.filter(case=here)),
        "with_newer_edition": Exists(
            Edition.objects.filter(pk=Edition.objects.until(clock.today()).values("pk")[:1]).exclude(
                pk=OuterRef("edition")
            )
        ),
        "with_merges": Exists(Merge.objects.filter(survivor=here, undone_at__isnull=True)),
        **{name: asked() for name, asked in FROM_ABOVE.items()},
    }


def may_have(case: Case, *names: str) -> bool:
    """Whether it has any of these; a case that was fetched without asking may have them all."""
    return any(getattr(case, f"with_{name}", True) for name in names)
