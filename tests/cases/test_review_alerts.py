"""What stands out in the log becomes an alert that an auditor judges."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test.utils import CaptureQueriesContext

from accounts.enums import AgencyKind, Role
from cases.models import Case, Identifier
from core import audit, clock, vault
from core.errors import StaleVersion
from core.models import AuditEvent, JobRun, OutboundEmail
from nrm_portal.review import anomalies, judging, tasks
from nrm_portal.review.enums import AlertKind, Verdict
from nrm_portal.review.models import Alert
from tests.case_factories import accepted, browser, text_of
from tests.factories import AgencyFactory, member

pytestmark = pytest.mark.django_db
TUESDAY = "2027-03-02 10:00"
NOTE = "Talat med chefen, stämmer med schemat."


@pytest.fixture
def worker(db: None, freeze: Any) -> Any:
    freeze(TUESDAY)
    return member(Role.CASEWORKER, user__name="Bengt Ödman")


@pytest.fixture
def auditor(db: None, freeze: Any) -> Any:
    freeze(TUESDAY)
    return member(Role.AUDITOR, user__name="Greta Granskare")


def opened(by: Any, number: int, every: timedelta, freeze: Any, verb: str = "case.read") -> list[uuid.UUID]:
    """So many different cases, one after the other."""
    made = []
    for _number in range(number):
        made.append(uuid.uuid4())
        audit.record(verb, made[-1], by=by)
        freeze(clock.now() + every)
    return made


def look(hours: float = 24) -> list[Alert]:
    anomalies.find(clock.now() - timedelta(hours=hours), clock.now())
    return list(Alert.objects.select_related("user").order_by("found_at", "kind"))


# --- many cases -----------------------------------------------------------------------------------------


@pytest.mark.security("S60", "forty cases in ten minutes raise one alert, thirty-nine or a slow day none")
def test_forty_cases_in_ten_minutes(
    worker: Any, auditor: Any, freeze: Any, tried: Callable[[int], None]
) -> None:
    cases = opened(worker, 40, timedelta(seconds=15), freeze)
    (alert,) = look()
    assert (alert.kind, alert.user, alert.count) == (AlertKind.MANY_CASES, worker.user, 40)
    assert set(alert.case_ids) == set(cases)
    assert (alert.until - alert.since) < timedelta(minutes=10)
    mail = OutboundEmail.objects.get(user_id=auditor.user_id)
    assert mail.message == "something_waiting" and not mail.context
    assert AuditEvent.objects.get(verb="review.found").target_id == alert.pk
    tried(40)


def test_reading_cases_for_extracts_counts_as_well(worker: Any, freeze: Any) -> None:
    opened(worker, 40, timedelta(seconds=15), freeze, verb="subject.read")
    assert [alert.kind for alert in look()] == [AlertKind.MANY_CASES]


@pytest.mark.parametrize(
    ("number", "every"),
    [(39, timedelta(seconds=1)), (60, timedelta(seconds=20)), (200, timedelta(minutes=2))],
)
def test_fewer_or_slower_is_work(worker: Any, freeze: Any, number: int, every: timedelta) -> None:
    opened(worker, number, every, freeze)
    assert look() == []


def test_the_same_case_many_times_is_one_case(worker: Any, freeze: Any) -> None:
    case = uuid.uuid4()
    for _number in range(60):
        audit.record("case.read", case, by=worker)
        audit.record("step.read", uuid.uuid4(), by=worker, case=case)
    assert look() == []


def test_what_is_refused_and_what_the_clock_does_is_not_looking(worker: Any, freeze: Any) -> None:
    for _number in range(50):
        audit.record("case.read", uuid.uuid4(), by=None)
        audit.record("case.accept", uuid.uuid4(), by=worker)
        audit.refuse("case.read", uuid.uuid4(), by=worker)
    assert look() == []


def test_the_ten_minutes_may_lie_across_two_runs(worker: Any, freeze: Any) -> None:
    opened(worker, 25, timedelta(seconds=10), freeze)
    assert look() == []
    opened(worker, 25, timedelta(seconds=10), freeze)
    anomalies.find(clock.now() - timedelta(minutes=4), clock.now())
    assert Alert.objects.get().count == 50


def test_runs_twice_and_tells_once(worker: Any, auditor: Any, freeze: Any) -> None:
    opened(worker, 45, timedelta(seconds=5), freeze)
    assert len(look()) == len(look()) == 1
    more = opened(worker, 5, timedelta(seconds=5), freeze)
    (alert,) = look()
    assert alert.count == 50 and set(more) <= set(alert.case_ids)
    assert OutboundEmail.objects.count() == 1
    judging.judge(alert_id=alert.pk, version=alert.version, verdict="explained", note=NOTE, by=auditor)
    assert len(look()) == 1, "what was judged is not raised again"
    freeze(clock.now() + timedelta(hours=3))
    opened(worker, 45, timedelta(seconds=5), freeze)
    assert [one.verdict for one in look(2)] == ["explained", ""]


def test_the_queries_do_not_grow_with_the_log(worker: Any, freeze: Any) -> None:
    from django.db import connection

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            anomalies.find(clock.now() - timedelta(hours=5), clock.now())
        return len(found)

    opened(worker, 5, timedelta(minutes=1), freeze)
    few = cost()
    opened(worker, 30, timedelta(minutes=1), freeze)
    assert cost() == few


# --- out of hours ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "stands_out"),
    [
        ("2027-03-02 05:59", True),
        ("2027-03-02 06:00", False),
        ("2027-03-02 21:59", False),
        ("2027-03-02 22:00", True),
        ("2027-03-06 12:00", True),  # a Saturday
        ("2027-03-26 12:00", True),  # Good Friday
        ("2027-06-25 12:00", True),  # Midsummer's Eve
        ("2027-03-28 05:30", True),  # the night that loses an hour
        ("2027-10-31 02:30", True),  # the night that has one twice
    ],
)
def test_out_of_hours(worker: Any, freeze: Any, at: str, stands_out: bool) -> None:
    freeze(at)
    audit.record("identity.open", uuid.uuid4(), by=worker, case=uuid.uuid4(), reason="x")
    freeze(clock.now() + timedelta(hours=1))
    assert [alert.kind for alert in look()] == ([AlertKind.OUT_OF_HOURS] if stands_out else [])


def test_who_works_around_the_clock_may(db: None, freeze: Any) -> None:
    freeze("2027-03-02 03:00")
    for kind in (AgencyKind.SOCIAL_EMERGENCY, AgencyKind.POLICE):
        who = member(Role.CASEWORKER, agency=AgencyFactory.create(kind=kind))
        audit.record("case.read", uuid.uuid4(), by=who)
    freeze("2027-03-02 08:00")
    assert look() == []


# --- own name -------------------------------------------------------------------------------------------


NAMES: tuple[tuple[dict[str, str], bool], ...] = (
    ({"name": "Bengt Ödman"}, True),
    ({"name": "ödman, bengt"}, True),
    ({"name": "Bengt Olof Ödman"}, True),
    ({"name": "Maria Skog", "alias": "Bengt Ödman"}, True),
    ({"name": "Bengt"}, False),
    ({"name": "Bengt Ödling"}, False),
    ({"name": "Maria Ödman"}, False),
    ({"name": "Maria Skog", "email": "bengt@kommun.example"}, True),
    ({"name": "Maria Skog", "phone": "+46701234567"}, True),
    ({"name": "Maria Skog", "phone": "+46701234568"}, False),
)


def called(case: Case, told: dict[str, str]) -> None:
    """The person is called so, or reached so."""
    person = case.person
    assert person
    person.identity = {key: told[key] for key in ("name", "alias") if key in told}
    person.save(update_fields=["identity"])
    person.identifiers.all().delete()
    for kind in ("email", "phone"):
        if kind in told:
            index = vault.blind_index(kind, told[kind])
            Identifier.objects.create(person=person, kind=kind, blind_index=index)


def test_own_name(worker: Any, on_duty: Any, referrer: Any, send: Any) -> None:
    worker.user.email, worker.user.phone = "bengt@kommun.example", "070-123 45 67"
    worker.user.save(update_fields=["email", "phone"])
    karin = on_duty("mitt", "Karin Holm")
    case = accepted(send(referrer).case, karin)
    audit.record("case.read", case, by=worker)
    audit.record("identity.open", case.person, by=karin, case=case.pk)
    for told, stands_out in NAMES:
        called(case, told)
        found = [(one.kind, one.user, one.case_ids) for one in look()]
        wanted = [(AlertKind.OWN_NAME, worker.user, [case.pk])] if stands_out else []
        assert found == wanted, told
        Alert.objects.all().delete()


# --- the verdict ----------------------------------------------------------------------------------------


@pytest.fixture
def alert(worker: Any, auditor: Any, freeze: Any) -> Alert:
    opened(worker, 40, timedelta(seconds=5), freeze)
    return look()[0]


def test_the_verdict_is_written_on_the_page(alert: Alert, auditor: Any, worker: Any) -> None:
    client = browser(auditor)
    page = client.get(f"/granskning/larm/{alert.pk}/")
    assert "Många ärenden på kort tid" in text_of(page) and worker.user.name in text_of(page)
    data = {"verdict": "", "note": "", "version": alert.version}
    empty = client.post(f"/granskning/larm/{alert.pk}/", data)
    assert empty.status_code == 422 and "Välj vad du kom fram till" in text_of(empty)
    data |= {"verdict": Verdict.FOLLOWED_UP, "note": NOTE}
    assert client.post(f"/granskning/larm/{alert.pk}/", data).status_code == 302
    alert.refresh_from_db()
    assert (alert.verdict, alert.judged_by, alert.note) == (Verdict.FOLLOWED_UP, auditor.user, NOTE)
    again = text_of(client.get(f"/granskning/larm/{alert.pk}/"))
    assert NOTE in again and "Spara bedömningen" not in again
    event = AuditEvent.objects.get(verb="review.judge")
    assert event.facts == {"verdict": "followed_up"} and NOTE not in str(event.facts) + event.reason
    assert "Tagits upp med personens chef" in text_of(client.get("/granskning/larm/"))


def test_what_came_meanwhile_is_looked_at_first(alert: Alert, auditor: Any, worker: Any, freeze: Any) -> None:
    client, url = browser(auditor), f"/granskning/larm/{alert.pk}/"
    shown = alert.version
    opened(worker, 3, timedelta(seconds=5), freeze)
    look()
    page = client.post(url, {"verdict": "explained", "note": NOTE, "version": shown})
    assert (
        page.status_code == 422 and "Mer har kommit till i larmet" in text_of(page) and NOTE in text_of(page)
    )
    with pytest.raises(StaleVersion):
        judging.judge(alert_id=alert.pk, version=shown, verdict="explained", note=NOTE, by=auditor)
    assert client.post(url, {"verdict": "explained", "note": NOTE, "version": shown + 1}).status_code == 302


def test_nobody_judges_herself(auditor: Any, freeze: Any) -> None:
    opened(auditor, 40, timedelta(seconds=5), freeze)
    (alert,) = look()
    with pytest.raises(ValidationError):
        judging.judge(alert_id=alert.pk, version=0, verdict="explained", note=NOTE, by=auditor)
    page = text_of(browser(auditor).get(f"/granskning/larm/{alert.pk}/"))
    assert "Larmet gäller dig själv" in page and "Spara bedömningen" not in page
    assert not OutboundEmail.objects.filter(user_id=auditor.user_id).exists()
    other = member(Role.DATA_PROTECTION_OFFICER)
    judging.judge(alert_id=alert.pk, version=0, verdict="explained", note=NOTE, by=other)


def test_without_the_right_nothing_is_judged(alert: Alert, worker: Any) -> None:
    with pytest.raises(PermissionDenied):
        judging.judge(alert_id=alert.pk, version=0, verdict="explained", note=NOTE, by=worker)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kind": "other"}, "alert_kind_known"),
        ({"verdict": "explained"}, "alert_judged_by_whom"),
        ({"kind": "seals"}, "alert_is_about_somebody"),
        ({"until": datetime(2020, 1, 1, tzinfo=clock.STOCKHOLM)}, "alert_ends_after_it_began"),
    ],
)
def test_the_database_refuses(alert: Alert, change: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(**change)


def test_the_database_refuses_a_second_open_alert_and_ones_own_verdict(alert: Alert, auditor: Any) -> None:
    with pytest.raises(IntegrityError, match="alert_one_open"), transaction.atomic():
        anomalies.raise_alert(AlertKind.MANY_CASES, alert.user_id, clock.now(), clock.now(), [], 1)
    anomalies.note_broken_seals(1, clock.now(), clock.now())
    with pytest.raises(IntegrityError, match="alert_one_open"), transaction.atomic():
        anomalies.raise_alert(AlertKind.SEALS, None, clock.now(), clock.now(), [], 1)
    judging.judge(alert_id=alert.pk, version=alert.version, verdict="explained", note=NOTE, by=auditor)
    with pytest.raises(IntegrityError, match="alert_verdict_known"), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(verdict="other")
    with pytest.raises(IntegrityError, match="alert_not_judged_by_oneself"), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(judged_by=alert.user_id)


# --- the clock ------------------------------------------------------------------------------------------


def test_the_job_goes_on_where_it_ended(worker: Any, freeze: Any) -> None:
    tasks.find_anomalies()
    freeze(clock.now() + timedelta(minutes=5))
    opened(worker, 45, timedelta(seconds=1), freeze)
    tasks.find_anomalies()
    assert Alert.objects.get().count == 45
    run = JobRun.objects.filter(name="anomalies").latest("pk")
    assert (run.found, run.done, run.state) == (1, 1, "finished")


def test_a_touched_log_raises_one_alert(auditor: Any, monkeypatch: pytest.MonkeyPatch, freeze: Any) -> None:
    from core import seal_check
    from core.enums import SealFault

    broken = seal_check.Checked(findings=[seal_check.Finding(SealFault.CHANGED, date(2027, 1, 4), 7, 2)])
    monkeypatch.setattr(seal_check, "check", lambda: broken)
    tasks.verify_audit()
    tasks.verify_audit()
    alert = Alert.objects.get()
    assert (alert.kind, alert.user, alert.count) == (AlertKind.SEALS, None, 1)
    client = browser(auditor)
    assert "1 rad eller sigill stämmer inte" in text_of(client.get("/granskning/"))
    assert "bin/manage audit verify" in text_of(client.get(f"/granskning/larm/{alert.pk}/"))
    judging.judge(alert_id=alert.pk, version=0, verdict="reported", note=NOTE, by=auditor)
    tasks.verify_audit()
    assert Alert.objects.count() == 1
