"""The list of docs/security.md and the map of ASVS name tests that exist."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from tests.security.report import DOCUMENT, EVERY, excused, requirements

BASE = Path(settings.BASE_DIR)


@lru_cache(maxsize=1)
def numbered() -> dict[str, set[str]]:
    """Number → the tests marked with it, read from the source."""
    found: dict[str, set[str]] = {}
    for path in sorted((BASE / "tests").rglob("test_*.py")):
        for number in re.findall(r'mark\.security\(\s*"(\w+)"', path.read_text()):
            found.setdefault(number, set()).add(path.relative_to(BASE).as_posix())
    return found


def test_every_number_has_a_test_or_a_reason() -> None:
    without = [number for number in EVERY if number not in numbered() and number not in excused()]
    assert not without, f"no test is marked and docs/security.md gives no reason: {without}"
    both = sorted(excused() & set(numbered()))
    assert not both, f"docs/security.md says they do not apply, and there are tests: {both}"


def test_no_test_has_a_number_nobody_knows() -> None:
    unknown = {
        number for number in numbered() if number not in EVERY and not re.fullmatch(r"[FL]\d\d", number)
    }
    assert not unknown, unknown


def test_the_document_names_every_number() -> None:
    part = DOCUMENT.read_text().split("## What is tried")[1].split("\n## ")[0]
    named = set(re.findall(r"S\d\db?", part))
    for first, last in re.findall(r"S(\d\d)–S(\d\d)", part):
        named |= {f"S{number:02}" for number in range(int(first), int(last) + 1)}
    assert set(EVERY) <= named, sorted(set(EVERY) - named)


def test_the_map_of_asvs_is_whole_and_names_what_exists() -> None:
    held = requirements()
    assert len(held) == 253 + 24 + 2, "level 2, level 3 of five chapters, and two more"
    for number, entry in held.items():
        if entry is None:
            continue
        assert set(entry) <= {"tests", "doc", "why", "missing"} and set(entry) - {"missing"}, number
        for name in entry.get("tests", ()):
            assert name in numbered() if re.fullmatch(r"S\d\db?", name) else _is_a_test(name), (number, name)
        if "doc" in entry:
            assert (BASE / entry["doc"]).exists(), (number, entry["doc"])


def _is_a_test(name: str) -> bool:
    path, _, test = name.partition("::")
    if not (BASE / path).exists():
        return False
    tree = ast.parse((BASE / path).read_text())
    return not test or any(isinstance(node, ast.FunctionDef) and node.name == test for node in ast.walk(tree))
