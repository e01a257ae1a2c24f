"""The virtual environment: made once, filled from the hash-pinned lists, skipped when nothing changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .console import fail, note, step
from .places import CHECKOUT, VENV

PYTHON = VENV / "bin" / "python"
RUN, EMBEDDED, TEST = "run", "embedded", "test"
"""The lists in requirements/. Each contains the ones before it."""
STAMP = VENV / "installed"


def install(wanted: str) -> None:
    """Make .venv hold the list `wanted`. Quick when it does already."""
    lists = [RUN, EMBEDDED, TEST]
    for bigger in lists[lists.index(wanted) :]:
        if _stamp() == f"{bigger} {_digest(bigger)}":
            return
    if _stamp().startswith(TEST):
        wanted = TEST  # an outdated environment of a developer stays one
    with step(f"Python packages ({wanted})"):
        if not _works():
            _make()
        _fill(CHECKOUT / "requirements" / f"{wanted}.txt")
    STAMP.write_text(f"{wanted} {_digest(wanted)}")


def _stamp() -> str:
    return STAMP.read_text() if STAMP.exists() and PYTHON.exists() else ""


def _digest(wanted: str) -> str:
    requirements = (CHECKOUT / "requirements" / f"{wanted}.txt").read_bytes()
    # A moved checkout breaks the scripts of its environment.
    return hashlib.sha256(requirements + str(VENV).encode()).hexdigest()[:16]


def _works() -> bool:
    return PYTHON.exists() and _quietly([PYTHON, "-c", "import pip"])


def _make() -> None:
    """venv; where Debian left out ensurepip, an empty one that the system's pip fills."""
    if VENV.exists():
        shutil.rmtree(VENV)
    if _quietly([sys.executable, "-m", "venv", VENV]):
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if not _quietly([sys.executable, "-m", "venv", "--without-pip", VENV]):
        fail("Python cannot make a virtual environment. Debian: apt-get install python3-venv")
    if not _quietly([sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "pip"]):
        fail("Python has neither venv with pip nor pip. Debian: apt-get install python3-venv python3-pip")


def _fill(requirements: Path) -> None:
    """uv when it can be had and works here, else pip: the same pinned files, only slower."""
    uv = VENV / "bin" / "uv"
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
    if not uv.exists():
        _quietly([*pip, CHECKOUT / "requirements" / "installer.txt"])
    command = [uv, "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "--system-certs"]
    if uv.exists() and _quietly([*command, "-r", requirements], _uv_environment()):
        return
    note("uv did not manage; pip takes over (slower)")
    done = subprocess.run([str(part) for part in [*pip, requirements]], stdout=sys.stderr)
    if done.returncode:
        fail("The Python packages could not be installed. pip's reasons are above; run the command again.")


def _uv_environment() -> dict[str, str]:
    """uv reads neither pip's variables nor its files: hand over the index a site has chosen."""
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_TIMEOUT": "120"}
    environment.pop("VIRTUAL_ENV", None)
    for ours, theirs in {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX"}.items():
        if ours in os.environ and theirs not in os.environ:
            environment[theirs] = os.environ[ours]
    if "UV_DEFAULT_INDEX" not in environment:
        asked = [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"]
        answer = subprocess.run(asked, capture_output=True, text=True)
        if answer.returncode == 0 and answer.stdout.strip():
            environment["UV_DEFAULT_INDEX"] = answer.stdout.strip()
    return environment


def _quietly(command: Sequence[object], environment: dict[str, str] | None = None) -> bool:
    """Run; True when it succeeded. What it says is shown only with NRM_VERBOSE."""
    output = sys.stderr if os.environ.get("NRM_VERBOSE") else subprocess.DEVNULL
    try:
        done = subprocess.run([str(part) for part in command], stdout=output, stderr=output, env=environment)
    except OSError:
        return False
    return done.returncode == 0
