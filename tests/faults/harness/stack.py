"""The portal's processes against a database and a broker of one test's own."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from celery import Celery
from launcher.processes import Child
from launcher.valkey import Broker

from tests.database import BASE

PATIENCE = 45.0
"""Seconds a process may take to come up on a busy machine."""


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE, *, every: float = 0.1) -> None:
    """Return as soon as `holds()` is true. AssertionError after `seconds`."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"still not so after {seconds:.0f} s"
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Answer:
    """What a request got; `status` 0 means no answer at all."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Stack:
    """Starts what a test asks for; everything ends with the test."""

    folder: Path
    environment: dict[str, str] = field(repr=False)
    broker: Broker = field(init=False)
    children: dict[str, Child] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.broker = Broker(self.folder / "valkey", self.folder / "s", self.folder / "valkey.log")
        self.environment = dict(os.environ) | self.environment | {"REDIS_URL": self.broker.url()}
        self.environment["SITE_URL"] = f"http://127.0.0.1:{self.port}"
        self.environment.pop("PYTEST_XDIST_WORKER", None)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_broker(self) -> None:
        self.broker.start()

    def start(self, name: str, *arguments: str) -> Child:
        """Run `python -m ...` under `name`, which also names its log."""
        child = Child(
            name,
            [sys.executable, "-m", *arguments],
            self.environment,
            self.folder / f"{name}.log",
            folder=BASE,
        )
        child.start()
        self.children[name] = child
        return child

    def start_web(self, *, wait: bool = True) -> Child:
        web = ["gunicorn", "nrm_portal.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        web += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "3"]
        child = self.start("web", *web, "--no-control-socket")
        if wait:
            wait_until(lambda: self.get("/health/live/").status == 200 or not child.is_running)
            assert child.is_running, child.last_lines()
        return child

    def start_worker(self, queue: str = "default", concurrency: int = 1) -> Child:
        name = f"worker-{queue}"
        worker = ["celery", "-A", "nrm_portal.celery:app", "worker", "-Q", queue, "-c", str(concurrency)]
        worker += ["-n", f"{queue}@test", "--without-gossip", "--without-mingle", "--without-heartbeat"]
        child = self.start(name, *worker, "--loglevel", "INFO")
        wait_until(lambda: "ready" in child.last_lines(200) or not child.is_running)
        assert child.is_running, child.last_lines()
        return child

    def start_beat(self, name: str = "beat") -> Child:
        beat = ["celery", "-A", "nrm_portal.celery:app", "beat", "--pidfile=", "--loglevel", "INFO"]
        return self.start(name, *beat, "--schedule", str(self.folder / f"{name}-schedule"))

    def command(self, *arguments: str) -> Child:
        """`manage.py ...`, waited for."""
        child = Child(
            arguments[0],
            [sys.executable, "manage.py", *arguments],
            self.environment,
            self.folder / f"{arguments[0]}.log",
            folder=BASE,
        )
        child.start()
        assert child.process
        child.process.wait(60)
        return child

    def kill(self, name: str) -> None:
        """SIGKILL to the whole process group: no clean-up of any kind."""
        process = self.children[name].process
        assert process
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def hang(self, name: str) -> None:
        """SIGSTOP: there, but silent. `resume` ends it."""
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        child = self.broker.child if name == "broker" else self.children[name]
        assert child and child.process
        os.killpg(child.process.pid, number)

    def call(self, task: str, *arguments: str) -> None:
        """Give the workers a task, through the broker."""
        with Celery(broker=self.broker.url(), set_as_current=False) as app:
            app.send_task(task, args=list(arguments), queue="default")

    def get(self, path: str, timeout: float = 10, headers: dict[str, str] | None = None) -> Answer:
        """One GET without following redirects."""
        return self._ask(urllib.request.Request(f"{self.address}{path}", headers=headers or {}), timeout)

    def post(self, path: str, cookies: dict[str, str], timeout: float = 20, **data: str) -> Answer:
        """A form sent by the browser that has these cookies, without following redirects."""
        token = "t" * 32
        headers = {
            "Cookie": "; ".join(f"{key}={value}" for key, value in {**cookies, "csrftoken": token}.items()),
            "X-CSRFToken": token,
        }
        body = urllib.parse.urlencode(data).encode()
        return self._ask(urllib.request.Request(f"{self.address}{path}", body, headers), timeout)

    def _ask(self, request: urllib.request.Request, timeout: float) -> Answer:
        try:
            with _opener.open(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.read().decode(errors="replace"), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode(errors="replace"), dict(error.headers))
        except OSError:
            return Answer(0)

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        for child in reversed(self.children.values()):
            if child.is_running and child.process:
                os.killpg(child.process.pid, signal.SIGCONT)
            child.stop(patience=4)
        if self.broker.child and self.broker.child.process and self.broker.child.is_running:
            os.killpg(self.broker.child.process.pid, signal.SIGCONT)
        self.broker.stop()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)
