"""What is typed about texts, signs, dated facts, words and sources. `values()` is what the services take."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import LINE_LIMIT, TextField
from manual.enums import Confidence, Dimension, Exploitation, StepAge, StepRole, Strength
from manual.models import (
    Chapter,
    Definition,
    Edition,
    Indicator,
    IndicatorGroup,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
)

CHOOSE: Final = _("Choose one of the answers")
MARKDOWN: Final = _(
    "An empty line begins a new paragraph. A line that begins with - is a point of a list, *word* is "
    "emphasis, [words](address) is a link."
)
ENGLISH: Final = _("Needed before the edition is handed in.")
MANY: Final = re.compile(r"[,\n]")


def _line(label: Any, *, required: bool = True, limit: int = LINE_LIMIT, **more: Any) -> TextField:
    """One line. Swedish is demanded at once, English when the edition is handed in."""
    words = {"required": _("Write a few words here")}
    return TextField(label=label, required=required, limit=limit, error_messages=words, **more)


def _text(label: Any, *, required: bool = False, rows: int = 8, **more: Any) -> TextField:
    words = {"required": _("Write the text")}
    return TextField(label=label, required=required, rows=rows, error_messages=words, **more)


def radio(label: Any, choices: Any, **more: Any) -> forms.ChoiceField:
    messages = {"required": CHOOSE, "invalid_choice": CHOOSE}
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.RadioSelect, error_messages=messages, **more
    )


def _select(label: Any, **more: Any) -> forms.ChoiceField:
    messages = {"required": CHOOSE, "invalid_choice": CHOOSE}
    return forms.ChoiceField(label=label, error_messages=messages, **more)


def ticks(label: Any, choices: Any = (), **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **more
    )


class RowForm(forms.Form):
    """A row of a draft, with the version that was shown. `columns` are filled from the row by name."""

    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=0, max_value=2_000_000_000
    )
    columns: tuple[str, ...] = ()

    def __init__(self, data: Any, row: Any = None, initial: dict[str, Any] | None = None) -> None:
        start = self.shown(row) if row else {}
        super().__init__(data, initial={**start, **(initial or {})})

    @classmethod
    def shown(cls, row: Any) -> dict[str, Any]:
        """What stands in the fields for a row."""
        return {name: getattr(row, name) for name in ("version", *cls.columns)}

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.columns}

    @property
    def seen(self) -> int:
        """The version that was shown; -1 when the form did not say."""
        version = self.cleaned_data["version"]
        return -1 if version is None else int(version)

    def put_choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


class ChapterForm(RowForm):
    title_sv = _line(_("Title in Swedish"))
    title_en = _line(_("Title in English"), required=False, help_text=ENGLISH)
    intro_sv = _text(_("Introduction in Swedish"), help_text=MARKDOWN)
    intro_en = _text(_("Introduction in English"))
    columns = ("title_sv", "title_en", "intro_sv", "intro_en")
    model = Chapter


class ParagraphForm(RowForm):
    title_sv = _line(_("Title in Swedish"))
    body_sv = _text(_("Text in Swedish"), help_text=MARKDOWN)
    title_en = _line(_("Title in English"), required=False, help_text=ENGLISH)
    body_en = _text(_("Text in English"))
    actors = ticks(
        _("Who is it for?"), StepRole.choices, help_text=_("None ticked means that it is for everybody.")
    )
    sources = ticks(
        _("What does it rest on?"),
        error_messages={"required": _("Choose what the text rests on")},
        help_text=_("A source that is missing is added on the page Sources."),
    )
    confidence = radio(
        _("How sure is it?"),
        Confidence.choices,
        help_text=_("What is unsure is marked “To be confirmed” for every reader."),
    )
    columns = ("title_sv", "title_en", "body_sv", "body_en", "actors", "sources", "confidence")
    model = Paragraph

    def __init__(
        self, data: Any, edition: Edition, row: Paragraph | None = None, *, is_section: bool = False
    ) -> None:
        super().__init__(data, row, None if row else {"confidence": Confidence.UNSURE})
        self.put_choices("sources", source_choices(edition, row.sources if row else ()))
        self.fields["body_sv"].required = self.fields["sources"].required = not is_section


class RetireForm(forms.Form):
    """Where a paragraph went, and why."""

    moved_to = _select(
        _("What takes over?"), required=False, help_text=_("Leave it empty when nothing takes over.")
    )
    reason_sv = _line(
        _("Why is it no more, in Swedish"),
        required=False,
        limit=300,
        rows=2,
        help_text=_("Shown to whoever follows an old link."),
    )
    reason_en = _line(_("Why is it no more, in English"), required=False, limit=300, rows=2)

    def __init__(self, data: Any, edition: Edition, anchor: str, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["moved_to"]
        assert isinstance(field, forms.ChoiceField)
        others = [pair for pair in paragraph_choices(edition) if pair[0] != anchor]
        field.choices = [("", _("Nothing takes over")), *others]

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("moved_to", "reason_sv", "reason_en")}


class RetiredForm(RetireForm):
    """The same for a paragraph that is retired already."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, data: Any, edition: Edition, row: RetiredParagraph) -> None:
        super().__init__(data, edition, row.anchor, self.shown(row))
        self.fields["reason_sv"].required = True

    @classmethod
    def shown(cls, row: RetiredParagraph) -> dict[str, Any]:
        names = ("version", "moved_to", "reason_sv", "reason_en")
        return {name: getattr(row, name) for name in names}

    @property
    def seen(self) -> int:
        version = self.cleaned_data["version"]
        return -1 if version is None else int(version)


class GroupForm(RowForm):
    title_sv = _line(_("Name in Swedish"))
    title_en = _line(_("Name in English"), required=False, help_text=ENGLISH)
    columns = ("title_sv", "title_en")
    model = IndicatorGroup


class SignForm(RowForm):
    """A sign. Its short name is given once: what is ticked points to it."""

    group = _select(_("Group"))
    name = _line(
        _("Short name"),
        limit=30,
        help_text=_(
            "With a–z, 0–9 and _, for example docs_held. It is never changed: what is ticked keeps it."
        ),
    )
    text_sv = _line(_("The sign in Swedish"), limit=300, rows=2)
    text_en = _line(_("The sign in English"), required=False, limit=300, rows=2, help_text=ENGLISH)
    age = radio(_("For whom is it asked?"), StepAge.choices)
    forms = ticks(
        _("Which forms does it point to?"), Exploitation.choices, help_text=_("None ticked means every form.")
    )
    dimension = radio(_("What is the sign about?"), Dimension.choices)
    strength = radio(
        _("How much does it weigh?"),
        Strength.choices,
        help_text=_("Orders lists. It is never shown to whoever ticks, and no score is made of it."),
    )
    columns = ("text_sv", "text_en", "age", "forms", "dimension", "strength")
    model = Indicator

    def __init__(self, data: Any, edition: Edition, row: Indicator | None = None) -> None:
        start: dict[str, Any] = {"age": StepAge.ALL, "strength": Strength.MEDIUM}
        start = {"group": row.group.key} if row else start
        super().__init__(data, row, start)
        groups = edition.indicator_groups.order_by("order")
        self.put_choices("group", [("", _("Choose a group")), *((one.key, one.title) for one in groups)])
        if row:
            del self.fields["name"]

    def values(self) -> dict[str, Any]:
        names = [name for name in ("group", "name") if name in self.cleaned_data]
        return super().values() | {name: self.cleaned_data[name] for name in names}


class MilestoneWordsForm(RowForm):
    label_sv = _line(_("Name in Swedish"), limit=100)
    label_en = _line(_("Name in English"), required=False, limit=100, help_text=ENGLISH)
    meaning_sv = _line(_("Which date is meant, in Swedish"), required=False, limit=300, rows=2)
    meaning_en = _line(_("Which date is meant, in English"), required=False, limit=300, rows=2)
    columns = ("label_sv", "label_en", "meaning_sv", "meaning_en")
    model = MilestoneWords


class DefinitionForm(RowForm):
    term_sv = _line(_("The word in Swedish"), limit=100)
    term_en = _line(_("The word in English"), required=False, limit=100, help_text=ENGLISH)
    text_sv = _text(_("What it means, in Swedish"), required=True, rows=3, limit=500)
    text_en = _text(_("What it means, in English"), rows=3, limit=500)
    forms_sv = _text(
        _("Other forms of the word in Swedish"),
        rows=2,
        limit=500,
        help_text=_("As they stand in the texts, with a comma between them: betänketiden, betänketidens"),
    )
    forms_en = _text(_("Other forms of the word in English"), rows=2, limit=500)
    paragraph = _select(_("Where is more said?"), required=False)
    sources = ticks(_("What does it rest on?"))
    columns = (
        "term_sv", "term_en", "text_sv", "text_en", "forms_sv", "forms_en", "paragraph", "sources",
    )  # fmt: skip
    model = Definition

    def __init__(self, data: Any, edition: Edition, row: Definition | None = None) -> None:
        super().__init__(data, row)
        self.put_choices("paragraph", [("", _("Nowhere")), *paragraph_choices(edition)])
        self.put_choices("sources", source_choices(edition, row.sources if row else ()))

    @classmethod
    def shown(cls, row: Definition) -> dict[str, Any]:
        lists = {name: ", ".join(getattr(row, name)) for name in ("forms_sv", "forms_en")}
        return {**super().shown(row), **lists}

    def clean_forms_sv(self) -> list[str]:
        return self._many("forms_sv")

    def clean_forms_en(self) -> list[str]:
        return self._many("forms_en")

    def _many(self, name: str) -> list[str]:
        found = [part.strip() for part in MANY.split(self.cleaned_data[name])]
        if any(len(part) > 100 for part in found):
            raise forms.ValidationError(_("Write a comma between the words"))
        return list(dict.fromkeys(part for part in found if part))


class SourceForm(RowForm):
    key = _line(
        _("Short key"),
        limit=20,
        help_text=_("Capital letters, digits and hyphens, for example SOL. Texts name the source by it."),
    )
    title = _line(
        _("Name, with the version that was read"),
        help_text=_("For example: Socialtjänstlag (2025:400), consolidated until SFS 2025:1501"),
    )
    address = _line(_("Where it is found"), required=False, limit=300, rows=2)
    columns = ("title", "address")
    model = Source

    def __init__(self, data: Any, row: Source | None = None) -> None:
        super().__init__(data, row)
        if row:
            del self.fields["key"]

    def values(self) -> dict[str, Any]:
        more = {"key": self.cleaned_data["key"]} if "key" in self.cleaned_data else {}
        return {**super().values(), **more}


def paragraph_choices(edition: Edition) -> list[tuple[str, Any]]:
    """Every section and paragraph, by number and title."""
    rows = edition.paragraphs.order_by("order").only("edition", "anchor", "title_sv", "title_en")
    return [(row.anchor, f"{row.anchor.replace('-', '.')} {row.title}") for row in rows]


def source_choices(edition: Edition, chosen: Collection[str]) -> list[tuple[str, Any]]:
    """Those that are chosen first, then the others in their order."""
    rows = list(edition.source_rows.order_by("order").values_list("key", "title"))
    rows.sort(key=lambda row: row[0] not in chosen)
    return [(key, f"{key}: {title}") for key, title in rows]
