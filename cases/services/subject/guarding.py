"""What protects a person and her data: protected identity, emergencies, disclosures gone wrong, retention."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from cases.models import (
    Breach,
    BreachRecipient,
    BreakGlass,
    ContactRoute,
    Hold,
    NamedPerson,
    ProtectionLift,
    Retention,
)
from cases.services.subject.sources import Part, Source, Why

ROW: Final = ("id", "case", "data_key")
SOURCES: Final = (
    Source(
        NamedPerson,
        path="case",
        part=Part.DISCLOSED,
        title=_("Named for the protected identity"),
        shown={
            "reason": _("Why"),
            "named_at": _("From"),
            "until": _("Valid until"),
            "ended_at": _("Ended"),
        },
        left={Why.ROW: ROW, Why.STAFF: ("user", "named_by", "ended_by")},
        at="named_at",
    ),
    Source(
        ContactRoute,
        path="case",
        part=Part.DATA,
        title=_("How a protected person is reached"),
        shown={"words": _("How"), "set_at": _("When")},
        left={Why.ROW: (*ROW, "version"), Why.STAFF: ("user", "set_by")},
        at="set_at",
    ),
    Source(
        ProtectionLift,
        path="case",
        part=Part.DATA,
        title=_("Question of milder protection"),
        shown={
            "from_tier": _("From"),
            "to_tier": _("To"),
            "reason": _("Why"),
            "asked_at": _("Asked"),
            "decided_at": _("Decided"),
            "approved": _("Approved"),
            "applied_at": _("Carried out"),
        },
        left={Why.ROW: (*ROW, "person"), Why.STAFF: ("asked_by", "decided_by")},
        at="asked_at",
    ),
    Source(
        BreakGlass,
        path="case",
        part=Part.DISCLOSED,
        title=_("Opened in an emergency"),
        shown={
            "agency": _("Agency"),
            "reason": _("Why"),
            "opened_at": _("From"),
            "until": _("Valid until"),
            "closed_at": _("Ended"),
            "verdict": _("What the review found"),
            "review": _("Review"),
            "reviewed_at": _("Reviewed"),
        },
        left={Why.ROW: ROW, Why.STAFF: ("user", "reviewed_by")},
        houses=("agency",),
        at="opened_at",
    ),
    Source(
        Breach,
        path="case",
        part=Part.DISCLOSED,
        title=_("Suspected wrong disclosure"),
        shown={
            "kind": _("Kind"),
            "threat": _("Threat"),
            "what": _("What happened"),
            "outside": _("Who else came to know"),
            "since": _("Could be seen from"),
            "noticed_at": _("Noticed"),
            "categories": _("Parts"),
            "risk": _("Risk"),
            "consequences": _("Consequences"),
            "measures": _("Measures"),
            "told": _("Who else is told"),
            "person_told": _("Whether the person was told"),
            "person_told_why": _("Why"),
            "decision": _("Decision"),
            "decision_why": _("Why it was decided"),
            "decided_at": _("Decided"),
            "notified_at": _("Notified to the supervisory authority"),
            "notified_as": _("Number at the authority"),
            "late_why": _("Why the notification came late"),
            "closed_at": _("Closed"),
        },
        left={
            Why.ROW: (*ROW, "version"),
            Why.STAFF: ("reported_by", "decided_by", "closed_by"),
            Why.CLOCKWORK: ("due_at", "reported_agency", "reported_at", "stage", "chase_at"),
        },
        at="noticed_at",
    ),
    Source(
        BreachRecipient,
        path="breach__case",
        part=Part.DISCLOSED,
        title=_("Who came to know by a wrong disclosure"),
        shown={
            "agency": _("Agency"),
            "desk": _("Desk"),
            "had_sight": _("Could still see it when it was noticed"),
        },
        left={Why.ROW: ("id", "breach", "bar"), Why.STAFF: ("user",)},
        at="breach__noticed_at",
    ),
    Source(
        Hold,
        path="case",
        part=Part.DATA,
        title=_("Must be kept for now"),
        shown={
            "reason": _("Why"),
            "words": _("Text"),
            "placed_at": _("From"),
            "ends_on": _("To"),
            "lifted_at": _("Ended"),
        },
        left={Why.ROW: ROW, Why.STAFF: ("placed_by", "lifted_by")},
        at="placed_at",
    ),
    Source(
        Retention,
        path="case",
        part=Part.DATA,
        title=_("How long it is kept"),
        shown={"counts_from": _("Counted from"), "due_on": _("To be disposed of")},
        left={Why.ROW: ("id", "case", "rule"), Why.CLOCKWORK: ("warned_first_on", "warned_last_on")},
        at="due_on",
    ),
)
