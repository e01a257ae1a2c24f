"""The portal, made ready to run: its environment, its database, its regions and manual."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .console import fail, step
from .keys import secret_files
from .packages import PYTHON
from .places import CHECKOUT, State
from .servers import Servers

INSIDE = Path(__file__).with_name("inside.py")
MARK = "this-is-nrm-state"
"""A file that says a folder may be used, and emptied, by the launcher."""
SHAPES = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "coordinators/data/*",
    "manual/data/*",
    "cases/data/*",
    "manual/content/**/*.md",
    "nrm_portal/locale/**/*.po",
    "core/**/*.sql",
    "*/management/commands/*.py",
    "requirements/run.txt",
    "bin/launcher/inside.py",
)
"""What the prepared database is made from; a change here prepares it again."""


@dataclass
class Portal:
    """One checkout with its state: what its processes are told, and whether it is prepared."""

    state: State
    servers: Servers
    port: int = 8000
    demo: bool = True

    def environment(self, *, with_owner: bool = False) -> dict[str, str]:
        """The environment of the portal's processes. What the caller has set wins."""
        defaults = {
            "DJANGO_SETTINGS_MODULE": "nrm_portal.settings",
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "DEMO": "1" if self.demo else "0",
            "EMAIL_URL": f"filemail:///{self.state.private}/mail",
            "PYTHONUNBUFFERED": "1",
            "STATIC_ROOT": str(self.state.static),
            "FILES_ROOT": str(self.state.private / "files"),
            "DISPOSAL_LIST": str(self.state.private / "disposals"),
            "AUDIT_SEAL_DIR": str(self.state.private / "seals"),
        }
        environment = defaults | dict(os.environ)
        environment.pop("CELERY_BROKER_URL", None)  # silently beats the broker of the settings
        if not with_owner:
            environment.pop("DATABASE_OWNER_URL", None)
        environment |= self.servers.addresses(with_owner=with_owner)
        environment["PATH"] = f"{PYTHON.parent}:{environment.get('PATH', '/usr/bin:/bin')}"
        return environment | secret_files(self.state, has_data=self._is_in_use)

    @property
    def _is_in_use(self) -> bool:
        return (self.state.root / "prepared").exists()

    def prepare(self) -> None:
        """Migrate, grant, load regions and manual, compile translations. Skipped when nothing changed."""
        stamp = self.state.root / "prepared"
        shape = self._shape()
        if stamp.exists() and stamp.read_text() == shape:
            return
        environment = self.environment(with_owner=True)
        with step("Database, regions, manual"):
            done = subprocess.run(
                [PYTHON, INSIDE, "prepare"], env=environment, cwd=CHECKOUT, stdout=sys.stderr
            )
        if done.returncode:
            fail("The portal could not be prepared. The reason is above.")
        stamp.write_text(shape)

    def _shape(self) -> str:
        digest = hashlib.sha256(json.dumps(self.servers.addresses(with_owner=True)).encode())
        digest.update(os.environ.get("DATABASE_OWNER_URL", "").encode())
        for pattern in SHAPES:
            for source in sorted(CHECKOUT.glob(pattern)):
                if source.is_file() and ".venv" not in source.parts:
                    digest.update(str(source.relative_to(CHECKOUT)).encode())
                    digest.update(source.read_bytes())
        return digest.hexdigest()

    def sign_ins(self) -> list[str]:
        """One line per role with the person to sign in as; makes the demo's people first."""
        asked = [str(PYTHON), str(INSIDE), "sign-ins"]
        done = subprocess.run(asked, env=self.environment(), cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        return done.stdout.splitlines() if done.returncode == 0 else []


def open_state(data: str | None) -> State:
    """The state folder, made when missing. SystemExit when the folder holds something else."""
    state = State.of(data or os.environ.get("NRM_DATA"))
    mark = state.root / MARK
    if state.root.exists() and not mark.exists() and any(state.root.iterdir()):
        fail(f"{state.root} is not empty and not ours. Choose an empty or new folder with --data.")
    state.make()
    mark.touch()
    return state
