# SPDX-License-Identifier: Apache-2.0
"""A link that can be cut, held half-open or slowed.

A TCP proxy between the box and the broker, in a thread of its own.
"""

import asyncio
import contextlib
import threading
from enum import Enum

CHUNK_BYTES = 4096
SLOW_BYTES_S = 2_000


class LinkState(Enum):
    """What the link does with what is given to it."""

    FINE = "fine"
    CUT = "cut"
    HALF_OPEN = "half-open"
    """Connections stand and are accepted, and nothing passes."""
    SLOW = "slow"


class Link:
    """One listening port and every connection through it."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.state = LinkState.FINE
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self._ready.wait()

    def become(self, state: LinkState) -> None:
        """Change what the link does, at once; a cut ends every connection."""
        self.state = state
        if state is LinkState.CUT:
            self._loop.call_soon_threadsafe(self._end_all)

    def stop(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._join, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    def _end_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.state is LinkState.CUT:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                while self.state is LinkState.HALF_OPEN:  # noqa: ASYNC110 - another thread sets it, and an event of ours it cannot set
                    await asyncio.sleep(0.05)
                if self.state is LinkState.SLOW:
                    await asyncio.sleep(len(chunk) / SLOW_BYTES_S)
                writer.write(chunk)
                await writer.drain()
        writer.close()
