"""Sources, signs, milestones, defined words and retired paragraphs that do not hold together."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from manual.enums import Milestone
from manual.library.checking.findings import About, Finding, Material
from manual.library.checking.texts import untranslated
from manual.models import Definition, RetiredParagraph, Source


def check(material: Material) -> Iterator[Finding]:
    """Everything about the lists, one list after the other."""
    yield from _signs(material)
    yield from _milestones(material)
    for definition in material.definitions:
        yield from _definition(definition, material)
    for source in material.source_rows:
        yield from _source(source, material)
    for gone in material.retired:
        yield from _retired(gone, material)
    yield from _vanished(material)


def _signs(material: Material) -> Iterator[Finding]:
    for group in material.groups:
        name = _("The group of signs “%(title)s”") % {"title": group.title or group.key}
        yield from untranslated(group, About.INDICATORS, group.key, "title", name)
        if not any(sign.group_id == group.pk for sign in material.indicators):
            words = _("%(name)s has no signs.") % {"name": name}
            yield Finding("group_is_empty", About.INDICATORS, group.key, words)
    for sign in material.indicators:
        name = _("The sign “%(text)s”") % {"text": sign.text or sign.key}
        yield from untranslated(sign, About.INDICATOR, sign.key, "text", name)


def _milestones(material: Material) -> Iterator[Finding]:
    """The words of each; and which of them start nothing."""
    used = {step.from_event for step in material.steps}
    named = {row.key for row in material.milestones}
    for row in material.milestones:
        name = _("The milestone “%(label)s”") % {"label": row.label or row.key}
        yield from untranslated(row, About.MILESTONE, row.key, "label", name)
        yield from untranslated(row, About.MILESTONE, row.key, "meaning", name, may_be_empty=True)
        if row.key not in used:
            words = _("%(name)s starts no deadline.") % {"name": name}
            yield Finding("milestone_starts_nothing", About.MILESTONE, row.key, words)
    for key in [key for key in Milestone.values if named and key not in named]:
        words = _("The milestone “%(label)s” has no words in this edition.") % {"label": Milestone(key).label}
        yield Finding("milestone_has_no_words", About.MILESTONE, key, words)


def _definition(row: Definition, material: Material) -> Iterator[Finding]:
    name = _("The word “%(term)s”") % {"term": row.term or row.key}
    yield from untranslated(row, About.DEFINITION, row.key, "term", name)
    yield from untranslated(row, About.DEFINITION, row.key, "text", name)
    if row.paragraph and row.paragraph not in material.anchors:
        words = _("%(name)s points to paragraph %(paragraph)s, which does not exist.")
        said = words % {"name": name, "paragraph": row.paragraph.replace("-", ".")}
        yield Finding("paragraph_missing", About.DEFINITION, row.key, said, blocks=True, field="paragraph")
    if unknown := [source for source in row.sources if source not in material.sources]:
        words = _("%(name)s names sources that are not known: %(sources)s.")
        said = words % {"name": name, "sources": ", ".join(unknown)}
        yield Finding("source_unknown", About.DEFINITION, row.key, said, blocks=True, field="sources")


def _source(row: Source, material: Material) -> Iterator[Finding]:
    if not row.title.strip():
        words = _("The source %(key)s has no name.") % {"key": row.key}
        yield Finding("source_has_no_name", About.SOURCE, row.key, words, blocks=True, field="title")
    named = [*(step.sources for step in material.steps), *(text.sources for text in material.paragraphs)]
    named += [definition.sources for definition in material.definitions]
    if not any(row.key in sources for sources in named):
        words = _("Nothing names the source “%(title)s”.") % {"title": row.title or row.key}
        yield Finding("source_is_not_used", About.SOURCE, row.key, words)


def _retired(row: RetiredParagraph, material: Material) -> Iterator[Finding]:
    name = _("The retired paragraph %(number)s") % {"number": row.anchor.replace("-", ".")}
    yield from untranslated(row, About.RETIRED, row.anchor, "reason", name)
    if row.anchor in material.anchors:
        words = _("%(name)s is still among the texts: nobody can reach both.") % {"name": name}
        yield Finding("retired_but_there", About.RETIRED, row.anchor, words, blocks=True)
    if row.moved_to and row.moved_to not in material.anchors:
        words = _("%(name)s leads to %(paragraph)s, which does not exist.")
        said = words % {"name": name, "paragraph": row.moved_to.replace("-", ".")}
        yield Finding("moved_nowhere", About.RETIRED, row.anchor, said, blocks=True, field="moved_to")


def _vanished(material: Material) -> Iterator[Finding]:
    """Old links lead to the anchors of earlier editions: one that is taken out says where it went."""
    retired = {row.anchor for row in material.retired}
    for anchor in sorted(material.anchors_before - material.anchors - retired):
        words = _("Paragraph %(number)s is gone without a word. Retire it and say where it went.")
        said = words % {"number": anchor.replace("-", ".")}
        yield Finding("paragraph_vanished", About.TEXTS, anchor, said, blocks=True)
