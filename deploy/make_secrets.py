"""Make the secret files docker-compose.yml names, in ./secrets. Run once; existing files are kept.

Keep a copy of `keyring` away from the database's backups: without it the stored data cannot be read, and
whoever has both can read everything.
"""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "secrets"


def keep_or_make(name: str, value: str) -> str:
    """The content of secret `name`, made from `value` when there is none."""
    path = FOLDER / name
    if not path.exists():
        path.write_text(value)
        # The container's account must read it; the folder above lets nobody else in.
        path.chmod(0o444)
    return path.read_text().strip()


def main() -> None:
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    keep_or_make("postgres_password", secrets.token_urlsafe(32))
    owner = keep_or_make("owner_password", secrets.token_urlsafe(32))
    app = keep_or_make("app_password", secrets.token_urlsafe(32))
    keep_or_make("database_owner_url", f"postgres://nrm_owner:{owner}@db:5432/nrm")
    keep_or_make("database_url", f"postgres://nrm_app:{app}@db:5432/nrm")
    keep_or_make("secret_key", secrets.token_urlsafe(50))
    keep_or_make("keyring", "1:" + base64.b64encode(secrets.token_bytes(32)).decode())
    keep_or_make("email_url", "smtp://mail:1025")
    print(f"The secrets are in {FOLDER}. email_url leads to the mail catcher: replace it before going live.")


if __name__ == "__main__":
    main()
