"""The parts a page of statistics is made of, with every text ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.tables import Table
from core.templatetags.charts import Point, Share, Span


@dataclass(frozen=True)
class Number:
    """A key number (components/kpi.html). `word`: its place among the definitions (definitions.WORDS)."""

    label: str
    value: str
    comparison: str = ""
    word: str = ""


@dataclass(frozen=True)
class Link:
    """A way from a card to what stands behind it, for those who may see that."""

    label: str
    url: str


@dataclass(frozen=True)
class Bars:
    """Lying bars under a heading of their own; several share the scale `most`."""

    heading: str
    title: str
    points: Sequence[Point]
    series: int
    most: int


@dataclass(frozen=True)
class Scale:
    """What `Card.spans` are drawn on: `marks` (place, words), how many places, and a line for the goal."""

    marks: Sequence[tuple[float, str]]
    most: float
    target: tuple[float, str] | tuple[()] = ()


@dataclass(frozen=True)
class Switch:
    """Another way to count the same card: a link, or the one that is shown."""

    label: str
    url: str
    chosen: bool


@dataclass(frozen=True)
class Card:
    """A figure: `title` says what it shows, `subject` what is counted. `kind` chooses the drawing."""

    key: str
    title: str
    subject: str
    period: str
    table: Table
    note: str = ""
    kind: str = ""
    """months, bars, funnel, map, spans, shares; fold: a folded table alone; nothing: the table alone."""
    points: Sequence[Point] = ()
    before: str = ""
    bars: Sequence[Bars] = ()
    counties: Mapping[str, float | None] | None = None
    limits: Sequence[float] = ()
    withheld: str = ""
    is_half: bool = False
    """Half a page wide where there is room."""
    links: Sequence[Link] = ()
    definition: str = ""
    """What is counted, and when: stands beside the numbers."""
    spans: Sequence[Span] = ()
    scale: Scale | None = None
    shares: Sequence[Share] = ()
    legend: Sequence[tuple[str, str]] = ()
    """Series of the drawing (`charts.key`) and what they mean."""
    switches: Sequence[Switch] = ()
    has_total: bool = False
    """Is the last row of the table its total?"""

    @property
    def label(self) -> str:
        """Name of the region that holds the table; a drawing and its table never share one."""
        return str(self.table.caption)


@dataclass(frozen=True)
class Part:
    """Cards under one heading, with what the reader must know before reading them."""

    heading: str
    lead: str
    cards: Sequence[Card]
    empty: str = ""
    links: Sequence[Link] = ()
