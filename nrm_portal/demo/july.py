"""The demo's editions of the manual: the first, and the changes of July 2026 as an example.

Older cases began with the first edition and keep it; newer ones follow the second. The example holds only
what changes (`data/2026-07`), goes the way of every edition (brought in as files, approved by a second
person, decided for a day), and everything in it is marked as to be confirmed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

from core import clock, context
from manual.library import writing
from manual.models import Edition
from manual.services import bring_in, catch_up, publish_edition, reviewing, sync_manual
from nrm_portal.demo.situations import _living

FOLDER: Final = Path(__file__).resolve().parent / "data" / "2026-07"
APPLIES: Final = date(2026, 7, 1)
WRITTEN: Final = datetime(2026, 6, 8, 10, 15, tzinfo=clock.STOCKHOLM)
APPROVED: Final = datetime(2026, 6, 15, 13, 40, tzinfo=clock.STOCKHOLM)
BEGUN: Final = timedelta(days=4 * 365)
"""So long before today the demo's manual began: before its first case."""
TITLE: Final = "Exempel: ändringar i juli 2026"
REASON: Final = (
    "Ett exempel på en utgåva från ett visst datum: EU-direktivet om människohandel, EU:s asyl- och "
    "migrationspakt och höjda straffskalor. Inget av det är kontrollerat mot lagtext; allt är att bekräfta."
)
_HEADING: Final = re.compile(r"^#{1,3} .*\{#(?P<anchor>[0-9-]+)", re.MULTILINE)


def begin() -> None:
    """The first edition, from a day before the first case; nothing when there is one already."""
    if not Edition.objects.exists():
        with clock.frozen(clock.now() - BEGUN):
            sync_manual(by=None, publish=True)


def change() -> bool:
    """The example from July 2026; False when it is there, or cannot follow the editions there are."""
    newest = Edition.objects.newest()
    if newest is None or newest.valid_from is None or newest.valid_from >= APPLIES:
        return False
    if Edition.objects.in_work() is not None or clock.now() < APPROVED:
        return False
    writer, second = _living.acting("helena.forsberg"), _living.acting("daniel.akesson")
    with clock.frozen(WRITTEN), context.scope():
        files = changed(writing.files(newest))
        draft = bring_in(files, title=TITLE, reason=REASON, by=writer)
        reviewing.hand_in(edition_id=draft.pk, version=draft.version, by=writer)
    with clock.frozen(APPROVED), context.scope():
        draft.refresh_from_db()
        reviewing.approve(edition_id=draft.pk, version=draft.version, by=second)
        publish_edition(draft, by=second, valid_from=APPLIES)
    if clock.today() >= APPLIES:
        with clock.frozen(datetime(2026, 7, 1, 0, 5, tzinfo=clock.STOCKHOLM)), context.scope():
            catch_up()
    return True


def changed(files: Mapping[str, str]) -> dict[str, str]:
    """The files of an edition with those of the example in the place of theirs."""
    new = dict(files)
    lists = yaml.safe_load((FOLDER / "data" / "steps.yaml").read_text(encoding="utf-8"))
    steps = yaml.safe_load(files["data/steps.yaml"])
    merged = {name: _rows(steps[name], lists[name]) for name in writing.ROWS["data/steps.yaml"]}
    head = writing.split_head("data/steps.yaml", files["data/steps.yaml"])
    new["data/steps.yaml"] = head + "".join(writing.dump({name: merged[name]}) for name in merged)
    for language in ("sv", "en"):
        text = (FOLDER / "content" / language / "changes.md").read_text(encoding="utf-8")
        for anchor, piece in _pieces(text):
            path = _chapter(new, language, anchor)
            new[path] = _put(new[path], anchor, piece)
    return new


def _rows(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with the same key are replaced; a new one stands after the last of its phase, or last."""
    rows, changes = list(old), {row["key"]: row for row in new}
    rows = [changes.pop(row["key"], row) for row in rows]
    for row in changes.values():
        beside = [at for at, other in enumerate(rows) if other.get("phase") == row.get("phase")]
        rows.insert(beside[-1] + 1 if beside and "phase" in row else len(rows), row)
    return rows


def _pieces(text: str) -> list[tuple[str, str]]:
    starts = list(_HEADING.finditer(text))
    ends = [*(found.start() for found in starts[1:]), len(text)]
    return [
        (found["anchor"], text[found.start() : end].strip() + "\n")
        for found, end in zip(starts, ends, strict=True)
    ]


def _chapter(files: Mapping[str, str], language: str, anchor: str) -> str:
    start = f"content/{language}/{anchor.partition('-')[0]}-"
    return next(path for path in files if path.startswith(start))


def _put(text: str, anchor: str, piece: str) -> str:
    """The piece in the place of the one with its anchor, or after the last of its section."""
    pieces = _pieces(text)
    names = [name for name, _ in pieces]
    if anchor in names:
        pieces[names.index(anchor)] = (anchor, piece)
    else:
        section = anchor.rpartition("-")[0]
        last = max(at for at, name in enumerate(names) if name == section or name.startswith(f"{section}-"))
        pieces.insert(last + 1, (anchor, piece))
    return "\n".join(body for _, body in pieces)
