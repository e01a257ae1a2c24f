"""Which part of the manual becomes a PDF."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from manual.library import Book

WHOLE: Final = "allt"


class PaperForm(forms.Form):
    """`del`: the whole manual, a chapter (`2`) or a section (`2-3`)."""

    part = forms.ChoiceField(
        label=_("What should the PDF hold?"),
        error_messages={
            "required": _("Choose what the PDF should hold"),
            "invalid_choice": _("Choose one of the parts in the list"),
        },
    )

    def __init__(self, data: Any, book: Book, part: str = WHOLE) -> None:
        super().__init__(data, initial={"part": part})
        field = self.fields["part"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(WHOLE, gettext("The whole Manual")), *(_group(volume) for volume in book.volumes)]


def _group(volume: Any) -> tuple[str, list[tuple[str, str]]]:
    name = f"{volume.chapter.number} {volume.chapter.title}"
    whole = (str(volume.chapter.number), gettext("All of %(chapter)s") % {"chapter": name})
    sections = [(one.head.anchor, f"{one.number} {one.head.title}") for one in volume.sections]
    return (name, [whole, *sections])
