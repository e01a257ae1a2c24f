"""What the source promises: packages, secrets, ways of writing that cannot go wrong (S66, S32, S40)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from packaging.version import Version

from tests.access import asking

BASE: Final = Path(settings.BASE_DIR)
OURS: Final = ("core", "accounts", "coordinators", "manual", "cases", "hotline", "nrm_portal")
FLOORS: Final = {
    "django": "5.2.19",  # injection through keyword arguments, CVE-2025-64459 and its kin
    "weasyprint": "70.0",  # requests to other hosts and files, CVE-2025-68616, CVE-2026-49452, CVE-2026-55073
    "django-guardian": "3.5.2",
    "django-allauth": "65.21.1",
    "celery": "5.7.0",
    "django-csp": "4.0",
}
"""Below these there are known holes, or the behaviour our tests rest on is another."""


def sources(*folders: str) -> Iterator[tuple[Path, ast.AST]]:
    for folder in folders:
        for path in sorted((BASE / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ast.parse(path.read_text())


# --- packages -------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package of a lock file."""
    found = {}
    for part in re.split(r"^(?=[\w-])", (BASE / "requirements" / name).read_text(), flags=re.M):
        if match := re.match(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.!+-]+)", part):
            found[match[1].lower()] = (match[2], len(re.findall(r"--hash=sha256:[0-9a-f]{64}", part)))
    return found


@pytest.mark.security(
    "S66", "every package of every lock file: one version, its hashes, none below the floors"
)
def test_s66_packages_are_locked_by_hash_and_above_the_floors(tried: Callable[..., None]) -> None:
    for file in sorted((BASE / "requirements").glob("*.txt")):
        found = locked(file.name)
        assert found, file.name
        for name, (_version, hashes) in found.items():
            assert hashes, f"{file.name}: {name} has no hash"
        stray = [
            line
            for line in file.read_text().splitlines()
            if re.match(r"(-e|--index|--extra|--find|git\+|https?:|[\w.-]+ ?@)", line)
        ]
        assert not stray, f"{file.name}: {stray}"
        tried(len(found))
    run = locked("run.txt")
    for name, floor in FLOORS.items():
        assert Version(run[name][0]) >= Version(floor), name


@pytest.mark.security("S66", "each way to install asks for the hashes")
def test_s66_nothing_is_installed_without_hashes(tried: Callable[..., None]) -> None:
    installers = [
        BASE / "Dockerfile",
        *sorted((BASE / "bin").rglob("*")),
        *sorted((BASE / "deploy").rglob("*")),
    ]
    found = 0
    for path in installers:
        if not path.is_file() or path.suffix in (".pyc",):
            continue
        for line in path.read_text(errors="replace").splitlines():
            if re.search(r'pip["\s,]+install|"pip", "install"', line) and "import" not in line:
                assert "--require-hashes" in line, f"{path}: {line.strip()}"
                found += 1
    tried(found)
    assert found >= 2


# --- secrets and what runs ------------------------------------------------------------------------

SECRET: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abp]-\d{8}"
    r"|(?:SECRET_KEY|PASSWORD|TOKEN)\s*=\s*[\"'][A-Za-z0-9+/=_-]{24,}[\"']"
)
MADE_UP: Final = ("tests/", "bin/launcher/test.py")
"""Where keys of the tests stand."""


@pytest.mark.security("S66", "every file of the repository: keys, tokens, passwords")
def test_s66_no_secret_lies_in_the_repository(tried: Callable[..., None]) -> None:
    found = []
    kept = [BASE / name for name in (*OURS, "templates", "static", "bin", "deploy", "docs", "requirements")]
    files = [path for folder in kept for path in folder.rglob("*")] + [path for path in BASE.iterdir()]
    for path in files:
        name = path.relative_to(BASE).as_posix()
        if not path.is_file() or path.suffix in (".woff2", ".png", ".mo", ".pyc", ".ico") or ".local" in name:
            continue
        tried()
        if not name.startswith(MADE_UP) and (hit := SECRET.search(path.read_text(errors="replace"))):
            found.append(f"{name}: {hit[0][:30]}")
    assert not found, "\n".join(found)


@pytest.mark.security("S66", "applications and addresses nobody needs")
@pytest.mark.security("S15", "the administration of the framework")
def test_s66_s15_only_what_is_used_is_installed() -> None:
    unwanted = ("admin", "admindocs", "flatpages", "sites", "humanize", "debug_toolbar", "rest_framework")
    assert not [app for app in settings.INSTALLED_APPS if app.split(".")[-1] in unwanted]
    addresses = set(asking.patterns())
    assert not [name for name in addresses if name.startswith(("admin:", "unnamed"))]
    assert settings.AUTHENTICATION_BACKENDS == ["allauth.account.auth_backends.AuthenticationBackend"]


@pytest.mark.security("S66", "scripts, styles and fonts from elsewhere in any template")
def test_s66_nothing_is_loaded_from_elsewhere(tried: Callable[..., None]) -> None:
    for path in sorted((BASE / "templates").rglob("*.html")):
        text = path.read_text()
        assert not re.search(r'(?:src|srcset)="(?:https?:)?//', text), path
        assert not re.search(r"<(?:link|script|iframe)[^>]*(?:https?:)?//", text), path
        tried()
    for path in [*(BASE / "static/css").glob("*.css"), *(BASE / "static/js").glob("*.js")]:
        assert not re.search(r"(?:url\(|import\s*\(?)[\"']?(?:https?:)?//", path.read_text()), path
        tried()


def test_the_image_holds_no_history() -> None:
    assert ".git" in (BASE / ".dockerignore").read_text().split()


@pytest.mark.security("S66", "how passwords are stored, outside the tests")
def test_s66_passwords_are_stored_with_argon2() -> None:
    text = (BASE / "nrm_portal/settings.py").read_text().split("if TESTING:")[0]
    assert 'PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]' in text


# --- ways of writing ------------------------------------------------------------------------------

RAW: Final = {
    "manual/library/reader.py",  # the manual's own words, cleaned by nh3
    "manual/library/wording.py",  # the same, with the words that are explained
    "manual/library/search.py",  # the same, with the word that was searched marked
    "core/looks.py", "core/tables.py", "core/templatetags/nrm.py", "core/templatetags/charts.py",
    "cases/views/returns.py",  # an empty one
}  # fmt: skip
"""Where text is called safe by hand."""


@pytest.mark.security("S32", "every place in the source where escaping could be switched off")
def test_s32_escaping_is_switched_off_nowhere_else(tried: Callable[..., None]) -> None:
    for path in sorted((BASE / "templates").rglob("*")):
        if path.is_file() and path.suffix != ".txt":  # a plain message has nothing to escape
            off = re.search(r"\|\s*(?:safe|safeseq)\b|autoescape\s+off", path.read_text())
            assert not off, path
            tried()
    for path, tree in sources(*OURS):
        name = path.relative_to(BASE).as_posix()
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            assert called != "mark_safe", name
            if called == "SafeString" and not _is_constant(node.args):
                assert name in RAW, f"{name}:{node.lineno}"
            if called in ("format_html", "format_html_join"):
                place = 1 if called == "format_html_join" else 0
                made = not isinstance(node.args[place], ast.Constant)
                assert not made or name in RAW, f"{name}:{node.lineno}"
                tried()


def _is_constant(args: list[ast.expr]) -> bool:
    return all(isinstance(arg, ast.Constant) for arg in args)


OUTSIDE: Final = ("GET", "POST", "FILES", "COOKIES", "META", "headers", "body", "cleaned_data", "data")
QUERIES: Final = ("filter", "exclude", "get", "order_by", "values", "values_list", "annotate", "aggregate",
                  "update", "create", "get_or_create", "update_or_create", "alias", "Q", "F")  # fmt: skip


@pytest.mark.security("S40", "every call of a query in the source: names from a request")
def test_s40_no_query_takes_its_names_from_a_request(tried: Callable[..., None]) -> None:
    for path, tree in sources(*OURS):
        name = path.relative_to(BASE).as_posix()
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            spread = [word.value for word in node.keywords if word.arg is None]
            spread += [arg.value for arg in node.args if isinstance(arg, ast.Starred)]
            if called in QUERIES:
                tried()
                for value in spread:
                    parts = {getattr(one, "attr", "") for one in ast.walk(value)}
                    assert not parts & set(OUTSIDE), f"{name}:{node.lineno}"
            if called in ("eval", "exec", "system", "popen", "RawSQL"):
                raise AssertionError(f"{name}:{node.lineno}: {called}")
        assert not re.search(
            r"^(import pickle|import shelve|import marshal|from pickle)", path.read_text(), re.M
        )


@pytest.mark.security("S31", "every view in the source: the check of forms switched off")
def test_s31_the_check_of_forms_is_switched_off_nowhere(tried: Callable[..., None]) -> None:
    for path, tree in sources(*OURS):
        tried()
        names = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree)}
        assert "csrf_exempt" not in names, path


PORTAL_HTML: Final = "box.innerHTML = await answer.text()"
"""A part of a page, made by the portal's own templates."""


@pytest.mark.security("S36", "scripts that keep something in the browser")
def test_s36_no_script_keeps_anything(tried: Callable[..., None]) -> None:
    for path in sorted((BASE / "static/js").rglob("*.js")):
        text = path.read_text().replace(PORTAL_HTML, "")
        assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie|serviceWorker", text), (
            path
        )
        assert not re.search(
            r"\.innerHTML *=|\.outerHTML *=|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        ), path
        tried()
