"""The files of the repository, and the same with one sentence changed; each call gives a copy."""

from __future__ import annotations

from functools import cache

from manual.library import archive, source


@cache
def kept_repository() -> dict[str, str]:
    return archive.read_folder(source.FOLDER)


def repository() -> dict[str, str]:
    return dict(kept_repository())


def july(files: dict[str, str]) -> dict[str, str]:
    path = "content/sv/2-akut-skydd.md"
    return files | {path: files[path].replace("Håll ett kort planeringsmöte", "Håll ett möte")}
