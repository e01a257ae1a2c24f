"""S64: every field of every row about a person is gone or says nothing, and nobody else loses anything.

A case in which everything has happened (`filling`), a word of its own in every sealed text (`planting`). It
is erased; then every table is read, with every key there is, and searched for every id that led to it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.apps import apps
from django.core.files.storage import FileSystemStorage
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from cases.models import Case, Document, Hold, Incident, Person, RetentionRule
from cases.services import casework
from cases.services.disposal import erasing, reach
from cases.services.disposal.reach import Model
from core import clock, files, pdf, vault
from core.models import DataKey, OutboundEmail, PdfJob
from core.vault.fields import EncryptedField
from tests.access.world import World, built, rolled_back
from tests.security.filling import filled
from tests.security.planting import WORD, Canary, planting

pytestmark = [
    pytest.mark.xdist_group("erasure"),
    pytest.mark.security("S64", "every field of every row, every table, every id, after an erasure"),
]
UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
STANDING: Final = frozenset({
    "accounts", "coordinators", "manual", "auth", "contenttypes", "sessions", "account", "mfa",
    "usersessions", "socialaccount", "overview", "review", "guardian",
})  # fmt: skip
"""Apps that know people who work and places, and no case: their tables point to none (asked below)."""
APART: Final[dict[str, str]] = {
    "cases.CalendarFeed": "somebody's own address of her calendar",
    "cases.NoticeChoice": "how somebody wants to be told",
    "cases.RouteCorrection": "a place and two desks",
    "cases.RetentionRule": "a rule",
    "cases.SavedView": "somebody's own filter; the cases it knows are taken out",
    "cases.Tally": "counts stay",
    "hotline.OpeningHours": "when the helpline is staffed",
    "hotline.Shift": "who answers the helpline when",
    "hotline.SpecialDay": "a day the helpline is closed",
    "hotline.Tally": "counts stay",
    "core.AuditEvent": "ids and codes stay",
    "core.AuditSeal": "digests of the audit",
    "core.DataKey": "the tombstone of a key",
    "core.Destruction": "what was destroyed, by id",
    "core.JobRun": "what the clock has run",
    "core.OutboundEmail": "taken out by the ids in it",
    "core.PdfJob": "taken out by its case, or the ids in it",
}
"""Tables that no foreign key leads to from a case, and why that is enough."""
MAY_NAME: Final = frozenset({"core_auditevent", "core_datakey", "core_destruction", "cases_case"})
"""Where the ids of what is gone may still stand: in what stays, and in the tombstones."""


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Case, list[Canary]]]:
    logging.disable(logging.WARNING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "default_storage", FileSystemStorage(location=tmp_path_factory.mktemp("files")))
        with django_db_blocker.unblock(), planting() as planted, built() as world:
            case = filled(world, planted)
            _mentioned(world, case)
            yield world, case, list(planted)
    logging.disable(logging.NOTSET)


def _mentioned(world: World, case: Case) -> None:
    """What names the case without pointing to it."""
    by = world.people["Rc"]
    needs = {"needs": {"referral": str(case.referrals.get().pk)}}
    pdf.request("pdf/receipt.html", needs, by=by, filename="a.pdf")
    pdf.request("pdf/case_summary.html", {"needs": {}}, by=by, filename="b.pdf", case_id=case.pk)


@pytest.fixture
def scene(made: tuple[World, Case, list[Canary]]) -> Iterator[tuple[World, Case, list[Canary]]]:
    with rolled_back():
        yield made


def reachable() -> set[Model]:
    """Every model whose rows go with a case."""
    found: set[Model] = {Case, Person, Incident, *(holder for _where, _name, holder in reach.HELD_BY)}
    waiting = list(found)
    while waiting:
        for where, name in reach.pointers(waiting.pop()):
            if where in found or reach.outlives(where) or (where, name) in reach.LET_GO:
                continue
            found.add(where)
            waiting.append(where)
    return found


def label(model: Model) -> str:
    return str(model._meta.label)


# --- by the models ----------------------------------------------------------------------------------


def test_every_model_goes_or_stays_for_a_reason() -> None:
    goes = {label(model) for model in reachable()}
    stays = {label(model) for model in reach.staying()}
    for model in apps.get_models():
        if model._meta.app_label in STANDING:
            assert label(model) not in goes, (
                f"{label(model)} points to a case: it is no table of this app alone"
            )
            continue
        known = [label(model) in names for names in (goes, stays, APART)]
        assert any(known), (
            f"{label(model)}: no foreign key leads to it from a case. Say why it may stay, or what goes"
        )
    assert not goes & set(APART)


def test_what_stays_can_be_emptied() -> None:
    """Every scrubbed and erased field of a model whose rows outlive the case."""
    for model in reach.staying():
        privacy: Any = model.Privacy  # type: ignore[attr-defined]
        for name in (*privacy.scrubbed, *privacy.erased):
            erasing._neutral(model, name)


def test_every_column_of_a_tombstone_is_bare_or_named() -> None:
    columns = {column.name for column in Case._meta.concrete_fields}
    assert set(erasing.bare(clock.now())) | erasing.KEPT == columns
    privacy: Any = Case.Privacy
    assert not erasing.KEPT & {*privacy.scrubbed, *privacy.erased}


# --- by the rows ------------------------------------------------------------------------------------


def every_word() -> set[str]:
    """What can still be read, with every key that is there, and what lies open in any table."""
    found: set[str] = set()
    for model in apps.get_models():
        sealed = [f.name for f in model._meta.concrete_fields if isinstance(f, EncryptedField)]
        for row in model._base_manager.all():
            for name in sealed:
                found |= set(WORD.findall(str(getattr(row, name))))
    for _table, text in every_row():
        found |= set(WORD.findall(text))
    return found


def every_row() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (text,) in cursor.fetchall():
                yield table, text


def test_nothing_about_her_is_left_and_nobody_else_loses_anything(
    scene: tuple[World, Case, list[Canary]], tried: Callable[..., None]
) -> None:
    _world, case, planted = scene
    found = reach.of(case)
    rows = {(model, pk) for model, pks in found.rows.items() for pk in pks}
    own = {*found.cases, *found.drafts}  # what was a draft stands in the referral
    hers = {c.word for c in planted if (type(c.row), c.row.pk) in rows or c.row.pk in own}
    before, ids = every_word(), {str(pk) for pk in found.ids}
    keys = found.keys()
    assert len(rows) > 80 and len({model for model, _pk in rows}) > 20 and len(hers & before) > 40
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda func, using=None, robust=False: func())
        erasing.erase(casework.lock(case.pk), by=None, reason="schedule")
    after = every_word()
    assert not after & hers
    assert before - after <= hers, "words of other cases are gone, too"
    for model, pks in found.rows.items():
        assert not model._base_manager.filter(pk__in=pks).exists(), label(model)
        tried(len(pks))
    left = {(table, one) for table, text in every_row() for one in UUID.findall(text) if one in ids}
    named = {table for table, _one in left}
    assert named <= MAY_NAME, f"ids of the case still stand in {named - MAY_NAME}"
    assert not DataKey.objects.filter(pk__in=keys, destroyed_at=None).exists()
    for name in reach.documents(found):
        with pytest.raises(files.Gone):
            next(files.read(name))


def test_the_tombstone_says_number_and_date(scene: tuple[World, Case, list[Canary]]) -> None:
    _world, case, _planted = scene
    reference = case.reference
    erasing.erase(casework.lock(case.pk), by=None, reason="schedule")
    tomb = Case.objects.get(pk=case.pk)
    said = {
        c.name: getattr(tomb, c.attname) for c in Case._meta.concrete_fields if c.name not in erasing.KEPT
    }
    dates = {name for name, value in said.items() if value == tomb.disposed_at}
    assert dates == {"disposed_at", "received_at", "answer_by", "matched_at"}
    assert tomb.reference == reference
    empty: tuple[Any, ...] = (None, "", [], {}, False, 0)
    told = {name: value for name, value in said.items() if name not in dates and value not in empty}
    neutral = {"unknown", "unsure", "none", "possible", "disposed", 2}
    assert set(told.values()) <= neutral, told


def test_papers_and_mail_that_name_it_are_gone(scene: tuple[World, Case, list[Canary]]) -> None:
    _world, case, _planted = scene
    others = PdfJob.objects.count() - 2
    mails = OutboundEmail.objects.filter(dedupe_key__contains=str(case.pk)).count()
    total = OutboundEmail.objects.count()
    erasing.erase(casework.lock(case.pk), by=None, reason="schedule")
    assert PdfJob.objects.count() == others
    assert mails and OutboundEmail.objects.count() <= total - mails


def test_a_row_that_outlives_the_case_is_scrubbed(
    scene: tuple[World, Case, list[Canary]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a model would that says so: its row stays, its words do not."""
    world, case, _planted = scene
    by = world.people["Rc"].user
    hold = Hold.objects.create(case=case, reason="other", data_key=case.data_key, words="QZ99999Z",
                               ends_on=clock.today(), placed_by=by,
                               placed_at=clock.now(), lifted_at=clock.now())  # fmt: skip
    monkeypatch.setattr(Hold, "outlives_case", True, raising=False)
    erasing.erase(casework.lock(case.pk), by=None, reason="schedule")
    left = Hold.objects.get(pk=hold.pk)
    assert left.words is vault.ERASED and left.reason == "other"


def test_the_list_of_tables_is_not_out_of_date() -> None:
    known = {label(model) for model in apps.get_models()}
    assert set(APART) <= known and {label(m) for m in (Document, RetentionRule)} <= known
