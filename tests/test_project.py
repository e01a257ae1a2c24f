"""The project as a whole: the database roles, the settings table, the tools."""

from __future__ import annotations

import ast
import re
import threading
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import yaml
from django.core.checks import CheckMessage
from django.db import ProgrammingError, connection
from launcher.postgres import RIGHTS_SQL

from nrm_portal import checks

if TYPE_CHECKING:
    from tests.conftest import CommittedDatabase

BASE = Path(__file__).resolve().parent.parent


@pytest.mark.django_db
def test_tests_run_as_the_role_that_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("nrm_app", False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_serving_role_cannot_change_the_schema() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("CREATE TABLE intruder (id int)")


def test_committed_rows_are_seen_by_another_thread(committed_db: CommittedDatabase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (committed_db.name,)
    seen: list[object] = []

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database()")
            seen.append(cursor.fetchone())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [(committed_db.name,)]


# --- what is written twice says the same ------------------------------------------------------------------


def settings_read() -> set[str]:
    """The variables nrm_portal/settings.py reads."""
    source = (BASE / "nrm_portal/settings.py").read_text()
    return set(re.findall(r'(?:\benv(?:\.\w+)?|_required)\(\s*"([A-Z_]+)"', source))


def test_readme_lists_every_setting() -> None:
    table = (BASE / "README.md").read_text().split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.M)) == settings_read()


def test_compose_sets_only_what_the_settings_read() -> None:
    services = yaml.safe_load((BASE / "docker-compose.yml").read_text())["services"]
    ours = {name: service for name, service in services.items() if service.get("image") == "nrm-portal"}
    assert set(ours) == {"prepare", "web", "worker", "worker-pdf", "beat"}
    for name, service in ours.items():
        given = {variable.removesuffix("_FILE") for variable in service["environment"]}
        assert given <= settings_read(), name
        assert {"SECRET_KEY", "NRM_KEYRING", "DATABASE_URL", "REDIS_URL", "SITE_URL", "EMAIL_URL"} <= given
        # Only the one that migrates may be the owner of the tables.
        assert ("DATABASE_OWNER_URL" in given) == (name == "prepare")
        assert ("database_owner_url" in service["secrets"]) == (name == "prepare")


def test_compose_makes_every_secret_it_names() -> None:
    compose = yaml.safe_load((BASE / "docker-compose.yml").read_text())
    made = set(re.findall(r'keep_or_make\("(\w+)"', (BASE / "deploy/make_secrets.py").read_text()))
    assert set(compose["secrets"]) == made
    for name, secret in compose["secrets"].items():
        assert secret["file"] == f"./secrets/{name}"
        assert "/secrets/" in (BASE / ".gitignore").read_text()


def test_own_server_gets_the_same_rights_as_the_embedded_one() -> None:
    def words(sql: str) -> str:
        return " ".join(sql.split())

    assert words(RIGHTS_SQL) in words((BASE / "deploy/roles.sql").read_text())


def test_requirements_name_no_registry() -> None:
    for path in (BASE / "requirements").glob("*.txt"):
        assert "http" not in path.read_text(), path


def test_locked_packages_are_those_of_pyproject() -> None:
    project = tomllib.loads((BASE / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {
        "run": project["dependencies"],
        "embedded": project["dependencies"] + extras["embedded"],
        "test": project["dependencies"] + extras["embedded"] + extras["test"],
    }
    for name, requirements in wanted.items():
        locked = set(re.findall(r"^([a-z0-9-]+)==", (BASE / f"requirements/{name}.txt").read_text(), re.M))
        names = {re.split(r"[\[<>=~]", requirement)[0].lower() for requirement in requirements}
        assert names <= locked, name


# --- sizes ------------------------------------------------------------------------------------------------

PACKAGES = (
    "core",
    "accounts",
    "coordinators",
    "manual",
    "cases",
    "hotline",
    "nrm_portal",
    "bin",
    "tests",
    "deploy",
)


def python_files() -> list[Path]:
    found = [path for package in PACKAGES for path in (BASE / package).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


def test_files_are_short() -> None:
    limits = [(path, 400) for path in python_files()]
    limits += [(path, 150) for path in (BASE / "templates").rglob("*.html")]
    long = {
        str(path.relative_to(BASE)): lines
        for path, limit in limits
        if (lines := len(path.read_text().splitlines())) > limit
    }
    assert long == {}


def test_functions_are_short() -> None:
    long = {}
    for path in (path for path in python_files() if "tests" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.body[0].lineno + 1
                if lines > (25 if "views" in path.parts or path.name == "views.py" else 40):
                    long[f"{path.relative_to(BASE)}:{node.name}"] = lines
    assert long == {}


def test_no_module_is_called_utils_or_helpers() -> None:
    assert [path for path in python_files() if path.stem in ("utils", "helpers", "misc", "common")] == []


# --- system checks ----------------------------------------------------------------------------------------


def ids(messages: Iterable[CheckMessage]) -> set[str | None]:
    return {message.id for message in messages}


def test_demo_is_refused_on_https(settings: Any) -> None:
    settings.DEMO, settings.SECURE = True, True
    assert ids(checks.demo_is_not_production(None)) == {"portal.E002"}
    settings.DEMO = False
    assert ids(checks.demo_is_not_production(None)) == set()


@pytest.mark.parametrize("ring", ["", "1:c2hvcnQ=", "nonsense"])
def test_unusable_key_ring_is_refused_with_advice(settings: Any, ring: str) -> None:
    settings.NRM_KEYRING = ring
    (error,) = checks.key_ring(None)
    assert error.id == "portal.E001"
    assert "NRM_KEYRING" in str(error.hint)


def test_site_address_must_be_answered_for(settings: Any) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://nrm.example.se", ["other.example.se"]
    assert ids(checks.site_address(None)) == {"portal.E004"}
    settings.ALLOWED_HOSTS = [".example.se"]
    assert ids(checks.site_address(None)) == set()
    settings.SITE_URL = "nrm.example.se"
    assert ids(checks.site_address(None)) == {"portal.E003"}


def test_portal_of_the_tests_is_not_fit_for_production() -> None:
    found = ids(checks.production(None))
    assert {"portal.E010", "portal.E012", "portal.E014", "portal.E016", "portal.E017"} <= found


def test_clock_names_only_tasks_that_exist() -> None:
    assert [message.msg for message in checks.schedule(None)] == []


@pytest.mark.django_db
def test_serving_role_passes_and_a_mighty_one_does_not() -> None:
    assert ids(checks.database_role(None, databases=["default"])) == set()
    assert ids(checks.data_keys_open(None, databases=["default"])) == set()


def test_role_that_owns_tables_is_refused(committed_db: CommittedDatabase) -> None:
    with psycopg.connect(committed_db.superuser, autocommit=True) as link:
        link.execute("ALTER TABLE core_jobrun OWNER TO nrm_app")
    assert ids(checks.database_role(None, databases=["default"])) == {"portal.E032"}
