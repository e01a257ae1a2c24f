"""Place, age band and date give desk, people and words."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access import Assignment
from coordinators import services
from coordinators.enums import AgeBand
from coordinators.models import Desk
from coordinators.routing import Place, UnknownPlace, reference, route, uncovered_desks
from core import clock
from tests.coordinators.conftest import membership

pytestmark = pytest.mark.django_db
EXPECTED = Path(__file__).parent / "routing_expected.csv"
DAY = date(2026, 11, 22)
OnDuty = Callable[..., Assignment]


def test_every_municipality_and_age_goes_where_it_was_agreed(the_map: None) -> None:
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 290 * 3
    known = reference()
    for row in rows:
        municipality = known.municipalities[row["code"]]
        region = known.region_of(municipality.county_id, DAY)
        assert region is not None
        desk = known.desk_for(region, AgeBand(row["age"]), DAY)
        assert desk is not None
        found = {"code": municipality.code, "name": municipality.name, "age": row["age"]}
        assert found | {"region": region.key, "desk": desk.key} == row


def test_now_decides_before_found() -> None:
    now, found = Place("1880"), Place("1280", source="found")
    assert Place.deciding(now, found) == now
    assert Place.deciding(None, found) == found
    assert Place.deciding(Place(), found) == found
    assert Place.deciding(None, None) is None


def test_place_found_decides_and_is_named(the_map: None) -> None:
    found = route(Place("1280", source="found"), AgeBand.ADULT, DAY)
    assert found.desk.key == "syd"
    assert found.explain("sv").startswith("Malmö → Skåne → region Syd")
    assert "hittades" in found.explain("sv")


def test_only_the_county_is_known(the_map: None) -> None:
    found = route(Place(county_code="24"), AgeBand.ADULT, DAY)
    assert (found.desk.key, found.municipality, found.county and found.county.code) == ("nord", None, "24")


def test_child_never_lands_at_the_adults_desk(the_map: None) -> None:
    children = Desk.objects.get(key="stockholm-children")
    services.close_desk(desk_id=children.pk, version=1, last=clock.today(), by=None)
    later = date(clock.today().year + 1, 6, 1)
    for age in (AgeBand.CHILD, AgeBand.UNSURE):
        found = route(Place("0181"), age, later)
        assert (found.desk.key, found.unplaced) == ("national", True)
        assert found.region and found.region.key == "stockholm"
    assert route(Place("0181"), AgeBand.ADULT, later).desk.key == "stockholm-adults"


@pytest.mark.parametrize("age", AgeBand.values)
def test_no_place_goes_to_the_national_desk(on_duty: OnDuty, age: str) -> None:
    national = on_duty("national")
    for place in (None, Place()):
        found = route(place, AgeBand(age), DAY)
        assert (found.desk.key, found.region) == ("national", None)
        assert (found.unplaced, found.unstaffed) == (True, False)
        assert [person.user_id for person in found.people] == [national.user_id]


def test_dates_before_the_regions_go_to_the_national_desk(the_map: None) -> None:
    assert route(Place("2480"), AgeBand.ADULT, date(2017, 12, 31)).desk.key == "national"
    assert route(Place("2480"), AgeBand.ADULT, date(2018, 1, 1)).desk.key == "nord"


def test_unknown_code_is_refused(the_map: None) -> None:
    for place in (Place("9999"), Place(county_code="99"), Place("\0")):
        with pytest.raises(UnknownPlace):
            route(place, AgeBand.ADULT, DAY)


def test_deputy_answers_on_exactly_the_days_of_the_absence(on_duty: OnDuty) -> None:
    karin, lena = on_duty("mitt", "Karin Holm"), on_duty("stockholm-adults", "Lena Ek")
    services.register_absence(
        membership=membership(karin),
        first=date(2026, 11, 2),
        last=date(2026, 11, 13),
        deputy=membership(lena),
        by=None,
    )

    def who(day: int) -> list[tuple[str, str | None]]:
        found = route(Place("0380"), AgeBand.ADULT, date(2026, 11, day))
        assert (found.desk.key, found.region and found.region.key) == ("mitt", "mitt")
        return [(person.name, person.deputy_for) for person in found.people]

    assert who(1) == who(14) == [("Karin Holm", None)]
    assert who(2) == who(3) == who(13) == [("Lena Ek", "Karin Holm")]
    words = route(Place("0380"), AgeBand.ADULT, date(2026, 11, 3)).explanations()
    assert "Lena Ek" in words["sv"] and "Karin Holm" in words["sv"]
    assert "Lena Ek is deputy because Karin Holm is absent" in words["en"]


def test_deputys_deputy_answers_and_circles_end(on_duty: OnDuty) -> None:
    first, second, third = (membership(on_duty(key)) for key in ("mitt", "ost", "syd"))
    days = {"first": date(2026, 11, 2), "last": date(2026, 11, 13)}
    services.register_absence(membership=first, deputy=second, by=None, **days)
    services.register_absence(membership=second, deputy=third, by=None, **days)
    at = date(2026, 11, 3)
    assert [p.membership_id for p in route(Place("0380"), AgeBand.ADULT, at).people] == [third.pk]
    services.register_absence(membership=third, deputy=None, by=None, **days)
    assert route(Place("0380"), AgeBand.ADULT, at).unstaffed


def test_nobody_on_duty_alarms_the_national_desk_and_still_counts_in_the_region(on_duty: OnDuty) -> None:
    national, karin = on_duty("national"), on_duty("mitt")
    services.register_absence(
        membership=membership(karin), first=date(2026, 11, 2), last=date(2026, 11, 13), deputy=None, by=None
    )
    found = route(Place("0380"), AgeBand.ADULT, date(2026, 11, 3))
    assert (found.desk.key, found.unplaced, found.unstaffed) == ("mitt", False, True)
    assert [person.user_id for person in found.people] == [national.user_id]
    assert "nationella samordningen" in found.explain("sv")


def test_uncovered_desks_are_named(on_duty: OnDuty, freeze: Callable[[str], object]) -> None:
    for key in Desk.objects.values_list("key", flat=True):
        who = membership(on_duty(key))
        if key == "mitt":
            days = {"first": date(2026, 11, 2), "last": date(2026, 11, 13)}
            services.register_absence(membership=who, deputy=None, by=None, **days)
    freeze("2026-11-03 09:00")
    assert [desk.key for desk in uncovered_desks(clock.now())] == ["mitt"]
    freeze("2026-11-14 00:30")
    assert uncovered_desks(clock.now()) == []


def test_people_who_have_left_answer_nowhere(on_duty: OnDuty) -> None:
    karin = membership(on_duty("mitt"))
    karin.valid_until = date(2026, 11, 10)
    karin.save(update_fields=["valid_until"])
    assert route(Place("0380"), AgeBand.ADULT, date(2026, 11, 10)).people
    assert route(Place("0380"), AgeBand.ADULT, date(2026, 11, 11)).unstaffed


def test_route_costs_three_queries_however_many_people(on_duty: OnDuty) -> None:
    for _n in range(4):
        on_duty("mitt")
    reference()
    with CaptureQueriesContext(connection) as queries:
        route(Place("0380"), AgeBand.ADULT, clock.today())
    assert len(queries) == 3


# --- the command -----------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("route", *arguments, stdout=out)
    return out.getvalue()


def test_command_prints_json(on_duty: OnDuty) -> None:
    karin = on_duty("nord", "Karin Holm")
    printed = json.loads(run("2480", "--age", "adult", "--on", "2026-11-22", "--json"))
    assert printed == {
        "municipality": "2480",
        "county": "24",
        "region": "nord",
        "desk": "nord",
        "people": [{"name": "Karin Holm", "email": karin.user.email, "deputy_for": None}],
        "explanation": "Umeå → Västerbotten → region Nord; vuxen",
    }


def test_command_speaks_words(on_duty: OnDuty) -> None:
    on_duty("nord", "Karin Holm")
    assert "Karin Holm" in run("Umeå", "--age", "child")


@pytest.mark.parametrize("place", ["9999", "Umeo", "", "\0"])
def test_command_refuses_an_unknown_municipality(
    the_map: None, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("route", place, "--age", "adult", stderr=(words := StringIO()))
    assert end.value.code == 2
    assert "There is no municipality" in words.getvalue()
