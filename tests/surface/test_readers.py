"""What reads the writing of others: pasted lines, answers, files, the files of the manual (S41-S43)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cases import sections
from cases.sections import pasted
from core import filetypes
from manual.library import source
from tests.core import samples
from tests.security.report import examples
from tests.surface.payloads import ALL_SCRIPTS, FORMULAS, NASTY

TODAY: Final = date(2026, 11, 20)
CELLS: Final = st.one_of(
    st.text(max_size=30), st.sampled_from(NASTY), st.sampled_from([*FORMULAS, ALL_SCRIPTS])
)
KEYS: Final = [question.key for section in sections.SECTIONS for question in section.fields]
ONE: Final = st.one_of(CELLS, st.sampled_from(["yes", "no", "unknown", "adult", "child"]))
ANSWERS: Final = st.one_of(ONE, st.lists(ONE, max_size=4))
"""A form sends texts and lists of texts, nothing else."""


@pytest.mark.security("S41", "hypothesis: pasted lines of persons, any cells, any marks between them")
def test_s41_any_pasted_lines_are_read_or_said_to_be_unreadable(tried: Callable[..., None], db: None) -> None:
    @settings(max_examples=examples(40, 3000), deadline=None, database=None)
    @given(
        rows=st.lists(st.lists(CELLS, max_size=14), max_size=6),
        mark=st.sampled_from(["\t", ";", ",", "|", " "]),
        explained=st.booleans(),
    )
    def read(rows: list[list[str]], mark: str, explained: bool) -> None:
        found = pasted.read_lines("\n".join(map(mark.join, rows)), explained=explained, today=TODAY)
        assert found is not None
        tried()

    read()


@pytest.mark.security("S41", "hypothesis: answers to the questionnaire one or several, any text")
def test_s41_any_answers_are_read(tried: Callable[..., None], db: None) -> None:
    @settings(max_examples=examples(25, 2000), deadline=None, database=None)
    @given(answers=st.dictionaries(st.sampled_from(KEYS), ANSWERS, max_size=12))
    def read(answers: dict[str, Any]) -> None:
        known = {"age_group": "adult", "consent_status": "given"} | answers
        kept = sections.readable(known)
        assert sections.readable(kept) == kept, "what has been read reads the same again"
        sections.missing(known)
        sections.facts(kept, TODAY)
        tried()

    read()


WHOLE: Final = (
    samples.pdf(),
    samples.png(),
    samples.jpeg(place=True),
    samples.pdf(samples.packed(b"1 0 <<>>")),
)


@pytest.mark.security("S42", "hypothesis: honest files with bytes changed, cut, doubled, and pure noise")
@pytest.mark.security("S43", "the same files, each within two seconds")
def test_s42_s43_any_bytes_are_taken_or_refused(tried: Callable[..., None]) -> None:
    @settings(max_examples=examples(200, 10000), deadline=None, database=None)
    @given(data=st.data())
    def look(data: st.DataObject) -> None:
        whole = bytearray(data.draw(st.sampled_from(WHOLE)))
        draw = random.Random(data.draw(st.integers()))
        for _change in range(data.draw(st.integers(0, 6))):
            at = draw.randrange(len(whole) + 1)
            deed = draw.randrange(4)
            if deed == 0:
                whole[at : at + 1] = draw.randbytes(1)
            elif deed == 1:
                del whole[at : at + draw.randrange(200)]
            elif deed == 2:
                whole[at:at] = draw.randbytes(draw.randrange(64))
            else:
                whole[at:at] = whole[: draw.randrange(len(whole) + 1)][-300:]
        started = time.process_time()
        try:
            found = filetypes.look(bytes(whole))
            if found.is_image:
                filetypes.without_metadata(bytes(whole), found.media_type)
        except filetypes.Refused:
            pass
        assert time.process_time() - started < 2
        tried()

    look()


@pytest.mark.security("S41", "hypothesis: the manual's YAML with objects of the language, bombs and noise")
def test_s41_the_manuals_files_run_nothing(tmp_path: Path, tried: Callable[..., None]) -> None:
    ran = tmp_path / "ran"
    for text in (
        f"!!python/object/apply:os.system ['touch {ran}']",
        f"!!python/object/new:subprocess.check_output [['touch', '{ran}']]",
        "!!python/name:os.system",
        "!!python/module:os",
    ):
        file = tmp_path / "x.yaml"
        file.write_text(text)
        with pytest.raises(yaml.YAMLError):
            source.load(file)
        assert not ran.exists()
        tried()

    @settings(max_examples=examples(40, 1500), deadline=None, database=None)
    @given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
    def read(text: str) -> None:
        file = tmp_path / "y.yaml"
        file.write_text(text, encoding="utf-8")
        with suppress(yaml.YAMLError, ValueError):
            source.load(file)
        tried()

    read()
