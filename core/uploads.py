"""The one door for files: a page that takes them says so, and everywhere else they are dropped unread.

What comes in through the door is sealed while it comes in (`core.files.Passing`). A file that is too large
is dropped as soon as that is known; the other answers of the form are kept, and the form says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from core.files import Passing

if TYPE_CHECKING:
    _UploadedFile = UploadedFile[Any]
else:
    _UploadedFile = UploadedFile

FILE_LIMIT: Final = 25 * 1024 * 1024
FILES_AT_ONCE: Final = 5
LARGEST_BODY: Final = 1024 * 1024 * 1024
"""A body larger than this is not even read through for the sake of its other answers."""

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Mark a view as the door: files in its forms are taken in from people who are signed in."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


class SealedUpload(_UploadedFile):
    """A file that came in: readable while the request lasts, never lying open anywhere."""

    def __init__(self, passing: Passing, name: str | None, *, too_large: bool) -> None:
        super().__init__(file=None, name=name, content_type=None, size=passing.size)
        self.passing = passing
        self.too_large = too_large

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        return self.passing.chunks()

    def read(self, *args: Any) -> bytes:
        return b"".join(self.passing.chunks())

    def close(self) -> None:
        self.passing.close()


class OneDoor(FileUploadHandler):
    """Reads a form of any encoding; its files only where the page takes files."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> None:
        self._open = self._is_door()
        self._number, self._dropped = 0, False
        self._passing: Passing | None = None
        limit = LARGEST_BODY if self._open else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if limit is not None and content_length > limit:
            raise RequestDataTooBig("The body is larger than a form may be.")

    def _is_door(self) -> bool:
        request = self.request
        found = getattr(request, "resolver_match", None)
        signed_in = getattr(getattr(request, "user", None), "is_authenticated", False)
        return bool(signed_in and found and getattr(found.func, "takes_files", False))

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._number += 1
        if not self._open or self._number > FILES_AT_ONCE:
            raise SkipFile
        self._passing, self._dropped = Passing(), False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._passing is None or self._dropped:
            return
        if self._passing.size + len(raw_data) > FILE_LIMIT:
            self._passing.close()
            self._passing, self._dropped = Passing(), True
            return
        self._passing.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        passing, self._passing = self._passing, None
        if passing is None:
            return None
        passing.finish()
        return SealedUpload(passing, self.file_name, too_large=self._dropped)

    def upload_interrupted(self) -> None:
        if self._passing is not None:
            self._passing.close()
            self._passing = None
