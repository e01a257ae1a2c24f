"""Counties, municipalities, regions and desks from the reviewed files in `coordinators/data/`."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml
from django.db import transaction

from accounts.enums import AgencyKind
from accounts.models import Agency
from coordinators.enums import NATIONAL_DESK, Audience
from coordinators.models import County, Desk, Municipality, Region, RegionCounty
from coordinators.services.regions import touch_map
from core import audit

DATA: Final = Path(__file__).resolve().parent.parent / "data"


@dataclass
class Loaded:
    """What `load_reference` did: rows added, rows that followed the file, and what it left alone."""

    added: int = 0
    changed: int = 0
    kept: list[str] = field(default_factory=list)
    """County codes where the map was changed on screen; the file does not overrule that."""


@transaction.atomic(durable=True)
def load_reference(folder: Path = DATA) -> Loaded:
    """Bring the tables up to the files. May run twice: the second time nothing changes.

    Never ends or moves what was changed on screen; a desk or agency that exists is left as it is."""
    loaded = Loaded()
    plan = yaml.safe_load((folder / "regions.yaml").read_text("utf-8"))
    first_day = plan["first_day"]
    _load_counties(folder / "counties.csv", loaded)
    _load_municipalities(folder / "municipalities.csv", first_day, loaded)
    for entry in plan["regions"]:
        _load_region(entry, first_day, loaded)
    _load_national(plan["national"]["agency"], first_day, loaded)
    if loaded.added or loaded.changed:
        touch_map()
        audit.record("region.load", by=None, added=loaded.added, changed=loaded.changed)
    return loaded


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _put(model: Any, key: dict[str, Any], values: dict[str, Any], loaded: Loaded) -> Any:
    """The row with this key, made or brought up to the values; counted only when something differs."""
    row, made = model.objects.get_or_create(**key, defaults=values)
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    if made:
        loaded.added += 1
    elif differing:
        for name in differing:
            setattr(row, name, values[name])
        row.save(update_fields=differing)
        loaded.changed += 1
    return row


def _load_counties(path: Path, loaded: Loaded) -> None:
    for line in _rows(path):
        values: dict[str, Any] = {name: line[name] for name in ("key", "iso", "name", "name_sv", "name_en")}
        values["variants"] = [name for name in line["variants"].split("|") if name]
        _put(County, {"code": line["code"]}, values, loaded)


def _load_municipalities(path: Path, first_day: date, loaded: Loaded) -> None:
    present = Municipality.objects.in_bulk()
    missing = []
    for line in _rows(path):
        row = present.get(line["code"])
        if row is None:
            missing.append(
                Municipality(
                    code=line["code"], name=line["name"], county_id=line["county_code"], valid_from=first_day
                )
            )
        elif (row.name, row.county_id) != (line["name"], line["county_code"]):
            row.name, row.county_id = line["name"], line["county_code"]
            row.save(update_fields=["name", "county"])
            loaded.changed += 1
    Municipality.objects.bulk_create(missing)
    loaded.added += len(missing)


def _load_region(entry: dict[str, Any], first_day: date, loaded: Loaded) -> None:
    names = {name: entry[name] for name in ("name_sv", "name_en")}
    region: Region = _put(Region, {"key": entry["key"]}, names, loaded)
    for link in entry["counties"]:
        _load_link(region, link, first_day, loaded)
    missing = [desk for desk in entry["desks"] if not Desk.objects.filter(key=desk["key"]).exists()]
    if not missing:
        return
    agency = _host(region, entry["host"])
    for desk in missing:
        audience = Audience(desk["audience"])
        Desk.objects.create(
            key=desk["key"], region=region, audience=audience, agency=agency, valid_from=first_day
        )
        loaded.added += 1


def _load_link(region: Region, link: dict[str, Any], first_day: date, loaded: Loaded) -> None:
    start, end = link.get("from", first_day), link.get("until")
    links = RegionCounty.objects.filter(county_id=link["code"])
    row = links.filter(region=region, valid_from=start).first()
    if row is None and links.within(start, end).exists():
        loaded.kept.append(link["code"])
    elif row is None:
        RegionCounty.objects.create(
            region=region,
            county_id=link["code"],
            valid_from=start,
            valid_until=end,
            is_confirmed=link.get("confirmed", True),
        )
        loaded.added += 1
    elif end is not None and row.valid_until is None:
        row.valid_until = end
        row.save(update_fields=["valid_until"])
        loaded.changed += 1


def _host(region: Region, host: dict[str, Any]) -> Agency:
    """The municipal unit that employs the region's coordinators; a placeholder where nobody has confirmed."""
    name = f"Regionkoordinatorerna, {region.name_sv}" + (f" ({host['name']})" if host["name"] else "")
    agency, _made = Agency.objects.get_or_create(
        name=name,
        kind=AgencyKind.COORDINATION,
        defaults={
            "municipality_code": host["municipality_code"],
            "is_placeholder": not host["confirmed"],
        },
    )
    return agency


def _load_national(name: str, first_day: date, loaded: Loaded) -> None:
    if Desk.objects.filter(region__isnull=True).exists():
        return
    agency, _made = Agency.objects.get_or_create(kind=AgencyKind.NSPM, defaults={"name": name})
    Desk.objects.create(key=NATIONAL_DESK, region=None, agency=agency, valid_from=first_day)
    loaded.added += 1
