"""One function per message: who is told what. In the portal a reference, by mail only that something waits.

Danger, children and refusals are mailed at once; the rest waits for the digest, which each person
chooses. Recipients are worked out when the message is made, from people active at that moment.
"""

from cases.notifications.agencies import (
    contact_changed,
    disputed,
    escalated,
    nudged,
    provisional_ended,
    step_asked,
)
from cases.notifications.clocks import (
    due_moved,
    edition_taken,
    return_key,
    return_stopped,
)
from cases.notifications.counts import figures_are_stuck, tallies_differ
from cases.notifications.events import (
    accepted,
    assigned,
    closed,
    desk_uncovered,
    draft_expires,
    forwarded,
    incident_sent,
    invitation_answered,
    invited,
    message_sent,
    more_wanted,
    not_taken,
    referral_sent,
    reopened,
    supplemented,
    withdraw,
    woken,
)
from cases.notifications.given import (
    figures_are_out,
    step_assigned,
    view_has_news,
)
from cases.notifications.guard import (
    case_requested,
    emergency,
    emergency_reviewed,
    lift_asked,
    named,
    officers,
    protection_changed,
    unnamed,
)
from cases.notifications.keeping import disposal_near
from cases.notifications.late import (
    chased,
    digests,
    recipients,
)
from cases.notifications.moves import (
    forget,
    handover_asked,
    handover_back,
    handover_taken,
    handover_withdrawn,
    inherited,
    sent_back,
    unhandled,
)
from cases.notifications.people import recused_in
from cases.notifications.protecting import (
    pack_prepared,
    pack_sent_back,
    protectors,
    request_due,
)
from cases.notifications.safety import (
    document_added,
    instruction_changed,
    malware_stopped,
    person_found,
    person_missing,
    person_still_missing,
)
from cases.notifications.sameness import (
    match_asked,
    match_found,
    merged,
    taken_on,
    unmerged,
)
from cases.notifications.sending import (
    settled,
    tell,
)

__all__ = [
    "case_requested",
    "accepted",
    "assigned",
    "chased",
    "closed",
    "contact_changed",
    "desk_uncovered",
    "tallies_differ",
    "digests",
    "disposal_near",
    "disputed",
    "document_added",
    "draft_expires",
    "due_moved",
    "edition_taken",
    "emergency",
    "emergency_reviewed",
    "escalated",
    "forget",
    "forwarded",
    "handover_asked",
    "handover_back",
    "handover_taken",
    "handover_withdrawn",
    "incident_sent",
    "inherited",
    "instruction_changed",
    "invitation_answered",
    "invited",
    "lift_asked",
    "malware_stopped",
    "match_asked",
    "match_found",
    "merged",
    "message_sent",
    "more_wanted",
    "named",
    "not_taken",
    "nudged",
    "officers",
    "pack_prepared",
    "pack_sent_back",
    "person_found",
    "person_missing",
    "person_still_missing",
    "protection_changed",
    "protectors",
    "provisional_ended",
    "recipients",
    "recused_in",
    "referral_sent",
    "reopened",
    "request_due",
    "return_key",
    "return_stopped",
    "sent_back",
    "settled",
    "step_asked",
    "step_assigned",
    "supplemented",
    "taken_on",
    "tell",
    "unhandled",
    "unmerged",
    "unnamed",
    "figures_are_out",
    "figures_are_stuck",
    "view_has_news",
    "withdraw",
    "woken",
]
