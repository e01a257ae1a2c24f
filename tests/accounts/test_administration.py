"""The pages of administration: who reaches what, bad input, paging, query counts."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import Agency, Membership, User
from tests.factories import AgencyFactory, MembershipFactory, UserFactory, member, sign_in

pytestmark = pytest.mark.django_db
BASE = "/admin-sidor/"
PEOPLE, AGENCIES = f"{BASE}anvandare/", f"{BASE}aktorer/"


@pytest.mark.parametrize("role", [r for r in Role.values if r != "administrator"])
def test_wrong_role_is_refused(client: Client, role: str) -> None:
    target = member()
    sign_in(client, member(role))
    for path in (
        PEOPLE,
        f"{PEOPLE}ny/",
        f"{PEOPLE}{target.user_id}/",
        f"{PEOPLE}{target.user_id}/uppdrag/",
        f"{BASE}uppdrag/{target.membership_id}/",
        AGENCIES,
        f"{AGENCIES}ny/",
        f"{AGENCIES}{target.agency_id}/",
    ):
        assert client.get(path).status_code == 403, path
    assert client.post(f"{PEOPLE}{target.user_id}/stang/").status_code == 403
    assert client.post(f"{BASE}uppdrag/{target.membership_id}/avsluta/").status_code == 403
    assert client.get(BASE).status_code == (200 if role == "national_coordinator" else 403)


def test_nobody_signed_in_is_sent_to_sign_in(client: Client) -> None:
    for path in (BASE, PEOPLE, AGENCIES):
        assert client.get(path)["Location"].startswith("/logga-in/")


def test_administrator_of_an_agency_sees_its_people_only(client: Client) -> None:
    local = member("administrator", agency=AgencyFactory.create())
    colleague, stranger = member(agency=local.agency), member()
    sign_in(client, local)
    html = client.get(PEOPLE).content.decode()
    assert colleague.user.name in html and stranger.user.name not in html
    assert str(stranger.user_id) not in client.post(PEOPLE, {"q": stranger.user.name}).content.decode()
    assert client.get(f"{PEOPLE}{colleague.user_id}/").status_code == 200
    for path in (f"{PEOPLE}{stranger.user_id}/", f"{PEOPLE}{stranger.user_id}/uppdrag/"):
        assert client.get(path).status_code == 404
    assert client.get(f"{BASE}uppdrag/{stranger.membership_id}/").status_code == 404
    assert client.post(f"{PEOPLE}{stranger.user_id}/stang/").status_code == 404
    assert client.get(AGENCIES).status_code == 403
    assert client.get(BASE).status_code == 200


def test_every_page_works_for_the_portals_administrator(client: Client) -> None:
    target = member()
    sign_in(client, member("administrator"))
    for path in (
        BASE,
        PEOPLE,
        f"{PEOPLE}ny/",
        f"{PEOPLE}{target.user_id}/",
        f"{PEOPLE}{target.user_id}/uppdrag/",
        f"{BASE}uppdrag/{target.membership_id}/",
        AGENCIES,
        f"{AGENCIES}ny/",
        f"{AGENCIES}{target.agency_id}/",
    ):
        response = client.get(path)
        assert response.status_code == 200, path
        html = response.content.decode()
        assert html.count("<h1") == 1, path
        assert target.user.name not in html.split("</title>")[0], path


@pytest.mark.parametrize("path", [PEOPLE, AGENCIES])
def test_same_queries_for_one_row_and_thirty(client: Client, path: str) -> None:
    sign_in(client, member("administrator"))
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for _ in range(29):
        MembershipFactory.create()
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(few) == len(many)


def test_lists_page_by_name_both_ways(client: Client) -> None:
    sign_in(client, member("administrator", user=UserFactory.create(name="AAA")))
    for number in range(70):
        UserFactory.create(name=f"Person {number:03}")
    seen, path = [], PEOPLE
    for _ in range(3):
        page = client.get(path).context["page"]
        seen += [person.name for person in page.rows]
        path = f"{PEOPLE}?efter={page.after}"
    assert seen == ["AAA", *(f"Person {number:03}" for number in range(70))]
    assert page.after is None
    back = client.get(f"{PEOPLE}?fore={page.rows[0].pk}").context["page"]
    assert back.rows[-1].name == "Person 058" and back.before and back.after
    assert client.get(f"{PEOPLE}?efter=nonsense").status_code == 200
    assert client.get(f"{PEOPLE}?fore={'0' * 36}").status_code == 200


def test_search_leaves_no_name_in_an_address(client: Client) -> None:
    sign_in(client, member("administrator"))
    found = UserFactory.create(name="Åsa Öberg")
    html = client.post(PEOPLE, {"q": "åsa"}).content.decode()
    assert f"{PEOPLE}{found.pk}/" in html
    assert "?q=" not in html
    assert client.post(PEOPLE, {"q": "%"}).status_code == 200


def test_invitation_from_the_page(client: Client) -> None:
    admin = member("administrator")
    sign_in(client, admin)
    body = {"email": "ny@kommun.example", "name": "Ny", "agency": admin.agency_id, "role": "caseworker"}
    for wrong in (
        {},
        body | {"valid_from": "i morgon"},
        body | {"valid_from": "2026-03-02", "role": "king"},
        body | {"valid_from": "2026-03-02", "valid_until": "2026-03-01"},
        body | {"valid_from": "2026-03-02", "agency": "x"},
    ):
        response = client.post(f"{PEOPLE}ny/", wrong)
        assert response.status_code == 200
        assert "error-summary" in response.content.decode()
    response = client.post(f"{PEOPLE}ny/", body | {"valid_from": "20260302"})
    assert response["Location"] == f"{PEOPLE}{User.objects.get(email='ny@kommun.example').pk}/"


def test_deeds_from_the_page(client: Client) -> None:
    target = member()
    sign_in(client, member("administrator"))
    page = f"{PEOPLE}{target.user_id}/"
    for deed in ("logga-ut", "stang", "oppna", "nollstall", "bjud-in"):
        assert client.post(f"{page}{deed}/")["Location"] == page
        assert client.get(page).status_code == 200
    assert client.post(f"{page}gor-till-kung/").status_code == 404
    assert client.get(f"{page}stang/").status_code == 405


def test_membership_from_the_page(client: Client) -> None:
    target, other = member(), AgencyFactory.create()
    sign_in(client, member("administrator"))
    new = {"agency": other.pk, "role": "caseworker", "valid_from": "2026-01-01"}
    assert client.post(f"{PEOPLE}{target.user_id}/uppdrag/", new).status_code == 302
    assert client.post(f"{PEOPLE}{target.user_id}/uppdrag/", new).status_code == 200
    page = f"{BASE}uppdrag/{target.membership_id}/"
    body = {"role": "caseworker", "is_manager": "on", "valid_from": "2020-01-01", "version": 1}
    assert client.post(page, body).status_code == 302
    assert Membership.objects.get(pk=target.membership_id).is_manager
    assert client.post(page, body).status_code == 409
    assert client.post(page, body | {"version": 2, "role": "auditor"}).status_code == 200
    assert client.post(f"{page}avsluta/").status_code == 302
    assert Membership.objects.get(pk=target.membership_id).ended_at is not None


def test_agency_from_the_page(client: Client) -> None:
    sign_in(client, member("administrator"))
    body = {
        "name": "Socialtjänsten Ale",
        "kind": "social_services_adult",
        "municipality_code": "1440",
        "active": "on",
    }
    assert client.post(f"{AGENCIES}ny/", body | {"municipality_code": "14"}).status_code == 200
    assert client.post(f"{AGENCIES}ny/", body | {"mailbox": "x"}).status_code == 200
    assert client.post(f"{AGENCIES}ny/", body).status_code == 302
    assert client.post(f"{AGENCIES}ny/", body).status_code == 200
    agency = Agency.objects.get(name="Socialtjänsten Ale")
    page = f"{AGENCIES}{agency.pk}/"
    assert client.post(page, body | {"is_placeholder": "on", "version": 1}).status_code == 302
    assert client.post(page, body | {"version": 1}).status_code == 409
    html = client.get(f"{AGENCIES}?q=ale&slag=social_services_adult").content.decode()
    assert "Socialtjänsten Ale" in html
    assert client.get(f"{AGENCIES}?slag=nonsense").status_code == 200
