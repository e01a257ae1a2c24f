"""A small server that speaks the scanner's protocol, so that no test needs the scanner itself."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.core import samples


class FakeScanner:
    """Speaks clamd's INSTREAM: what it answers is set by the test, what it read is kept."""

    def __init__(self) -> None:
        self.read: list[bytes] = []
        self.says: Callable[[bytes], bytes] = self.verdict
        outer = self

        class Talk(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                if self.rfile.read(10) != b"zINSTREAM\0":
                    self.wfile.write(b"UNKNOWN COMMAND\0")
                    return
                data = b""
                while size := struct.unpack("!I", self.rfile.read(4))[0]:
                    data += self.rfile.read(size)
                outer.read.append(data)
                self.wfile.write(outer.says(data))

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"tcp://127.0.0.1:{self.server.server_address[1]}"

    @staticmethod
    def verdict(data: bytes) -> bytes:
        return b"stream: Eicar-Test FOUND\0" if samples.EICAR in data else b"stream: OK\0"


@contextmanager
def running() -> Iterator[FakeScanner]:
    made = FakeScanner()
    yield made
    made.server.shutdown()
    made.server.server_close()
