"""The secrets of this machine: made once, kept beside the data, outside the checkout, mode 0600."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from .console import fail
from .places import State


def secret_files(state: State, *, has_data: bool) -> dict[str, str]:
    """`NAME_FILE` variables for the secrets the environment does not give. SystemExit when a key is lost."""
    variables = {}
    makers = {"SECRET_KEY": _secret_key, "NRM_KEYRING": _key_ring}
    for name, make in makers.items():
        if name in os.environ or f"{name}_FILE" in os.environ:
            continue
        path = state.private / name.lower()
        if not path.exists():
            if has_data and name == "NRM_KEYRING":
                fail(
                    f"{path} is gone, but there is data that only this key ring opens.\n"
                    "Put the file back from your backup, or begin anew with bin/run --reset."
                )
            _write(path, make())
        variables[f"{name}_FILE"] = str(path)
    return variables


def _secret_key() -> str:
    return secrets.token_urlsafe(50)


def _key_ring() -> str:
    """One version of 32 random bytes, in the form core.vault reads."""
    return "1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def _write(path: Path, value: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
