"""What a desk has done: counted once, from the right source, and handed in without telling about persons."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from accounts.access import Assignment
from accounts.enums import Role
from cases.models import Case, Meeting, Referral
from coordinators.models import ActivityNote, ActivityReport, Desk
from coordinators.services import activity, put_on_duty
from coordinators.services.activity import Done
from core import clock, pdf, vault
from core.models import AuditEvent, PdfJob
from core.publish import Shown
from nrm_portal.overview.activity import counting, files, reports, tables
from nrm_portal.overview.exports import Mark
from nrm_portal.overview.periods import Period
from tests.coordinators.conftest import membership, on_duty, the_map
from tests.factories import member, sign_in
from tests.overview.papers import Paper

__all__ = ["on_duty", "the_map"]
pytestmark = pytest.mark.django_db
Put = Callable[..., Assignment]
Send = Callable[..., Referral]


@pytest.fixture
def desk(the_map: None) -> Desk:
    return Desk.objects.get(key="mitt")


def noted(by: Assignment, desk: Desk, day: date, **said: Any) -> ActivityNote:
    given: dict[str, Any] = {"kind": "support", "minutes": 45, "people": 1}
    done = Done(day=day, **given | said)
    return activity.add(key=uuid.uuid4(), desk_id=desk.pk, done=done, by=by)


def met(case: Case, day: date, by: Assignment, corrects: Meeting | None = None) -> Meeting:
    return Meeting.objects.create(
        case=case, held_on=day, data_key=vault.new_key("case", uuid.uuid4()), recorded_by=by.user,
        recorded_at=clock.now(), corrects=corrects,
    )  # fmt: skip


def period(code: str) -> Period:
    found = Period.parse(code)
    assert found is not None
    return found


def count(desk: Desk, by: Assignment, code: str) -> counting.Counted:
    span = period(code)
    return counting.of(desk, counting.held_at(desk, by), span.first, span.end)


# --- counted once ---------------------------------------------------------------------------------------


def test_each_thing_is_counted_once_and_from_one_source(
    desk: Desk, on_duty: Put, referrer: Assignment, send: Send, freeze: Callable[[str], Any]
) -> None:
    freeze("2026-05-19 10:00")
    by, elsewhere = on_duty("mitt"), on_duty("syd")
    case = send(referrer, consent_date="2026-05-18").case
    send(referrer, consent_date="2026-05-18")
    assert case.desk_id == desk.pk, "Uppsala"
    first = met(case, date(2026, 5, 19), by)
    met(case, date(2026, 5, 18), by, corrects=first)
    noted(by, desk, date(2026, 4, 1), people=3, minutes=90)
    noted(by, desk, date(2026, 5, 2), people=1)
    noted(by, desk, date(2026, 3, 31), people=40)
    noted(by, desk, date(2026, 5, 4), kind="meeting", minutes=120, municipality_id="0380")
    noted(by, desk, date(2026, 5, 5), kind="training", people=22, municipality_id="0319")
    noted(by, desk, date(2026, 5, 6), kind="municipality", minutes=None, municipality_id="0380")
    noted(elsewhere, Desk.objects.get(key="syd"), date(2026, 5, 6), people=9)
    found = count(desk, by, "2026-Q2")
    assert (found.referrals, found.consultations) == (2, 0)
    assert (found.met, found.minutes) == (4, 135), "not those of another quarter, nor of another desk"
    assert found.case_meetings == 1, "a corrected record counts once"
    assert (found.other_meetings, found.trainings, found.trained) == (1, 1, 22)
    assert found.from_cases == {"0380"} and found.from_notes == {"0380", "0319"}
    assert found.municipalities == 2, "Uppsala stands in both and counts once"


def test_the_first_and_the_last_moment_of_a_period(
    desk: Desk, on_duty: Put, referrer: Assignment, send: Send, freeze: Callable[[str], Any]
) -> None:
    by = on_duty("mitt")
    for moment in ("2026-06-30 23:59", "2026-07-01 00:00"):
        freeze(moment)
        send(referrer, consent_date="2026-06-20")
    assert [count(desk, by, code).referrals for code in ("2026-Q2", "2026-Q3", "2026-07", "2026")] == [
        1,
        1,
        1,
        2,
    ]


def test_practice_and_what_became_a_referral_are_left_out(
    desk: Desk, on_duty: Put, referrer: Assignment, send: Send, freeze: Callable[[str], Any]
) -> None:
    freeze("2026-05-19 10:00")
    by, case = on_duty("mitt"), send(referrer, consent_date="2026-05-18").case
    Case.objects.filter(pk=case.pk).update(practice=True)
    assert count(desk, by, "2026-Q2").is_empty


# --- the page -------------------------------------------------------------------------------------------


def test_the_page_shows_the_notes_of_the_desk(
    client: Client, desk: Desk, on_duty: Put, freeze: Callable[[str], Any]
) -> None:
    freeze("2026-05-19 10:00")
    by, colleague = on_duty("mitt"), on_duty("mitt", "Rut Alm")
    noted(by, desk, date(2026, 5, 2), people=7, words="Om boende")
    noted(colleague, desk, date(2026, 5, 3))
    sign_in(client, by)
    page = client.get("/statistik/verksamhet/", follow=True).content.decode()
    for words in ("Om boende", "Rut Alm", ">7<"):
        assert words in page
    assert page.count("/verksamhet/anteckning/") == 1, "only her own can be changed"
    empty = client.get(f"/statistik/verksamhet/{desk.pk}/", {"period": "2025-02"}).content.decode()
    assert "/verksamhet/anteckning/" not in empty
    odd = client.get(f"/statistik/verksamhet/{desk.pk}/", {"period": "1999"})
    assert 'value="2026-Q2" selected' in odd.content.decode(), (
        "a period that is not offered: the running quarter"
    )


def test_hours_are_one_number_and_a_period_is_a_word_in_its_sentence(
    client: Client, desk: Desk, on_duty: Put, freeze: Callable[[str], Any]
) -> None:
    freeze("2026-05-19 10:00")
    by = on_duty("mitt")
    noted(by, desk, date(2026, 5, 2), minutes=195)
    sign_in(client, by)
    page = client.get("/statistik/verksamhet/", follow=True).content.decode()
    assert page.count('<span class="dec">3,25</span>') == 3, "in the notes, from them, and together"
    assert "gjort, kvartal 2 2026" in page and ">Kvartal 2 2026</option>" in page


def test_two_desks_are_two_pages(client: Client, desk: Desk, on_duty: Put) -> None:
    by, other = on_duty("mitt"), Desk.objects.get(key="nord")
    put_on_duty(desk=other, membership=membership(by), first=date(2020, 1, 1), by=None)
    noted(by, other, clock.today(), people=31)
    sign_in(client, by)
    there, here = (client.get(f"/statistik/verksamhet/{one.pk}/").content.decode() for one in (other, desk))
    assert ">31<" in there and ">31<" not in here
    assert all(f"/statistik/verksamhet/{one.pk}/" in here for one in (desk, other))


def test_who_has_no_desk_is_refused(client: Client, desk: Desk, on_duty: Put) -> None:
    url = f"/statistik/verksamhet/{desk.pk}/"
    assert sign_in(client, member(Role.CASEWORKER)).get(url).status_code == 403
    assert sign_in(client, on_duty("nord")).get(url).status_code == 404
    assert sign_in(client, on_duty("national")).get(url).status_code == 403
    assert AuditEvent.objects.filter(outcome="refused", verb="page.open").count() == 3


# --- the report -----------------------------------------------------------------------------------------


def hand_in(desk: Desk, by: Assignment, code: str, after: int = 0) -> reports.Report:
    return reports.read(reports.hand_in(desk_id=desk.pk, period=period(code), after=after, by=by))


def test_few_persons_are_not_told_and_work_is(desk: Desk, on_duty: Put, freeze: Callable[[str], Any]) -> None:
    freeze("2026-07-02 09:00")
    by = on_duty("mitt")
    noted(by, desk, date(2026, 6, 2), people=3, minutes=615)
    noted(by, desk, date(2026, 6, 3), kind="training", people=2)
    made = hand_in(desk, by, "2026-Q2")
    rows = {name: cells[0].text for name, cells in tables.reported(made).rows}
    assert made.tables["met"].total.value is None
    stored = ActivityReport.objects.get()
    assert "3" not in str(stored.tables["met"]["cells"]) and stored.facts["minutes"] == 615
    assert "3" not in [rows[str(tables.PERSONS_MET)]] and rows[str(tables.HOURS)].startswith("10")
    assert rows[str(tables.TRAINED)] == "2", "who took part in a training is nobody the portal protects"


def test_a_year_does_not_tell_what_a_quarter_hides(
    desk: Desk, on_duty: Put, freeze: Callable[[str], Any]
) -> None:
    """Three quarters shown, one hidden: the year cannot be shown beside them (S19)."""
    freeze("2027-01-04 09:00")
    by = on_duty("mitt")
    for month, people in ((2, 11), (5, 3), (8, 19), (11, 27)):
        noted(by, desk, date(2026, month, 9), people=people)
    hand_in(desk, by, "2026-Q1")
    year = hand_in(desk, by, "2026")
    out = {row.period: reports.read(row) for row in ActivityReport.objects.all()}
    assert set(out) == {"2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2026"}, "a year brings its quarters"
    cells = {code: one.tables["met"].total for code, one in out.items()}
    assert cells["2026-Q1"].value == 11, "what was out stays"
    assert cells["2026-Q2"].value is None
    hidden = [code for code, cell in cells.items() if cell.shown is not Shown.NUMBER]
    assert len(hidden) >= 2, "one hidden number among five that add up is no hidden number"
    assert year.number == 1


def test_a_corrected_report_changes_work_alone(
    desk: Desk, on_duty: Put, freeze: Callable[[str], Any]
) -> None:
    freeze("2026-07-02 09:00")
    by = on_duty("mitt")
    noted(by, desk, date(2026, 6, 2), people=8, minutes=60)
    first = hand_in(desk, by, "2026-Q2")
    noted(by, desk, date(2026, 6, 4), people=1, minutes=30)
    assert hand_in(desk, by, "2026-Q2").id == first.id, "a form sent twice is one report"
    second = hand_in(desk, by, "2026-Q2", after=1)
    assert (first.number, second.number) == (1, 2)
    assert second.tables["met"].total.value == first.tables["met"].total.value == 8
    assert (first.facts.minutes, second.facts.minutes) == (60, 90)
    assert count(desk, by, "2026-Q2").met == 9, "the desk sees what is true"


def test_a_year_is_the_sum_of_its_quarters_as_they_left(
    desk: Desk, on_duty: Put, freeze: Callable[[str], Any]
) -> None:
    freeze("2027-01-04 09:00")
    by = on_duty("mitt")
    for month in (2, 5, 8, 11):
        noted(by, desk, date(2026, month, 9), people=10)
    hand_in(desk, by, "2026-Q1")
    noted(by, desk, date(2026, 2, 10), people=2)
    assert hand_in(desk, by, "2026").tables["met"].total.value == 40


def test_only_a_quarter_or_year_that_is_over(desk: Desk, on_duty: Put, freeze: Callable[[str], Any]) -> None:
    freeze("2026-09-30 23:59")
    by = on_duty("mitt")
    for code in ("2026-Q3", "2026", "2026-06"):
        with pytest.raises(ValidationError):
            hand_in(desk, by, code)
    assert not ActivityReport.objects.exists()


def test_it_is_handed_in_from_the_page(
    client: Client, desk: Desk, on_duty: Put, freeze: Callable[[str], Any]
) -> None:
    freeze("2026-07-02 09:00")
    by, url = on_duty("mitt"), f"/statistik/verksamhet/{desk.pk}/"
    sign_in(client, by)
    assert f'action="{url}lamna/"' in client.get(url, {"period": "2026-Q2"}).content.decode()
    assert f'action="{url}lamna/"' not in client.get(url, {"period": "2026-Q3"}).content.decode(), "running"
    for asked in ({}, {"period": "x"}, {"period": "2026-Q3", "after": "0"}):
        assert client.post(f"{url}lamna/", asked)["Location"].startswith(url)
    assert not ActivityReport.objects.exists()
    done = client.post(f"{url}lamna/", {"period": "2026-Q2", "after": "0"})
    row = ActivityReport.objects.get()
    assert done["Location"] == f"/statistik/verksamhet/rapport/{row.pk}/"
    again = client.get(url, {"period": "2026-Q2"}).content.decode()
    assert f'name="after" value="{row.number}"' in again and str(row.pk) in again


def test_another_desk_hands_nothing_in(desk: Desk, on_duty: Put, freeze: Callable[[str], Any]) -> None:
    freeze("2026-07-02 09:00")
    for who in ("nord", "national"):
        with pytest.raises(Http404):
            hand_in(desk, on_duty(who), "2026-Q2")
    assert not ActivityReport.objects.exists()


@pytest.fixture
def handed(desk: Desk, on_duty: Put, freeze: Callable[[str], Any]) -> tuple[Assignment, reports.Report]:
    freeze("2026-07-02 09:00")
    by = on_duty("mitt", "Rut Alm")
    noted(by, desk, date(2026, 6, 2), people=3, minutes=615)
    noted(by, desk, date(2026, 6, 12), kind="training", people=17)
    return by, hand_in(desk, by, "2026-Q2")


def test_the_national_desk_reads_what_was_handed_in_and_no_note(
    client: Client, handed: tuple[Assignment, reports.Report], on_duty: Put
) -> None:
    _by, report = handed
    sign_in(client, on_duty("national"))
    listed = client.get("/statistik/verksamhet/").content.decode()
    assert str(report.id) in listed and "Rut Alm" in listed
    page = client.get(f"/statistik/verksamhet/rapport/{report.id}/").content.decode()
    assert "10,25" in page and ">3<" not in page and ">17<" in page


def test_page_csv_excel_and_pdf_say_the_same(handed: tuple[Assignment, reports.Report]) -> None:
    by, report = handed
    sheet = tables.reported(report)
    wanted = [[name, *(cell.text for cell in cells)] for name, cells in sheet.rows]
    csv = files.make(report, form="csv", reason="Uppföljning", by=by).data.decode("utf-8-sig")
    lines = [line.split(";")[2:] for line in csv.split("\r\n")[1:] if line]
    assert lines == wanted
    book = load_workbook(io.BytesIO(files.make(report, form="xlsx", reason="Uppföljning", by=by).data))
    page = book.worksheets[0]
    for line, (name, cells) in zip(page.iter_rows(min_row=2, values_only=True), sheet.rows, strict=True):
        assert list(line) == [name, *(float(c.number) if c.number is not None else c.text for c in cells)]
    context = files.context(report, Mark.new(by))
    _html, data = pdf.render_pdf(files.TEMPLATE, context, "sv")
    paper = Paper(data)
    (printed,) = paper.tables.values()
    assert printed == [list(sheet.columns), *([" ".join(cell.split()) for cell in row] for row in wanted)]
    assert all(by.user.name in page for page in paper.pages)


def test_a_report_of_the_late_evening_is_of_that_day_here(handed: tuple[Assignment, reports.Report]) -> None:
    _by, report = handed
    late = replace(report, made_at=datetime(2026, 7, 3, 22, 30, tzinfo=UTC))
    with translation.override("sv"):
        assert "4 juli 2026" in dict(files.about(late).facts).values()


def test_a_file_needs_the_right_a_reason_and_a_fresh_sign_in(
    client: Client, handed: tuple[Assignment, reports.Report]
) -> None:
    by, report = handed
    url = f"/statistik/verksamhet/rapport/{report.id}/hamta/"
    sign_in(client, by)
    assert client.post(url, {"format": "csv"}).status_code == 422
    answer = client.post(url, {"format": "csv", "skal": "Uppföljning av medfinansieringen"})
    assert answer["Content-Disposition"] == 'attachment; filename="nrm-2026-Q2-verksamhet-mitt-1.csv"'
    event = AuditEvent.objects.get(verb="activity.file")
    assert event.reason == "Uppföljning av medfinansieringen" and event.target_id == report.id
    with pytest.raises(PermissionDenied):
        files.make(report, form="csv", reason="x", by=member(Role.CASEWORKER))
    ordered = client.post(url, {"format": "pdf", "skal": "Uppföljning"})
    job = PdfJob.objects.get(template=files.TEMPLATE)
    assert ordered["Location"] == f"/statistik/verksamhet/fil/{job.pk}/"
    assert client.get(f"{ordered['Location']}pdf/").status_code == 404, "not ready"
