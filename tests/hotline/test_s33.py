"""S33: an adult has said no. What is kept of the call is what the statistics need, and the advice given."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from coordinators.services import load_reference
from hotline.forms import CallForm
from hotline.models import Call
from tests.factories import sign_in
from tests.hotline.phone import ORDINARY, log, value
from tests.hotline.ringing import answered, operator

pytestmark = pytest.mark.django_db


def test_only_what_points_nobody_out_can_be_kept(db: None) -> None:
    load_reference()
    by = operator()
    row = answered(
        by, sex="woman", citizenship_group="eu", forms=["sexual"], county_id="25", child="no",
        topics=["consent"], advice_words="Berätta om rätten att ändra sig och om stödlinjen",
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.sex, row.citizenship_group, row.forms, row.county_id) == ("woman", "eu", ["sexual"], "25")
    assert row.advice_words == "Berätta om rätten att ändra sig och om stödlinjen"
    for words in ("Hon heter Rodica", "Kvinnan Rodica Munteanu säger nej", "Hon är född 940817"):
        with pytest.raises(ValidationError):
            answered(by, advice_words=words)
    assert Call.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM hotline_call c")
        assert "stödlinjen" not in cursor.fetchone()[0], "the advice is sealed"


def test_an_adult_who_said_no_leaves_a_county_and_the_advice(db: None) -> None:
    load_reference()
    by = operator()
    row = answered(by, municipality_id="1480", county_id="14", summary="Hon sover hos Zetterqvist.",
                   advice_words="Berätta om stödlinjen", sex="woman", declined=True)  # fmt: skip
    assert (row.municipality_id, row.county_id, row.summary) == (None, "14", None)
    assert (row.declined, row.sex, row.advice_words) == (True, "woman", "Berätta om stödlinjen")
    page = sign_in(Client(), by).get(f"/samtal/{row.pk}/").content.decode()
    assert "Göteborg" not in page


def test_it_is_ticked_on_the_page_and_what_was_saved_before_goes(browser: Client) -> None:
    log(browser, button="keep")
    row = Call.objects.get()
    assert row.municipality_id == "0880" and row.summary
    page = browser.get(f"/samtal/{row.pk}/").content.decode()
    sent = {name: value(page, name) for name in ("call", "version", "view")} | ORDINARY
    browser.post(f"/samtal/{row.pk}/", sent | {"declined": "on", "end": "1"})
    row.refresh_from_db()
    assert row.declined and row.county_id == "08"
    assert not row.municipality_id and not row.summary
    assert not row.is_open and row.forms == ["domestic_servitude"]


def test_the_page_has_no_field_for_who_she_is(db: None) -> None:
    assert set(CallForm.base_fields) == {
        "started", "danger", "profession", "agency_kind", "anonymous", "place", "about", "child", "topics",
        "declined", "forms", "sex", "citizenship_group", "summary", "advice_words", "referred_to",
        "follow_up_on",
    }  # fmt: skip
    page = sign_in(Client(), operator()).get("/samtal/nytt/").content.decode()
    form = page[page.index('id="call-form"') : page.index("</form>", page.index('id="call-form"'))]
    assert form.count('type="text"') == 2, "the day to follow up and the time it began"
    assert form.count("<textarea") == 2
