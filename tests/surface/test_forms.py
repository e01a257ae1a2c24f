"""Every form of the portal, filled in by somebody who means harm (S07, S10, S32, S33, S41)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.hashers import is_password_usable
from django.db import connection
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.access import make_fresh
from cases.models import Draft, Referral
from cases.sections import SECTIONS, Kind
from tests.access import asking
from tests.access.world import World, rolled_back
from tests.security.report import examples
from tests.surface.payloads import ALL_SCRIPTS, ENORMOUS, MARK, NASTY, SHORT, SOLVED, TEMPLATES
from tests.surface.reading import dangers
from tests.surface.walking import Found, every_form, html_of, send, writes, written

pytestmark = [pytest.mark.xdist_group("surface"), pytest.mark.timeout(1500)]


@pytest.fixture(scope="module")
def found(made: World) -> Iterator[list[Found]]:
    forms = list(every_form(made))
    assert len(forms) > 100, "the walk has lost its way"
    yield forms


@pytest.mark.security("S32", "payloads in every free-text field of every form: the answer and the page after")
@pytest.mark.security("S33", "the language of templates and of formats in the same fields")
def test_s32_s33_what_is_typed_comes_back_as_text(
    world: World, found: list[Found], tried: Callable[..., None]
) -> None:
    broken, fields = [], 0
    for one in found:
        if not one.form.free:
            continue
        for text in (ALL_SCRIPTS + TEMPLATES, SHORT)[: examples(1, 2)]:
            with rolled_back():
                typed = {name: [text] for name in one.form.free}
                answer = send(world, one, one.form.data | typed)
                shown = [html_of(answer)]
                if answer.status_code == 302 and answer["Location"].startswith("/"):
                    shown.append(html_of(world.browser(one.who).get(answer["Location"])))
            tried(len(typed))
            fields += len(typed)
            harm = [danger for html in shown for danger in dangers(html, MARK)]
            if harm or answer.status_code >= 500 or any(SOLVED in html for html in shown):
                broken.append(f"{one}: {answer.status_code} {harm[:3]}")
    assert not broken, "\n".join(broken)
    assert fields > 150


@pytest.mark.security(
    "S41", "every free-text field of every form: control and joining characters, odd dates, huge texts"
)
def test_s41_no_text_breaks_a_form(world: World, found: list[Found], tried: Callable[..., None]) -> None:
    broken = []
    for place, one in enumerate(found):
        few = [NASTY[(place + step) % len(NASTY)] for step in range(2)]
        for text in NASTY if examples(0, 1) else few:
            with rolled_back():
                answer = send(world, one, one.form.data | dict.fromkeys(one.form.free, text))
            tried(max(len(one.form.free), 1))
            if answer.status_code >= 500:
                broken.append(f"{one}: {answer.status_code} {text[:30]!r}")
    assert not broken, "\n".join(broken)


@pytest.mark.security("S41", "one million characters in each form; thousands of fields; nested names")
def test_s41_no_size_breaks_a_form(world: World, found: list[Found], tried: Callable[..., None]) -> None:
    broken = []
    for place, one in enumerate(found):
        if one.form.method != "post" or (place % 5 and not examples(0, 1)):
            continue
        bodies: list[dict[str, Any]] = [
            one.form.data | dict.fromkeys(one.form.free[:1], ENORMOUS),
            one.form.data | {f"f{number}": "x" for number in range(5000)},
            {f"{name}[a][b]": "x" for name in one.form.fields}
            | {name: ["a"] * 40 for name in one.form.fields},
        ]
        for data in bodies:
            with rolled_back():
                answer = send(world, one, data)
            tried()
            if answer.status_code >= 500:
                broken.append(f"{one}: {answer.status_code}")
    assert not broken, "\n".join(broken)


TEXTS: Final = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(NASTY), st.sampled_from(["", "on", "true", "1", "yes", "unknown"]),
    st.dates().map(str), st.datetimes().map(str), st.uuids().map(str), st.integers().map(str),
    st.floats().map(str),
    st.from_regex(r"[0-9]{6,8}[-+]?[0-9]{4}", fullmatch=True),
)  # fmt: skip


@pytest.mark.security("S41", "hypothesis: any form, any field left out, doubled or filled with anything")
def test_s41_nothing_sent_breaks_a_form(world: World, found: list[Found], tried: Callable[..., None]) -> None:
    @settings(
        max_examples=examples(120, 5000), deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def sent(data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(found))
        filled: dict[str, Any] = dict(one.form.data)
        names = sorted(one.form.fields) or ["x"]
        for name in data.draw(st.lists(st.sampled_from(names), max_size=5, unique=True)):
            filled[name] = data.draw(st.lists(TEXTS, max_size=3))
        with rolled_back():
            answer = send(world, one, filled)
        tried()
        assert answer.status_code < 500, f"{one}: {filled}"

    sent()


@pytest.mark.security("S07", "every choice of every form is answered with things of others and of nobody")
def test_s07_only_what_is_offered_can_be_chosen(
    world: World, found: list[Found], tried: Callable[..., None]
) -> None:
    """What was not on the page is refused at the form: nothing is written but the refusal."""
    broken = []
    others = [
        str(uuid.uuid4()),
        str(world.people["Ro"].user_id),
        str(world.people["Ro"].agency_id),
        "administrator",
    ]
    for one in asking.this_week(found):
        if one.form.method != "post":
            continue
        for name in one.form.chosen:
            for value in others[: examples(2, 4)]:
                if value in one.form.fields[name].options or one.form.fields[name].is_yes_or_no:
                    continue
                with rolled_back():
                    before = writes()
                    answer = send(world, one, one.form.data | {name: [value]})
                    wrote = written(before) - LEFT
                tried()
                if wrote - DRAFTS or answer.status_code >= 500:
                    broken.append(f"{one}, {name}={value}: {answer.status_code} {sorted(wrote)}")
    assert not broken, "\n".join(broken)


LEFT: Final = {"core_auditevent", "django_session", "usersessions_usersession", "django_cache"}
DRAFTS: Final = {"cases_draft", "cases_incident", "core_datakey", "hotline_call"}
"""What was typed is kept for its author under a key of its own, and read again when it is sent: see below. A
call keeps what could be read while it goes on, and nothing else."""


@pytest.mark.security("S07", "each choice of the questionnaire answered with something else, and sent")
def test_s07_a_referral_is_read_again_when_it_is_sent(world: World, tried: Callable[..., None]) -> None:
    value, by = "d1ff4e7e-0000-4000-8000-00000000beef", world.people["Rf"]
    for section in SECTIONS:
        for question in section.fields:
            if not question.options or question.kind == Kind.GIVEN or question.key == "languages":
                continue  # what the portal itself knows of the sender; any language may be named
            with rolled_back():
                draft = Draft.objects.get(pk=world.objects[""]["draft_id"])
                several = isinstance(draft.answers.get(question.key), list)
                draft.answers = draft.answers | {question.key: [value] if several else value}
                draft.save(update_fields=["answers"])
                before = set(Referral.objects.values_list("pk", flat=True))
                url = reverse("cases:draft-send", args=[draft.pk])
                answer = world.browser("Rf").post(url, {"confirm_necessary": "yes"})
                assert answer.status_code < 500
                for sent in Referral.objects.filter(referrer=by.user).exclude(pk__in=before):
                    assert value not in str(sent.answers) + str(sent.document), question.key
            tried()


@pytest.mark.security("S10", "what the portal knows of the sender, posted by the sender")
def test_s10_nobody_is_somebody_else(world: World) -> None:
    draft = world.objects[""]["draft_id"]
    url = reverse("cases:draft-section", args=[draft, "avsandare"])
    told = {"agency_role": "police", "organisation_unit": "xq7", "name_title": "xq7", "_reach": "xq7"}
    world.browser("Rf").post(url, told)
    answers = Draft.objects.get(pk=draft).answers
    assert "xq7" not in str(answers) and answers.get("agency_role") != "police"


def _columns() -> dict[str, list[str]]:
    """Every column of every table that says who may, what is done, or whom it belongs to."""
    found = {}
    for model in apps.get_models():
        names = [
            str(field.column)
            for field in model._meta.concrete_fields
            if field.get_internal_type()
            in ("BooleanField", "CharField", "ForeignKey", "DateField", "EmailField")
            and not field.primary_key
            and field.column
            not in ("data_key_id", "dedupe_key", "session_key", "reference", "number", "view")
        ]
        found[model._meta.db_table] = names
    return found


COLUMNS: Final = _columns()


def _rows(tables: set[str]) -> dict[str, list[Any]]:
    found = {}
    with connection.cursor() as cursor:
        for table in tables & set(COLUMNS) - LEFT:
            names = ", ".join(f'"{name}"::text' for name in COLUMNS[table])
            if names:
                cursor.execute(f'SELECT {names} FROM "{table}"')
                found[table] = sorted(cursor.fetchall(), key=repr)
    return found


@pytest.mark.security("S10", "the name of every column of every model posted beside each form's own fields")
def test_s10_only_the_forms_own_fields_are_taken(
    world: World, found: list[Found], tried: Callable[..., None]
) -> None:
    """The rows written are the same with and without them."""
    columns = {field.name for model in apps.get_models() for field in model._meta.get_fields()}
    columns |= {f"{name}_id" for name in columns} | {"role", "is_superuser", "version_", "pk"}
    broken = []
    for place, one in enumerate(found):
        if one.form.method != "post" or (place % 3 and not examples(0, 1)):
            continue
        extra = {name: "true" for name in columns - set(one.form.fields) - OPEN.get(one.name, set())}
        outcomes = []
        for data in (one.form.data, one.form.data | extra):
            with rolled_back():
                before = writes()
                answer = send(world, one, data)
                outcomes.append((answer.status_code, _rows(written(before))))
        tried(len(extra))
        if _known(outcomes[0]) != _known(outcomes[1]):
            broken.append(f"{one}: {_difference(*outcomes)}")
    assert not broken, "\n".join(broken)


OPEN: Final = {"mfa_authenticate": {"code"}, "cases:step-done": {"done_on", "remark", "reported_by"}}
"""What a longer form to the same address asks for."""


def _known(outcome: tuple[int, dict[str, list[Any]]]) -> Any:
    """What is made anew on each try is not compared: ids, and passwords that open nothing."""
    status, tables = outcome
    return status, {
        table: sorted(([value if not _is_id(value) else "id" for value in row] for row in rows), key=repr)
        for table, rows in tables.items()
    }


def _is_id(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    return (len(value) == 36 and value.count("-") == 4) or not is_password_usable(value)


def _difference(one: Any, two: Any) -> str:
    if one[0] != two[0]:
        return f"{one[0]} became {two[0]}"
    for table in one[1].keys() | two[1].keys():
        if one[1].get(table) != two[1].get(table):
            a, b = one[1].get(table, []), two[1].get(table, [])
            new, gone = ([row for row in x if row not in y][:2] for x, y in ((b, a), (a, b)))
            return f"{table}: {new} instead of {gone}"
    return ""


@pytest.mark.security("S41", "answers of a security key that are no answers")
def test_s41_a_false_key_is_not_added(world: World, tried: Callable[..., None]) -> None:
    """An answer that is false in itself was once stored unseen, and counted as a second factor."""
    held = '"response":{"clientDataJSON":"AAAA","attestationObject":"AA"}'
    cut = '{"id":"AAAA","rawId":"AAAA","type":"public-key",' + held + "}"
    url = reverse("mfa_add_webauthn")
    for answer in ("0", "false", "null", "[]", "{}", '""', "1", '"x"', cut, "{", ""):
        with rolled_back():
            client = world.browser("Co")
            session = client.session
            make_fresh(session)  # however long the tests before took
            session.save()
            client.get(url)
            assert client.post(url, {"name": "x" * 200, "credential": answer}).status_code == 200, answer
            assert not Authenticator.objects.filter(user=world.people["Co"].user).exists(), answer
        tried()
