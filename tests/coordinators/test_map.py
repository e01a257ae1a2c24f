"""The reviewed files and the tables they become."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.enums import AgencyKind, Role
from accounts.models import Agency
from coordinators import routing, services
from coordinators.models import County, Desk, Municipality, Region, RegionCounty
from core import clock
from tests.factories import member

pytestmark = pytest.mark.django_db

PER_COUNTY = {
    "01": 26, "03": 8, "04": 9, "05": 13, "06": 13, "07": 8, "08": 12, "09": 1, "10": 5, "12": 33, "13": 6,
    "14": 49, "17": 16, "18": 12, "19": 10, "20": 15, "21": 10, "22": 7, "23": 8, "24": 15, "25": 14,
}  # fmt: skip


def test_all_counties_and_municipalities_are_there(the_map: None) -> None:
    counted = {code: Municipality.objects.filter(county=code).count() for code in PER_COUNTY}
    assert counted == PER_COUNTY
    assert County.objects.count() == 21
    assert all(row.code[:2] == row.county_id for row in Municipality.objects.all())


def test_desks_and_their_hosts(the_map: None) -> None:
    assert set(Desk.objects.values_list("key", flat=True)) == {
        "stockholm-adults", "stockholm-children", "mitt", "bergslagen", "ost", "vast", "syd", "nord",
        "national",
    }  # fmt: skip
    unknown = Agency.objects.filter(kind=AgencyKind.COORDINATION, is_placeholder=True)
    assert set(unknown.values_list("desks__key", flat=True)) == {"mitt", "bergslagen", "ost"}
    assert Desk.objects.get(key="national").agency.kind == AgencyKind.NSPM


def test_loading_again_changes_nothing(the_map: None) -> None:
    again = services.load_reference()
    assert (again.added, again.changed, again.kept) == (0, 0, [])


def test_file_does_not_overrule_the_screen(the_map: None) -> None:
    county, region = County.objects.get(code="13"), Region.objects.get(key="syd")
    services.move_county(county=county, region=region, first=clock.today(), by=None)
    services.load_reference()
    assert routing.reference().region_of("13", clock.today()) == region


def test_every_municipality_is_in_exactly_one_region_every_day(the_map: None) -> None:
    known = routing.reference()
    day = date(2018, 1, 1)
    while day < date(2030, 1, 1):
        assert known.without_region(day) == []
        day += timedelta(days=97)


def test_database_refuses_two_regions_on_one_day(the_map: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        RegionCounty.objects.create(region_id="syd", county_id="24", valid_from=date(2026, 1, 1))


def test_county_moves_from_a_day_and_history_stays(the_map: None) -> None:
    day = clock.today() + timedelta(days=30)
    county, region = County.objects.get(code="03"), Region.objects.get(key="stockholm")
    services.move_county(county=county, region=region, first=day, by=None)
    known = routing.reference()
    assert known.region_of("03", day - timedelta(days=1)) == Region.objects.get(key="mitt")
    assert known.region_of("03", day) == region


def test_map_changes_cannot_begin_in_the_past_or_before_a_planned_one(the_map: None) -> None:
    county, region = County.objects.get(code="03"), Region.objects.get(key="stockholm")
    day = clock.today()
    with pytest.raises(ValidationError) as past:
        services.move_county(county=county, region=region, first=day - timedelta(days=1), by=None)
    assert "first" in past.value.message_dict
    services.move_county(county=county, region=region, first=day + timedelta(days=9), by=None)
    with pytest.raises(ValidationError) as planned:
        services.move_county(county=county, region=region, first=day, by=None)
    assert "first" in planned.value.message_dict


def test_a_caseworker_cannot_change_the_map(the_map: None) -> None:
    county, region = County.objects.get(code="03"), Region.objects.get(key="stockholm")
    with pytest.raises(PermissionDenied):
        services.move_county(county=county, region=region, first=clock.today(), by=member(Role.CASEWORKER))


def test_national_desk_never_closes(the_map: None) -> None:
    desk = Desk.objects.get(key="national")
    with pytest.raises(ValidationError):
        services.close_desk(desk_id=desk.pk, version=desk.version, last=clock.today(), by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Desk.objects.filter(pk=desk.pk).update(valid_until=date(2030, 1, 1))


def test_second_desk_for_the_same_people_is_refused(the_map: None) -> None:
    region = Region.objects.get(key="nord")
    agency = Desk.objects.get(key="nord").agency
    with pytest.raises(ValidationError) as refused:
        services.open_desk(region=region, audience="all", agency=agency, first=clock.today(), by=None)
    assert "audience" in refused.value.message_dict
    opened = services.open_desk(
        region=region, audience="children", agency=agency, first=clock.today(), by=None
    )
    assert opened.key == "nord-children"


def test_map_is_read_once_and_again_after_a_change(the_map: None) -> None:
    routing.reference()
    with CaptureQueriesContext(connection) as queries:
        routing.reference()
    assert len(queries) == 1
    services.touch_map()
    with CaptureQueriesContext(connection) as queries:
        routing.reference()
    assert len(queries) > 1


def test_rolled_back_change_is_forgotten(the_map: None) -> None:
    before = routing.reference().token
    with transaction.atomic():
        services.touch_map()
        Region.objects.create(key=str(uuid.uuid4()), name_sv="x", name_en="x")
        routing.reference()
        transaction.set_rollback(True)
    assert routing.reference().token == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2480", "2480"), ("Umeå", "2480"), ("umea", "2480"), ("UMEÅ KOMMUN", "2480"),
        ("Stockholms stad", "0180"), ("Göteborgs Stad", "1480"), (" malmö ", "1280"),
        ("Hofors kommun", "2104"),
        ("Västerås", "1980"), ("Kalmar kommun", "0880"), ("Habo", "0643"), ("Håbo", "0305"),
    ],
)  # fmt: skip
def test_municipality_by_any_of_its_names(the_map: None, text: str, code: str) -> None:
    assert routing.find_municipality(text).code == code


@pytest.mark.parametrize("text", ["", "9999", "Umeo", "\0", "x" * 1_000_000, "\u202eåemU", "24 80"])
def test_unknown_municipality_is_told_apart(the_map: None, text: str) -> None:
    with pytest.raises(routing.UnknownPlace):
        routing.find_municipality(text)


def test_near_names_are_suggested(the_map: None) -> None:
    with pytest.raises(routing.UnknownPlace) as unknown:
        routing.find_municipality("Umeo")
    assert unknown.value.suggestions[0] == "Umeå (2480)"


@pytest.mark.parametrize("text", ["24", "SE-AC", "Västerbotten", "västerbottens län", "Vasterbotten County"])
def test_county_by_any_of_its_names(the_map: None, text: str) -> None:
    assert routing.find_county(text).code == "24"
