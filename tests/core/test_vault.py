"""What the vault promises: a value opens in its place with its key, and nowhere else."""

import base64
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.checks import Error
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from core import vault
from core.models import AuditEvent, DataKey, PdfJob
from core.vault import keys
from core.vault.ring import ring
from core.vault.seal import place

OLD = "1:" + base64.b64encode(b"1" * 32).decode()
NEW = "2:" + base64.b64encode(b"2" * 32).decode()
HERE = place("t", "c", "1")


@pytest.fixture(autouse=True)
def _ring(settings: Settings) -> Iterator[None]:
    settings.NRM_KEYRING = OLD
    keys.cache.clear()
    yield
    keys.cache.clear()


@pytest.fixture
def notes(db: None) -> type[Any]:
    """A table of this test's own with a sealed text, made as a temporary one."""
    with isolate_apps("core"):

        class Note(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid4)
            data_key = models.UUIDField()
            text = vault.EncryptedTextField(null=True)
            other = vault.EncryptedJSONField(null=True)

            class Meta:
                app_label = "core"
                db_table = "temporary_note"

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE temporary_note (id uuid PRIMARY KEY, data_key uuid, text bytea, other bytea)"
            " ON COMMIT DROP"
        )
    return Note


def key_for_tests() -> DataKey:
    return vault.prepare_key("test", uuid4())


def stored(row: Any, column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row.pk])
        return bytes(cursor.fetchone()[0])


# --- one value


@given(st.binary(max_size=2000))
def test_what_is_sealed_opens_again(data: bytes) -> None:
    keys_row = key_for_tests()
    sealed = vault.seal(data, keys_row, HERE)
    assert vault.open_sealed(sealed, HERE, keys_row) == data
    assert len(sealed) == len(data) + 45
    assert len(data) < 4 or bytes(sealed).find(data) < 0


def test_the_same_text_never_looks_the_same() -> None:
    key = key_for_tests()
    assert vault.seal(b"x", key, HERE) != vault.seal(b"x", key, HERE)


@pytest.mark.security("S61", "hypothesis: any byte of a sealed value changed")
@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    key = key_for_tests()
    sealed = bytearray(vault.seal(b"hemligt", key, HERE))
    where = data.draw(st.integers(17, len(sealed) - 1))
    sealed[where] ^= data.draw(st.integers(1, 255))
    with pytest.raises(vault.SealBroken):
        vault.open_sealed(bytes(sealed), HERE, key)


@pytest.mark.security("S61", "a sealed value cut")
@pytest.mark.parametrize("cut", [0, 1, 16, 17, 44, -1])
def test_a_cut_value_is_noticed(cut: int) -> None:
    key = key_for_tests()
    with pytest.raises(vault.SealBroken):
        vault.open_sealed(vault.seal(b"hemligt", key, HERE)[:cut], HERE, key)


@pytest.mark.parametrize("elsewhere", [place("t", "c", "2"), place("t", "d", "1"), place("u", "c", "1")])
def test_a_value_opens_only_in_its_row_column_and_table(elsewhere: bytes) -> None:
    key = key_for_tests()
    with pytest.raises(vault.SealBroken):
        vault.open_sealed(vault.seal(b"x", key, HERE), elsewhere, key)


@pytest.mark.django_db
def test_an_unknown_data_key_is_an_error_not_empty_text() -> None:
    sealed = vault.seal(b"x", key_for_tests(), HERE)
    keys.cache.clear()
    with pytest.raises(vault.KeyUnavailable):
        vault.open_sealed(sealed, HERE)


def test_a_sealed_value_never_prints_itself() -> None:
    sealed = vault.seal(b"x", key_for_tests(), HERE)
    assert f"{sealed}{sealed!r}" == "<sealed><sealed>"


# --- fields


@given(
    text=st.text(),
    tree=st.recursive(st.none() | st.booleans() | st.text(), lambda s: st.lists(s, max_size=3)),
)
def test_fields_keep_text_of_any_script(text: str, tree: object) -> None:
    field, json_field = vault.EncryptedTextField(), vault.EncryptedJSONField()
    for value in (text, text + "\0\u202eAnna \u200d अ 你 𐍈"):
        assert field.decode(field.encode(value)) == value
    assert json_field.decode(json_field.encode({"a": tree, text: 1})) == {"a": tree, text: 1}


def test_text_that_no_database_can_hold_is_stored_with_question_marks() -> None:
    field = vault.EncryptedTextField()
    assert field.decode(field.encode("a\ud800b")) == "a?b"


def test_row_reads_what_was_written_and_the_database_holds_none_of_it(notes: Any) -> None:
    key = vault.new_key("test", uuid4())
    note = notes.objects.create(data_key=key.pk, text="Åsa Öberg\0", other={"id": "x", "list": [1]})
    again = notes.objects.get()
    assert (again.text, again.other) == ("Åsa Öberg\0", {"id": "x", "list": [1]})
    assert "Öberg".encode() not in stored(note, "text")


def test_null_stays_null_and_empty_text_is_sealed(notes: Any) -> None:
    key = vault.new_key("test", uuid4())
    assert notes.objects.get(pk=notes.objects.create(data_key=key.pk).pk).text is None
    empty = notes.objects.create(data_key=key.pk, text="")
    assert len(stored(empty, "text")) == 45


def test_bulk_create_seals_each_row_for_itself(notes: Any) -> None:
    key = vault.new_key("test", uuid4())
    notes.objects.bulk_create(notes(data_key=key.pk, text=f"text {n}") for n in range(3))
    assert sorted(note.text for note in notes.objects.all()) == ["text 0", "text 1", "text 2"]


def test_values_and_only_give_or_keep_it_sealed(notes: Any, django_assert_num_queries: Any) -> None:
    key = vault.new_key("test", uuid4())
    notes.objects.create(data_key=key.pk, text="x")
    assert isinstance(notes.objects.values_list("text", flat=True).get(), vault.Sealed)
    row = notes.objects.defer("text").get()
    with django_assert_num_queries(1):
        assert row.text == "x"


@pytest.mark.security("S61", "values swapped between rows and columns")
def test_a_value_moved_to_another_row_or_column_does_not_open(notes: Any) -> None:
    key = vault.new_key("test", uuid4())
    first = notes.objects.create(data_key=key.pk, text="a", other="b")
    second = notes.objects.create(data_key=key.pk, text="c")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE temporary_note SET text = (SELECT text FROM temporary_note WHERE id = %s) WHERE id = %s",
            [second.pk, first.pk],
        )
    with pytest.raises(vault.SealBroken):
        notes.objects.get(pk=first.pk).text  # noqa: B018
    with connection.cursor() as cursor:
        cursor.execute("UPDATE temporary_note SET other = text WHERE id = %s", [second.pk])
    with pytest.raises(vault.SealBroken):
        notes.objects.get(pk=second.pk).other  # noqa: B018


def test_saving_other_fields_leaves_the_sealed_bytes_alone(notes: Any) -> None:
    key = vault.new_key("test", uuid4())
    note = notes.objects.create(data_key=key.pk, text="x", other={"a": 1})
    before = stored(note, "text")
    fresh = notes.objects.get()
    fresh.other["b"] = 2
    fresh.save()
    assert stored(note, "text") == before
    assert notes.objects.get().other == {"a": 1, "b": 2}


def test_a_row_saved_under_a_new_key_is_sealed_anew(notes: Any) -> None:
    old, new = vault.new_key("draft", uuid4()), vault.new_key("person", uuid4())
    notes.objects.create(data_key=old.pk, text="x", other=["y"])
    row = notes.objects.get()
    row.data_key = new.pk
    row.save(update_fields=["data_key", "text", "other"])
    vault.shred(old, by=None)
    row = notes.objects.get()
    assert (row.text, row.other) == ("x", ["y"])


def test_sealed_columns_cannot_be_filtered_or_updated_in_bulk(notes: Any) -> None:
    assert notes.objects.filter(text__isnull=True).count() == 0
    with pytest.raises(TypeError, match="sealed per row"):
        notes.objects.filter(text="x").first()
    with pytest.raises(TypeError, match="sealed per row"):
        notes.objects.update(text="x")


def test_a_row_without_key_cannot_be_written(notes: Any) -> None:
    with pytest.raises(ValueError, match="needs a data key"):
        notes(text="x").save()


def test_checks_demand_a_uuid_and_an_existing_key() -> None:
    with isolate_apps("core"):

        class Wrong(models.Model):
            text = vault.EncryptedTextField(key="nowhere", unique=True)

            class Meta:
                app_label = "core"

        found = Wrong.check()
    assert {error.id for error in found if isinstance(error, Error)} >= {
        "vault.E001",
        "vault.E002",
        "vault.E003",
    }


def test_a_list_fetched_with_its_keys_opens_without_queries(django_assert_num_queries: Any, db: None) -> None:
    for n in range(5):
        key = vault.new_key("file", uuid4())
        PdfJob.objects.create(
            data_key=key,
            requester_id=uuid4(),
            template="x",
            filename="x",
            context={"n": n},
            expires_at=key.created_at,
        )
    keys.cache.clear()
    with django_assert_num_queries(1):
        assert len({job.context["n"] for job in PdfJob.objects.select_related("data_key")}) == 5
    keys.cache.clear()
    jobs = list(PdfJob.objects.all())
    with django_assert_num_queries(1):
        vault.warm(job.data_key_id for job in jobs)
        assert len({job.context["n"] for job in jobs}) == 5


# --- erasing


def test_a_shredded_key_reads_erased_and_is_recorded(notes: Any) -> None:
    key = vault.new_key("person", uuid4())
    notes.objects.create(data_key=key.pk, text="x", other={"a": 1})
    vault.shred(key, by=None)
    vault.shred(DataKey.objects.get(), by=None)
    row = notes.objects.get()
    assert row.text is vault.ERASED
    assert row.other is vault.ERASED
    assert not row.text
    row.save()
    assert notes.objects.get().text is vault.ERASED
    assert DataKey.objects.get().wrapped is None
    assert [e.verb for e in AuditEvent.objects.filter(target_id=key.pk)] == ["key.destroy"]


def test_nothing_new_is_sealed_under_a_destroyed_key(notes: Any) -> None:
    key = vault.new_key("person", uuid4())
    vault.shred(key, by=None)
    with pytest.raises(vault.KeyUnavailable):
        notes.objects.create(data_key=key.pk, text="x")


def test_a_key_destroyed_by_another_process_stops_opening(
    notes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = vault.new_key("person", uuid4())
    notes.objects.create(data_key=key.pk, text="x")
    DataKey.objects.update(wrapped=None, destroyed_at=key.created_at)
    monkeypatch.setattr(keys, "FRESH", -1.0)
    assert notes.objects.get().text is vault.ERASED


# --- the ring


def test_an_older_version_of_the_ring_still_opens(settings: Settings, notes: Any) -> None:
    old_key = vault.new_key("person", uuid4())
    notes.objects.create(data_key=old_key.pk, text="x")
    settings.NRM_KEYRING = f"{NEW},{OLD}"
    keys.cache.clear()
    assert notes.objects.get().text == "x"
    assert vault.new_key("person", uuid4()).ring_version == 2


def test_rewrapping_lets_the_old_version_go(settings: Settings, notes: Any) -> None:
    key = vault.new_key("person", uuid4())
    notes.objects.create(data_key=key.pk, text="x")
    settings.NRM_KEYRING = f"{NEW},{OLD}"
    assert vault.rewrap() == 1
    assert vault.rewrap() == 0
    settings.NRM_KEYRING = NEW
    keys.cache.clear()
    assert notes.objects.get().text == "x"


@pytest.mark.security("S61", "another ring under the same number")
def test_a_wrong_ring_with_the_right_number_refuses(settings: Settings, notes: Any) -> None:
    key = vault.new_key("person", uuid4())
    notes.objects.create(data_key=key.pk, text="x")
    vault.self_test()
    settings.NRM_KEYRING = "1:" + base64.b64encode(b"9" * 32).decode()
    keys.cache.clear()
    with pytest.raises(vault.VaultError):
        vault.self_test()
    with pytest.raises(vault.SealBroken):
        notes.objects.get().text  # noqa: B018


def test_a_missing_version_refuses(settings: Settings, db: None) -> None:
    vault.new_key("person", uuid4())
    settings.NRM_KEYRING = NEW
    with pytest.raises(vault.KeyUnavailable):
        vault.self_test()


@pytest.mark.parametrize(
    "text", ["", "1", "1:", "x:abc", "1:abc", "0:" + OLD[2:], f"{OLD},{OLD}", "1:" + "A" * 20]
)
def test_a_malformed_ring_refuses_without_showing_itself(settings: Settings, text: str) -> None:
    settings.NRM_KEYRING = text
    with pytest.raises(vault.KeyUnavailable) as refused:
        vault.self_test(database=False)
    assert OLD[2:] not in str(refused.value)
    assert OLD[2:] not in repr(ring) + str(refused.value)


# --- blind index


@pytest.mark.security("S62", "the index without its key, and of another kind")
def test_blind_index_is_keyed_short_and_apart_by_kind(settings: Settings) -> None:
    found = vault.blind_index("personnummer", "199001021234")
    assert found == vault.blind_index("personnummer", "199001021234")
    assert len(found) == 16
    assert found != vault.blind_index("lma", "199001021234")
    settings.NRM_KEYRING = f"{NEW},{OLD}"
    assert vault.blind_index("personnummer", "199001021234") != found
    assert found in vault.blind_indexes("personnummer", "199001021234")


def test_key_ids_are_readable_from_the_sealed_value() -> None:
    key = key_for_tests()
    assert vault.seal(b"", key, HERE).key_id == key.pk
    assert isinstance(key.pk, UUID)
