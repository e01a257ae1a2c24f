"""bin/run: the whole portal on this machine, from a bare clone."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import libraries, packages
from .console import fail, note, step
from .places import CHECKOUT, State
from .portal import MARK, Portal, open_state
from .processes import Child
from .servers import Servers
from .supervisor import Supervisor, Watched


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bin/run", description="Run the portal on this machine. Ctrl-C stops it."
    )
    parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 (default 8000)")
    parser.add_argument(
        "--data", help="folder for database, keys and logs (default: a state folder of this user)"
    )
    parser.add_argument(
        "--no-demo", action="store_true", help="no fictive people and cases, no one-click sign-in"
    )
    parser.add_argument(
        "--reset", action="store_true", help="throw away the data of this checkout and begin anew"
    )
    options = parser.parse_args(arguments)
    started = time.monotonic()
    _require_free(options.port)
    external = "DATABASE_URL" in os.environ and "REDIS_URL" in os.environ
    packages.install(packages.RUN if external else packages.EMBEDDED)
    libraries.provide(libraries.PDF)
    if options.reset:
        _reset(State.of(options.data or os.environ.get("NRM_DATA")))
    state = open_state(options.data)
    _remember_demo(state, not options.no_demo)
    servers = Servers(state)
    portal = Portal(state, servers, options.port, demo=not options.no_demo)
    supervisor = Supervisor()
    try:
        with servers.running(alone=True):
            portal.prepare()
            supervisor.listen()
            _serve(portal, supervisor, started)
    except KeyboardInterrupt:
        note("stopped")
    return 0


def _serve(portal: Portal, supervisor: Supervisor, started: float) -> None:
    running = portal.state.root / "running"
    address = f"http://127.0.0.1:{portal.port}/"
    try:
        if portal.servers.cluster and portal.servers.cluster.child:
            supervisor.watched.append(_adopt(portal.servers.cluster.child))
        if portal.servers.broker and portal.servers.broker.child:
            supervisor.watched.append(_adopt(portal.servers.broker.child))
        for watched in _processes(portal):
            supervisor.start(watched)
        _wait_until_it_answers(address, supervisor)
        running.write_text(address)
        if not supervisor.is_stopping:
            _greet(portal, address, time.monotonic() - started)
            if demo := _demo(portal):
                supervisor.start(demo)
        supervisor.watch()
    finally:
        note("stopping ...")
        running.unlink(missing_ok=True)
        supervisor.watched = [w for w in supervisor.watched if w.child.name not in ("postgres", "valkey")]
        supervisor.stop()


def _adopt(child: Child) -> Watched:
    """A server that runs already; the supervisor restarts it, the owner of the servers stops it."""
    watched = Watched(child)
    watched.started = time.monotonic()
    return watched


def _processes(portal: Portal) -> list[Watched]:
    """Web, two workers, exactly one beat."""
    environment, logs, python = portal.environment(), portal.state.logs, packages.PYTHON
    celery: list[str | Path] = [python, "-m", "celery", "-A", "nrm_portal.celery:app"]
    # The worker that knows no neighbours starts quicker and needs no heartbeat traffic.
    worker = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    web = ["-m", "gunicorn", "nrm_portal.wsgi:application", "--bind", f"127.0.0.1:{portal.port}"]
    web += [
        "--no-control-socket",
        "--forwarder-headers",
        "",
        "--worker-class",
        "gthread",
        "--workers",
        "2",
        "--threads",
        "4",
        "--timeout",
        "60",
        "--graceful-timeout",
        "5",
    ]
    beat = ["beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(portal.state.private / "beat")]

    def child(name: str, command: list[str | Path], niceness: int = 0) -> Child:
        return Child(name, command, environment, logs / f"{name}.log", niceness=niceness, folder=CHECKOUT)

    return [
        Watched(child("web", [python, *web])),
        Watched(child("worker", [*celery, *worker, "-Q", "default", "-c", "2", "-n", "default@portal"])),
        Watched(
            child("worker-pdf", [*celery, *worker, "-Q", "pdf", "-c", "1", "-n", "pdf@portal"], niceness=10)
        ),
        Watched(child("beat", [*celery, *beat])),
    ]


def _demo(portal: Portal) -> Watched | None:
    """The older years of the demo fill in while the portal is up already."""
    stamp = portal.state.root / "demo-filled"
    wanted = any(CHECKOUT.glob("*/management/commands/demo.py")) or any(
        CHECKOUT.glob("*/*/management/commands/demo.py")
    )
    if not portal.demo or stamp.exists() or not wanted:
        return None
    log = portal.state.logs / "demo.log"
    command: list[str | Path] = [packages.PYTHON, "manage.py", "demo"]
    child = Child("demo", command, portal.environment(), log, niceness=10, folder=CHECKOUT)

    def done(succeeded: bool) -> None:
        if succeeded:
            stamp.touch()
            note("the demo's older years are filled in")

    return Watched(child, once=True, done=done)


def _greet(portal: Portal, address: str, seconds: float) -> None:
    lines = portal.sign_ins() if portal.demo else []
    print(f"\nThe portal is up after {seconds:.0f} s:  {address}")
    if lines:
        print(f"Sign in at {address}logga-in/ as one of these fictive people:")
        print("\n".join(f"  {line}" for line in lines))
    elif not portal.demo:
        print("First administrator:  bin/manage invite-admin you@example.org")
    print(f"Data, keys and logs: {portal.state.root}\nCtrl-C stops everything.\n", flush=True)


def _wait_until_it_answers(address: str, supervisor: Supervisor, patience: float = 120) -> None:
    until = time.monotonic() + patience
    with step("Web, workers, clock"):
        while not supervisor.is_stopping:
            try:
                with urllib.request.urlopen(f"{address}health/live/", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                web = supervisor.watched[-4].child
                if not web.is_running or time.monotonic() > until:
                    fail(f"The web process does not answer. Its last words:\n{web.last_lines()}")
                time.sleep(0.2)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            fail(f"Port {port} is taken by another program. Choose another one: bin/run --port {port + 1}")


def _remember_demo(state: State, demo: bool) -> None:
    """bin/manage speaks for the same portal later."""
    no_demo = state.root / "no-demo"
    if demo:
        no_demo.unlink(missing_ok=True)
    else:
        no_demo.touch()


def _reset(state: State) -> None:
    """Remove database, broker data, keys and logs of this checkout, and nothing else."""
    if not (state.root / MARK).exists():
        return
    if (state.root / "running").exists() and _is_used(state):
        fail("The portal of this checkout is running. Stop it before --reset.")
    for name in ("postgres", "private", "log", "s", "static"):
        shutil.rmtree(state.root / name, ignore_errors=True)
    for name in ("prepared", "demo-filled", "no-demo", "postgres.log", "running"):
        (state.root / name).unlink(missing_ok=True)
    note(f"the data in {state.root} is gone")


def _is_used(state: State) -> bool:
    import fcntl

    with open(state.root / "using", "a+") as using:
        try:
            fcntl.flock(using, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
