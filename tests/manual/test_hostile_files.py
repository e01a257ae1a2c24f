"""Archives and lists made to do harm, or wrong by mistake: refused in words, at once, and nothing is kept."""

from __future__ import annotations

import itertools
import re
import stat
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import translation

from core.text import is_storable
from manual.library import BadSource, archive, intake, source, writing

STEPS = "data/steps.yaml"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def repository() -> dict[str, str]:
    """The files an edition is read from, as they stand in the repository."""
    return archive.read_folder(source.FOLDER)


@cache
def small() -> dict[str, str]:
    """Two chapters, two steps, one group of signs: what is asked of an edition is asked of it too."""
    files = repository()
    kept = {path: text for path, text in files.items() if re.search(r"data/|/[12]-", path)}
    for path, less in {
        STEPS: {"steps": 2},
        "data/indicators.yaml": {"groups": 1},
        "data/definitions.yaml": {"definitions": 0},
    }.items():
        data = yaml.load(files[path], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        rows = {name: data[name][: less.get(name)] for name in writing.ROWS[path]}
        kept[path] = writing.split_head(path, files[path]) + "".join(
            writing.dump({name: rows[name]}) for name in rows
        )
    intake.read(kept)
    return kept


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, data in entries:
            made.writestr(name, data)
    return out.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def locked(data: bytes) -> bytes:
    """The archive with the mark of a password on its only file."""
    raw = bytearray(data)
    raw[6] |= 1
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    return bytes(raw)


def test_a_control_character_is_what_the_portal_stores_nowhere() -> None:
    """U+2028 to U+202E are line ends and direction overrides, all of them refused."""
    for code in range(0x11000):
        assert bool(archive._STRANGE.match(chr(code))) != is_storable(chr(code)), hex(code)


def test_the_repository_itself_comes_in() -> None:
    files = repository()
    assert set(writing.ROWS) < set(files)
    read = intake.read(files)
    assert [row["key"] for row in read.source.steps] == [row["key"] for row in source.read().steps]
    assert read.heads[STEPS].startswith("# The checklists")


def test_an_archive_is_the_same_every_time_and_comes_out_as_it_went_in() -> None:
    files = repository()
    data = archive.pack(files)
    assert archive.unpack(data) == files
    assert archive.pack(dict(reversed(files.items()))) == data


def test_a_folder_around_the_files_and_other_line_ends_do_not_matter() -> None:
    data = packed(("manual/data/retired.yaml", b"\xef\xbb\xbfretired: []\r\n"))
    assert archive.unpack(data) == {"data/retired.yaml": "retired: []\n"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 and then nothing",
        packed(("data/steps.yaml", b"steps: []" * 2_000))[:-200],
        packed(("../data/steps.yaml", b"x")),
        packed(("/data/steps.yaml", b"x")),
        packed(("data/../data/steps.yaml", b"x")),
        packed(("data/steps.yaml.exe", b"x")),
        packed(("content/sv/1-a.md/../../../x", b"x")),
        packed(("content/de/1-anfang.md", b"x")),
        packed(("data\\steps.yaml\0.md", b"x")),
        packed((link("data/steps.yaml"), b"/etc/passwd")),
        locked(packed(("data/steps.yaml", b"x"))),
        packed(("data/steps.yaml", b"x"), method=zipfile.ZIP_LZMA),
        packed(("data/steps.yaml", b"\xff\xfe\x00s")),
        packed(("data/steps.yaml", "steps: []\u202e".encode())),
        packed(("data/steps.yaml", b"steps: [\x07]")),
        packed(*((f"content/sv/{n}-x.md", b"") for n in range(101))),
        b"x" * (archive.LARGEST_ARCHIVE + 1),
    ],
    ids=itertools.count(),  # an archive holds the time it was packed
)  # fmt: skip
def test_what_is_no_archive_of_an_edition_is_refused(data: bytes) -> None:
    with pytest.raises(BadSource) as refused:
        archive.unpack(data)
    assert len(refused.value.problems) == 1


def test_what_stands_beside_the_files_in_the_repository_is_left_out(tmp_path: Path) -> None:
    data = packed(("manual/data/synonyms.yaml", b"sv: []"), ("manual/data/retired.yaml", b"retired: []\n"))
    assert archive.unpack(data) == {"data/retired.yaml": "retired: []\n"}
    for name, text in {"data/synonyms.yaml": "sv: []", "data/retired.yaml": "retired: []\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert archive.read_folder(tmp_path) == {"data/retired.yaml": "retired: []\n"}


def test_a_chapter_with_a_strange_name_is_not_lost_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "content" / "sv").mkdir(parents=True)
    (tmp_path / "content" / "sv" / "Kapitel 9.md").write_text("# Nio {#9}\n")
    with pytest.raises(BadSource, match="Kapitel 9.md"):
        archive.read_folder(tmp_path)
    (tmp_path / "content" / "sv" / "Kapitel 9.md").rename(tmp_path / "content" / "sv" / "9-nio.md")
    (tmp_path / "content" / "sv" / "9-nio.md").write_bytes(b"x" * (archive.LARGEST_FILE + 1))
    with pytest.raises(BadSource, match="larger"):
        archive.read_folder(tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused() -> None:
    with pytest.raises(BadSource):
        archive.unpack(packed(("data/steps.yaml", b"a"), ("manual/data/steps.yaml", b"b")))


def test_a_bomb_is_left_after_the_limit_whatever_it_claims() -> None:
    """60 MB in 60 kB; then the same with a directory that says it is ten bytes long."""
    bomb = packed(("data/steps.yaml", b"0" * 60_000_000))
    raw = bytearray(bomb)
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (10).to_bytes(4, "little")
    for data in (bomb, bytes(raw)):
        tracemalloc.start()
        begun = time.monotonic()
        with pytest.raises(BadSource):
            archive.unpack(data)
        assert time.monotonic() - begun < 2
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
        tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\nb: [*a, *a]\n",
        "a: &a x\n",
        "a: !!python/object/apply:os.system [ls]\n",
        "a: !!binary aGVq\n",
        "a: 1\n---\nb: 2\n",
        "a: " + "[" * 5_000,
        "a: " + "[" * 40 + "]" * 40,
        "a: [" + "x," * 70_000 + "]",
        "a: [",
        "a: 'x\n",
        "\tx",
    ],
)
def test_lists_are_plain_lists(text: str) -> None:
    with pytest.raises(BadSource):
        archive.simple_yaml(STEPS, text)


Change = Callable[[dict[str, Any]], object]


def with_steps(change: Change) -> dict[str, str]:
    """The files with something changed in the list of steps."""
    files = small()
    data = yaml.load(files[STEPS], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    change(data)
    head = writing.split_head(STEPS, files[STEPS])
    names = [name for name in ("sources", "steps", "more") if name in data]
    return files | {STEPS: head + "".join(writing.dump({name: data[name]}) for name in names)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["steps"][0].pop("priority"), "ident.ref.safety_first: priority is missing"),
        (lambda data: data["steps"][0].update(colour="red"), "knows no “colour” here and would lose it"),
        (lambda data: data["steps"][0]["deadline"].update(amount=True), "amount: is no whole number"),
        (lambda data: data["steps"][0]["deadline"].update(amount=-1), "amount: is no whole number"),
        (lambda data: data["steps"][0]["deadline"].update(amount=10**30), "amount: is no whole number"),
        (lambda data: data["steps"][0]["deadline"].update(unit="weeks"), "'weeks' is not a valid Unit"),
        (lambda data: data["steps"][0].update(title_sv=["a"]), "title_sv: is no text"),
        (lambda data: data["steps"][0].update(title_en=""), "title_en: is empty"),
        (lambda data: data["steps"][0].update(title_en="x" * 201), "title_en: is longer than 200"),
        (lambda data: data["steps"][0].update(key={"a": "b"}), "key: is no text"),
        (lambda data: data["steps"][0].update(sources="SOL"), "sources: is no list"),
        (lambda data: data["steps"][0].update(paragraph="99-1-1"), "there is no paragraph 99-1-1"),
        (lambda data: data["steps"].append(data["steps"][0]), "ident.ref.safety_first: stands there twice"),
        (lambda data: data.update(steps=[1]), "steps 1: has no named values"),
        (lambda data: data.update(steps={}), "steps: is no list"),
        (lambda data: data.update(more=[]), "must end with sources, steps"),
        (lambda data: data["sources"][0].update(title=None), "title: is no text"),
    ],
)
def test_what_does_not_fit_is_named_at_its_place(change: Change, said: str) -> None:
    with pytest.raises(BadSource) as refused:
        intake.read(with_steps(change))
    assert said in "\n".join(refused.value.problems)


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (
            STEPS,
            "    origin: manual\n",
            "    origin: manual\n    origin: portal\n",
            "origin stands there twice",
        ),
        (STEPS, "  - key: ident.ref.indicators", "  - key: 2026-99-99", "holds a value that cannot be read"),
        (
            STEPS,
            "    legal_basis: Manualen steg 1\n",
            "    legal_basis: 2026-07-01\n",
            "legal_basis: is no text",
        ),
        (STEPS, "steps:", "stegen:", "steps: is no list"),
        ("content/sv/2-akut-skydd.md", "{#2-1-1 ", "{#3-1-1 ", "the file of another chapter"),
        ("content/sv/2-akut-skydd.md", "# Akut skydd {#2}\n", "", "a heading without an anchor"),
        ("content/sv/2-akut-skydd.md", "{#2-1-1 ", "{#2-1-1 colour=red ", "knows no “colour” here"),
        ("content/en/2-acute-protection.md", "{#2-1-1}", "{#2-1-1 for=police}", "knows no “for” here"),
        ("content/sv/2-akut-skydd.md", "{#2-1-1 ", "{#2-1-01 ", "no zero before them"),
        ("content/sv/2-akut-skydd.md", "{#2-1-2 ", "{#2-1-1 ", "used twice"),
        ("content/en/2-acute-protection.md", "### ", "### " + "x" * 200, "a heading 200"),
        ("data/indicators.yaml", "strength: strong", "strength: loud", "'loud' is not a valid Strength"),
        (
            "data/milestones.yaml",
            "key: suspicion_noted",
            "key: other_noted",
            "not the milestones of the code",
        ),
        ("data/retired.yaml", "retired: []", "retired:\n  - anchor: 2-1-1\n", "moved_to is missing"),
    ],
)
def test_a_changed_line_is_named(path: str, old: str, new: str, said: str) -> None:
    files = small()
    assert old in files[path]
    with pytest.raises(BadSource) as refused:
        intake.read(files | {path: files[path].replace(old, new, 1)})
    assert said in "\n".join(refused.value.problems)


def test_a_missing_file_is_named() -> None:
    files = small()
    for path in (STEPS, "content/en/2-acute-protection.md"):
        with pytest.raises(BadSource):
            intake.read({name: text for name, text in files.items() if name != path})
    with pytest.raises(BadSource, match="no edition has such a file"):
        intake.read(files | {"../../etc/passwd": ""})
