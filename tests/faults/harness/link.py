"""A connection to PostgreSQL or Valkey that a test can slow down, hang or cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Link:
    """Forwards the unix socket `outside` to `inside`, in a thread of its own."""

    outside: Path
    inside: Path
    delay: float = 0
    """Seconds before each piece is passed on."""
    cut_after: bytes | None = None
    """Cut every connection once the client has sent these bytes; the server still gets them."""
    passes: int = 0
    """How many times they may be sent before."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop, init=False)
    _open: set[asyncio.StreamWriter] = field(default_factory=set, init=False)
    _passing: bool = field(default=True, init=False)
    _muted: bool = field(default=False, init=False)

    def start(self) -> None:
        ready = threading.Event()

        async def listen() -> None:
            await asyncio.start_unix_server(self._serve, self.outside)
            ready.set()

        def run() -> None:
            self._loop.create_task(listen())
            self._loop.run_forever()

        self.outside.parent.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert ready.wait(5)

    def cut(self) -> None:
        """Break every open connection; new ones are refused until `mend`."""
        self._passing = False
        self._loop.call_soon_threadsafe(self._break)

    def mend(self) -> None:
        self._passing = True

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._break)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _break(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()
        self._open.clear()

    def _is_last(self, piece: bytes) -> bool:
        if not self.cut_after or self.cut_after not in piece:
            return False
        if self.passes:
            self.passes -= 1
            return False
        self.cut_after = None
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._passing:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_unix_connection(self.inside)
        self._open |= {writer, there_writer}
        await asyncio.gather(
            self._pass_on(reader, there_writer, watch=True), self._pass_on(there_reader, writer, watch=False)
        )

    async def _pass_on(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, watch: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                is_last = watch and self._is_last(piece)
                self._muted = self._muted or is_last
                if watch or not self._muted:
                    target.write(piece)
                    await target.drain()
                if is_last:
                    await asyncio.sleep(0.2)  # the server does it, nobody hears of it
                    self._break()
                    self._muted = False
                    return
        self._open.discard(target)
        target.close()
