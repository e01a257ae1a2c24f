"""The names of what is counted: units, their codes, and the classes of times. Figures are built on these
alone.

A unit is never added to another. Each has the codes of `BASE`; `CODES` says which it has besides. Every code
is always there: `UNKNOWN` means that somebody answered that it is not known (or that no desk of a region held
the case), `NOT_STATED` that nobody answered.

**When.** A fact counts in the month, Stockholm time, in which it happened, with the region and county of that
day; where it is taken back it is gone from that very month. So a sum over any months and codes is a number of
facts, never less than none, and a recount from the facts gives the same (`recount`). A month that is over is
sealed elsewhere; what changes in it later changes these sums and not what was sealed. The one exception is
`REGROUPED`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cases.enums import Answer
from cases.sections.known import QUESTIONS as _QUESTIONS

UNKNOWN: Final = Answer.UNKNOWN.value
"""Somebody answered that it is not known. Of `region`: the national desk held the case."""
NOT_STATED: Final = Answer.NOT_STATED.value
"""Nobody answered."""

BASE: Final = ("kind", "region", "county", "age", "sex", "form", "citizenship", "agency")
"""Codes that every unit below has, but for those in `BARE`.

kind: "case" or "consultation". region: key of coordinators.Region. county: code of coordinators.County.
age: coordinators.enums.AgeBand. sex: cases.enums.Sex. form: manual.enums.Exploitation (the main form).
citizenship: cases.enums.Citizenship. agency: accounts.enums.AgencyKind of the agency that referred (of steps:
of the agency that owes the step, "coordination" for a desk). Each can also be `UNKNOWN` or `NOT_STATED`.
"""

REFERRALS: Final = "referral"
"""Referrals and consultations sent, month of sending. Equals `CASES` + `CONSULTATIONS` code by code."""
CASES: Final = "case"
"""Referrals that opened a case, each once."""
CONSULTATIONS: Final = "consultation"
"""Consultations without a person; one that has become a case is counted as that alone. Where its month was
sealed before, both stand in what is published: as a consultation in its month and as a case in a later one.
The definitions beside the figures say so."""
REGROUPED: Final = "case_regrouped"
"""Of `CASES` whose age was decided after the month they were counted in, within the same year: -1 with the
age before and +1 with the age decided, in the month of the decision, all other codes those of the case. Its
sum over all codes is none. `CASES` alone has each case in the group valid at the end of its month, and adds
up from months to quarters and years; a whole year's `CASES` + `REGROUPED` are the groups valid at the year's
end (S02), never less than none by any codes. Of a month or a quarter that sum may be less than none."""
ANSWERS: Final = "answer"
"""First answers, in the month in which they were given. wait: time since the referral came (`WAITS`)."""
NOT_TAKEN: Final = "not_taken"
"""Referrals not taken forward. detail: cases.enums.NotTakenReason."""
CLOSED: Final = "closed"
"""Cases and consultations closed. detail: cases.enums.Outcome."""
PHASES: Final = "phase"
"""Cases that came to a step of the manual: the first duty carried out in it, the referrer's own and the first
answer apart. detail: manual.enums.Phase. days: time since the referral came (`DAYS`)."""
DONE_STEPS: Final = "done_step"
"""Duties reported as carried out. detail: manual.enums.Phase. agency: whose duty it was."""
LATE_STEPS: Final = "late_step"
"""Duties that passed their due time, once each however often it moved, in the month in which that was found.
detail: manual.enums.Phase. agency: whose duty it is."""
MILESTONES: Final = "milestone"
"""Dated facts recorded, each kind once a case, in the month in which it was first recorded. detail:
manual.enums.Milestone."""
ASSISTANCE: Final = "assistance"
"""Of each case that was closed, in the month of its closing, one of each kind. detail: `ASSISTANCE_KINDS`.
given: "given" or "not_given". The sum of one kind is the number of full cases closed (`CLOSED`, kind
"case")."""
QUESTIONS: Final = "question"
"""Of each referral sent, one of each question it was asked. detail: `QUESTION_KEYS`. answer: `KNOWN`,
`UNKNOWN` or `NOT_STATED`. Codes besides: kind, region, agency."""

PERSONS: Final = "person"
"""Persons, each once a calendar year however many cases there are about her, in the month of the first."""
AGAIN: Final = "exploited_again"
"""Cases of somebody referred before who has been exploited anew since, in the month of the later case."""
REFERRED_AGAIN: Final = "referred_again"
"""Cases of somebody who had an earlier case, of any year, in the month of the later case."""
YEARLY: Final = (PERSONS, AGAIN, REFERRED_AGAIN)
"""Units about persons: whether somebody was known before is found out later, so their months are no figures
of their own. They are read as the sum of a whole year, sealed when it is over (S30)."""

BARE: Final[Mapping[str, tuple[str, ...]]] = {
    QUESTIONS: ("kind", "region", "agency", "detail", "answer"),
    PERSONS: ("detail",),
    AGAIN: ("detail",),
    REFERRED_AGAIN: ("detail",),
}
"""Units without the codes of `BASE`, with those they have. Of units about persons detail is empty."""
NO_CODES: Final = (("detail", ""),)
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    ANSWERS: ("wait",),
    NOT_TAKEN: ("detail",),
    CLOSED: ("detail",),
    PHASES: ("detail", "days"),
    DONE_STEPS: ("detail",),
    LATE_STEPS: ("detail",),
    MILESTONES: ("detail",),
    ASSISTANCE: ("detail", "given"),
}
"""Codes of a unit besides those of `BASE`."""

KNOWN: Final = Answer.KNOWN.value
QUESTION_KEYS: Final = tuple(_QUESTIONS)
"""Questions of which it is counted whether the answer is known. A consultation is asked the first five."""

GIVEN: Final = "given"
NOT_GIVEN: Final = "not_given"
ASSISTANCE_KINDS: Final = (
    "accommodation",
    "subsistence",
    "health_care",
    "legal_counsel",
    "guardian",
    "reflection_period",
    "residence_permit",
    "support_plan",
    "support_programme",
    "return_support",
)
"""What a case can have been given; which milestones and steps show it is `assistance.SHOWN_BY`."""

WAITS: Final = (
    "15m", "30m", "1h", "2h", "4h", "8h", "12h", "1d", "1.5d", "2d", "3d", "4d", "5d", "7d", "10d", "14d",
    "21d", "30d", "later",
)  # fmt: skip
"""Classes of time to first answer by their upper edge, elapsed time, in order: m minutes, h hours, d days."""
DAYS: Final = (
    "1d", "2d", "3d", "5d", "7d", "10d", "14d", "21d", "30d", "45d", "60d", "90d", "120d", "180d",
    "270d", "365d", "later",
)  # fmt: skip
"""Classes of time from the referral to the first duty of a step of the manual, by their upper edge, in
order."""
