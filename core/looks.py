"""What the components show, computed once in Python: dates in words, text clocks, tags, the step band.

Rows of long lists call these functions in the view and print the result; a template never computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.templatetags.static import static
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from core.clock import local

COLOURS = ("grey", "blue", "fjord", "green", "amber", "red", "plum", "plain")
STATES = ("done", "now", "todo", "na", "blocked")

Text = str | Promise


# --- words for time ------------------------------------------------------------------------------
def day_of(moment: date | datetime) -> date:
    return local(moment).date() if isinstance(moment, datetime) else moment


def date_text(moment: date | datetime) -> str:
    """20 november 2026."""
    return date_format(day_of(moment), "DATE_FORMAT")


def weekday_text(moment: date | datetime, today: date) -> str:
    """fredag 20 november; the year only when it is not this year."""
    day = day_of(moment)
    return date_format(day, "l j F" if day.year == today.year else "l j F Y")


def time_text(moment: datetime) -> str:
    """kl. 9.12 (sv), 9:12 (en)."""
    at = date_format(local(moment), "TIME_FORMAT")
    if get_language() == "sv" and at.endswith(".00"):
        at = at[:-3]
    return gettext("at %(time)s") % {"time": at}


def moment_text(moment: datetime) -> str:
    """20 november 2026 kl. 9.12."""
    return f"{date_text(moment)} {time_text(moment)}"


def duration_text(length: timedelta) -> str:
    """42 min; 3 tim 20 min; 2 dagar. Rounded down to the minute, and to the day from 48 hours."""
    minutes = max(int(length.total_seconds() // 60), 0)
    if minutes >= 48 * 60:
        days = minutes // (24 * 60)
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
    hours, rest = divmod(minutes, 60)
    if not hours:
        return gettext("%(n)s min") % {"n": rest}
    whole = gettext("%(n)s h") % {"n": hours}
    return whole if not rest else f"{whole} {gettext('%(n)s min') % {'n': rest}}"


def relative_text(moment: datetime, now: datetime) -> str:
    """om 42 min, för 3 tim sedan, i dag/i går/i morgon kl. 9.12; further away the date."""
    gap = moment - now
    if abs(gap) < timedelta(hours=6):
        words = duration_text(abs(gap))
        return (gettext("in %(time)s") if gap >= timedelta() else gettext("%(time)s ago")) % {"time": words}
    return day_text(moment, now)


def day_text(moment: datetime, now: datetime) -> str:
    """i dag kl. 9.12, i går kl. 16, i morgon kl. 8, else fredag 20 november kl. 12."""
    today = local(now).date()
    names = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    day = names.get((day_of(moment) - today).days) or weekday_text(moment, today)
    return f"{day} {time_text(moment)}"


def deadline_text(due: datetime, now: datetime) -> str:
    """Like `day_text`; a deadline at midnight is the end of the day before, and says only the day."""
    if (local(due).hour, local(due).minute) != (0, 0):
        return day_text(due, now)
    last = day_of(due) - timedelta(days=1)
    today = local(now).date()
    names = {-1: gettext("yesterday"), 0: gettext("today"), 1: gettext("tomorrow")}
    return names.get((last - today).days) or weekday_text(last, today)


def deadline_on_paper(due: datetime) -> str:
    """The same in words that stay true: fredag 20 november 2026, måndag 23 november 2026 kl. 12."""
    if (local(due).hour, local(due).minute) == (0, 0):
        return date_format(day_of(due) - timedelta(days=1), "l j F Y")
    return f"{date_format(day_of(due), 'l j F Y')} {time_text(due)}"


@dataclass(frozen=True, slots=True)
class Clock:
    """A text clock. `state`: calm, soon, late, paused, met. `text` says everything the colour says."""

    state: str
    text: str
    at: datetime | None = None

    ICONS = {"calm": "clock", "soon": "clock-alert", "late": "alert", "paused": "pause", "met": "check"}

    @property
    def icon(self) -> str:
        return self.ICONS[self.state]

    def __str__(self) -> SafeString:
        body = format_html("{}<span>{}</span>", icon(self.icon), self.text)
        if self.at is None:
            return format_html('<span class="clock clock-{}">{}</span>', self.state, body)
        return format_html(
            '<time class="clock clock-{}" datetime="{}" title="{}">{}</time>',
            self.state,
            local(self.at).isoformat(timespec="minutes"),
            date_format(local(self.at), "SHORT_DATETIME_FORMAT"),
            body,
        )

    def __html__(self) -> SafeString:
        return str(self)  # type: ignore[return-value]  # __str__ is safe already


def clock(
    due: datetime | None,
    now: datetime,
    *,
    started: datetime | None = None,
    met: timedelta | None = None,
    paused: datetime | None = None,
    answer: bool = False,
    danger: bool = False,
) -> Clock:
    """The words of one deadline (ux: "Clock texts").

    `started`: when the time began to run; soon = less than a quarter is left, without it less than four
    hours. `answer`: the deadline is to answer a referral, and the words say "Svara ...". `paused`: since
    when the clock stands still. `met`: how long it took. `danger` makes every open clock urgent.
    """
    if met is not None:
        words = gettext("Answered in %(time)s") if answer else gettext("Done in %(time)s")
        return Clock("met", words % {"time": duration_text(met)})
    if paused is not None:
        since = day_text(paused, now) if day_of(paused) != day_of(now) else time_text(paused)
        return Clock(
            "paused", gettext("Paused, waiting for the referrer since %(time)s") % {"time": since}, paused
        )
    if due is None:
        return Clock("calm", gettext("No deadline yet"))
    if due <= now:
        return _late(due, now, answer)
    left = due - now
    soon = left < (due - started) / 4 if started else left < timedelta(hours=4)
    state = "soon" if soon or danger else "calm"
    if left < timedelta(hours=24) and (left < timedelta(hours=6) or day_of(due) == day_of(now)):
        words = gettext("Answer within %(time)s") if answer else gettext("%(time)s left")
        return Clock(state, words % {"time": duration_text(left)}, due)
    words = gettext("Answer by %(time)s") if answer else gettext("By %(time)s")
    return Clock(state, words % {"time": deadline_text(due, now)}, due)


def _late(due: datetime, now: datetime, answer: bool) -> Clock:
    if answer and now - due >= timedelta(hours=24):
        this_year = day_of(due).year == day_of(now).year
        day = date_format(day_of(due), "MONTH_DAY_FORMAT" if this_year else "DATE_FORMAT")
        return Clock("late", gettext("Should have been answered %(date)s") % {"date": day}, due)
    late = now - due
    if late >= timedelta(hours=24):
        words = ngettext("%(n)s day", "%(n)s days", late.days) % {"n": late.days}
    else:
        words = duration_text(late)
    return Clock("late", gettext("Overdue %(time)s") % {"time": words}, due)


# --- small drawings ------------------------------------------------------------------------------
@lru_cache(maxsize=256)
def icon(name: str, label: str = "") -> SafeString:
    """A drawing of the sprite. Without a label it is decoration, hidden from assistive technology."""
    href = f"{static('img/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href
    )


@lru_cache(maxsize=1024)
def _tag(label: str, colour: str, icon_name: str) -> SafeString:
    assert colour in COLOURS, f"a tag has one of the colours {COLOURS}"
    mark = icon(icon_name) if icon_name else ""
    return format_html('<span class="tag tag-{}">{}<span>{}</span></span>', colour, mark, label)


def tag(label: Text, colour: str = "grey", icon_name: str = "") -> SafeString:
    """A word in a box: sentence case, adjective or noun. Colour is never the only difference."""
    return _tag(str(label), colour, icon_name)


def flags(drawn: Sequence[SafeString]) -> SafeString:
    """At most three tags that may wrap, the rest as a number."""
    rest = len(drawn) - 3
    more = format_html(
        '<span class="tag tag-grey">+{}<span class="vh"> {}</span></span>', rest, gettext("more")
    ) if rest > 0 else ""  # fmt: skip
    shown = format_html_join("", "{}", ((mark,) for mark in drawn[:3]))
    return format_html('<span class="flags">{}{}</span>', shown, more)


@dataclass(frozen=True, slots=True)
class BandStep:
    """One of the six steps. `state`: done, now, todo, na, blocked. `note`: the line under the name."""

    name: Text
    state: str = "todo"
    note: Text = ""
    url: str = ""

    @property
    def words(self) -> str:
        """State and note: the text that stands for the colour."""
        state = state_text(self.state).capitalize()
        return f"{state}, {self.note}" if self.note else state


def state_text(state: str) -> str:
    return {
        "done": gettext("done"),
        "now": gettext("in progress"),
        "todo": gettext("not started"),
        "na": gettext("not applicable"),
        "blocked": gettext("blocked"),
    }[state]


@lru_cache(maxsize=4096)
def _mini_band(states: tuple[str, ...], names: tuple[str, ...], language: str) -> SafeString:
    marks = format_html_join("", '<i class="{}"></i>', ((state,) for state in states))
    return format_html(
        '<span class="band-mini"><span class="vh">{}</span><span aria-hidden="true">{}</span></span>',
        band_text(states, names),
        marks,
    )


def current_step(states: Sequence[str]) -> int:
    """Place of the last step in progress, else of the last one done, else the first."""
    begun = [place for place, state in enumerate(states) if state in ("now", "blocked")]
    done = [place for place, state in enumerate(states) if state == "done"]
    return begun[-1] if begun else done[-1] if done else 0


def band_text(states: Sequence[str], names: Sequence[str]) -> str:
    """Steg 2 av 6, Akut skydd, pågår."""
    at = current_step(states)
    return gettext("Step %(n)s of %(total)s, %(name)s, %(state)s") % {
        "n": at + 1,
        "total": len(states),
        "name": names[at],
        "state": state_text(states[at]),
    }


def mini_band(steps: Sequence[BandStep]) -> SafeString:
    """The band as six small bars, for list rows. Cached by state: cheap in a loop."""
    return _mini_band(
        tuple(step.state for step in steps), tuple(str(step.name) for step in steps), get_language() or ""
    )


# --- numbers -------------------------------------------------------------------------------------
def file_size(octets: int) -> str:
    """2,4 MB; below a megabyte in kB."""
    if octets < 1_000_000:
        return f"{max(round(octets / 1000), 1)}\xa0kB"
    return f"{number_format(octets / 1_000_000, decimal_pos=1)}\xa0MB"


def phone_href(number: str) -> str:
    """tel: address of a Swedish number. Short numbers (112, 114 14, 116 016) are kept as they are."""
    digits = "".join(char for char in number if char.isdigit() or char == "+")
    if digits.startswith("0") and len(digits) > 6:
        digits = "+46" + digits[1:]
    return f"tel:{digits}"
