"""What no Python wheel carries: pango for PDF, Chromium for the browser tests."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

from .console import note, step
from .places import is_root


@dataclass(frozen=True)
class Need:
    """System packages for one purpose, and how to see whether they are there."""

    purpose: str
    debian: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    """One of these is enough."""

    def is_met(self) -> bool:
        if self.programs and not any(shutil.which(program) for program in self.programs):
            return False
        return all(_loads(library) for library in self.libraries)


PDF = Need(
    "PDF files",
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"),
    ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"),
)
BROWSER = Need(
    "browser tests",
    ("chromium", "libatomic1"),
    ("libatomic.so.1",),
    ("chromium", "chromium-browser", "google-chrome"),
)
POPPLER = Need("looking into PDF files in tests", ("poppler-utils",), programs=("pdftotext",))


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def provide(*needs: Need) -> bool:
    """Install what is missing where that is allowed, else say what to install. True when all is there."""
    if sys.platform == "darwin":  # Homebrew's libraries are found by WeasyPrint itself
        return True
    missing = [need for need in needs if not need.is_met()]
    if not missing:
        return True
    packages = [package for need in missing for package in need.debian]
    purposes = " and ".join(need.purpose for need in missing)
    if shutil.which("apt-get") and (prefix := _may_install()) is not None:
        with step(f"System libraries for {purposes}"):
            done = _apt(prefix, packages)
        if done:
            return all(need.is_met() for need in missing)
    note(f"Missing for {purposes}; everything else works. Install as root:")
    note(f"  apt-get install --no-install-recommends {' '.join(packages)}")
    return False


def _may_install() -> list[str] | None:
    """The words before apt-get, or None when this account may not install."""
    if is_root():
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def _apt(prefix: list[str], packages: list[str]) -> bool:
    words = [
        *prefix,
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "-qq",
        "-o",
        "DPkg::Lock::Timeout=300",
    ]
    for rest in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run([*words, *rest], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            if os.environ.get("NRM_VERBOSE") or rest[0] == "install":
                note(done.stdout.strip()[-800:])
            if rest[0] == "install":
                return False
    return True
