"""What is served: within the budgets, as recorded, and readable in every theme."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
CSS = (STATIC / "css" / "app.css").read_text()


def test_style_sheet_is_small() -> None:
    assert len(CSS.encode()) <= 25 * 1024
    assert len(gzip.compress(CSS.encode(), 9)) <= 8 * 1024


def test_script_is_small_and_needs_no_eval() -> None:
    script = (STATIC / "js" / "app.js").read_text()
    assert len(gzip.compress(script.encode(), 9)) <= 8 * 1024
    assert not re.search(r"\beval\(|new Function|innerHTML\s*=|localStorage|sessionStorage", script)


def test_vendored_files_are_as_recorded() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "bin" / "vendor"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_icon_that_is_asked_for_exists() -> None:
    held = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "img" / "icons.svg").read_text()))
    asked = set()
    for file in TEMPLATES.rglob("*.html"):
        asked |= set(re.findall(r'\{%\s*icon "([\w-]+)"', file.read_text()))
    assert asked <= held


def test_templates_have_nothing_inline() -> None:
    for file in TEMPLATES.rglob("*.html"):
        if file.is_relative_to(TEMPLATES / "pdf"):
            continue  # documents carry their style themselves; no browser sees them
        found = re.findall(r'\sstyle="|\son\w+="|javascript:|<script(?![^>]*\ssrc=)', file.read_text())
        assert not found, f"{file.relative_to(ROOT)}: {found}"


# --- contrast of the tokens -------------------------------------------------------------------------------
def tokens(theme: int) -> dict[str, str]:
    """Name → hex; theme 0 is light, 1 dark."""
    found = {}
    for name, light, dark, same in re.findall(
        r"(--[\w-]+):(?:light-dark\((#\w+),(#\w+)\)|(#\w+))", CSS.split("[data-theme=dark]")[0]
    ):
        found[name] = same or (light, dark)[theme]
    return found


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT = [
    ("--ink", "--canvas"), ("--ink", "--sheet"), ("--ink", "--sunken"), ("--ink-2", "--canvas"),
    ("--ink-2", "--sheet"), ("--ink-2", "--sunken"), ("--ink-2", "--brand-tint"), ("--ink-3", "--sheet"),
    ("--on-brand", "--brand"), ("--on-brand", "--brand-strong"), ("--brand-strong", "--brand-tint"),
    ("--brand-strong", "--sheet"),
    ("--link", "--canvas"), ("--link", "--sheet"), ("--link-visited", "--canvas"), ("--link", "--green-tint"),
    ("--link", "--amber-tint"), ("--link", "--brand-tint"), ("--red", "--sheet"), ("--red", "--red-tint"),
    ("--amber", "--amber-tint"), ("--green", "--green-tint"), ("--blue", "--blue-tint"),
    ("--plum", "--plum-tint"), ("--ink", "--red-tint"), ("--ink", "--amber-tint"), ("--on-bar", "--bar"),
]  # fmt: skip
EDGES = [
    ("--line-strong", "--sheet"),
    ("--line-strong", "--canvas"),
    ("--brand", "--sheet"),
    ("--amber", "--sheet"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), [(*p, 4.5) for p in TEXT] + [(*p, 3.0) for p in EDGES])
def test_contrast(front: str, back: str, least: float, theme: int) -> None:
    held = tokens(theme)
    assert contrast(held[front], held[back]) >= least
