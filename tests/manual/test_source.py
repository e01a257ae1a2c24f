"""The files fit together: 90 steps, every key in the lists, every anchor in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from accounts.enums import AgencyKind
from manual import enums
from manual.library import BadSource, former_indicators, indicators, source

DATA = yaml.safe_load(source.STEPS.read_text(encoding="utf-8"))
READ = source.read()


def test_ninety_steps_are_proposed_from_the_manual() -> None:
    origins = [row["origin"] for row in READ.steps]
    assert origins.count("manual") == 90
    assert len({row["key"] for row in READ.steps}) == len(READ.steps)


def test_the_portals_own_steps_claim_nothing() -> None:
    own = [row for row in READ.steps if row["origin"] == "portal"]
    assert own
    for row in own:
        assert row["deadline"]["kind"] == "portal_default"
        assert row["deadline"]["confidence"] == row["confidence"] == "unsure"


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("phases", enums.Phase),
        ("roles", enums.StepRole),
        ("exploitation_forms", enums.Exploitation),
        ("conditions", enums.Condition),
        ("escalation_roles", enums.EscalateTo),
    ],
)
def test_the_lists_of_the_file_are_the_enums(name: str, choices: type[Any]) -> None:
    assert [row["key"] for row in DATA[name]] == choices.values


def test_the_plain_lists_of_the_file_are_the_enums() -> None:
    assert DATA["deadline_kinds"] == enums.DeadlineKind.values
    assert DATA["deadline_units"] == enums.Unit.values
    assert DATA["consent_values"] == enums.ConsentNeed.values


def test_roles_are_the_agency_kinds_and_two_parts_in_a_case() -> None:
    parts = {enums.StepRole.REFERRER, enums.StepRole.REGIONAL_COORDINATOR}
    assert set(enums.StepRole.values) - parts == set(AgencyKind.values) - {AgencyKind.COORDINATION}


def test_every_agency_kind_has_steps() -> None:
    assert {row["agency_role"] for row in READ.steps} == set(enums.StepRole.values)


def test_both_languages_have_the_same_anchors_in_the_same_order() -> None:
    assert list(READ.pieces["sv"]) == list(READ.pieces["en"])


def test_every_step_leads_to_a_paragraph_in_both_languages() -> None:
    for row in READ.steps:
        for language in source.LANGUAGES:
            piece = READ.pieces[language][row["paragraph"]]
            assert piece.depth == 3, row["key"]
            assert piece.body, row["key"]


def test_a_paragraph_for_actors_names_whom_its_steps_are_for() -> None:
    for row in READ.steps:
        actors = READ.pieces["sv"][row["paragraph"]].listed("for")
        assert row["agency_role"] in actors or not actors, row["key"]


def test_a_number_from_the_law_names_the_law() -> None:
    for row in READ.steps:
        if row["deadline"]["kind"].startswith("statutory"):
            assert row["legal_basis"], row["key"]
            assert row["deadline"].get("statutory_wording"), row["key"]


def test_sixty_eight_signs() -> None:
    signs = READ.lists.indicators
    assert len(signs) == 68
    for sign in signs:
        assert set(sign["forms"]) - {"all"} <= set(enums.Exploitation.values), sign["key"]
        assert sign["sv"] and sign["en"]


@pytest.mark.django_db
def test_before_the_first_edition_the_file_answers_for_the_signs() -> None:
    assert sum(len(group.indicators) for group in indicators()) == 68
    assert former_indicators() == ()


def test_a_long_heading_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadSource, match="längre än 1000 tecken|longer than 1000"):
        source.pieces_of([("2-x.md", "# Boende {#2}\n## x" + " {#1" * 500 + "\n")])


@pytest.mark.parametrize("title", ["Se {#1-1 och vidare", "Se 1-1}", "a {#2} b"])
def test_a_title_has_no_marks_of_its_own(title: str) -> None:
    assert not source.fits_heading(title)
    with pytest.raises(BadSource):
        source.pieces_of([("2-x.md", f"# {title} {{#2}}\n")])


def test_only_lines_of_the_file_are_lines() -> None:
    found = source.pieces_of([("2-x.md", "# Boende {#2}\r\nEtt\x85# två\u2028# tre\n")])
    assert found["2"].body == "Ett\x85# två\u2028# tre"


def test_a_step_without_its_paragraph_is_refused(tmp_path: Path) -> None:
    broken = DATA | {"steps": [DATA["steps"][0] | {"paragraph": "9-9-9"}]}
    file = tmp_path / "steps.yaml"
    file.write_text(yaml.safe_dump(broken), encoding="utf-8")
    with pytest.raises(BadSource, match="9-9-9"):
        source.read(steps=file)


def test_an_unknown_milestone_is_refused(tmp_path: Path) -> None:
    first = DATA["steps"][0]
    broken = DATA | {"steps": [first | {"deadline": first["deadline"] | {"from_event": "full_moon"}}]}
    file = tmp_path / "steps.yaml"
    file.write_text(yaml.safe_dump(broken), encoding="utf-8")
    with pytest.raises(BadSource, match="full_moon"):
        source.read(steps=file)
