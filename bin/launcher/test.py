"""bin/test: everything that must be green. Static checks first, then one pytest run of all tests."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from . import libraries, packages
from .packages import PYTHON
from .places import CHECKOUT, VENV

USAGE = """bin/test [fast | browser | faults | security | static] [pytest's arguments]

bin/test            everything
bin/test fast       without the browser and the fault tests
bin/test browser    only tests/browser
bin/test faults     only tests/faults, all of them
bin/test security   only the tests of the list in docs/security.md, with more examples; prints what was tried
bin/test static     only the static checks
bin/test fast tests/cases -k submit     pytest's own arguments narrow these (then no static checks)
"""
MODES = ("fast", "browser", "faults", "security", "static")
PRODUCTION_LIKE = {
    "SECRET_KEY": "a-production-like-secret-key-for-check-deploy-0123456789-abcdefghij",
    "NRM_KEYRING": "1:cHJvZHVjdGlvbi1saWtlLWtleS1mb3ItY2hlY2tzISE=",
    "DATABASE_URL": "postgres://nrm_app:@//nonexistent/nrm",
    "REDIS_URL": "redis://broker.example.se:6379/0",
    "EMAIL_URL": "smtp+tls://portal:secret@mail.example.se:587",
    "DEFAULT_FROM_EMAIL": "NRM-portalen <noreply@nrm.example.se>",
    "SITE_URL": "https://nrm.example.se",
    "ALLOWED_HOSTS": "nrm.example.se",
    "TRUSTED_PROXY_COUNT": "1",
    "SECURITY_CONTACT": "mailto:security@nrm.example.se",
    "AUDIT_SEAL_DIR": "/mnt/seals",
    "DEMO": "0",
    "DEBUG": "0",
}


@dataclass(frozen=True)
class Check:
    """One static tool: what it is called and how it is run from the environment."""

    name: str
    command: tuple[str, ...]
    module: bool = True
    environment: dict[str, str] = field(default_factory=dict)


CHECKS = (
    Check("types (mypy)", ("mypy",), environment=PRODUCTION_LIKE),
    Check("format (ruff)", ("ruff", "format", "--check", "--output-format", "concise", ".")),
    Check("lint (ruff)", ("ruff", "check", "--output-format", "concise", ".")),
    Check("floors (import-linter)", ("lint-imports", "--no-logo"), module=False),
    Check("templates (djlint)", ("djlint", "templates", "--lint", "--quiet")),
    Check(
        "containers (compose schema)",
        ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
        module=False,
    ),
    Check("containers (hadolint)", ("hadolint", "Dockerfile"), module=False),
    Check(
        "migrations complete",
        ("manage.py", "makemigrations", "--check", "--dry-run"),
        environment=PRODUCTION_LIKE,
    ),
    Check(
        "fit for production (check --deploy)",
        ("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
        environment=PRODUCTION_LIKE,
    ),
)


def main(arguments: list[str]) -> int:
    if arguments[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    mode = arguments[0] if arguments[:1] and arguments[0] in MODES else "all"
    rest = arguments[1:] if mode != "all" else arguments
    packages.install(packages.TEST)
    needs = [libraries.PDF, libraries.POPPLER]
    if mode in ("all", "browser", "faults", "security"):
        needs.append(libraries.BROWSER)
    if mode != "static" and not libraries.provide(*needs):
        return 1
    failed = run_checks() if mode in ("all", "fast", "static") and not rest else []
    if mode == "static":
        return 1 if failed else 0
    code = run_tests(mode, rest)
    if failed:
        print(f"\nStatic checks that failed (their output is above): {', '.join(failed)}")
    return code or bool(failed)


def run_checks() -> list[str]:
    """Run the static tools, two at a time; the names of those that failed."""
    started = time.monotonic()
    failed = []
    with ThreadPoolExecutor(2) as pool:
        for check, seconds, output in pool.map(_run_check, CHECKS):
            verdict = "ok" if output is None else "FAILED"
            print(f"{check.name:<40} {seconds:5.1f} s  {verdict}", flush=True)
            if output is not None:
                print(output, flush=True)
                failed.append(check.name)
    print(f"{'static checks':<40} {time.monotonic() - started:5.1f} s", flush=True)
    return failed


def _run_check(check: Check) -> tuple[Check, float, str | None]:
    """The seconds it took and, when it failed, what it said."""
    started = time.monotonic()
    program = check.command[0]
    if program == "manage.py":
        command = [str(PYTHON), *check.command]
    elif check.module:
        command = [str(PYTHON), "-m", *check.command]
    else:
        command = [str(VENV / "bin" / program), *check.command[1:]]
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=os.environ | check.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return check, time.monotonic() - started, done.stdout.strip() if done.returncode else None


def run_tests(mode: str, rest: list[str]) -> int:
    """One pytest run, so that its closing line counts every test."""
    command = [str(PYTHON), "-m", "pytest", "-n", "2", "--dist", "loadgroup"]
    named = any(
        not argument.startswith("-") and (CHECKOUT / argument.split("::")[0]).exists() for argument in rest
    )
    if mode in ("browser", "faults") and not named:
        command.append(f"tests/{mode}")
    if mode == "fast":
        command += ["--ignore=tests/browser", "--ignore=tests/faults"]
    if mode == "security":
        command += ["-m", "security", "--security-table"]
    environment = dict(os.environ)
    if mode in ("security", "browser"):
        environment["NRM_ALL_SECURITY"] = "1"
    if mode == "faults":
        environment["NRM_ALL_FAULTS"] = "1"
    sys.stdout.flush()
    return subprocess.run([*command, *rest], cwd=CHECKOUT, env=environment).returncode
