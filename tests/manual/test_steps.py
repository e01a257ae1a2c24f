"""Which steps an agency gets, and when they are due."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from manual.deadlines import Rule, due_at, last_day
from manual.enums import Scope, StepRole, Unit
from manual.library import (
    Facts,
    NoEdition,
    current_edition,
    deadline_words,
    edition_steps,
    office_steps,
    override_words,
    recipient_kinds,
    rule_for,
    step,
    steps_for,
)
from manual.models import Edition

pytestmark = pytest.mark.django_db

ALL_KINDS = frozenset(StepRole.values)
ADULT = Facts(age="adult", consented_kinds=ALL_KINDS)
CHILD = Facts(age="child")


def keys(role: str, facts: Facts, edition: Edition) -> set[str]:
    return {template.key for template in steps_for(role, facts, edition)}


def test_before_the_first_edition_nobody_gets_a_guess() -> None:
    with pytest.raises(NoEdition):
        current_edition()


def test_adults_and_children_get_their_own_steps(edition: Edition) -> None:
    adult, child = (
        keys("social_services_adult", ADULT, edition),
        keys("social_services_child", CHILD, edition),
    )
    assert "acute.soca.risk" in adult
    assert not any(key.startswith("acute.socc") for key in adult)
    assert {"acute.socc.immediate_protection", "init.socc.prelim14"} <= child
    assert "acute.soca.risk" not in child


def test_unsure_is_handled_as_child(edition: Edition) -> None:
    unsure = Facts(age="unsure")
    for role in StepRole:
        assert keys(role, unsure, edition) == keys(role, CHILD, edition)


def test_steps_for_all_ages_go_to_the_childrens_unit_for_a_child(edition: Edition) -> None:
    conditions = frozenset({"no_right_of_stay"})
    child = Facts(age="child", conditions=conditions)
    adult = Facts(age="adult", conditions=conditions, consented_kinds=ALL_KINDS)
    key = "init.soca.reflection_apply"
    assert key in keys("social_services_child", child, edition)
    assert keys("social_services_adult", child, edition) == set()
    assert key in keys("social_services_adult", adult, edition)
    assert keys("social_services_child", adult, edition) == set()


def test_all_conditions_must_hold(edition: Edition) -> None:
    key = "init.police.reflection_apply"
    one = Facts("adult", conditions=frozenset({"no_right_of_stay"}), consented_kinds=ALL_KINDS)
    both = Facts(
        "adult", conditions=frozenset({"no_right_of_stay", "investigation_open"}), consented_kinds=ALL_KINDS
    )
    assert key not in keys("police", one, edition)
    assert key in keys("police", both, edition)


def test_the_form_of_exploitation_decides(edition: Edition) -> None:
    def mika(*forms: str) -> set[str]:
        return keys("mika", Facts("adult", exploitation=frozenset(forms), consented_kinds=ALL_KINDS), edition)

    assert mika("labour") == mika("unknown") == mika() == set()
    assert "ident.mika.outreach" in mika("labour", "sexual")


def test_steps_that_need_consent_open_only_with_a_ground(edition: Edition) -> None:
    without = keys(
        "police", Facts("adult", conditions=frozenset({"no_right_of_stay", "investigation_open"})), edition
    )
    assert "long.police.six_month_permit" not in without
    assert "acute.police.report" in without
    assert "acute.rc.meet" not in keys("regional_coordinator", Facts("adult"), edition)
    for kind in ("regional_coordinator", "coordination"):
        assert "acute.rc.meet" in keys(
            "regional_coordinator", Facts("adult", consented_kinds=frozenset({kind})), edition
        )


def test_a_child_waits_for_no_consent(edition: Edition) -> None:
    assert "acute.rc.meet" in keys("regional_coordinator", CHILD, edition)


def test_the_referrer_acts_on_her_own_report(edition: Edition) -> None:
    assert "ident.ref.consent" in keys("referrer", Facts("adult"), edition)
    assert "ident.ref.child_report" in keys("referrer", CHILD, edition)
    assert "ident.ref.consent" not in keys("referrer", CHILD, edition)


def test_duties_of_offices_are_no_part_of_a_case(edition: Edition) -> None:
    office = {template.key for template in office_steps(edition)}
    assert office == {"close.nspm.annual", "close.nspm.eu", "close.rc.statistics", "ident.nspm.hotline_route"}
    every = frozenset(condition for template in edition_steps(edition) for condition in template.conditions)
    opened = {
        key
        for role in StepRole
        for facts in (
            Facts("adult", conditions=every, consented_kinds=ALL_KINDS),
            Facts("child", conditions=every),
        )
        for key in keys(role, facts, edition)
    }
    assert not opened & office


def test_every_other_step_opens_for_someone(edition: Edition) -> None:
    templates = edition_steps(edition)
    every = frozenset(condition for template in templates for condition in template.conditions)
    forms = frozenset(form for template in templates for form in template.exploitation)
    opened = {
        key
        for role in StepRole
        for age in ("adult", "child")
        for key in keys(role, Facts(age, forms, every, consented_kinds=ALL_KINDS), edition)
    }
    elsewhere = {template.key for template in templates if template.scope in (Scope.OFFICE, Scope.ACT)}
    assert opened | elsewhere == {row.key for row in templates}


def test_first_answer_is_quicker_in_danger_and_for_a_child(edition: Edition) -> None:
    template = step(edition, "ident.rc.acknowledge")
    assert rule_for(template, ADULT) == Rule(1, Unit.WORKING_DAYS)
    assert rule_for(template, CHILD) == Rule(4, Unit.OFFICE_HOURS)
    assert rule_for(template, Facts("unsure")) == Rule(4, Unit.OFFICE_HOURS)
    assert rule_for(template, Facts("child", danger=True)) == Rule(1, Unit.OFFICE_HOURS)
    assert rule_for(template, Facts("adult", danger=True)) == Rule(1, Unit.OFFICE_HOURS)
    assert rule_for(step(edition, "ident.rc.assess"), CHILD) == Rule(3, Unit.WORKING_DAYS)


def test_christmas(edition: Edition) -> None:
    received = datetime(2026, 12, 22, 15, 10)
    assess = due_at(rule_for(step(edition, "ident.rc.assess"), ADULT), received)
    assert last_day(assess) == date(2026, 12, 29)
    protection = due_at(rule_for(step(edition, "acute.socc.immediate_protection"), CHILD), received)
    assert last_day(protection) == date(2026, 12, 23)


def test_the_reflection_period_counts_down(edition: Edition) -> None:
    facts = Facts(
        "adult", conditions=frozenset({"reflection_granted"}), consented_kinds=frozenset({"coordination"})
    )
    mine = {template.key: template for template in steps_for("regional_coordinator", facts, edition)}
    expires = date(2026, 12, 11)
    for key in ("init.rc.reflection_decision", "init.rc.reflection_next_permit"):
        assert last_day(due_at(rule_for(mine[key], facts), expires)) == expires
        assert mine[key].warn_days == [10, 3]
    for key in ("init.rc.reflection_information", "init.rc.reflection_support"):
        assert mine[key].from_event == "reflection_granted"
        assert mine[key].unit == Unit.CALENDAR_DAYS
    assert all(key not in keys("regional_coordinator", ADULT, edition) for key in mine if "reflection" in key)


def test_recurrence_has_an_amount_and_a_unit(edition: Edition) -> None:
    recurring = {
        row.key: (row.recurs_amount, row.recurs_unit) for row in edition_steps(edition) if row.recurs_amount
    }
    assert recurring == {
        "long.rc.monthly_status": (1, "months"),
        "long.soca.follow_up": (3, "months"),
        "long.socc.six_month_review": (6, "months"),
    }


def test_recipients_are_the_kinds_with_something_to_do(edition: Edition) -> None:
    adult = recipient_kinds(Facts("adult"), edition)
    assert StepRole.SOCIAL_SERVICES_ADULT in adult and StepRole.POLICE in adult
    assert StepRole.SOCIAL_SERVICES_CHILD not in adult
    assert not {StepRole.REFERRER, StepRole.REGIONAL_COORDINATOR, StepRole.NSPM} & set(adult)
    assert StepRole.SOCIAL_SERVICES_CHILD in recipient_kinds(CHILD, edition)


def test_a_deadline_in_words_says_what_is_law(edition: Edition) -> None:
    at_once = deadline_words(step(edition, "acute.socc.immediate_protection"))
    assert "genast" in at_once
    assert deadline_words(step(edition, "ident.ref.safety_first"))
    assert len(override_words(step(edition, "ident.rc.acknowledge"))) == 2


def test_a_published_edition_is_read_once(edition: Edition, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    steps_for("police", ADULT, edition)
    with django_assert_num_queries(0):
        steps_for("school", CHILD, edition)
