"""Exit 0 when this container's web process answers. Asks as the proxy would, for the portal's own host."""

from __future__ import annotations

import os
import sys
import urllib.request
from urllib.parse import urlsplit


def main() -> int:
    host = urlsplit(os.environ.get("SITE_URL", "http://127.0.0.1:8000")).netloc
    headers = {"Host": host, "X-Forwarded-Proto": "https"}
    request = urllib.request.Request("http://127.0.0.1:8000/health/live/", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:
            return 0 if answer.status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
