"""What was tried against the portal, how often, and what came of it: the table of `bin/test security`.

A pytest plugin, named in `addopts`. A test of the list S01-S66 (docs/security.md) says what it tries:

    @pytest.mark.security("S31", "every POST without a token")
    def test_...(tried): ...
        tried(len(urls))          # or tried() once per attempt; a test that never says counts as one

`tried` may also be called inside a hypothesis example. `examples(few, many)` is the number of examples: few
in `bin/test`, many in `bin/test security`.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

THOROUGH: Final = "NRM_ALL_SECURITY"
"""Set by `bin/test security`, inherited by xdist's workers."""
HERE: Final = Path(__file__).resolve().parent
DOCUMENT: Final = HERE.parent.parent / "docs" / "security.md"
ASVS: Final = HERE / "asvs.yaml"
EVERY: Final = (*(f"S{number:02}" for number in range(1, 67)), "S66b")
NOT_HERE: Final = re.compile(r"^\* \*\*(S\d\db?)\*\* does not apply: .+", re.M)

_current: list[pytest.Item] = []


def examples(few: int, many: int) -> int:
    """How many examples hypothesis shall try."""
    return many if os.environ.get(THOROUGH) else few


@pytest.fixture(scope="session")
def tried() -> Callable[..., None]:
    """Count attempts for the table."""

    def count(times: int = 1) -> None:
        if _current:
            held = _current[-1].user_properties
            before = [int(str(value)) for name, value in held if name == "tried"]
            held[:] = [pair for pair in held if pair[0] != "tried"] + [("tried", sum(before) + times)]

    return count


@dataclass
class Line:
    """One number of the list: what was tried and how it went."""

    texts: list[str] = field(default_factory=list)
    times: int = 0
    tests: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    @property
    def result(self) -> str:
        if self.failed:
            return f"FAILED ({len(self.failed)})"
        if self.tests <= self.skipped:
            return "NOT RUN"
        return "held"


_lines: dict[str, Line] = defaultdict(Line)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--security-table", action="store_true", help="print what was tried, by number")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "security(id, what): a test of the list in docs/security.md; `what` is tried"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    for marker in item.iter_markers("security"):
        number, what = marker.args
        item.user_properties.append(("security", f"{number} {what}"))
    _current.append(item)
    try:
        return (yield)
    finally:
        _current.pop()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Runs in the process that prints; xdist sends the properties along."""
    marks = [str(value) for name, value in report.user_properties if name == "security"]
    if not marks or (report.when != "call" and report.passed):
        return
    times = sum(int(str(value)) for name, value in report.user_properties if name == "tried") or 1
    for mark in marks:
        number, _, what = mark.partition(" ")
        line = _lines[number]
        line.tests.add(report.nodeid)
        if what not in line.texts:
            line.texts.append(what)
        if report.failed:
            line.failed.add(report.nodeid)
        elif report.skipped:
            line.skipped.add(report.nodeid)
        if report.when == "call" and not report.skipped:
            line.times += times


def excused() -> set[str]:
    """Numbers docs/security.md says do not apply, each with its reason."""
    return set(NOT_HERE.findall(DOCUMENT.read_text())) if DOCUMENT.exists() else set()


def uncovered() -> list[str]:
    """Requirements of ASVS without a test or a reason, and those something is missing of."""
    return [
        f"{number} (in part)" if held else number
        for number, held in requirements().items()
        if not held or "missing" in held
    ]


def requirements() -> dict[str, dict[str, Any] | None]:
    """The map of ASVS: what stands for each number."""
    found: dict[str, dict[str, Any] | None] = yaml.safe_load(ASVS.read_text())["requirements"]
    return found


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _is_printing(session.config) and _missing() and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_printing(config: pytest.Config) -> bool:
    return bool(config.getoption("--security-table")) and "PYTEST_XDIST_WORKER" not in os.environ


def _missing() -> list[str]:
    without = excused()
    return [
        number
        for number in EVERY
        if number not in without and (number not in _lines or _lines[number].result != "held")
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not _is_printing(config):
        return
    write, without = terminalreporter.write_line, excused()
    terminalreporter.section("what was tried against the portal (docs/security.md)")
    write(f"{'id':<5} {'times':>8}  {'result':<11} what was tried")
    for number in EVERY:
        if number in _lines:
            line = _lines[number]
            texts = line.texts
            write(f"{number:<5} {line.times:>8}  {line.result:<11} {texts[0]}")
            for text in texts[1:]:
                write(f"{'':<27} {text}")
            for test in sorted(line.failed):
                write(f"{'':<27} ! {test}")
        else:
            said = "does not apply: see docs/security.md" if number in without else "NO TEST"
            write(f"{number:<5} {'':>8}  {said}")
    total, tests = sum(line.times for line in _lines.values()), set[str]()
    for line in _lines.values():
        tests |= line.tests
    write(f"{total} attempts in {len(tests)} tests")
    numbers = uncovered()
    write(f"ASVS 5.0, not or not wholly covered: {', '.join(numbers) or 'none'}")
    if missing := _missing():
        write(f"Not held, not run or without a test: {', '.join(missing)}")
