"""What the launcher asks Django to do, in one process. Run by the environment's own Python.

translations  only compile the catalogues (the image does)
prepare    translations, database as its owner, regions, manual
sign-ins   the demo's people, one line per role
"""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LOCALE = CHECKOUT / "nrm_portal" / "locale"


def compile_translations() -> None:
    """Compile every catalogue that is newer than its compiled form."""
    stale = []
    for source in LOCALE.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            stale.append((source, compiled))
    if not stale:
        return
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source, compiled in stale:
        fresh = compiled.with_suffix(f".{os.getpid()}")
        with source.open("rb") as text, fresh.open("wb") as binary:
            write_mo(binary, read_po(text, locale=source.parent.parent.name))
        fresh.replace(compiled)


def prepare() -> None:
    """Bring the database to the state of this checkout. Each part may run again and again."""
    compile_translations()
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command, get_commands

    known = get_commands()
    if "prepare_database" in known:
        call_command("prepare_database", verbosity=0)
    else:
        call_command("migrate", database="owner", verbosity=0)
        call_command("createcachetable", database="owner", verbosity=0)
    if settings.DEMO and "demo" in known:
        call_command("demo", manual=True)
    for name, options in {
        "load_regions": {},
        "sync_manual": {"publish": True, "or_wait": True},
        "load_retention": {},
    }.items():
        if name in known:
            call_command(name, **options)


def sign_ins() -> None:
    """Print one line per role. The demo's people are made when the portal is a demo and has none."""
    import django

    django.setup()
    from django.core.management import call_command, get_commands

    if "demo" not in get_commands():
        return
    answer = io.StringIO()
    call_command("demo", accounts=True, json=True, stdout=answer)
    shown: set[str] = set()
    for person in json.loads(answer.getvalue()):
        if person["role"] not in shown:
            shown.add(person["role"])
            where = person["desk"] or person["agency"]
            print(f"{person['role']:24} {person['email']:36} {person['password']:22} {where}")


if __name__ == "__main__":
    sys.path.insert(0, str(CHECKOUT))
    sys.path.remove(str(Path(__file__).parent))  # keys.py, test.py ... of the launcher are not for Django
    {"translations": compile_translations, "prepare": prepare, "sign-ins": sign_ins}[sys.argv[1]]()
