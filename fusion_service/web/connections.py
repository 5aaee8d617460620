# SPDX-License-Identifier: Apache-2.0
"""Keep a server open for others while some peers are slow: bounds and deadlines of its connections.

Rule 1: a request that is not whole in time ends its connection; so does an answer that is not
taken. Rule 2: one address has at most so many connections, and the server has at most so many. Rule
3: at a bound the connection goes that has waited longest without a whole request. Only where there
is none is the new one refused. A peer who has asked, and reads, is never pushed out. Rule 4: a
stream of events is not counted among these, and has no deadline but that its reader takes what
comes; of streams there are at most so many.
"""

import asyncio
import http
import ipaddress
import logging
import ssl
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS_MAX = 256
PER_ADDRESS_MAX = 64
"""A proxy in front is one address: it keeps a few connections open and hands the slow ones none of
them."""
REQUEST_S = 10.0
"""How long a request may take to arrive, from the connection or from its first byte; the TLS
hand-shake is part of it."""
ANSWER_S = 30.0
"""How long an answer may take, unless it is a stream of events."""
STREAMS_MAX = 512
"""More than the listeners that the picture takes (web/picture/live.py), which answers the rest."""
STREAM_STALL_S = 15.0
"""How long a stream may wait for a reader that takes nothing."""
STREAM_END = "/stream"
"""How the path of every stream ends."""
REQUEST_BYTES_MAX = 65_536
"""Head and body. Only a site's file needs more, and that is taken on loopback alone."""
IPV6_PREFIX = 64
"""One household has a whole network of addresses of IPv6: the network counts as the peer."""
log = logging.getLogger(__name__)


class Stage(Enum):
    """What a connection is at."""

    ASKING = auto()
    """No whole request yet: it may be pushed out."""
    ANSWERED = auto()
    """A request is whole and its answer under way."""
    STUCK = auto()
    """Its reader does not take the answer: it may be pushed out too."""
    STREAMING = auto()
    """Its answer is a stream of events, without an end."""


@dataclass(slots=True)
class Connections:
    """All connections of a server, oldest stage first. Used from its event loop only."""

    connections_max: int = CONNECTIONS_MAX
    per_address_max: int = PER_ADDRESS_MAX
    request_s: float = REQUEST_S
    request_bytes_max: int = REQUEST_BYTES_MAX
    answer_s: float = ANSWER_S
    streams_max: int = STREAMS_MAX
    stream_stall_s: float = STREAM_STALL_S
    _streams: set["BoundedProtocol"] = field(default_factory=set)
    _open: dict["BoundedProtocol", str] = field(default_factory=dict)

    def admit(self, new: "BoundedProtocol", address: str) -> bool:
        """Take a connection in, pushing out one that waits where a bound is reached.

        False where there is none to push out.
        """
        peer = peer_of(address)
        same = [one for one, its in self._open.items() if its == peer]
        full = same if len(same) >= self.per_address_max else list(self._open)
        if len(same) >= self.per_address_max or len(self._open) >= self.connections_max:
            waiting = next((one for one in full if one.stage is not Stage.ANSWERED), None)
            if waiting is None:
                return False
            waiting.end()
            self.leave(waiting)
        self._open[new] = peer
        return True

    def stream(self, connection: "BoundedProtocol") -> bool:
        """Count a connection among the streams from now on; False where there are too many."""
        if len(self._streams) >= self.streams_max:
            return False
        self._open.pop(connection, None)
        self._streams.add(connection)
        return True

    def renew(self, connection: "BoundedProtocol", address: str) -> None:
        """Put a connection that was answered behind all others: it waits anew."""
        if connection in self._streams:
            self._streams.discard(connection)
            self._open[connection] = peer_of(address)
        elif (peer := self._open.pop(connection, None)) is not None:
            self._open[connection] = peer

    def leave(self, connection: "BoundedProtocol") -> None:
        """Forget a connection."""
        self._open.pop(connection, None)
        self._streams.discard(connection)

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def __len__(self) -> int:
        return len(self._open)


def peer_of(address: str) -> str:
    """Return what counts as one peer: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, IPV6_PREFIX), strict=False))
    return str(known)


class BoundedProtocol(H11Protocol):
    """One connection: uvicorn's, with deadlines and a limit of bytes.

    With TLS too, where the server has a certificate.

    The hand-shake is made here and not by the server, so that a peer who never finishes it counts
    as a connection, too.
    """

    bounds: Connections
    tls: ssl.SSLContext | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - handed through as uvicorn calls it
        super().__init__(*arguments, **named)
        self.stage = Stage.ASKING
        self._deadline: asyncio.TimerHandle | None = None
        self._raw: asyncio.Transport | None = None
        self._address = ""
        self._ready = False
        self._early = bytearray()
        self._asked_bytes = 0
        self._handshake: asyncio.Task[None] | None = None

    # --- as asyncio calls it --------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Let a peer in, or close at once."""
        self._raw = transport
        self._address = str((transport.get_extra_info("peername") or ("",))[0])
        if not self.bounds.admit(self, self._address):
            transport.abort()
            return
        self._within(self.bounds.request_s)
        if self.tls is None:
            self._begin(transport)
        else:
            self._handshake = self.loop.create_task(self._shake_hands(transport, self.tls))

    def data_received(self, data: bytes) -> None:
        """Take bytes of a request; too many end the connection."""
        if not self._ready:
            # Bytes that came in one piece with the end of the hand-shake, before this protocol has
            # heard of that.
            self._early += data
            return
        self._asked_bytes += len(data)
        if self._asked_bytes > self.bounds.request_bytes_max:
            self._refuse_bulk()
            return
        super().data_received(data)
        self._look()

    def pause_writing(self) -> None:
        """Note that the peer does not take what it asked for."""
        if self.stage is Stage.STREAMING:
            self._within(self.bounds.stream_stall_s)
        else:
            self.stage = Stage.STUCK
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that it does."""
        if self.stage is Stage.STREAMING:
            self._without_deadline()
        else:
            self.stage = Stage.ANSWERED if self._answering() else Stage.ASKING
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room."""
        self._forget()
        if self._ready:
            super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request of this connection, behind all others."""
        self.stage, self._asked_bytes = Stage.ASKING, 0
        self.bounds.renew(self, self._address)
        self._within(self.bounds.request_s)
        super().on_response_complete()
        self._look()

    # --- bounds ---------------------------------------------------------------------------------

    def end(self) -> None:
        """Close the connection now, whatever it is at."""
        self._forget()
        if self._ready:
            self.transport.abort()
        elif self._raw is not None:
            self._raw.abort()

    def _look(self) -> None:
        """See whether a request has become whole.

        From then on its answer is waited for, not its sender.
        """
        if (
            self.stage is Stage.ASKING
            and self.conn.their_state in {h11.DONE, h11.MUST_CLOSE}
            and self._answering()
        ):
            is_stream = str(self.scope["path"]).endswith(STREAM_END) and self.bounds.stream(self)
            self.stage = Stage.STREAMING if is_stream else Stage.ANSWERED
            if is_stream:
                self._without_deadline()
            else:
                self._within(self.bounds.answer_s)

    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _within(self, seconds: float) -> None:
        """Set the time by which the connection has to be at its next stage."""
        self._without_deadline()
        self._deadline = self.loop.call_later(seconds, self.end)

    def _without_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    def _forget(self) -> None:
        self._without_deadline()
        if self._handshake is not None:
            self._handshake.cancel()
        self.bounds.leave(self)

    def _refuse_bulk(self) -> None:
        """Say that the request is too large, where nothing has been said yet, and close."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            reason = http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            self.transport.write(
                f"HTTP/1.1 {reason.value} {reason.phrase}\r\nconnection: close\r\n\r\n".encode(
                    "ascii"
                )
            )
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _begin(self, transport: asyncio.BaseTransport | None) -> None:
        """Hand the connection to uvicorn."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what asyncio makes here is one
        self._ready = True
        super().connection_made(transport)

    async def _shake_hands(self, transport: asyncio.Transport, tls: ssl.SSLContext) -> None:
        try:
            secure = await self.loop.start_tls(
                transport, self, tls, server_side=True, ssl_handshake_timeout=self.bounds.request_s
            )
        except (OSError, ssl.SSLError) as error:
            log.debug("TLS hand-shake: %s", error)
            self.end()
            return
        self._handshake = None
        self._begin(secure)
        early, self._early = bytes(self._early), bytearray()
        if early:
            self.data_received(early)


def protocol(bounds: Connections, tls: ssl.SSLContext | None = None) -> type[BoundedProtocol]:
    """Return the protocol class of a server with these bounds, for uvicorn's setting `http`."""
    return type("BoundProtocol", (BoundedProtocol,), {"bounds": bounds, "tls": tls})
