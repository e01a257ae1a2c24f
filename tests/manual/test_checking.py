"""What checking an edition names, and that it names nothing in the manual of the repository that blocks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from accounts.enums import AgencyKind
from cases.sections.facts import CONDITIONS, MILESTONES
from cases.services import dates, periods
from manual.enums import Condition, Milestone, StepRole
from manual.library import checking
from manual.library.checking import About, Finding, known
from manual.models import (
    Chapter,
    Definition,
    Edition,
    MilestoneWords,
    Paragraph,
    RetiredParagraph,
    Source,
    StepTemplate,
)
from tests.factories import AgencyFactory
from tests.manual.following import Steps, draft_after

pytestmark = pytest.mark.django_db
BASE = Path(__file__).resolve().parents[2]
ASSESS = "ident.rc.assess"


@pytest.fixture(autouse=True)
def _swedish() -> Any:
    with translation.override("sv"):
        yield


def found(draft: Edition, code: str) -> list[Finding]:
    return [finding for finding in checking.findings(draft) if finding.code == code]


def with_step(**changes: Any) -> Callable[[Steps], None]:
    def change(steps: Steps) -> None:
        for name, value in changes.items():
            setattr(steps[ASSESS], name, value)

    return change


def test_the_manual_of_the_repository_may_be_published(edition: Edition) -> None:
    assert [finding.words for finding in checking.blocking(edition)] == []
    assert checking.blocking(draft_after(edition)) == []


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("step_never_applies", {"age": "adult", "conditions": ["child_missing"]}),
        ("step_never_applies", {"age": "child", "conditions": ["consent_missing"]}),
        ("step_never_applies", {"conditions": ["consent_missing"], "consent": "required"}),
        (
            "step_never_applies",
            {"conditions": ["consent_missing", "lvu6_decided"], "consent": "not_required"},
        ),
        ("step_never_opens", {"scope": "act"}),
        ("milestone_never_happens", {"from_event": "year_end"}),
        ("milestone_never_happens", {"from_event": "child_suspected", "age": "adult"}),
        ("milestone_known_too_late", {"from_event": "identified", "direction": "before"}),
        (
            "deadline_is_impossible",
            {"unit": "office_hours", "direction": "before", "from_event": "trial_date"},
        ),
        (
            "override_is_never_used",
            {"age": "adult", "overrides": [{"when": "child", "amount": 1, "unit": "hours"}]},
        ),
        ("override_is_never_used", {"overrides": [{"when": "danger", "amount": 1, "unit": "hours"}] * 2}),
        ("translation_missing", {"title_en": ""}),
        ("translation_missing", {"description_sv": "  "}),
        ("paragraph_missing", {"paragraph": "2-99-1"}),
        ("source_unknown", {"sources": ["BLÅ-LAGEN"]}),
        ("law_is_not_named", {"kind": "statutory_fixed", "legal_basis": ""}),
        ("law_is_not_quoted", {"kind": "statutory_open", "legal_basis": "SoL", "statutory_wording": ""}),
    ],
)
def test_what_cannot_be_is_named_and_blocks(edition: Edition, code: str, changes: dict[str, Any]) -> None:
    draft = draft_after(edition, with_step(**changes))
    (finding,) = [f for f in found(draft, code) if f.key == ASSESS]
    assert finding.blocks and finding.about == About.STEP
    assert (
        StepTemplate.objects.get(edition=draft, key=ASSESS).title in finding.words or "title" in finding.field
    )
    assert finding.url.startswith(f"/manual/utgavor/{draft.number}/steg/{ASSESS}/#id_")


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("condition_is_never_said", {"conditions": ["no_public_support"]}),
        ("role_does_not_fit_age", {"agency_role": "guardian", "age": "adult"}),
        ("nobody_is_told", {"priority": "critical", "escalate_to": []}),
        ("warning_is_too_early", {"warn_days": [9, 1]}),
        ("law_is_quoted_in_vain", {"kind": "portal_default", "statutory_wording": "skyndsamt"}),
        ("translation_is_the_same", {"description_sv": "a b c " * 9, "description_en": "a b c " * 9}),
    ],
)
def test_what_is_worth_a_second_look_does_not_block(
    edition: Edition, code: str, changes: dict[str, Any]
) -> None:
    draft = draft_after(edition, with_step(**changes))
    assert ASSESS in {finding.key for finding in found(draft, code)}
    assert checking.blocking(draft) == []


def test_a_step_the_portal_opens_itself_cannot_be_taken_out(edition: Edition) -> None:
    draft = draft_after(edition)
    StepTemplate.objects.filter(edition=draft, key="act.agreed").delete()
    (finding,) = checking.blocking(draft)
    assert (finding.code, finding.key) == ("step_is_needed", "act.agreed")


def test_a_role_without_agencies_is_named_until_there_is_one(edition: Edition) -> None:
    draft = draft_after(edition, with_step(agency_role=StepRole.TAX_AGENCY))
    assert ASSESS in {finding.key for finding in found(draft, "role_has_no_agency")}
    agency = AgencyFactory.create(kind=AgencyKind.TAX_AGENCY)
    assert ASSESS not in {finding.key for finding in found(draft, "role_has_no_agency")}
    agency.active = False
    agency.save()
    assert ASSESS in {finding.key for finding in found(draft, "role_has_no_agency")}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("paragraph_outside_section", {"section": "2-1"}),
        ("paragraph_has_no_section", {"section": "2-98"}),
        ("source_unknown", {"sources": ["BLÅ-LAGEN"]}),
        ("source_missing", {"sources": []}),
        ("translation_missing", {"body_en": ""}),
        ("translation_missing", {"title_sv": ""}),
        ("link_is_dead", {"body_sv": "Se [där](#4-77-1)."}),
    ],
)
def test_texts_that_do_not_hold_together(edition: Edition, code: str, changes: dict[str, Any]) -> None:
    draft = draft_after(edition)
    Paragraph.objects.filter(edition=draft, anchor="2-3-1").update(**changes)
    (finding,) = found(draft, code)
    assert (finding.about, finding.key, finding.blocks) == (About.PARAGRAPH, "2-3-1", True)


def test_a_paragraph_in_another_chapter_than_its_number_says_cannot_be_reached(edition: Edition) -> None:
    draft = draft_after(edition)
    chapter = Chapter.objects.get(edition=draft, number=3)
    Paragraph.objects.filter(edition=draft, anchor="2-3-1").update(chapter=chapter)
    assert [finding.key for finding in found(draft, "paragraph_outside_chapter")] == ["2-3-1"]


def test_a_paragraph_that_is_taken_out_says_where_it_went(edition: Edition) -> None:
    draft = draft_after(edition)
    StepTemplate.objects.filter(edition=draft, paragraph="2-3-1").update(paragraph="2-3-2")
    Definition.objects.filter(edition=draft, paragraph="2-3-1").update(paragraph="2-3-2")
    Paragraph.objects.filter(edition=draft, anchor="2-3-1").delete()
    assert [finding.key for finding in found(draft, "paragraph_vanished")] == ["2-3-1"]
    row = RetiredParagraph.objects.create(
        edition=draft, anchor="2-3-1", moved_to="2-99-1", reason_sv="Flyttat.", reason_en="Moved."
    )
    assert [finding.code for finding in checking.blocking(draft)] == ["moved_nowhere"]
    row.moved_to = "2-3-2"
    row.save()
    assert checking.blocking(draft) == []


def test_lists_that_do_not_hold_together(edition: Edition) -> None:
    draft = draft_after(edition)
    MilestoneWords.objects.filter(edition=draft, key="identified").update(label_en="")
    Definition.objects.filter(edition=draft).update(paragraph="9-9-9")
    Source.objects.filter(edition=draft, key="PORTAL").update(title=" ")
    codes = {finding.code for finding in checking.blocking(draft)}
    assert codes == {"translation_missing", "paragraph_missing", "source_has_no_name"}


def test_what_blocks_comes_first(edition: Edition) -> None:
    draft = draft_after(edition, with_step(title_en=""))
    blocks = [finding.blocks for finding in checking.findings(draft)]
    assert blocks == sorted(blocks, reverse=True) and blocks[0]


# --- what the manual knows of the cases ------------------------------------------------------------------


def test_the_steps_the_portal_opens_are_those_its_code_names(edition: Edition) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (BASE / "cases").rglob("*.py"))
    named = set(re.findall(r'"(act\.[a-z_]+)"', code))
    assert named == known.ACTS
    assert edition.steps.filter(key__in=known.NEEDED_STEPS).count() == len(known.NEEDED_STEPS)


def test_milestones_that_never_happen_in_a_case_are_recorded_by_nobody() -> None:
    recorded = {*dates.BY_HAND, *dates.BY_A_PERIOD, *dates.BY_A_RETURN, *MILESTONES}
    recorded |= {Milestone.REFERRAL_RECEIVED}
    assert frozenset(Milestone) - recorded == known.NEVER_IN_A_CASE
    assert dates.PLANNED == known.PLANNED


def test_conditions_that_nothing_says() -> None:
    said = {*CONDITIONS, *dates.SAYS.values(), *(kind.condition for kind in periods.KINDS.values())}
    said |= {Condition.RETURN_ACCEPTED, Condition.RETURNED_HOME, Condition.CHILD_MISSING}
    assert frozenset(Condition) - said == known.UNSAID
