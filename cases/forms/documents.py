"""Adding documents: each file with what it shows and what it is about; one that is refused says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.enums import Category, RemovalReason
from cases.services.documents import Incoming
from core.fields import LINE_LIMIT, TextField
from core.uploads import FILES_AT_ONCE, SealedUpload

ABOUT: Final = tuple(code for code in Category if code != Category.DOCUMENTS)
ENDINGS: Final = ".pdf,.jpg,.jpeg,.png"


class FileField(forms.FileField):
    """Takes only what came in through the sealed door; how large and what it is, the service looks at."""

    def to_python(self, data: Any) -> SealedUpload | None:
        if data in self.empty_values:
            return None
        if not isinstance(data, SealedUpload):
            raise ValidationError(_("Choose the file again"))
        return data


class DocumentForm(forms.Form):
    file = FileField(
        label=gettext_lazy("File"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ENDINGS}),
        help_text=gettext_lazy("PDF, JPEG or PNG, at most 25 MB."),
    )
    description = TextField(
        label=gettext_lazy("What does the document show?"),
        required=False,
        limit=LINE_LIMIT,
        help_text=gettext_lazy(
            "For example “Copy of the employment contract”. The name of the file is not shown to others."
        ),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        required=False,
        help_text=gettext_lazy("Decides which agencies may open it."),
    )

    def __init__(self, *args: Any, anonymous: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [kind for kind in ABOUT if not (anonymous and kind in (Category.IDENTITY, Category.CONTACT))]
        self.fields["category"].choices = [("", ""), *((kind.value, kind.label) for kind in kinds)]  # type: ignore[attr-defined]
        for name in ("file", "description", "category"):
            self.fields[name].expected = True  # type: ignore[attr-defined]

    @property
    def is_empty(self) -> bool:
        """Nothing was put into this row."""
        names = [self.add_prefix(name) for name in ("description", "category")]
        return not self.files.get(self.add_prefix("file")) and not any(self.data.get(name) for name in names)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        wanted = {
            "file": _("Choose a file"),
            "description": _("Write what the document shows"),
            "category": _("Choose what the document is about"),
        }
        for name, words in wanted.items():
            if not data.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(words))
        return data

    def incoming(self) -> Incoming:
        """What the service is told, once the form is valid."""
        data = self.cleaned_data
        return Incoming(data["file"], data["description"], data["category"])


def rows(data: Mapping[str, Any] | None, files: Any, *, anonymous: bool) -> list[DocumentForm]:
    """The rows of the page: as many as are taken at once."""
    return [
        DocumentForm(data, files, prefix=f"fil{number}", anonymous=anonymous)
        for number in range(1, FILES_AT_ONCE + 1)
    ]


class RemoveForm(forms.Form):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why is the document removed?"),
        choices=RemovalReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why the document is removed")},
    )
