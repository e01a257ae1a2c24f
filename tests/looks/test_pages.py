"""The shell and the pages open to everyone: language, titles, errors, nothing stored, the way out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.enums import Role
from core.errors import StaleVersion, TransitionNotAllowed
from nrm_portal import context
from nrm_portal.middleware import PrivatePages, page_above
from tests.factories import member, sign_in

pytestmark = pytest.mark.django_db
OPEN = ("about", "victims", "traces", "accessibility", "privacy", "gallery")
NUMBERS = {"112", "11414", "+4620390000", "116016"}


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("name", OPEN)
def test_open_page_works_in_both_languages(client: Client, name: str, language: str) -> None:
    client.cookies["language"] = language
    response = client.get(reverse(name))
    html = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{language}"' in html
    assert html.count("<h1") == 1
    assert re.search(r"<title>[^<]+ – NRM-portalen</title>", html)
    assert "session" not in response.cookies


@pytest.mark.parametrize("name", OPEN)
def test_only_known_phone_numbers(client: Client, name: str) -> None:
    html = client.get(reverse(name)).content.decode()
    assert set(re.findall(r'href="tel:([^"]+)"', html)) <= NUMBERS


def test_language_is_remembered_in_a_cookie_and_on_the_account(client: Client) -> None:
    client.post(reverse("language"), {"language": "en", "next": "/om-portalen/"})
    assert b'<html lang="en"' in client.get(reverse("about")).content
    by = member(Role.CASEWORKER)
    sign_in(client, by)
    client.post(reverse("language"), {"language": "en"})
    by.user.refresh_from_db()
    assert by.user.language == "en"


def test_language_never_leads_away(client: Client) -> None:
    away = client.post(reverse("language"), {"language": "en", "next": "https://evil.example/"})
    assert away.headers["Location"] == reverse("home")
    assert client.post(reverse("language"), {"language": "xx"}).status_code == 404


def test_quick_exit_leads_to_a_neutral_site_and_clears(client: Client) -> None:
    response = client.get(reverse("quick-exit"))
    assert response.headers["Location"].startswith("https://www.smhi.se")
    assert "storage" in response.headers["Clear-Site-Data"]


def test_missing_page_has_words_and_a_phone(client: Client) -> None:
    response = client.get("/finns-inte/")
    assert response.status_code == 404
    assert b"020-39 00 00" in response.content


def test_form_without_token_is_explained() -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("language"), {"language": "en"})
    assert response.status_code == 403
    assert b"020-39 00 00" in response.content


def test_server_error_needs_nothing(django_assert_num_queries: Any, rf: RequestFactory) -> None:
    from nrm_portal.views import server_error

    with django_assert_num_queries(0):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"112" in response.content


def test_health(client: Client) -> None:
    assert client.get("/health/live/").content == b"ok"
    assert client.get("/health/ready/").json() == {"database": True}


def test_signed_in_pages_are_not_stored(client: Client) -> None:
    sign_in(client, member(Role.CASEWORKER))
    response = client.get(reverse("about"))
    assert response.headers["Cache-Control"] == "no-store, private"
    assert b"htmx" in response.content
    assert client.post(reverse("keep-alive")).status_code == 204


def test_nobody_is_kept_alive_who_is_not_signed_in(client: Client) -> None:
    assert client.post(reverse("keep-alive")).status_code == 302


@pytest.mark.parametrize("role", list(Role))
def test_menu_and_home_lead_to_pages_that_exist(client: Client, role: Role) -> None:
    by = member(role)
    sign_in(client, by)
    for item in context.menu(by.role, "/"):
        assert context.exists(item["path"])
    home = client.get(reverse("home"))
    assert home.status_code == 302
    assert context.exists(home.headers["Location"])


def test_person_name_is_in_the_menu_and_never_in_the_title(client: Client) -> None:
    by = member(Role.CASEWORKER)
    sign_in(client, by)
    html = client.get(reverse("about")).content.decode()
    assert by.user.name in html
    assert by.user.name not in html.split("</title>")[0]


# --- stale pages ------------------------------------------------------------------------------------------
def refused(request: HttpRequest, error: Exception) -> Any:
    def nothing(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    return PrivatePages(nothing).process_exception(request, error)


def test_stale_act_goes_back_to_the_page_above_with_a_message(client: Client, rf: RequestFactory) -> None:
    request = rf.post("/om-portalen/ta-emot/")
    request._messages = []  # type: ignore[attr-defined]

    class Store(list[Any]):
        def add(self, *args: Any) -> None:
            self.append(args)

    store = request._messages = Store()  # type: ignore[attr-defined]
    response = refused(request, TransitionNotAllowed("Someone was faster"))
    assert response.headers["Location"] == "/om-portalen/"
    assert "Someone was faster" in str(store)


def test_stale_act_by_script_answers_with_the_words(rf: RequestFactory) -> None:
    response = refused(
        rf.post("/x/", headers={"HX-Request": "true"}), TransitionNotAllowed("Someone was faster")
    )
    assert response.status_code == 409
    assert b"Someone was faster" in response.content


def test_stale_version_is_a_conflict_page(rf: RequestFactory) -> None:
    from django.contrib.auth.models import AnonymousUser

    request = rf.post("/x/")
    request.user = AnonymousUser()
    request.session = {}  # type: ignore[assignment]
    assert refused(request, StaleVersion(object())).status_code == 409


def test_other_errors_surface(rf: RequestFactory) -> None:
    assert refused(rf.post("/x/"), ValueError()) is None


@pytest.mark.parametrize(
    ("path", "wanted", "above"),
    [
        ("/om-portalen/x/y/", "", "/om-portalen/"),
        ("/x/", "/ui/", "/ui/"),
        ("/x/", "https://evil.example/", "/"),
    ],
)
def test_page_above(rf: RequestFactory, path: str, wanted: str, above: str) -> None:
    assert page_above(rf.post(path, {"next": wanted})) == above
