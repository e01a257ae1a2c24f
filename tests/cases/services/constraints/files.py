"""Documents, kinds of notes and those who came along: what the database refuses."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

from cases.enums import DocumentState, NoteKind
from cases.models import Dependant, Document, Note
from core import vault


def _document(scene: Any, **changes: Any) -> None:
    key = uuid.uuid4()
    given = {
        "id": key,
        "case": scene.world.case,
        "desk": scene.world.case.desk,
        "category": "situation",
        "media_type": "application/pdf",
        "size": 1,
        "data_key": vault.new_key("file", key),
        "digest": os.urandom(16),
        "name": "x.pdf",
        "description": "x",
        "uploaded_by": scene.user,
        "uploaded_at": scene.now,
    }
    Document.objects.create(**(given | changes))


def _documents(*changes: dict[str, Any]) -> tuple[Callable[[Any], Any], ...]:
    def act(values: dict[str, Any]) -> Callable[[Any], Any]:
        def run(scene: Any) -> None:
            found = {name: value(scene) if callable(value) else value for name, value in values.items()}
            _document(scene, **found)

        return run

    return tuple(act(values) for values in changes)


def _twice(scene: Any) -> None:
    _document(scene, digest=b"x" * 16)
    _document(scene, digest=b"x" * 16)


def _note(scene: Any, **changes: Any) -> None:
    given = {
        "case": scene.world.case,
        "desk": scene.world.case.desk,
        "author": scene.user,
        "data_key": scene.world.case.data_key,
        "text": "x",
        "written_at": scene.now,
    }
    Note.objects.create(**(given | changes))


def _dependant(scene: Any, relation: str) -> None:
    Dependant.objects.create(
        case=scene.world.case,
        relation=relation,
        is_child=True,
        data_key=scene.world.case.data_key,
        who={},
        recorded_by=scene.user,
        recorded_at=scene.now,
    )


BREAKS: dict[str, tuple[Callable[[Any], Any], ...]] = {
    "document_state_known": _documents({"state": "opened"}),
    "document_category_known": _documents({"category": "gossip"}),
    "document_one_home": _documents({"agency": lambda s: s.police.agency}, {"desk": None}),
    "document_removed_by_whom": _documents(
        {"state": DocumentState.REMOVED, "removed_at": lambda s: s.now},
        {"state": DocumentState.REMOVED, "removed_by": lambda s: s.user},
    ),
    "document_clean_was_scanned": _documents({"state": DocumentState.CLEAN}),
    "document_once": (_twice,),
    "note_kind_known": (lambda scene: _note(scene, kind="rumour"),),
    "note_view_has_reason": (lambda scene: _note(scene, kind=NoteKind.VIEW),),
    "dependant_relation_known": (lambda scene: _dependant(scene, "neighbour"),),
}
