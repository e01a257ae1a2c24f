"""bin/manage: manage.py inside the environment of bin/run, from a bare clone too."""

from __future__ import annotations

import os
import signal
import subprocess

from . import packages
from .packages import PYTHON
from .places import CHECKOUT
from .portal import Portal, open_state
from .servers import Servers


def main(arguments: list[str]) -> int:
    """Run one command; its exit code. Everything of our own goes to stderr."""
    data = None
    if arguments[:1] == ["--data"] and len(arguments) > 1:
        data, arguments = arguments[1], arguments[2:]
    external = "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ
    packages.install(packages.RUN if external else packages.EMBEDDED)
    state = open_state(data)
    servers = Servers(state)
    portal = Portal(state, servers, demo=not (state.root / "no-demo").exists())
    with servers.running(alone=False):
        if arguments[:1] != ["restore"]:  # which wants an empty database
            portal.prepare()
        command = [str(PYTHON), "manage.py", *arguments]
        child = subprocess.Popen(command, cwd=CHECKOUT, env=portal.environment(with_owner=True))
        # Ctrl-C is for the command; we wait for it and then stop the servers.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return child.wait()
