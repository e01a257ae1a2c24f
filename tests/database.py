"""The database of the tests: a private PostgreSQL, a migrated template, clones of it.

A pytest plugin, named in `addopts` (`-p tests.database`) so that it is imported before pytest-django reads
the settings. The first process starts the server and sets the environment; xdist's workers inherit it and
clone the template for themselves. Two roles, as in production: the template is migrated as `nrm_owner`, tests
run as `nrm_app`.

The migrated data folder is kept in the user's cache, named after everything that shapes it, and copied for
each run: only a changed migration pays for migrating again.
"""

from __future__ import annotations

import atexit
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE / "bin"))

from launcher.inside import compile_translations  # noqa: E402
from launcher.places import cache_home, passable_folder  # noqa: E402
from launcher.postgres import APP, FOR_TESTS, OWNER, Cluster, FolderLock, find_binaries  # noqa: E402

TEMPLATE = "nrm_template"
KEPT_TEMPLATES = 6
RUN_FOLDER = "NRM_TEST_FOLDER"
"""Set by the first process for the others: the folder of the running server."""
BROKEN = "NRM_TEST_MIGRATION_FAILURE"
"""Set when the template could not be migrated: tests that need a database fail with this text."""

ENVIRONMENT = {
    "SECRET_KEY": "of-the-tests-and-nothing-else-" * 2,
    "NRM_KEYRING": "1:" + base64.b64encode(b"key-ring-one-of-the-tests-32-byt").decode(),
    "DEMO": "1",
    "DEBUG": "0",
    "SITE_URL": "http://127.0.0.1:8000",
    # A broker that takes every message and loses it: what the portal must survive anyway.
    "REDIS_URL": "memory://",
    "EMAIL_URL": "consolemail://",
    # Playwright's synchronous calls hold an event loop.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}
CLEARED = (
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "STATIC_MANIFEST",
    "TRUSTED_PROXY_COUNT",
    "CELERY_BROKER_URL",
)


def shape() -> str:
    """A digest of everything the template is made from."""
    digest = hashlib.sha256()
    sources = [*BASE.glob("*/migrations/*.py"), *BASE.glob("*/*/migrations/*.py")]
    sources += [
        BASE / "core/management/commands/prepare_database.py",
        BASE / "requirements/run.txt",
        BASE / "core/append_only.py",
    ]
    sources += [*BASE.glob("core/**/*.sql"), BASE / "bin/launcher/postgres.py", Path(__file__)]
    for source in sorted(set(sources)):
        if source.exists() and ".venv" not in source.parts:
            digest.update(str(source.relative_to(BASE)).encode())
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def migrate(cluster: Cluster, database: str) -> None:
    """Bring `database` to the state of the migrations, the way bin/run does. SystemExit when one fails."""
    environment = os.environ | ENVIRONMENT
    environment |= {
        "DATABASE_URL": cluster.url(database, APP),
        "DATABASE_OWNER_URL": cluster.url(database, OWNER),
    }
    if (BASE / "core/management/commands/prepare_database.py").exists():
        commands = [["prepare_database"]]
    else:
        commands = [
            ["migrate", "--skip-checks", "--database", "owner"],
            ["createcachetable", "--database", "owner"],
        ]
    for command in commands:
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0"],
            cwd=BASE,
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            last_words = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
            raise SystemExit(f"The test database could not be prepared ({command[0]}):\n{last_words}")


def template_folder() -> Path:
    """The data folder of a stopped cluster that holds the migrated template; made when missing."""
    shelf = passable_folder(cache_home() / "test-databases")
    wanted = shelf / shape()
    with FolderLock(shelf / "lock"):
        if wanted.exists():
            os.utime(wanted)
            return wanted
        print("tests: migrating a new template database ...", file=sys.stderr, flush=True)
        with _running_cluster(shelf / f"making-{os.getpid()}") as cluster:
            cluster.create_database(TEMPLATE)
            try:
                migrate(cluster, TEMPLATE)
            except SystemExit as failure:
                os.environ[BROKEN] = str(failure)
                wanted = Path(f"{wanted}-broken-{os.getpid()}")
            made = cluster.data
            cluster.stop()
            made.rename(wanted)
        old = sorted(
            (p for p in shelf.iterdir() if p.is_dir() and p != wanted), key=lambda p: p.stat().st_mtime
        )
        for folder in old[: -KEPT_TEMPLATES + 1]:
            if folder.stat().st_mtime < time.time() - 3600:  # another run may be copying a younger one
                shutil.rmtree(folder, ignore_errors=True)
    return wanted


@contextmanager
def _running_cluster(folder: Path) -> Iterator[Cluster]:
    shutil.rmtree(folder, ignore_errors=True)
    passable_folder(folder)
    sockets = Path(tempfile.mkdtemp(prefix="nrmt-", dir="/var/tmp"))
    cluster = Cluster(find_binaries(Path(sys.prefix)), folder / "data", sockets, FOR_TESTS, folder / "log")
    try:
        cluster.create()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(sockets, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _sweep_dead_runs() -> None:
    """Remove what a killed run left: its server is gone with it, its folder is not."""
    for folder in Path("/var/tmp").glob("nrmt-*"):
        try:
            pid = int((folder / "pid").read_text())
            os.kill(pid, 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (OSError, ValueError):
            continue


def cluster_at(folder: Path) -> Cluster:
    """The cluster whose data and socket folders lie in `folder`."""
    return Cluster(find_binaries(Path(sys.prefix)), folder / "d", folder / "s", FOR_TESTS, folder / "log")


def start() -> None:
    """Start this run's server from a copy of the template and name it in the environment."""
    _sweep_dead_runs()
    template = template_folder()
    folder = Path(tempfile.mkdtemp(prefix="nrmt-", dir="/var/tmp"))
    folder.chmod(0o711)
    (folder / "pid").write_text(str(os.getpid()))
    cluster = cluster_at(folder)
    subprocess.run(["cp", "-a", str(template), str(cluster.data)], check=True)
    if BROKEN in os.environ:
        shutil.rmtree(template)
    cluster.create()
    owner = os.getpid()

    def end() -> None:
        if os.getpid() == owner:
            cluster.stop()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    cluster.start()
    os.environ[RUN_FOLDER] = str(folder)
    (folder / "static").mkdir()
    os.environ["STATIC_ROOT"] = str(folder / "static")


def clone(name: str, template: str = "") -> None:
    """A new database, equal to the migrated template or another one. Replaces one of that name."""
    cluster = cluster_at(Path(os.environ[RUN_FOLDER]))
    cluster.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    cluster.sql(f"CREATE DATABASE {name} TEMPLATE {template or TEMPLATE} OWNER {OWNER}")


def drop(name: str) -> None:
    """Remove a clone, whoever is still connected to it."""
    cluster_at(Path(os.environ[RUN_FOLDER])).sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def urls(name: str) -> dict[str, str]:
    """The variables that lead to database `name`, and to the list of what was destroyed in it."""
    folder = Path(os.environ[RUN_FOLDER])
    cluster = cluster_at(folder)
    return {
        "DATABASE_URL": cluster.url(name, APP),
        "DATABASE_OWNER_URL": cluster.url(name, OWNER),
        "DISPOSAL_LIST": str(folder / "disposals" / name),
    }


def worker() -> str:
    """`gw0`, `gw1` ... under xdist, else `main`."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


if "PYTEST_XDIST_WORKER" not in os.environ:
    for _name in (*CLEARED, BROKEN):
        os.environ.pop(_name, None)
    os.environ.update(ENVIRONMENT)
    compile_translations()
    start()
clone(f"test_{worker()}")
os.environ.update(urls(f"test_{worker()}"))
