"""Bringing in the files of an edition as one archive."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.uploads import SealedUpload
from manual.forms.editions import DescribeForm
from manual.library import archive

MEGABYTES: Final = archive.LARGEST_ARCHIVE // (1024 * 1024)


class ArchiveField(forms.FileField):
    """Takes only what came in through the sealed door, and not more than an edition can need."""

    def to_python(self, data: Any) -> SealedUpload | None:
        if data in self.empty_values:
            return None
        if not isinstance(data, SealedUpload):
            raise ValidationError(_("Choose the file again"))
        if data.too_large or (data.size or 0) > archive.LARGEST_ARCHIVE:
            raise ValidationError(
                _("The file is larger than %(n)s MB. Choose another one") % {"n": MEGABYTES}
            )
        return data


class BringForm(DescribeForm):
    """The draft is new: there is no version of it to compare with."""

    version = None  # type: ignore[assignment]
    archive = ArchiveField(
        label=gettext_lazy("The archive"),
        help_text=gettext_lazy("A zip archive with the YAML and Markdown files of an edition, at most 4 MB."),
        widget=forms.FileInput(attrs={"accept": ".zip"}),
        error_messages={"required": gettext_lazy("Choose the archive with the files")},
    )
    field_order = ("archive", "title", "reason")
