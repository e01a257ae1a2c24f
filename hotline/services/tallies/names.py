"""The names of what is counted about calls: units and their codes. Figures are built on these alone.

A call counts in the month in which it ended, Stockholm time; what is corrected is corrected there. Every code
of a unit is always there; `NOT_STATED` means that the call does not say."""

from __future__ import annotations

from typing import Final

from cases.enums import Answer

CALLS: Final = "call"
"""Every ended call. caller: hotline.enums.Caller. again: "again" when it goes back to an earlier call, else
"first". hour: "00" to "23", in which it began."""
MATTERS: Final = "matter"
"""What professionals asked about, each once however many calls there are about it, in the month in which the
first of them ended. profession: hotline.enums.Profession. agency: accounts.enums.AgencyKind of the caller's
agency. county: code of coordinators.County."""
TOPICS: Final = "topic"
"""What was spoken about with professionals; a call can have several. topic: hotline.enums.Topic."""
REFERRALS: Final = "led_to_referral"
"""Matters that led to a referral or a consultation in the portal, in the month of the matter.
detail: "referral" or "consultation", by the first that was sent."""
NOT_STATED: Final = Answer.NOT_STATED.value
"""The call does not say: its questions have no answer "not known"."""
