"""Dates, clocks and the six-step band say in words what they show in colour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from core import looks

NOW = datetime(2026, 11, 20, 9, 42, tzinfo=UTC)  # Friday, 10.42 in Stockholm
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _english(_swedish: None) -> Any:
    """The sources are English; Swedish is tested by the completeness of its translation."""
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("due", "about", "state", "words"),
    [
        (NOW + timedelta(minutes=42), {"answer": True}, "soon", "Answer within 42 min"),
        (NOW + timedelta(hours=5, minutes=20), {"answer": True}, "calm", "Answer within 5 h 20 min"),
        (NOW + 5 * HOUR, {"danger": True}, "soon", "5 h left"),
        (NOW + 5 * HOUR, {"started": NOW - 20 * HOUR}, "soon", "5 h left"),
        (NOW + 5 * HOUR, {"started": NOW - 10 * HOUR}, "calm", "5 h left"),
        (NOW + 26 * HOUR, {}, "calm", "By tomorrow at 12:42"),
        (NOW + 9 * DAY, {}, "calm", "By Sunday 29 November at 10:42"),
        (NOW + 60 * DAY, {}, "calm", "By Tuesday 19 January 2027 at 10:42"),
        (datetime(2026, 11, 20, 23, 0, tzinfo=UTC), {}, "calm", "By today"),
        (datetime(2026, 11, 21, 23, 0, tzinfo=UTC), {}, "calm", "By tomorrow"),
        (NOW - 3 * HOUR, {}, "late", "Overdue 3 h"),
        (NOW - 30 * HOUR, {}, "late", "Overdue 1 day"),
        (NOW - 49 * HOUR, {}, "late", "Overdue 2 days"),
        (NOW - 2 * DAY, {"answer": True}, "late", "Should have been answered 18 November"),
        (NOW, {}, "late", "Overdue 0 min"),
        (None, {}, "calm", "No deadline yet"),
        (NOW, {"paused": NOW - HOUR}, "paused", "Paused, waiting for the referrer since at 9:42"),
        (NOW, {"met": timedelta(minutes=130), "answer": True}, "met", "Answered in 2 h 10 min"),
    ],
)
def test_clock_says_it_in_words(due: Any, about: dict[str, Any], state: str, words: str) -> None:
    clock = looks.clock(due, NOW, **about)
    assert (clock.state, clock.text) == (state, words)


def test_clock_is_drawn_with_the_exact_time() -> None:
    drawn = str(looks.clock(NOW - HOUR, NOW))
    assert 'datetime="2026-11-20T09:42+01:00"' in drawn
    assert "Overdue 1 h" in drawn


def test_swedish_times_have_a_dot_and_drop_the_even_hour() -> None:
    with translation.override("sv"):
        assert looks.time_text(NOW).endswith("10.42")
        assert looks.time_text(datetime(2026, 11, 20, 8, 0, tzinfo=UTC)).endswith("\xa09")
        assert looks.date_text(NOW) == "20 november 2026"
        assert looks.file_size(2_400_000) == "2,4\xa0MB"


@pytest.mark.parametrize("states", list(product(looks.STATES, repeat=2)))
def test_band_always_has_a_text_with_a_step_and_a_state(states: tuple[str, ...]) -> None:
    steps = [looks.BandStep(name, state) for name, state in zip(("One", "Two"), states, strict=True)]
    drawn = looks.mini_band(steps)
    text = looks.band_text(states, ("One", "Two"))
    assert text in drawn
    assert text.startswith(("Step 1 of 2, One, ", "Step 2 of 2, Two, "))


def test_full_band_names_every_step_and_its_state() -> None:
    steps = [looks.BandStep(f"S{n}", state, url=f"#{n}") for n, state in enumerate(looks.STATES)]
    html = Template('{% step_band steps "full" "The steps" %}').render(Context({"steps": steps}))
    for n, words in enumerate(("Done", "In progress", "Not started", "Not applicable", "Blocked")):
        assert f'<a class="name" href="#{n}">S{n}</a>' in html
        assert words in html


def test_at_most_three_flags_are_drawn() -> None:
    drawn = looks.flags([looks.tag(f"T{n}") for n in range(5)])
    assert "T2" in drawn
    assert "T3" not in drawn
    assert "+2" in drawn


@pytest.mark.parametrize(
    ("number", "href"),
    [
        ("020-39 00 00", "tel:+4620390000"),
        ("112", "tel:112"),
        ("114 14", "tel:11414"),
        ("116 016", "tel:116016"),
    ],
)
def test_phone_links(number: str, href: str) -> None:
    assert looks.phone_href(number) == href


def test_tags_escape_what_they_are_given() -> None:
    assert "<script>" not in looks.tag("<script>")


def test_undo_travels_with_a_message() -> None:
    from django.contrib.messages import constants
    from django.contrib.messages.storage.base import Message

    html = Template("{{ m|undo_url }}/{{ n|undo_url }}").render(
        Context({"m": Message(constants.SUCCESS, "x", "undo:/a/b/"), "n": Message(constants.SUCCESS, "x")})
    )
    assert html == "/a/b//"
