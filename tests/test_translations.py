"""Every text of the interface has its Swedish: texts are found in the sources as makemessages would."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

BASE = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "accounts", "coordinators", "manual", "cases", "hotline", "nrm_portal")
SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy"}
NAMES = SINGULAR | PLURAL | WITH_CONTEXT | {"npgettext", "npgettext_lazy"}
Message = tuple[str, str, str]
"""Context, text, plural; the empty string where there is none."""
CALL = re.compile(
    r"\b("
    + "|".join(sorted(NAMES, key=len, reverse=True))
    + r")\(((?:[^()'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")*)\)",
    re.S,
)


def messages_of_python(source: str) -> set[Message]:
    """The texts a module asks gettext for; only literal ones count."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if name in NAMES and texts:
                found |= _message(name, texts)
    return found


def messages_of_template(source: str) -> set[Message]:
    """The texts of a template, through Django's own reading of its tags."""
    found = set()
    for name, inside in CALL.findall(templatize(source)):
        literals = re.findall(r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", inside, re.S)
        texts = [ast.literal_eval(literal.replace("\n", "\\n")) for literal in literals]
        if texts:
            found |= _message(name, texts)
    return found


def _message(name: str, texts: list[str]) -> set[Message]:
    if name in SINGULAR:
        return {("", texts[0], "")} if texts[0] else set()
    if name in PLURAL:
        return {("", texts[0], texts[1])} if len(texts) > 1 else set()
    if name in WITH_CONTEXT:
        return {(texts[0], texts[1], "")} if len(texts) > 1 else set()
    return {(texts[0], texts[1], texts[2])} if len(texts) > 2 else set()


def messages_in_use() -> dict[Message, str]:
    """Every text and one file that uses it."""
    found: dict[Message, str] = {}
    for package in PACKAGES:
        for path in (BASE / package).rglob("*.py"):
            for message in messages_of_python(path.read_text()):
                found[message] = str(path.relative_to(BASE))
    for pattern in ("templates/**/*.html", "templates/**/*.txt"):
        for path in BASE.glob(pattern):
            for message in messages_of_template(path.read_text()):
                found[message] = str(path.relative_to(BASE))
    return found


def catalogue(language: str) -> Catalog:
    path = BASE / "nrm_portal" / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def is_translated(messages: Catalog, message: Message) -> bool:
    context, text, plural = message
    entry = messages.get(text, context=context or None)
    if entry is None or entry.fuzzy or not entry.string:
        return False
    return all(entry.string) if plural else True


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_every_text_is_translated(language: str) -> None:
    known = catalogue(language)
    missing = {
        message: path for message, path in messages_in_use().items() if not is_translated(known, message)
    }
    shown = "\n".join(
        f"{path}: {message[1]!r}" for message, path in sorted(missing.items(), key=lambda m: m[1])[:60]
    )
    assert not missing, f"{len(missing)} texts without {language}:\n{shown}"


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_translations_keep_their_placeholders(language: str) -> None:
    wrong = []
    for entry in catalogue(language):
        texts = [entry.id] if isinstance(entry.id, str) else list(entry.id)
        strings = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
        allowed = {name for text in texts for name in _placeholders(text)}
        for string in filter(None, strings):
            if not _placeholders(string) <= allowed or (len(texts) == 1 and _placeholders(string) != allowed):
                wrong.append(entry.id)
    assert wrong == []


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w*\}", text))


def test_both_ways_of_finding_texts_work() -> None:
    source = '_("One")\nngettext("%(n)s day", "%(n)s days", n)\npgettext("clock", "Late")'
    assert messages_of_python(source) == {
        ("", "One", ""),
        ("", "%(n)s day", "%(n)s days"),
        ("clock", "Late", ""),
    }
    page = (
        '{% load i18n %}{% translate "It is" %}{% translate "May" context "month" %}'
        '{% trans "a (b) c" as x %}'
        "{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}"
        "{% blocktranslate count n=n %}{{ n }} case{% plural %}{{ n }} cases{% endblocktranslate %}"
        '{% include "x.html" with label=_("Label") %}'
    )
    assert messages_of_template(page) == {
        ("", "It is", ""),
        ("month", "May", ""),
        ("", "a (b) c", ""),
        ("", "Hello %(name)s", ""),
        ("", "%(n)s case", "%(n)s cases"),
        ("", "Label", ""),
    }
