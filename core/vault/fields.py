"""Model fields that are sealed in the database and opened when read.

The row must have a random UUID as primary key (it is part of what a value is bound to) and name its data
key: `EncryptedTextField(key="data_key")`, where `data_key` is a foreign key to `core.DataKey` or a UUID
column. Values are opened on first access, never before; `values()` gives them sealed; `filter()` by them
and `update()` with them are refused, because a value can only be sealed for a known row. Text that no
database can hold (lone surrogates) is stored with question marks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression
from django.db.models.query_utils import DeferredAttribute

from core.vault.seal import ERASED, Erased, Sealed, open_sealed, place, seal

if TYPE_CHECKING:
    from uuid import UUID

    from core.models import DataKey

    _Field = models.Field[Any, Any]
else:
    _Field = models.Field


class SealedAttribute(DeferredAttribute):
    """Keeps the sealed value on the row and opens it on first access."""

    field: EncryptedField

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        if instance is None:
            return self
        data, name = instance.__dict__, self.field.attname
        if name not in data:
            data[name] = self._fetch(instance)
        if not isinstance(data[name], Sealed):
            return data[name]
        opened = f"_opened_{name}"
        if opened not in data:
            data[opened] = self.field.open_for(instance, data[name])
        return data[opened]

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__.pop(f"_opened_{self.field.attname}", None)
        instance.__dict__[self.field.attname] = value

    def _fetch(self, instance: models.Model) -> Any:
        rows = type(instance)._base_manager.using(instance._state.db).filter(pk=instance.pk)
        return rows.values_list(self.field.attname, flat=True).get()


class EncryptedField(_Field):
    """What the encrypted fields share. `key` names the attribute of the row that points to its data key."""

    descriptor_class = SealedAttribute
    empty_values = [None]

    def __init__(self, *args: Any, key: str = "data_key", **kwargs: Any) -> None:
        self.key = key
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        if self.key != "data_key":
            kwargs["key"] = self.key
        return name, path.replace("core.vault.fields", "core.vault"), args, kwargs

    def get_internal_type(self) -> str:
        return "BinaryField"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if not (isinstance(self.model._meta.pk, models.UUIDField) and self.model._meta.pk.has_default()):
            problem = "a row with sealed values needs a random UUID as key"
            found.append(checks.Error(problem, obj=self, id="vault.E001"))
        if self.unique or getattr(self, "db_index", False):
            found.append(checks.Error("a sealed value cannot be indexed", obj=self, id="vault.E002"))
        if self.key not in {field.name for field in self.model._meta.get_fields()}:
            found.append(checks.Error(f"the row has no field {self.key!r}", obj=self, id="vault.E003"))
        return found

    # --- to and from bytes: what the three kinds differ in

    def encode(self, value: Any) -> bytes:
        """The bytes to seal. Raises TypeError for another type."""
        raise NotImplementedError

    def decode(self, data: bytes) -> Any:
        """The value of opened bytes."""
        raise NotImplementedError

    # --- from the database

    def from_db_value(
        self, value: Any, expression: Expression, connection: BaseDatabaseWrapper
    ) -> Sealed | None:
        return None if value is None else Sealed(value)

    def open_for(self, instance: models.Model, sealed: Sealed) -> Any:
        """The value of a row's sealed bytes; ERASED when the key is destroyed."""
        data = open_sealed(sealed, self._place(instance), self._known_key(instance))
        return data if isinstance(data, Erased) else self.decode(data)

    # --- to the database

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        data = model_instance.__dict__
        value, opened = data.get(self.attname), data.get(f"_opened_{self.attname}")
        if value is None:
            return None
        if isinstance(value, Sealed):
            same_key = value.key_id == self._key_id(model_instance)
            if opened is ERASED or (same_key and not self._changed(opened)):
                return value
            value = self.open_for(model_instance, value) if opened is None else opened
        if value is ERASED:
            raise ValueError(f"{self.name} is erased and cannot be written")
        key = self._known_key(model_instance) or self._key_id(model_instance)
        if key is None:
            raise ValueError(f"{self.name} needs a data key in {self.key}")
        sealed = seal(self.encode(value), key, self._place(model_instance))
        data[self.attname], data[f"_opened_{self.attname}"] = sealed, value
        return sealed

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, (Sealed, Expression)):
            return value
        raise TypeError(f"{self.name} is sealed per row: set it on the object and save it")

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        value = super().get_db_prep_value(value, connection, prepared)
        return bytes(value) if isinstance(value, Sealed) else value

    def _changed(self, opened: Any) -> bool:
        """May an opened value have been changed in place?"""
        return False

    def _place(self, instance: models.Model) -> bytes:
        assert instance.pk is not None, "the key of a row with sealed values is set when it is made"
        return place(self.model._meta.db_table, str(self.column), instance.pk)

    def _key_id(self, instance: models.Model) -> UUID | None:
        attname: str = instance._meta.get_field(self.key).attname  # type: ignore[union-attr]
        key_id: UUID | None = getattr(instance, attname)
        return key_id

    def _known_key(self, instance: models.Model) -> DataKey | None:
        """The data key if the row was fetched or made together with it."""
        key: DataKey | None = instance._state.fields_cache.get(self.key)
        return key


class EncryptedTextField(EncryptedField):
    """Sealed text."""

    if TYPE_CHECKING:
        _pyi_private_set_type: str
        _pyi_private_get_type: str

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, str):
            raise TypeError(f"{self.name} holds text")
        return value.encode("utf-8", errors="replace")

    def decode(self, data: bytes) -> str:
        return data.decode("utf-8")


class EncryptedJSONField(EncryptedField):
    """Sealed JSON: dictionaries, lists, text, numbers; dates and UUIDs are written as text."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def encode(self, value: Any) -> bytes:
        text = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", errors="replace")

    def decode(self, data: bytes) -> Any:
        return json.loads(data)

    def _changed(self, opened: Any) -> bool:
        return isinstance(opened, (dict, list))


class EncryptedBytesField(EncryptedField):
    """Sealed bytes, such as a rendered file."""

    if TYPE_CHECKING:
        _pyi_private_set_type: bytes
        _pyi_private_get_type: bytes

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, bytes):
            raise TypeError(f"{self.name} holds bytes")
        return value

    def decode(self, data: bytes) -> bytes:
        return data
