"""An edition written out as files is what it was read from, byte for byte, and read again it is the same."""

from __future__ import annotations

import pytest

from manual.library import source, writing
from manual.models import Edition

pytestmark = pytest.mark.django_db


def repository() -> dict[str, str]:
    """The files an edition is read from, as they stand in the repository."""
    paths = [
        *writing.ROWS,
        *(path.relative_to(source.FOLDER).as_posix() for path in source.CONTENT.glob("*/*.md")),
    ]
    return {path: (source.FOLDER / path).read_bytes().decode() for path in paths}


def test_an_edition_is_written_as_the_files_it_was_read_from(edition: Edition) -> None:
    written, files = writing.files(edition), repository()
    assert set(written) == set(files)
    for path, text in files.items():
        assert written[path] == text, path
