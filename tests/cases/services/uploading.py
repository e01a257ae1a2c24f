"""Adding documents through the service, as a form that came in through the sealed door would."""

from __future__ import annotations

import uuid
from typing import Any

from accounts.access import Assignment
from cases.access import Sight, sight_of
from cases.enums import Category, DocumentState
from cases.models import Document
from cases.services import documents, scanning
from cases.services.documents import Incoming
from core.files import Passing
from core.uploads import FILE_LIMIT, SealedUpload
from tests.cases.services.conftest import World
from tests.core import samples


def upload(data: bytes, name: str = "QZFILNAMN.pdf") -> SealedUpload:
    passing = Passing()
    too_large = len(data) > FILE_LIMIT
    if not too_large:
        passing.write(data)
    passing.finish()
    return SealedUpload(passing, name, too_large=too_large)


def add(
    world: World,
    by: Assignment,
    data: bytes = b"",
    category: str = Category.SITUATION,
    name: str = "QZFILNAMN.pdf",
    description: str = "QZBESKRIVNING",
) -> Document:
    incoming = Incoming(
        upload(data or samples.pdf(uuid.uuid4().hex.encode() + b"\n"), name), description, category
    )
    return documents.add(case_id=world.case_id, incoming=incoming, by=by)


def sight(by: Assignment, world: World) -> Sight:
    found = sight_of(by, world.case)
    assert found is not None
    return found


def clean(world: World, by: Assignment, data: bytes = b"", **more: Any) -> Document:
    made = add(world, by, data, **more)
    assert scanning.scan(made.pk) == DocumentState.CLEAN
    made.refresh_from_db()
    return made


def content(by: Assignment, world: World, document: Document) -> bytes:
    return b"".join(documents.open_document(sight=sight(by, world), document_id=document.pk).chunks)


def names(by: Assignment, world: World) -> list[uuid.UUID]:
    return [row.pk for row in documents.visible_to(sight(by, world))]
