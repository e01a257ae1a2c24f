"""A mail server that answers as told."""

from __future__ import annotations

import socketserver
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Mailserver:
    """Listens on a free port of this machine. `replies` are used once each for RCPT, then 250."""

    replies: list[str] = field(default_factory=list)
    """For example `["451 greylisted", "550 no such person"]`."""
    vanish_after_data: bool = False
    """Take the message and close without an answer: the sender cannot know."""
    messages: list[Message] = field(default_factory=list)
    port: int = 0
    """A free one unless given: a server that was down comes back where it was."""
    silent: threading.Event = field(default_factory=threading.Event)
    """While set it takes connections and says nothing."""
    asked: int = 0
    """Connections so far."""

    def start(self) -> None:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer._talk(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _talk(self, handler: socketserver.StreamRequestHandler) -> None:
        def say(line: str) -> None:
            handler.wfile.write(line.encode() + b"\r\n")

        self.asked += 1
        while self.silent.is_set():
            time.sleep(0.1)
        say("220 test")
        for line in handler.rfile:
            verb = line.split(b" ")[0].strip().upper()
            if verb == b"QUIT":
                return say("221 bye")
            if verb == b"RCPT" and self.replies:
                say(self.replies.pop(0))
            elif verb == b"DATA":
                say("354 go on")
                self.messages.append(self._read(handler))
                if self.vanish_after_data:
                    return None
                say("250 taken")
            else:
                say("250 ok")
        return None

    def _read(self, handler: socketserver.StreamRequestHandler) -> Message:
        lines = []
        for line in handler.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b"."))
        return message_from_bytes(b"".join(lines))
