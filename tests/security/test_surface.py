"""Headers, hosts, bodies and addresses: what holds for every answer, whatever is sent."""

from __future__ import annotations

import logging
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from cases.models import Referral
from tests.security.test_canaries import DECIDE, READ
from tests.security.world import World

pytestmark = pytest.mark.xdist_group("canaries")

POLICY: Final = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'",
    "frame-ancestors 'none'",
}  # fmt: skip
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NASTY: Final = (
    "\0", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "%", "_%_", "'", '"><b>', "\u202e",
    "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "1~9999-12-31T23:59:59-23:59~" + "0" * 32,
    "99~~" + "0" * 32, "-9~0001-01-01T00:00:00+14:00~" + "f" * 32, "9999-12-31T23:59:59-23:59_" + "0" * 32,
    "-1", "10000000000000", "a" * 100_000, "(" * 3000, "a!" * 5000,
)  # fmt: skip


def _check(response: Any) -> None:
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY, response.status_code
    for name, value in HEADERS.items():
        assert response[name] == value, (response.status_code, name)


@pytest.mark.security("S34", "the policy of every kind of answer: pages, refusals, faults, files")
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/logga-in/", 200),
        ("/finns-inte/", 404),
        ("/arbete/", 302),
        ("/health/live/", 200),
        ("/static/css/app.css", 200),
        ("/static/../../../etc/passwd", 404),
        ("/lamna-sidan/", 302),
    ],
)
def test_headers_of_open_answers(url: str, status: int, world: World) -> None:
    response = Client().get(url)
    assert response.status_code == status
    _check(response)
    if not url.startswith("/static/"):
        assert response.get("X-Frame-Options") == "DENY"


@pytest.mark.security("S34", "the policy of 400, 403 and 500")
def test_headers_of_refusals_and_faults(world: World, monkeypatch: Any) -> None:
    client = world.browser("Rc")
    _check(client.get(reverse("accounts:people")))  # 403
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/logga-in/", {"login": "a@b.example", "password": "x"})
    assert answer.status_code == 403
    _check(answer)
    answer = Client().get("/logga-in/", HTTP_HOST="evil.example")
    assert answer.status_code == 400 and "evil.example" not in answer.content.decode()
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY

    def broken(*args: Any, **kwargs: Any) -> None:
        secret = "QZLOCALSECRET"
        raise RuntimeError(secret)

    monkeypatch.setattr("cases.views.case.head", broken)
    quiet = world.browser("Rc")
    quiet.raise_request_exception = False
    logging.disable(logging.CRITICAL)
    answer = quiet.get(reverse("cases:dates", args=[world.case.pk]))
    assert answer.status_code == 500 and "QZLOCALSECRET" not in answer.content.decode()
    _check(answer)


@pytest.mark.security("S37", "forged hosts and forwarded hosts")
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80@evil.example", "", "x y"]
)
def test_a_forged_host_is_refused(host: str, world: World) -> None:
    assert Client().get("/logga-in/", HTTP_HOST=host or "\t").status_code == 400
    lain = Client().get("/logga-in/", SCRIPT_NAME="//evil.example")
    assert "evil" not in lain.content.decode()
    answer = Client().get("/arbete/", HTTP_X_FORWARDED_HOST="evil.example")
    assert "evil" not in answer["Location"]


@pytest.mark.security("S36", "pages, missing pages and cases of four people")
@pytest.mark.parametrize("who", ["Rc", "Rf", "Po", "Au"])
def test_private_pages_are_never_stored(who: str, world: World) -> None:
    for url in ("/arbete/", "/finns-inte/", reverse("cases:case", args=[world.case.pk]), "/manual/"):
        assert world.browser(who).get(url)["Cache-Control"] == "no-store, private", url


@pytest.mark.security("S36", "the back button after signing out")
def test_signing_out_leaves_nothing(world: World) -> None:
    client = world.browser("Rc")
    answer = client.post("/logga-ut/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    again = client.get(reverse("cases:case", args=[world.case.pk]))
    assert again.status_code == 302 and again["Location"].startswith("/logga-in/")


EVIL: Final = (
    "//evil.example", "https://evil.example/", "https:evil.example", "/\\evil.example", "\\\\evil.example",
    "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b", "\x00//evil.example", " //evil.example",
    "/\t/evil.example", "//127.0.0.1@evil.example",
)  # fmt: skip


@pytest.mark.security("S38", "eleven ways to write another address, at five doors")
@pytest.mark.parametrize("evil", EVIL)
def test_nobody_is_sent_elsewhere(evil: str, world: World) -> None:
    client = world.browser("Rc")
    step = world.case.steps.filter(desk=world.case.desk, ended_at__isnull=True).order_by("key").first()
    assert step is not None
    answers = [
        client.post("/sprak/", {"language": "sv", "next": evil}),
        client.post("/valj-uppdrag/", {"membership": str(world.people["Rc"].membership_id), "next": evil}),
        client.post(
            reverse("cases:step-start", args=[world.case.pk, step.pk]) + "?nasta=" + _quoted(evil), {}
        ),
        client.post("/las/", {"next": evil}),
        Client().get("/logga-in/?next=" + _quoted(evil)),
    ]
    for answer in answers:
        place = answer.get("Location", "")
        assert "evil" not in place.split("?")[0] or place.startswith("/%"), place
        assert "\r" not in place and "\n" not in place
        assert 'href="//evil' not in answer.content.decode()
        assert 'href="javascript' not in answer.content.decode()


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


PARAMETERS: Final = {
    "/inkorg/": ("vy", "efter", "fore", "vald", "q", "agency", "since", "until", "status", "county", "form"),
    "/inkorg/nya/": ("sedan",),
    "/arenden/": ("q", "visa", "efter", "fore"),
    "/hanvisningar/": ("fore", "efter"),
    "/aviseringar/": ("typ", "sida"),
    "/manual/sok/": ("q", "utgava", "arende"),
    "/manual/2/2-3/": ("aktor", "utgava", "arende"),
    "/statistik/": ("ar",),
    "/statistik/vyer/ny/": ("period", "jamfor", "matt", "enhet", "kort", "visar"),
    "/hanvisning/ny/": ("ovning", "till"),
    "/admin-sidor/anvandare/": ("efter", "fore"),
    "/admin-sidor/aktorer/": ("q", "slag", "efter", "fore"),
    "/admin-sidor/regioner/prova/": ("municipality", "county", "age", "on"),
}


@pytest.mark.security("S41", "odd values in every parameter of every list and search")
@pytest.mark.parametrize("url", PARAMETERS)
def test_no_address_breaks(url: str, world: World) -> None:
    clients = (world.browser(who) for who in ("Rc", "Rf", "Ad"))
    for client in [one for one in clients if one.get(url).status_code != 403][:1]:
        for name in PARAMETERS[url]:
            for value in NASTY:
                answer = client.get(url, {name: value[:8000]})
                assert answer.status_code < 500, (name, value[:40])


@pytest.mark.security("S41", "odd and enormous texts at nine doors, signed in and out")
def test_no_text_breaks_a_form(world: World) -> None:
    case, rc, rf = world.case.pk, world.browser("Rc"), world.browser("Rf")
    referral = Referral.objects.get(case=case)
    forms = [
        (rc, reverse("cases:note-add", args=[case]), "note-text"),
        (rc, reverse("cases:message-send", args=[case]), "text"),
        (rc, reverse("cases:identity", args=[case]), "reason"),
        (rc, "/sok/", "q"),
        (rf, reverse("cases:referral-supplement", args=[referral.pk]), "text"),
        (rf, reverse("cases:referral-reply", args=[referral.pk]), "reply-text"),
        (rf, "/hanvisning/ny/", "immediate_danger"),
        (world.browser("Ad"), "/admin-sidor/anvandare/", "q"),
        (Client(), "/logga-in/", "login"),
    ]
    for client, url, name in forms:
        for value in (*NASTY, "x" * 1_000_000):
            answer = client.post(url, {name: value, "password": "x"})
            assert answer.status_code < 500, (url, value[:40])


@pytest.mark.security("S41", "bodies and forms larger than any page has")
def test_a_body_too_large_is_refused_and_no_file_is_kept(world: World, settings: Settings) -> None:
    client = world.browser("Rc")
    url = reverse("cases:note-add", args=[world.case.pk])
    small = SimpleUploadedFile("x.pdf", b"%PDF" + b"0" * 100_000)
    answer = client.post(url, {"note-text": "Anteckning", "file": small})
    assert answer.status_code == 302 and not answer.wsgi_request.FILES
    large = SimpleUploadedFile("x.bin", b"0" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 10))
    assert client.post(url, {"note-text": "Anteckning", "file": large}).status_code == 400
    assert client.post(url, {f"f{n}": "x" for n in range(3000)}).status_code == 400
    assert client.post(url, {"note-text": "x" * 6_000_000}).status_code in (400, 422)


QUIET: Final = {
    "core_auditevent", "django_session", "usersessions_usersession", "cases_notice", "cases_messagerecipient",
}  # fmt: skip
"""What looking may write: the audit, the session, and that something has been read."""


@pytest.mark.security("S31", "checksums of all tables around every page of a case")
def test_looking_changes_nothing(world: World) -> None:
    tables = [name for name in connection.introspection.table_names() if name not in QUIET]

    def sums() -> dict[str, Any]:
        found = {}
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'SELECT count(*), sum(hashtext(t::text)::bigint) FROM "{table}" t')
                found[table] = cursor.fetchone()
        return found

    before = sums()
    for who in ("Rc", "Rf", "Po", "In"):
        client = world.browser(who)
        for name in (*READ, *DECIDE, "wake", "reopen"):
            client.get(reverse(f"cases:{name}", args=[world.case.pk]))
        for url in (
            "/arbete/",
            "/inkorg/",
            "/hanvisningar/",
            "/hanvisning/ny/",
            "/aviseringar/",
            "/sok/",
            "/jobb/",
        ):
            client.get(url)
        for row in world.case.participations.all():
            client.get(reverse("cases:answer", args=[row.pk]))
    assert sums() == before


@pytest.mark.security("S10", "columns of a step and of an account beside their fields")
def test_mass_assignment_moves_nothing(world: World) -> None:
    """Every column of the row is posted beside the form's own fields."""
    case = world.case
    step = case.steps.filter(desk=case.desk, ended_at__isnull=True).order_by("key").first()
    assert step is not None
    extra = {
        "case": str(world.cases["talk"].pk), "agency": str(world.people["Po"].agency_id), "status": "done",
        "desk": "", "assignee": "", "is_protected": "", "data_key": "", "person": "", "id": "",
    }  # fmt: skip
    before = {
        name: getattr(step, name)
        for name in ("case_id", "agency_id", "desk_id", "template_id", "data_key_id")
    }
    world.browser("Rc").post(
        reverse("cases:step-save", args=[case.pk, step.pk]),
        extra | {"remark": "Nytt", "version": step.version},
    )
    step.refresh_from_db()
    assert {name: getattr(step, name) for name in before} == before and step.status != "done"
    user = world.people["Po"].user
    settings = {
        "name": "Nytt Namn", "language": "sv", "theme": "light", "density": "comfortable", "mail": "direct",
        "is_active": "", "is_superuser": "on", "email": "x@evil.example", "password": "x",
    }  # fmt: skip
    world.browser("Po").post("/installningar/", settings)
    fresh = type(user).objects.get(pk=user.pk)
    assert fresh.email == user.email and fresh.password == user.password and fresh.is_active


@pytest.mark.security("S04", "a step and a part of one case under another")
def test_sub_objects_belong_to_their_case(world: World) -> None:
    """A step, a part of one case asked for under another."""
    other = world.cases["talk"].pk
    step = world.case.steps.order_by("key").first()
    row = world.case.participations.filter(is_referrer=False).first()
    assert step is not None and row is not None
    client = world.browser("Rc")
    assert client.get(reverse("cases:step", args=[other, step.pk])).status_code == 404
    assert client.post(reverse("cases:step-done", args=[other, step.pk])).status_code == 404
    assert client.post(reverse("cases:end", args=[other, row.pk])).status_code == 404


@pytest.mark.security("S66", "check --deploy with the settings of an installation")
def test_production_settings_are_safe(world: World) -> None:
    """`check --deploy` with the settings of an https installation has nothing to say about the surface."""
    import os
    import subprocess
    import sys

    from django.conf import settings as now

    database = now.DATABASES["default"]
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    environment = inherited | {
        "SITE_URL": "https://nrm.example.se",
        "ALLOWED_HOSTS": "nrm.example.se",
        "SECRET_KEY": "k" * 30 + "0123456789abcdefghijklmnopqrstuv",
        "DEBUG": "0",
        "DEMO": "0",
        "TRUSTED_PROXY_COUNT": "1",
        "SECURITY_CONTACT": "mailto:security@nrm.example.se",
        "AUDIT_SEAL_DIR": "/mnt/seals",
        "EMAIL_URL": "smtp+tls://a:b@mail.example.se:587",
        "DEFAULT_FROM_EMAIL": "nrm@nrm.example.se",
        "DATABASE_OWNER_URL": "",
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"postgres://nrm_app@localhost/{database['NAME']}",
        "NRM_KEYRING": now.NRM_KEYRING,
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment, capture_output=True, text=True, cwd=now.BASE_DIR, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
