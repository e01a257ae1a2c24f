"""Charts drawn by the server as SVG: readable by a screen reader, printable, the same in a PDF.

Every drawing has a `<title>`, is `role="img"` and uses presentation attributes; classes only let the page's
theme recolour it. Numbers stand on the marks, nothing needs hovering. The table beside a chart is made from
the same rows (`core.tables.Table`), so the two cannot differ. A number that is withheld is None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

from django import template
from django.conf import settings
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

SERIES = ("#0B4F5C", "#B4581A", "#5A3E85", "#5F7F00")
RAMP = ("#E7EDEE", "#C3DCE0", "#8DBBC3", "#4B8D99", "#0B4F5C")
MUTED, AXIS = "#41525A", "#637780"
VEIL = 14.0
"""How high a dashed box is that stands for a hidden number."""
YEARS_BESIDE = 8
"""Labels of four digits that fit beside each other on a telephone."""
_ids = count(1)


@dataclass(frozen=True, slots=True)
class Point:
    """One bar. `value` None: withheld. `before`: the same month a year earlier. `note` stands instead of the
    number; in a funnel under the bar, where `instead` stands for the number. `running`: not over yet."""

    label: str
    value: int | None
    before: int | None = None
    note: str = ""
    running: bool = False
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """One row of `spans`: from where to where something lies, in places of the scale; None: not shown.

    `middle` and `far` are classes of the scale, each with its own box; `low` to `high` is the interval in
    which the middle lies with confidence.
    """

    label: str
    note: str
    middle: tuple[float, float] | None = None
    far: tuple[float, float] | None = None
    low: float = 0
    high: float = 0


@dataclass(frozen=True, slots=True)
class Share:
    """One row of `share_bars`: percent of each part, in order; empty when they are not shown."""

    label: str
    note: str
    parts: Sequence[float] = ()


def number(value: int | None) -> str:
    return "–" if value is None else number_format(value, use_l10n=True, force_grouping=True)


def class_of(value: float | None, limits: Sequence[float]) -> int | None:
    """0-4: how many of the four ascending limits the value reaches. None stays None (withheld)."""
    return None if value is None else sum(value >= limit for limit in limits)


def limits_of(values: Sequence[int | None]) -> list[int]:
    """Four limits that cut the shown values in five even classes from 0 to the largest."""
    largest = max((value for value in values if value is not None), default=0)
    return [max(1, round(largest * part / 5)) for part in (1, 2, 3, 4)]


def drawing(title: str, height: float, *parts: SafeString) -> SafeString:
    """A drawing as wide as its place: across in percent, down in pixels, so that its text never shrinks."""
    name = f"chart-{next(_ids)}"
    return format_html(
        '<svg class="chart" role="img" aria-labelledby="{}" width="100%" height="{}" '
        'font-family="Schibsted Grotesk, sans-serif" font-size="14"><title id="{}">{}</title>{}</svg>',
        name,
        f"{height:g}",
        name,
        title,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def bar(x: float, y: float, width: float, height: float, css: str, fill: str) -> SafeString:
    """`x` and `width` in percent."""
    return format_html(
        '<rect class="{}" fill="{}" x="{}%" y="{}" width="{}%" height="{}"/>',
        css,
        fill,
        f"{x:.2f}",
        f"{y:.1f}",
        f"{max(width, 0):.2f}",
        f"{max(height, 0):.1f}",
    )


def outline(x: float, y: float, width: float, height: float) -> SafeString:
    """A dashed box: something is there, and how much is not shown (yet)."""
    return format_html(
        '<rect class="veil" fill="none" stroke="{}" stroke-dasharray="3 3" x="{}%" y="{}" width="{}%" '
        'height="{}"/>',
        AXIS,
        f"{x:.2f}",
        f"{y:.1f}",
        f"{width:.2f}",
        f"{max(height, 0):.1f}",
    )


def text(
    x: float, y: float, words: str, anchor: str = "start", css: str = "", fill: str = MUTED, dx: float = 0
) -> SafeString:
    """`x` in percent, `dx` pixels beside it."""
    return format_html(
        '<text class="{}" fill="{}" x="{}%" y="{}" dx="{}" text-anchor="{}">{}</text>',
        css,
        fill,
        f"{x:.2f}",
        f"{y:.1f}",
        f"{dx:g}",
        anchor,
        words,
    )


def rule(x1: float, y1: float, x2: float, y2: float, css: str, stroke: str, width: float = 1) -> SafeString:
    return format_html(
        '<line class="{}" stroke="{}" stroke-width="{}" x1="{}%" y1="{}" x2="{}%" y2="{}"/>',
        css,
        stroke,
        f"{width:g}",
        f"{x1:.2f}",
        f"{y1:.1f}",
        f"{x2:.2f}",
        f"{y2:.1f}",
    )


@register.simple_tag
def month_bars(title: str, points: Sequence[Point], before_label: str = "") -> SafeString:
    """Upright bars, one a month, the year before as a thin line with dots that `before_label` explains.

    A point without a value that has a `note` is hidden."""
    height, floor, top = 236.0, 206.0, 44.0
    step = 100 / max(len(points), 1)
    most = max([p.value or 0 for p in points] + [p.before or 0 for p in points] + [1])
    scale = (floor - top) / most
    wide = min(step * 0.64, 9.0)
    every = _every(points)
    parts, numbers = [], []
    for place, point in enumerate(points):
        middle = step * (place + 0.5)
        if (len(points) - 1 - place) % every == 0:
            parts.append(text(middle, floor + 20, point.label, "middle", "muted"))
        if point.value is None:  # a dashed box stands for what is hidden, nothing for what is not there
            parts += [outline(middle - wide / 2, floor - VEIL, wide, VEIL)] if point.note else []
            continue
        tall = point.value * scale
        box = (middle - wide / 2, floor - tall, wide, tall)
        parts.append(outline(*box) if point.running else bar(*box, "s0", SERIES[0]))
        numbers.append(text(middle, floor - tall - 7, number(point.value), "middle", "halo"))
    parts.append(rule(0, floor, 100, floor, "axis", AXIS))
    parts += _last_year([(step * (n + 0.5), p.before) for n, p in enumerate(points)], floor, scale)
    if before_label:
        parts += [
            format_html(
                '<path class="line" fill="none" stroke="{0}" stroke-width="2" d="M0 12H26"/>'
                '<circle class="s1" fill="{0}" cx="13" cy="12" r="3.5"/>',
                SERIES[1],
            ),
            text(0, 17, before_label, css="muted", dx=34),
        ]
    return drawing(title, height, *parts, *numbers)


def _every(points: Sequence[Point]) -> int:
    """How many labels share one place, the newest always shown: many years do not fit beside each other."""
    years = sum(point.label[:4].isdigit() for point in points)
    return 1 + max(years - 1, 0) // YEARS_BESIDE


def _last_year(points: Sequence[tuple[float, int | None]], floor: float, scale: float) -> list[SafeString]:
    """A line through the months of the year before; broken where a month is not shown."""
    at = [(x, None if value is None else floor - value * scale) for x, value in points]
    lines = [
        rule(x1, y1, x2, y2, "line", SERIES[1], 2)
        for (x1, y1), (x2, y2) in zip(at, at[1:], strict=False)
        if y1 is not None and y2 is not None
    ]
    dots = [
        format_html('<circle class="s1" fill="{}" cx="{}%" cy="{}" r="3.5"/>', SERIES[1], *place)
        for place in ((f"{x:.2f}", f"{y:.1f}") for x, y in at if y is not None)
    ]
    return lines + dots


@register.simple_tag
def side_bars(title: str, points: Sequence[Point], series: int = 0, most: int = 0) -> SafeString:
    """Lying bars, each under its label; largest scale `most` shared between small multiples."""
    row, room = 44.0, 76.0
    scale = room / (most or max([point.value or 0 for point in points] + [1]))
    parts = []
    for place, point in enumerate(points):
        y = place * row
        long = (point.value or 0) * scale
        words = point.note or number(point.value)
        parts.append(text(0, y + 14, point.label))
        if point.value is None:
            parts += [outline(0.3, y + 21, 3, 13), text(3.3, y + 33, words, css="muted", dx=7)]
        else:
            parts += [
                bar(0, y + 20, long, 15, f"s{series}", SERIES[series]),
                text(long, y + 33, words, css="strong", dx=7),
            ]
    return drawing(title, max(len(points) * row, 1), *parts)


@register.simple_tag
def funnel(title: str, points: Sequence[Point]) -> SafeString:
    """The six steps as six bars, as in the band: how many reached each; `note` stands under the bar."""
    row = 68.0 if any(point.note for point in points) else 50.0
    scale = 100 / max([point.value or 0 for point in points] + [1])
    parts = []
    for place, point in enumerate(points):
        y = place * row
        parts += [
            text(0, y + 15, f"{place + 1}  {point.label}"),
            text(100, y + 15, point.instead or number(point.value), "end", "strong"),
            bar(0, y + 22, 100, 16, "soft", RAMP[1]),
            bar(0, y + 22, (point.value or 0) * scale, 16, "s0", SERIES[0]),
            text(0, y + 53, point.note, css="muted"),
        ]
    return drawing(title, len(points) * row, *parts)


@register.simple_tag
def share_bars(title: str, rows: Sequence[Share]) -> SafeString:
    """A whole bar per row, divided; the first part is what is as it should be. The note says the numbers."""
    row = 62.0
    parts = []
    for place, one in enumerate(rows):
        y, x = place * row, 0.0
        parts += [text(0, y + 15, one.label), text(0, y + 50, one.note, css="muted")]
        if not one.parts:
            parts.append(outline(0.2, y + 23, 99.6, 10))
        for series, share in enumerate(one.parts):
            css, fill = (("soft", RAMP[1]), ("s0", SERIES[0]), ("s1", SERIES[1]))[series]
            parts.append(bar(x, y + 22, share, 12, f"{css} edge", fill))
            x += share
    return drawing(title, max(len(rows) * row, 1), *parts)


@register.simple_tag
def spans(
    title: str,
    rows: Sequence[Span],
    marks: Sequence[tuple[float, str]],
    most: float,
    target: Sequence[Any] = (),
) -> SafeString:
    """Where the middle and the far end lie on a scale of classes; `target`: a place and words for a line."""
    row, top = 54.0, 34.0 if target else 8.0
    floor = top + len(rows) * row
    parts = []
    for place, words in marks:
        x = place * 100 / most
        parts += [
            rule(x, top, x, floor, "grid", RAMP[1]),
            text(x, floor + 18, words, "middle", "muted"),
        ]
    for place, one in enumerate(rows):
        parts += _span(one, top + place * row, 100 / most)
    parts.append(rule(0, floor, 100, floor, "axis", AXIS))
    if target:
        x = target[0] * 100 / most
        parts += [
            rule(x, 20, x, floor, "target", SERIES[1], 2),
            text(x, 14, target[1], "middle", "target-words", SERIES[1]),
        ]
    return drawing(title, floor + 26, *parts)


def _span(one: Span, y: float, scale: float) -> list[SafeString]:
    parts = [text(0, y + 16, one.label, css="halo"), text(100, y + 16, one.note, "end", "halo")]
    if one.middle is not None:
        low, high = one.middle
        parts += [
            bar(one.low * scale, y + 29, (one.high - one.low) * scale, 6, "mid", RAMP[2]),
            bar(low * scale, y + 24, (high - low) * scale, 16, "s0", SERIES[0]),
        ]
    if one.far is not None:
        low, high = one.far
        parts.append(bar(low * scale, y + 24, (high - low) * scale, 16, "s2", SERIES[2]))
    return parts


@lru_cache(maxsize=1)
def shapes() -> tuple[str, dict[str, str]]:
    """View box and outlines by county code. CC BY 4.0, see THIRD-PARTY.md."""
    held = json.loads((settings.BASE_DIR / "static" / "maps" / "counties.json").read_text())
    return held["viewBox"], held["shapes"]


@register.simple_tag
def county_map(title: str, values: Mapping[str, float | None], limits: Sequence[float] = ()) -> SafeString:
    """Sweden by county code. None is hatched (withheld); a county that is missing counts as 0."""
    limits = limits or [1, 2, 3, 4]
    name = f"map-{next(_ids)}"
    places = []
    for code, outlined in shapes()[1].items():
        shade = class_of(values.get(code, 0), limits)
        css, fill = ("", f"url(#{name}-hatch)") if shade is None else (f"m{shade}", RAMP[shade])
        places.append((f"{css} edge", fill, code, outlined))
    return format_html(
        '<svg class="chart map" role="img" aria-labelledby="{0}" viewBox="{1}" width="346" height="793">'
        '<title id="{0}">{2}</title><defs><pattern id="{0}-hatch" width="6" height="6" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="hatch" d="M0 0V6" '
        'stroke="{3}" stroke-width="3"/></pattern></defs>{4}</svg>',
        name,
        shapes()[0],
        title,
        AXIS,
        format_html_join("", '<path class="{}" fill="{}" stroke="#fff" data-county="{}" d="{}"/>', places),
    )


@register.simple_tag
def map_legend(limits: Sequence[float], withheld: str = "") -> SafeString:
    """What the tints mean, in words beside small boxes."""
    words = [_between(low, high) for low, high in zip([0, *limits], limits, strict=False)]
    last = gettext("%(n)s or more") % {"n": number_format(limits[-1])}
    rows = [(f"m{shade}", RAMP[shade], label) for shade, label in enumerate([*words, last])]
    box = (
        '<li><svg class="chart" aria-hidden="true" viewBox="0 0 20 14" width="20" height="14"><rect '
        'class="{} axis" fill="{}" width="20" height="14"/></svg> {}</li>'
    )
    hatch = (
        format_html(
            '<li><svg class="chart" aria-hidden="true" viewBox="0 0 20 14" width="20" height="14"><path '
            'class="hatch" stroke="{}" stroke-width="3" d="M0 14L14 0M6 14L20 0"/></svg> {}</li>',
            AXIS,
            withheld,
        )
        if withheld
        else ""
    )
    return format_html('<ul class="legend">{}{}</ul>', format_html_join("", box, rows), hatch)


def _between(low: float, high: float) -> str:
    """A class of the map: whole numbers to the last one in it, shares "under" their limit."""
    if isinstance(high, int):
        return f"{low}–{high - 1}" if high - 1 > low else str(low)
    if not low:
        return gettext("under %(n)s") % {"n": number_format(high)}
    return f"{number_format(low)}–{number_format(round(high - 0.1, 1))}"


@register.simple_tag
def key(names: Sequence[tuple[str, str]]) -> SafeString:
    """What the series of a drawing mean, in words beside small boxes: soft, s0 to s3, mid."""
    looks = {"soft": RAMP[1], "mid": RAMP[2], **{f"s{n}": tone for n, tone in enumerate(SERIES)}}
    box = (
        '<li><svg class="chart" aria-hidden="true" viewBox="0 0 20 14" width="20" height="14"><rect '
        'class="{}" fill="{}" width="20" height="14"/></svg> {}</li>'
    )
    rows = ((name, looks[name], words) for name, words in names)
    return format_html('<ul class="legend">{}</ul>', format_html_join("", box, rows))
