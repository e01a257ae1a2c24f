"""Earlier years: a file is read line by line, taken in whole or not at all, shown with its source."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client
from django.utils import translation

from accounts.access import Assignment
from accounts.enums import Role
from core.models import AuditEvent
from core.publish import Cube, publish
from nrm_portal.overview.earlier import importing, reading, trend
from nrm_portal.overview.earlier.models import EarlierCount, EarlierImport, EarlierUnit
from nrm_portal.overview.models import Publication
from nrm_portal.overview.publications import stored
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/statistik/tidigare-ar/"
HEAD = "år;enhet;grupp;antal;källa\r\n"
GOOD = (
    HEAD + "2017;personer;alla;211;Lägesrapport 2017, s. 9\r\n"
    "2017;personer;kvinnor;140;Lägesrapport 2017, s. 9\r\n"
    "2017;personer;män;68;Lägesrapport 2017, s. 9\r\n"
    "2018;personer;alla;3;Lägesrapport 2018\r\n"
    '2019;hänvisningar;alla;1 204;"Lägesrapport; bilaga"\r\n'
)


@pytest.fixture(autouse=True)
def _today(freeze: Callable[[str], Any]) -> None:
    freeze("2026-08-18 14:05")


@pytest.fixture
def national() -> Assignment:
    return member(Role.NATIONAL_COORDINATOR)


def take_in(by: Assignment | None, text: str = GOOD) -> EarlierImport:
    return importing.take_in(data=text.encode(), file_name="arkiv/tidigare.csv", by=by)


def problems(text: str | bytes) -> dict[int, str]:
    data = text.encode() if isinstance(text, str) else text
    return {one.line: one.words for one in importing.tried(data).problems}


def persons() -> list[trend.Year]:
    return trend.trends()[EarlierUnit.PERSONS]


def own_year(year: int, first: int, again: int) -> None:
    """The portal has published a year."""
    counts: dict[tuple[str, ...], int] = {("first",): first, ("again",): again}
    within = {"unit": "referral", "period": str(year), "kind": "case"}
    table = publish(Cube({"person": ["first", "again"]}, counts, within))
    Publication.objects.create(family="referrals", period=str(year), tables={"persons": stored(table)})


# --- reading --------------------------------------------------------------------------------------------


def test_every_line_is_read_with_its_source() -> None:
    found = importing.tried(GOOD.encode("utf-8-sig"))
    assert not found.problems
    assert [(line.number, line.year, line.unit, line.group, line.amount) for line in found.lines] == [
        (2, 2017, "persons", "all", 211),
        (3, 2017, "persons", "women", 140),
        (4, 2017, "persons", "men", 68),
        (5, 2018, "persons", "all", 3),
        (6, 2019, "referrals", "all", 1204),
    ]
    assert found.lines[-1].source == "Lägesrapport; bilaga"


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_separators_and_english_headings(separator: str) -> None:
    rows = (("source", "count", "group", "unit", "year"), ("Report 2016", "97", "Total", "Persons", "2016"))
    found = importing.tried("\n".join(separator.join(row) for row in rows).encode())
    assert not found.problems and found.lines[0].amount == 97


def test_each_wrong_line_is_named_with_its_number() -> None:
    told = problems(
        HEAD + "17;personer;alla;5;A\n2015;fall;alla;5;A\n2015;personer;barn;5;A\n2015;personer;alla;fem;A\n"
        "2015;personer;alla;<5;A\n2015;personer;alla;-5;A\n2015;personer;alla;5;\n2015;personer;alla\n"
        "2015;personer;alla;5;A;mer\n2015;personer;alla;5;Ring 0704-55 12 88\n\n2026;personer;alla;5;A\n"
        "2014;personer;alla;5;A\n2014;personer;alla;6;A\n"
    )
    assert list(told) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15]
    assert len(set(told.values())) >= 8, "each says what is wrong"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xfe\x00", GOOD.encode("latin-1"), b"a;b;c\n1;2;3\n", HEAD.encode(),
        b'\xc3\xa5r;enhet;grupp;antal;k\xc3\xa4lla\n"2015;personer;alla;5;A\n',
        HEAD.encode() + b"2015;personer;alla;5;A\n" * 2_100, b"x" * (reading.LARGEST + 1),
        HEAD.encode() + b"2015;personer;alla;5;A\0\n",
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_as_a_whole(data: bytes) -> None:
    assert list(problems(data)) == [0]


def test_groups_fit_into_their_year() -> None:
    assert list(problems(HEAD + "2015;personer;kvinnor;5;A\n")) == [2], "no line for alla"
    assert list(problems(HEAD + "2015;personer;kvinnor;9;A\n2015;personer;alla;8;A\n")) == [3]
    five = "".join(
        f"2015;personer;{name};2;A\n" for name in ("kvinnor", "män", "flickor", "pojkar", "övriga")
    )
    assert list(problems(HEAD + five + "2015;personer;alla;11;A\n")) == [7]
    assert not problems(HEAD + five + "2015;personer;alla;10;A\n")


def test_years_the_portal_has_published_are_its_own(national: Assignment) -> None:
    own_year(2025, 40, 9)
    assert list(problems(HEAD + "2025;personer;alla;7;A\n2024;personer;alla;7;A\n")) == [2]


# --- taking in and back ---------------------------------------------------------------------------------


def test_all_or_nothing(national: Assignment) -> None:
    with pytest.raises(ValidationError):
        take_in(national, GOOD + "2020;personer;alla;många;A\r\n")
    assert not EarlierImport.objects.exists() and not EarlierCount.objects.exists()
    made = take_in(national)
    assert (made.rows, made.file_name, made.made_by_id) == (5, "tidigare.csv", national.user_id)
    assert made.sha256 == importing.tried(GOOD.encode()).sha256
    with pytest.raises(ValidationError):
        take_in(national)
    assert EarlierImport.objects.count() == 1
    event = AuditEvent.objects.get(verb="earlier.take_in")
    assert (event.target_id, event.facts["rows"]) == (made.pk, 5)


def test_what_is_taken_back_is_shown_no_more_and_can_come_again(national: Assignment) -> None:
    made = take_in(national)
    importing.take_back(import_id=made.pk, by=national)
    importing.take_back(import_id=made.pk, by=national)
    assert not persons() and EarlierCount.objects.count() == 5
    assert AuditEvent.objects.filter(verb="earlier.take_back").count() == 1
    take_in(national)
    assert [one.year for one in persons()] == [2017, 2018]


def test_only_the_national_desk(national: Assignment) -> None:
    made = take_in(national)
    for role in (Role.REGIONAL_COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR):
        by = member(role)
        with pytest.raises(PermissionDenied):
            take_in(by)
        with pytest.raises(PermissionDenied):
            importing.take_back(import_id=made.pk, by=by)
    with pytest.raises(Http404):
        importing.take_back(import_id=uuid.uuid4(), by=national)


# --- the trend ------------------------------------------------------------------------------------------


def test_small_numbers_are_hidden_and_what_tells_them(national: Assignment) -> None:
    take_in(national)
    seventeen, eighteen = persons()
    assert (seventeen.total.number, eighteen.total.number) == (211, None)
    shown = [entry.number for entry in seventeen.groups.values()]
    assert 3 not in shown, "211 - 140 - 68: three in no group"
    assert shown.count(None) >= 2, "one hidden alone could be calculated"


def test_a_year_is_protected_once_when_it_is_taken_in(
    national: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = take_in(national)
    assert set(made.tables["persons"]) == {"2017", "2018"} and set(made.tables["referrals"]) == {"2019"}
    for tables in made.tables.values():
        for table in tables.values():
            assert all((value is None) != (shown == "number") for _key, shown, value in table["cells"])
    before = persons()
    EarlierCount.objects.filter(year=2018).update(amount=3_000)
    monkeypatch.setattr("core.publish.publish_family", pytest.fail)
    assert persons() == before, "what is read is what was stored"


def test_it_goes_on_with_what_the_portal_has_published(national: Assignment) -> None:
    take_in(national)
    own_year(2024, 300, 20)
    own_year(2025, 390, 31)
    years = persons()
    assert [(one.year, one.value, one.is_earlier) for one in years] == [
        (2017, 211, True), (2018, None, True), (2024, 300, False), (2025, 390, False),
    ]  # fmt: skip
    card = trend.card(persons())
    assert card is not None
    assert [point.label for point in card.points] == [str(year) for year in range(2017, 2026)]
    assert [point.value for point in card.points][2:] == [None] * 5 + [300, 390]
    assert [point.label for point in card.points if point.note] == ["2018"], "hidden; the others have none"
    assert len(card.table.rows) == 9 and "2024" in card.title, "more than the year before"
    assert "Lägesrapport 2017, s. 9" in str(card.table.rows[0])


def test_the_portals_own_number_is_the_one(national: Assignment) -> None:
    take_in(national, HEAD + "2024;personer;alla;777;A\n")
    own_year(2024, 300, 20)
    assert [(one.value, one.is_earlier) for one in persons()] == [(300, False)]


def month_out(code: str) -> None:
    table = publish(Cube({}, {(): 41}, {"unit": "referral", "period": code}))
    Publication.objects.create(family="referrals", period=code, tables={"kinds": stored(table)})


def test_a_first_year_that_is_not_whole_says_so_and_is_compared_with_nothing() -> None:
    month_out("2023-11")
    own_year(2023, 61, 5)
    own_year(2024, 390, 31)
    with translation.override("en"):
        card = trend.card(persons())
    assert card is not None and "2024" not in card.title
    assert [point.label for point in card.points] == ["2023*", "2024"]
    assert str(card.table.rows[0][0]) == "2023, from November" and "* Counted from November 2023" in card.note


def test_the_whole_year_of_a_source_tells_more_than_the_part_the_portal_counted(national: Assignment) -> None:
    take_in(national, HEAD + "2023;personer;alla;240;A\n")
    month_out("2023-11")
    own_year(2023, 61, 5)
    own_year(2024, 390, 31)
    found = [(one.year, one.value, one.label) for one in persons()]
    assert found == [(2023, 240, "2023"), (2024, 390, "2024")]


def test_a_first_year_from_january_is_whole() -> None:
    month_out("2023-01")
    own_year(2023, 300, 5)
    own_year(2024, 390, 31)
    card = trend.card(persons())
    assert card is not None and "2023" in card.title and [p.label for p in card.points] == ["2023", "2024"]


def test_one_year_is_no_trend(national: Assignment) -> None:
    assert trend.card(persons()) is None
    take_in(national, HEAD + "2015;personer;alla;90;A\n")
    assert trend.card(persons()) is None


# --- the page -------------------------------------------------------------------------------------------


def send(client: Client, text: str, name: str = "tidigare.csv") -> Any:
    return client.post(f"{PAGE}prova/", {"fil": SimpleUploadedFile(name, text.encode(), "text/csv")})


def test_one_number_is_one(client: Client, national: Assignment) -> None:
    sign_in(client, national)
    form = send(client, HEAD + "2019;personer;alla;640;A\n").context["form"]
    values = {name: form[name].value() for name in form.fields}
    said = client.post(f"{PAGE}ta-in/", values, follow=True).content.decode()
    assert "1 tal är intaget" in said


def test_a_dry_run_then_the_yes(client: Client, national: Assignment) -> None:
    sign_in(client, national)
    assert client.get(PAGE).status_code == 200
    tried = send(client, GOOD)
    assert tried.status_code == 200 and not EarlierImport.objects.exists()
    form = tried.context["form"]
    done = client.post(f"{PAGE}ta-in/", {name: form[name].value() for name in form.fields})
    assert done["Location"] == PAGE
    made = EarlierImport.objects.get()
    assert made.sha256 == importing.tried(GOOD.encode()).sha256, "the fingerprint of the file itself"
    page = client.get(PAGE).content.decode()
    assert "Lägesrapport 2017, s. 9" in page and made.sha256[:16] in page and national.user.name in page
    assert ">3<" not in page
    client.post(f"{PAGE}{made.pk}/ta-tillbaka/")
    assert "Lägesrapport 2017, s. 9" not in client.get(PAGE).content.decode()


def test_errors_are_shown_by_line(client: Client, national: Assignment) -> None:
    sign_in(client, national)
    answer = send(client, HEAD + "2015;personer;alla;<b>x</b>;A\n")
    page = answer.content.decode()
    assert answer.status_code == 422 and '<th scope="row">2</th>' in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page and "innehall" not in page
    assert client.post(f"{PAGE}prova/", {}).status_code == 422
    assert send(client, "").status_code == 422


def test_a_yes_to_something_else_takes_nothing_in(client: Client, national: Assignment) -> None:
    sign_in(client, national)
    for body in ({}, {"innehall": "inte base64"}, {"innehall": "YQ=="}):
        client.post(f"{PAGE}ta-in/", body)
    assert not EarlierImport.objects.exists()


# --- the command ----------------------------------------------------------------------------------------


def test_the_command_shows_first(tmp_path: Path) -> None:
    path, out = tmp_path / "tidigare.csv", StringIO()
    path.write_text(GOOD, encoding="utf-8")
    call_command("import_earlier", path, stdout=out)
    assert "2017 persons all: 211" in out.getvalue() and not EarlierImport.objects.exists()
    call_command("import_earlier", path, "--yes", stdout=out)
    assert EarlierImport.objects.get().made_by is None
    with pytest.raises(CommandError):
        call_command("import_earlier", path, "--yes", stdout=out, stderr=StringIO())
    with pytest.raises(CommandError):
        call_command("import_earlier", tmp_path / "finns-inte.csv")


# --- the database ---------------------------------------------------------------------------------------


def origin(**changes: Any) -> EarlierImport:
    given = {"made_at": datetime(2026, 5, 2, tzinfo=UTC), "file_name": "a.csv", "sha256": "a" * 64, "rows": 1}
    return EarlierImport.objects.create(**given | changes)


def line(number: int = 2, **changes: Any) -> EarlierCount:
    given = {"year": 2011, "unit": "persons", "group": "all", "amount": 4, "source": "Rapport"}
    source = changes.pop("origin", None) or origin()
    return EarlierCount.objects.create(origin=source, line=number, **given | changes)


def _one_line_twice() -> None:
    one = origin()
    line(origin=one)
    line(origin=one, year=2012)


BROKEN: dict[str, Callable[[], Any]] = {
    "earlier_import_has_hash": lambda: origin(sha256="A" * 64),
    "earlier_import_not_empty": lambda: origin(rows=0),
    "earlier_import_taken_back_when": lambda: origin(taken_back_by=member(Role.NATIONAL_COORDINATOR).user),
    "earlier_one_number": lambda: [line(), line(3)],
    "earlier_one_a_line": _one_line_twice,
    "earlier_unit_known": lambda: line(unit="cases"),
    "earlier_group_known": lambda: line(group="rest"),
    "earlier_year_possible": lambda: line(year=1989),
    "earlier_amount_possible": lambda: line(amount=1_000_001),
    "earlier_says_where_from": lambda: line(source=""),
}


def test_the_database_refuses() -> None:
    for name, act in BROKEN.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()
    with transaction.atomic():
        line(is_current=False)
        line(3, is_current=False)
    there = {one.name for model in (EarlierImport, EarlierCount) for one in model._meta.constraints}
    assert there == set(BROKEN)
