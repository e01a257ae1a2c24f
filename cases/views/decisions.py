"""Where each decision about a case is taken: its address, and how the button opens it."""

from __future__ import annotations

from typing import Final

from cases.enums import Verb

SLUGS: Final = {
    Verb.ACCEPT: "cases:accept",
    Verb.ASK: "cases:ask",
    Verb.FORWARD: "cases:forward",
    Verb.SNOOZE: "cases:snooze",
    Verb.ASSIGN: "cases:assign",
    Verb.NOT_TAKE: "cases:not-take",
    Verb.TAKE_BACK: "cases:take-back",
    Verb.WAKE: "cases:wake",
    Verb.PLACE: "cases:place",
    Verb.CLOSE: "cases:close",
    Verb.MEET: "cases:meeting-record",
    Verb.SETTLE: "cases:dispute",
    Verb.REOPEN: "cases:reopen",
    Verb.SHARE: "cases:sharing",
    Verb.HAND_OVER: "cases:hand-over",
    Verb.RECUSE: "cases:recuse",
    Verb.DECIDE_AGE: "cases:decide-age",
    Verb.RECOGNISE: "cases:recognise",
    Verb.TIME: "cases:dates",
    Verb.RETURN: "cases:return",
    Verb.MERGE: "cases:merge",
    Verb.LINK: "cases:link",
    Verb.PROTECT: "cases:protection",
}
OWN_PAGE: Final = (Verb.NOT_TAKE, Verb.CLOSE, Verb.REOPEN)
"""Decisions that interrupt with a page of their own; the others open beside the list."""
AT_ONCE: Final = (Verb.WAKE, Verb.TAKE_BACK)
"""Decisions that need nothing but the button."""
MORE: Final = (
    Verb.SHARE,
    Verb.HAND_OVER,
    Verb.RECUSE,
    Verb.MEET,
    Verb.SETTLE,
    Verb.DECIDE_AGE,
    Verb.RECOGNISE,
    Verb.MERGE,
    Verb.LINK,
    Verb.TIME,
    Verb.RETURN,
    Verb.PROTECT,
)
"""Rarer decisions, each on a page of its own, behind the button More."""
