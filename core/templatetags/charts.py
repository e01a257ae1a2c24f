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

from django import template
from django.conf import settings
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

register = template.Library()

SERIES = ("#0B4F5C", "#B4581A", "#5A3E85", "#5F7F00")
RAMP = ("#E7EDEE", "#C3DCE0", "#8DBBC3", "#4B8D99", "#0B4F5C")
MUTED, AXIS, ON_BAR = "#41525A", "#637780", "#FFFFFF"
_ids = count(1)


@dataclass(frozen=True, slots=True)
class Point:
    """One bar. `value` None: withheld (fewer than five). `before`: the same month last year."""

    label: str
    value: int | None
    before: int | None = None
    note: str = ""


def number(value: int | None) -> str:
    return "–" if value is None else number_format(value, use_l10n=True, force_grouping=True)


def class_of(value: int | None, limits: Sequence[int]) -> int | None:
    """0-4: how many of the four ascending limits the value reaches. None stays None (withheld)."""
    return None if value is None else sum(value >= limit for limit in limits)


def limits_of(values: Sequence[int | None]) -> list[int]:
    """Four limits that cut the shown values in five even classes from 0 to the largest."""
    largest = max((value for value in values if value is not None), default=0)
    return [max(1, round(largest * part / 5)) for part in (1, 2, 3, 4)]


def drawing(title: str, size: tuple[float, float], *parts: SafeString) -> SafeString:
    name = f"chart-{next(_ids)}"
    return format_html(
        '<svg class="chart" role="img" aria-labelledby="{}" viewBox="0 0 {} {}" width="{}" height="{}" '
        'font-family="Schibsted Grotesk, sans-serif" font-size="13"><title id="{}">{}</title>{}</svg>',
        name,
        *size,
        *size,
        name,
        title,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def bar(x: float, y: float, width: float, height: float, css: str, fill: str) -> SafeString:
    return format_html(
        '<rect class="{}" fill="{}" x="{}" y="{}" width="{}" height="{}"/>',
        css,
        fill,
        *(f"{part:.1f}" for part in (x, y, max(width, 0), max(height, 0))),
    )


def text(
    x: float, y: float, words: str, anchor: str = "start", css: str = "", fill: str = MUTED
) -> SafeString:
    return format_html(
        '<text class="{}" fill="{}" x="{}" y="{}" text-anchor="{}">{}</text>',
        css,
        fill,
        f"{x:.1f}",
        f"{y:.1f}",
        anchor,
        words,
    )


@register.simple_tag
def month_bars(title: str, points: Sequence[Point], before_label: str = "") -> SafeString:
    """Upright bars, one a month, last year as a line with dots; `before_label` stands at its end."""
    width, height, floor = 720.0, 260.0, 224.0
    step = (width - 20) / max(len(points), 1)
    most = max([p.value or 0 for p in points] + [p.before or 0 for p in points] + [1])
    scale = (floor - 40) / most
    parts, line, numbers = [], [], []
    for place, point in enumerate(points):
        middle = 10 + step * (place + 0.5)
        tall = (point.value or 0) * scale
        parts += [
            bar(middle - step * 0.32, floor - tall, step * 0.64, tall, "s0", SERIES[0]),
            text(middle, floor + 20, point.label, "middle", "muted"),
        ]
        inside = tall >= 28  # clear of last year's line
        at, look = (floor - 9, "on-bar") if inside else (floor - tall - 6, "")
        numbers.append(text(middle, at, number(point.value), "middle", look, ON_BAR if inside else MUTED))
        if point.before is not None:
            line.append((middle, floor - point.before * scale))
    parts.append(format_html('<path class="axis" stroke="{}" d="M10 {}H{}"/>', AXIS, floor, width - 10))
    if line:
        parts.append(_last_year(line, before_label, width))
    return scrolling(title, drawing(title, (width, height), *parts, *numbers))


def scrolling(title: str, picture: SafeString) -> SafeString:
    """A wide drawing keeps its text readable on a phone: it scrolls inside its own region."""
    name = gettext("%(title)s, drawing") % {"title": title}
    return format_html(
        '<div class="chart-wrap" role="region" tabindex="0" aria-label="{}">{}</div>', name, picture
    )


def _last_year(line: Sequence[tuple[float, float]], label: str, width: float) -> SafeString:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line)
    dots = format_html_join(
        "",
        '<circle class="s1" fill="{}" cx="{}" cy="{}" r="3.5"/>',
        ((SERIES[1], f"{x:.1f}", f"{y:.1f}") for x, y in line),
    )
    return format_html(
        '<path class="line" fill="none" stroke="{}" stroke-width="2" d="{}"/>{}{}',
        SERIES[1],
        path,
        dots,
        text(width - 10, 14, label, "end"),
    )


@register.simple_tag
def side_bars(title: str, points: Sequence[Point], series: int = 0, most: int = 0) -> SafeString:
    """Lying bars with their numbers, largest scale `most` shared between small multiples."""
    left = min(max([132.0, *(7.0 * len(point.label) + 8 for point in points)]), 300.0)
    width, row = left + 228, 30.0
    top = most or max([point.value or 0 for point in points] + [1])
    scale = (width - left - 46) / top
    parts = []
    for place, point in enumerate(points):
        y = 4 + place * row
        long = (point.value or 0) * scale
        parts += [
            text(left - 8, y + 16, point.label, "end"),
            bar(left, y + 3, long, row - 10, f"s{series}", SERIES[series]),
            text(left + long + 6, y + 16, point.note or number(point.value)),
        ]
    tall = len(points) * row + 6
    parts.append(format_html('<path class="axis" stroke="{}" d="M{} 2V{}"/>', AXIS, left, tall - 4))
    return drawing(title, (width, tall), *parts)


@register.simple_tag
def funnel(title: str, points: Sequence[Point]) -> SafeString:
    """The six steps as six bars, as in the band: how many reached each; `note` stands after the number."""
    width, row, left = 720.0, 42.0, 210.0
    scale = (width - left - 200) / max([point.value or 0 for point in points] + [1])
    parts = []
    for place, point in enumerate(points):
        y = 4 + place * row
        long = max((point.value or 0) * scale, 2)
        words = " · ".join(filter(None, (number(point.value), point.note)))
        parts += [
            text(left - 12, y + 22, f"{place + 1}  {point.label}", "end"),
            bar(left, y + 6, width - left - 200, 24, "soft", RAMP[1]),
            bar(left, y + 6, long, 24, "s0", SERIES[0]),
            text(width - 190, y + 22, words),
        ]
    return scrolling(title, drawing(title, (width, len(points) * row + 8), *parts))


@lru_cache(maxsize=1)
def shapes() -> tuple[str, dict[str, str]]:
    """View box and outlines by county code. CC BY 4.0, see THIRD-PARTY.md."""
    held = json.loads((settings.BASE_DIR / "static" / "maps" / "counties.json").read_text())
    return held["viewBox"], held["shapes"]


@register.simple_tag
def county_map(title: str, values: Mapping[str, int | None], limits: Sequence[int] = ()) -> SafeString:
    """Sweden by county code. None is hatched (withheld); a county that is missing counts as 0."""
    limits = limits or limits_of(list(values.values()))
    name = f"map-{next(_ids)}"
    places = []
    for code, outline in shapes()[1].items():
        shade = class_of(values.get(code, 0), limits)
        css, fill = ("", f"url(#{name}-hatch)") if shade is None else (f"m{shade}", RAMP[shade])
        places.append((f"{css} edge", fill, code, outline))
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
def map_legend(limits: Sequence[int], withheld: str = "") -> SafeString:
    """What the tints mean, in words beside small boxes."""
    edges = [0, *limits]
    words = [
        f"{low}–{high - 1}" if high - 1 > low else str(low)
        for low, high in zip(edges, edges[1:], strict=False)
    ]
    rows = [
        (f"m{shade}", RAMP[shade], label)
        for shade, label in enumerate([*words, gettext("%(n)s or more") % {"n": edges[-1]}])
    ]
    box = (
        '<li><svg class="chart" aria-hidden="true" viewBox="0 0 20 14"><rect class="{} axis" fill="{}" '
        'width="20" height="14"/></svg> {}</li>'
    )
    hatch = (
        format_html(
            '<li><svg class="chart" aria-hidden="true" viewBox="0 0 20 14"><path class="hatch" stroke="{}" '
            'stroke-width="3" d="M0 14L14 0M6 14L20 0"/></svg> {}</li>',
            AXIS,
            withheld,
        )
        if withheld
        else ""
    )
    return format_html('<ul class="legend">{}{}</ul>', format_html_join("", box, rows), hatch)
