"""A page as a browser reads it: its forms with their fields, its tags, what could run."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

FREE: Final = {"text", "textarea", "search", "tel", "email", "url", "password", "date", "number", "time"}
"""Kinds of fields that take any text when the browser is left out."""


@dataclass
class Field:
    name: str
    kind: str
    values: list[str] = field(default_factory=list)
    """What the page sends when nobody touches it."""
    options: list[str] = field(default_factory=list)
    """What may be chosen."""

    @property
    def is_yes_or_no(self) -> bool:
        """One box, ticked or not, whatever its value."""
        return self.kind == "checkbox" and len(self.options) == 1


@dataclass
class Form:
    action: str
    method: str
    id: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def data(self) -> dict[str, list[str]]:
        """What the page sends when nobody touches it; where a choice is missing, the first."""
        filled = {}
        for one in self.fields.values():
            values = one.values or [option for option in one.options if option][:1]
            if values and one.kind != "file":
                filled[one.name] = values
        if self.buttons and self.buttons[0][0]:
            filled[self.buttons[0][0]] = [self.buttons[0][1]]
        return filled

    @property
    def free(self) -> list[str]:
        return [one.name for one in self.fields.values() if one.kind in FREE]

    @property
    def chosen(self) -> list[str]:
        return [one.name for one in self.fields.values() if one.options]

    @property
    def shape(self) -> tuple[str, ...]:
        return tuple(sorted(self.fields))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.comments: list[str] = []
        self.scripts: list[str] = []
        self.raw = ""
        self._elsewhere: list[tuple[str, dict[str, str]]] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        self.raw = tag if tag in ("script", "style") else ""
        if tag == "form":
            self._form = Form(
                given.get("action", ""), given.get("method", "get").lower(), given.get("id", "")
            )
            self.forms.append(self._form)
        elif tag == "option":
            self._option(given)
        elif tag in ("input", "select", "textarea", "button"):
            if "form" in given:
                self._elsewhere.append((tag, given))
            elif self._form is not None:
                self._control(self._form, tag, given)

    def _option(self, given: dict[str, str]) -> None:
        if self._select is None:
            return
        value = given.get("value", "")
        self._select.options.append(value)
        if "selected" in given:
            self._select.values.append(value)

    def _control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text").lower() if tag == "input" else tag
        if tag == "button" or kind in ("submit", "image", "reset", "button"):
            form.buttons.append((name, given.get("value", "")))
            return
        if not name or "disabled" in given:
            return
        one = form.fields.setdefault(name, Field(name, kind))
        if kind in ("radio", "checkbox"):
            one.options.append(given.get("value", "on"))
            if "checked" in given:
                one.values.append(given.get("value", "on"))
        elif kind == "select":
            self._select = one
        elif kind == "textarea":
            self._area = one
            one.values = [""]
        else:
            one.values.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        self.raw = ""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self._area.values = [self._area.values[0].removeprefix("\n")]
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.values[0] += data
        if self.raw == "script":
            self.scripts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def close(self) -> None:
        super().close()
        by_id = {form.id: form for form in self.forms if form.id}
        for tag, given in self._elsewhere:
            if given["form"] in by_id:
                self._control(by_id[given["form"]], tag, given)


def read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def forms(html: str) -> list[Form]:
    return read(html).forms


ADDRESSES: Final = (
    "href",
    "src",
    "action",
    "formaction",
    "hx-get",
    "hx-post",
    "data",
    "xlink:href",
    "poster",
)
OURS: Final = ("/", "#", "?", "tel:", "mailto:", "https://", "http://", "data:image/")
BRIDGES: Final = ("hx-on", "onx", "hx-vals")


def dangers(html: str, mark: str) -> list[str]:
    """What a browser would run or leave for because of `mark`, or run at all without a file of ours."""
    page, found = read(html), []
    for tag, given in page.tags:
        if mark in tag:
            found.append(f"<{tag}>")
        if tag == "script" and not given.get("src") and given.get("type") not in ("application/json",):
            found.append("a script of the page's own")
        if tag in ("style", "iframe", "object", "embed", "base", "foreignobject"):
            found.append(f"<{tag}>")
        for name, value in given.items():
            if name.startswith("on") or name == "style" or mark in name or name.startswith(BRIDGES):
                found.append(f"<{tag} {name}>")
            if name in ADDRESSES:
                bare = "".join(char for char in value if char > " ").lower()
                if bare and not bare.startswith(OURS) and ":" in bare.split("/")[0]:
                    found.append(f"<{tag} {name}={value[:40]}>")
    found += [f"a comment with {mark}" for text in page.comments if mark in text]
    return found
