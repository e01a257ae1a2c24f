"""Pages of periods, dates and stopped clocks: the countdown in words, messages at fields, who sees what."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.enums import AgencyKind
from cases.enums import BlockedOn, Outcome, PeriodKind
from cases.models import ClockStop, Period
from cases.services import casework, dates, periods, stops
from core import clock
from core.models import AuditEvent
from manual.enums import Milestone
from tests.case_factories import accepted, browser, in_case, queries, text_of

pytestmark = pytest.mark.django_db
WORDS = "Betänketiden slutar fredag 11 december, 19 dagar kvar"


@pytest.fixture
def karin(on_duty: Any, freeze: Any) -> Any:
    freeze("2026-11-22 09:00")
    return on_duty("mitt", "Karin Holm")


@pytest.fixture
def case(karin: Any, referrer: Any, send: Any) -> Any:
    return accepted(send(referrer, consent_date="2026-11-05").case, karin)


def at(case: Any, page: Any = "") -> Any:
    return f"/arenden/{case.pk}/{page}"


def granted(case: Any, by: Any, last: date = date(2026, 12, 11)) -> Period:
    return periods.record(case_id=case.pk, kind=PeriodKind.REFLECTION, starts_on=date(2026, 11, 11),
                          ends_on=last, source="Migrationsverket 1-23", by=by)  # fmt: skip


def test_a_period_is_written_down_and_counted_down(case: Any, karin: Any) -> None:
    client = browser(karin)
    said = {"kind": "reflection", "starts_on": "2026-11-11", "ends_on": "", "source": "Migrationsverket 1-23"}
    assert client.post(at(case, "datum/period/"), said)["Location"] == at(case, "datum/")
    for page in ("", "checklista/", "datum/"):
        assert WORDS in text_of(client.get(at(case, page))), page
    words = text_of(client.get(at(case, "datum/")))
    assert "Migrationsverket 1-23" in words and "2026-12-11" in words
    assert "En period noterades: Betänketid" in text_of(client.get(at(case, "historik/")))


def test_messages_stand_at_their_fields_and_typed_text_is_kept(case: Any, karin: Any) -> None:
    client = browser(karin)
    said = {"kind": "permit", "starts_on": "2026-11-11", "ends_on": "2026-12-11", "source": "Beslut 77"}
    page = client.post(at(case, "datum/period/"), said)
    words = page.content.decode()
    assert page.status_code == 422 and not Period.objects.exists()
    assert 'id="id_ends_on_error"' in words or "sex månader" in words
    assert "Beslut 77" in words and 'value="2026-12-11"' in words
    assert client.post(at(case, "datum/period/"), {}).status_code == 422


def test_extended_and_ended_with_the_rows_kept(case: Any, karin: Any) -> None:
    client, period = browser(karin), granted(case, karin)
    refused = client.post(at(case, f"datum/{period.pk}/forlang/"), {"ends_on": "2026-12-01",
                                                                           "source": "x"})  # fmt: skip
    assert refused.status_code == 422 and "2026-12-11" in text_of(refused)
    client.post(at(case, f"datum/{period.pk}/forlang/"), {"ends_on": "2027-01-10", "source": "Nytt"})
    words = text_of(client.get(at(case, "datum/")))
    assert "Förlängd till 10 januari 2027" in words and "49 dagar kvar" in words
    assert "Från 11 december 2026 till 10 januari 2027" in text_of(client.get(at(case, "historik/")))
    assert client.get(at(case, f"datum/{period.pk}/forlang/")).status_code == 404, "no longer the last"
    longer = periods.current(case)[0]
    page = client.post(at(case, f"datum/{longer.pk}/avsluta/"), {
        "reason": "mistake", "ended_on": "", "words": "Fel ärende"})  # fmt: skip
    assert page["Location"] == at(case, "datum/")
    assert "dagar kvar" not in text_of(client.get(at(case)))


def test_only_who_may_read_proceedings_is_told(case: Any, karin: Any) -> None:
    granted(case, karin)
    both = ("situation", "proceedings")
    told = browser(in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, categories=both))
    untold = browser(in_case(case, karin))
    for page in ("", "datum/"):
        assert WORDS in text_of(told.get(at(case, page)))
        assert "etänketid" not in text_of(untold.get(at(case, page))), page
    assert "etänketid" not in text_of(untold.get(at(case, "historik/")))
    for client in (told, untold):
        assert client.get(at(case, "datum/period/")).status_code == 403
    assert AuditEvent.objects.using("audit").filter(verb="case.time", outcome="refused").exists()


def test_my_work_counts_down_for_who_handles_the_case(case: Any, karin: Any, on_duty: Any) -> None:
    granted(case, karin)
    other = on_duty("mitt", "Per Ek")
    assert WORDS in text_of(browser(karin).get("/arbete/"))
    assert WORDS not in text_of(browser(other).get("/arbete/"))


def test_a_closed_case_is_read_and_not_changed(case: Any, karin: Any) -> None:
    period = granted(case, karin)
    casework.close(case_id=case.pk, outcome=Outcome.SUPPORT_COMPLETED, by=karin)
    client = browser(karin)
    words = text_of(client.get(at(case, "datum/")))
    assert "Migrationsverket 1-23" in words and "Notera en period" not in words
    said = {"ends_on": "2027-01-10", "source": "x"}
    assert client.post(at(case, f"datum/{period.pk}/forlang/"), said)["Location"] == at(case, "datum/")
    assert "Avslutat" in text_of(client.get(at(case, "datum/")))
    assert "dagar kvar" not in text_of(client.get(at(case))), "nothing counts down in a closed case"


def test_a_date_is_corrected_and_withdrawn(case: Any, karin: Any) -> None:
    client = browser(karin)
    for day in ("2026-11-20", "2026-11-19"):
        said = {"kind": "police_informed", "day": day, "hour": "", "source": "Samtal"}
        client.post(at(case, "datum/"), said)
    words = text_of(client.get(at(case, "datum/")))
    assert "2026-11-20" in words and "2026-11-19" in words and "Ersatt eller tillbakatagen" in words
    form = client.get(at(case, "datum/?ratta=police_informed")).content.decode()
    assert '<option value="police_informed" selected>' in form
    client.post(at(case, "datum/police_informed/ta-tillbaka/"))
    assert dates.current(case, Milestone.POLICE_INFORMED) is None
    history = text_of(client.get(at(case, "historik/")))
    assert "Från 20 november 2026 till 19 november 2026" in history and "Det var 19 november 2026" in history
    assert client.post(at(case, "datum/reflection_expires/ta-tillbaka/")).status_code == 404
    assert 'value="reflection_expires"' not in form, "its period says it"


def test_a_clock_is_stopped_on_the_step(case: Any, karin: Any, freeze: Any) -> None:
    client, step = browser(karin), case.steps.get(key="ident.rc.assess")
    url = at(case, f"checklista/{step.pk}/")
    bad = client.post(f"{url}stoppa/", {"stop-version": step.version, "stop-reason": "interpreter",
                                        "stop-text": ""})  # fmt: skip
    assert bad.status_code == 422 and not ClockStop.objects.exists()
    client.post(f"{url}stoppa/", {"stop-version": step.version, "stop-reason": "interpreter",
                                  "stop-text": "Tolken är sjuk."})  # fmt: skip
    words = text_of(client.get(url))
    assert "Klockan står stilla" in words and "Tolken är sjuk." in words and "Karin Holm" in words
    assert "Klockor som står stilla" in text_of(client.get(at(case, "datum/")))
    freeze("2026-11-24 09:00")
    step.refresh_from_db()
    client = browser(karin)
    client.post(f"{url}fortsatt/", {"version": step.version})
    assert "Klockan står stilla" not in text_of(client.get(url))
    assert not ClockStop.objects.filter(resumed_at=None).exists()


def test_why_a_clock_cannot_be_stopped_is_said(case: Any, karin: Any) -> None:
    granted(case, karin)
    step = case.steps.get(key="init.rc.reflection_decision")
    words = text_of(browser(karin).get(at(case, f"checklista/{step.pk}/")))
    assert "räknar ner till en dag som kommer ändå" in words


def test_what_was_written_is_for_the_house_and_the_desk(case: Any, karin: Any) -> None:
    police = in_case(case, karin, categories=("situation", "proceedings"))
    both = ("situation", "proceedings")
    care = browser(in_case(case, karin, AgencyKind.SOCIAL_SERVICES_ADULT, categories=both))
    step = next(s for s in case.steps.filter(agency=police.agency, status="open").select_related("template")
                if not stops.why_not(s, case))  # fmt: skip
    stops.stop(step_id=step.pk, reason=BlockedOn.OTHER, text="Hemligt skäl", by=police)
    page = care.get(at(case, f"checklista/{step.pk}/"))
    assert page.status_code == 200 and "Klockan står stilla" in text_of(page)
    assert "Hemligt skäl" not in text_of(page)


def test_many_periods_cost_what_one_does(case: Any, karin: Any) -> None:
    granted(case, karin)
    client = browser(karin)
    one = queries(client, at(case, "datum/"))
    for month in range(1, 12):
        current = periods.current(case)[0]
        periods.extend(period_id=current.pk, ends_on=date(2027, month, 20), source="Beslut", by=karin)
    assert queries(client, at(case, "datum/")) == one
    assert clock.today() == date(2026, 11, 22)
