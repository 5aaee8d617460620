# SPDX-License-Identifier: Apache-2.0
"""Many boxes out of one process.

Real keys and certificates, real signed reports, real MQTT 5 connections over TLS.

One epoll loop writes and reads the packets itself, because a client library needs a thread and tens
of kilobytes for each box. Everything that is drawn comes from the seed. A box waits for the centre
as a real one does: at most IN_FLIGHT_MAX of its messages are unacknowledged, and what a lost
connection left unacknowledged is sent again.
"""

import hashlib
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from development.fleet.identity import BrokerAddress, Identity
from development.fleet.packets import (
    CONNACK,
    PUBACK,
    PUBLISH,
    SUBACK,
    connect_packet,
    cut_packet,
    publish_packet,
    subscribe_packet,
)
from wire_contract.codec import encode, seal
from wire_contract.errors import DecodeError
from wire_contract.merkle import EMPTY, Frontier, leaf_hash
from wire_contract.messages.acknowledgement import read_acknowledgement
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
from wire_contract.messages.report import (
    VERSION,
    Clock,
    ClockQuality,
    Health,
    ImageQuality,
    Level,
    LineCount,
    Report,
    Rule,
    RuleName,
    ZoneCount,
)  # fmt: skip
from wire_contract.topics import Channel

IN_FLIGHT_MAX = 64
"""As a real gate: so many reports may wait for the centre."""
WINDOW_S = 60
RECEIVE_BYTES = 16_384
RECONNECT_S = 2.0


class Writing:
    """What a box signs, one report after the other, with the tree over them."""

    def __init__(self, identity: Identity, *, start_s: int, checkpoints: bool) -> None:
        self._identity, self.start_s, self._checkpoints = identity, start_s, checkpoints
        self._tree: Frontier = EMPTY
        self.sequence = 0

    def next(self) -> tuple[int, bytes, bytes | None]:
        """Return the next report's sequence and envelope, and the checkpoint where one is due."""
        who, chance = self._identity, self._identity.counts
        self.sequence += 1
        report = Report(
            v=VERSION,
            site=who.site,
            device=who.device,
            stream=who.stream,
            sequence=self.sequence,
            boot=who.boot,
            start_s=self.start_s + self.sequence * WINDOW_S,
            length_s=WINDOW_S,
            clock=Clock.LIVE,
            clock_quality=ClockQuality.SYNCHRONISED,
            config="5" * 64,
            level=Level.STANDARD,
            rule=Rule(RuleName.DISCRETE_LAPLACE, (1000,)),
            image_quality=ImageQuality(code=0, observed=3, rate=2, difficulty=0),
            health=Health(temperature=1, disk=1, outbox=1, link=1),
            lines=(LineCount("north", chance.randint(-2, 40), chance.randint(-2, 40)),),
            zones=(ZoneCount("sand", chance.randint(-2, 80), chance.randint(-2, 120), 0, 0),),
        )
        envelope = seal(Channel.REPORT, encode(report), who.key.sign)
        if not self._checkpoints:
            return self.sequence, envelope, None
        self._tree = self._tree.append(leaf_hash(envelope))
        head = Head(who.stream, self.sequence, self._tree.root)
        note = sign_checkpoint(
            Checkpoint(who.site, who.device, head, None), who.public_key, who.key.sign
        )
        return self.sequence, envelope, note


class Box:
    """One connection and what waits on it."""

    def __init__(self, identity: Identity, writing: Writing) -> None:
        self.identity, self.writing = identity, writing
        self.sock: ssl.SSLSocket | socket.socket | None = None
        self.connected = False
        self.shaking = False
        self.incoming = bytearray()
        self.outgoing = bytearray()
        self.waiting: dict[int, tuple[bytes, float]] = {}
        """Unacknowledged reports: sequence to packet and when it was first sent (monotonic s)."""
        self.upto = 0
        self._packet_id = 0

    def packet_id(self) -> int:
        """Return the next packet id, 1..65535."""
        self._packet_id = self._packet_id % 65_535 + 1
        return self._packet_id


class Fleet:
    """All boxes, one epoll, one thread."""

    def __init__(self, boxes: Sequence[Box], broker: BrokerAddress, authority: Path | None) -> None:
        self.boxes = boxes
        self._broker, self._authority = broker, authority
        self._contexts: dict[Box, ssl.SSLContext] = {}
        self._epoll = select.epoll()
        self._by_descriptor: dict[int, Box] = {}
        self.delays_s: deque[float] = deque(maxlen=1_000_000)
        """From the first sending of each report to the centre's acknowledgement of it, seconds."""
        self.sent = self.acknowledged = self.lost_connections = 0

    # --- connections ----------------------------------------------------------------------------

    def connect(self, *, ramp_s: float, tick: Callable[[], None]) -> None:
        """Connect every box, spread over ramp_s seconds; return when all are in.

        `tick` is called in between.
        """
        begun_s = time.monotonic()
        for number, box in enumerate(self.boxes):
            while time.monotonic() - begun_s < ramp_s * number / max(1, len(self.boxes)):
                self.turn(0.005)
                tick()
            self._open(box)
            self.turn(0.0)
        while not all(box.connected for box in self.boxes):
            self.turn(0.05)
            tick()

    def _open(self, box: Box) -> None:
        plain = socket.create_connection((self._broker.host, self._broker.port), timeout=10.0)
        plain.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        box.incoming.clear()
        box.outgoing = bytearray(connect_packet(f"{box.identity.site}/{box.identity.device}"))
        if self._broker.ca_file is not None and self._authority is not None:
            context = self._contexts.pop(box, None) or box.identity.context(
                self._broker, self._authority
            )
            box.sock = context.wrap_socket(
                plain, server_hostname=self._broker.host, do_handshake_on_connect=False
            )
            box.shaking = True
        else:
            box.sock = plain
        self._by_descriptor[box.sock.fileno()] = box
        self._epoll.register(box.sock.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def _lose(self, box: Box) -> None:
        if box.sock is not None:
            self._epoll.unregister(box.sock.fileno())
            del self._by_descriptor[box.sock.fileno()]
            box.sock.close()
        self.lost_connections += 1
        box.sock, box.connected, box.shaking = None, False, False

    # --- sending --------------------------------------------------------------------------------

    def send(self, box: Box) -> bool:
        """Sign and send a box's next report.

        False where too many of its reports wait or it is not connected.
        """
        if not box.connected or len(box.waiting) >= IN_FLIGHT_MAX:
            return False
        self.put(box, *box.writing.next())
        return True

    def put(self, box: Box, sequence: int, envelope: bytes, note: bytes | None) -> None:
        """Send what was signed before."""
        topic = f"pc/v1/{box.identity.site}/{box.identity.device}"
        box.waiting[sequence] = (envelope, time.monotonic())
        box.outgoing += publish_packet(f"{topic}/report", envelope, box.packet_id(), retain=False)
        if note is not None:
            box.outgoing += publish_packet(
                f"{topic}/checkpoint", note, box.packet_id(), retain=True
            )
        self.sent += 1
        self._flush(box)

    # --- the loop -------------------------------------------------------------------------------

    def turn(self, wait_s: float) -> None:
        """Read and write what is ready, after at most wait_s seconds."""
        for descriptor, events in self._epoll.poll(wait_s):
            box = self._by_descriptor.get(descriptor)
            if box is None:
                continue
            try:
                if box.shaking:
                    self._shake(box)
                else:
                    if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                        self._read(box)
                    if events & select.EPOLLOUT and box.sock is not None:
                        self._flush(box)
            except OSError:
                self._lose(box)

    def reconnect(self) -> None:
        """Open again what was lost; what the centre has not acknowledged is sent again."""
        for box in self.boxes:
            if box.sock is None:
                self._open(box)

    def _shake(self, box: Box) -> None:
        assert isinstance(box.sock, ssl.SSLSocket)  # noqa: S101 - only a TLS connection shakes hands
        try:
            box.sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        box.shaking = False
        self._flush(box)

    def _flush(self, box: Box) -> None:
        if box.sock is None or box.shaking:
            return
        try:
            while box.outgoing:
                sent = box.sock.send(box.outgoing)
                del box.outgoing[:sent]
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self._epoll.modify(box.sock.fileno(), select.EPOLLIN | select.EPOLLOUT)
            return
        self._epoll.modify(box.sock.fileno(), select.EPOLLIN)

    def _read(self, box: Box) -> None:
        assert box.sock is not None  # noqa: S101 - what has no connection is not polled
        try:
            while received := box.sock.recv(RECEIVE_BYTES):
                box.incoming += received
            raise ConnectionError("the broker has ended the connection")
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        while (packet := cut_packet(box.incoming)) is not None:
            self._hear(box, *packet)
        self._flush(box)

    def _hear(self, box: Box, kind: int, body: bytes) -> None:
        if kind & 0xF0 == CONNACK:
            if body[1] != 0:
                raise ConnectionError(
                    f"{box.identity.device}: the broker refuses it, MQTT reason {body[1]}"
                )
            box.outgoing += subscribe_packet(
                f"pc/v1/{box.identity.site}/{box.identity.device}/ack", box.packet_id()
            )
        elif kind & 0xF0 == SUBACK:
            box.connected = True
            topic = f"pc/v1/{box.identity.site}/{box.identity.device}/report"
            for envelope, _ in box.waiting.values():
                box.outgoing += publish_packet(topic, envelope, box.packet_id(), retain=False)
        elif kind & 0xF0 == PUBLISH:
            self._hear_acknowledgement(box, kind, body)

    def _hear_acknowledgement(self, box: Box, kind: int, body: bytes) -> None:
        at = 2 + int.from_bytes(body[:2], "big")
        if kind & 0x06:
            box.outgoing += bytes((PUBACK, 2)) + body[at : at + 2]
            at += 2
        try:
            said = read_acknowledgement(bytes(body[at + 1 + body[at] :]))
        except DecodeError:
            return
        if said.stream != box.identity.stream or said.upto <= box.upto:
            return
        now_s = time.monotonic()
        for sequence in range(box.upto + 1, said.upto + 1):
            waited = box.waiting.pop(sequence, None)
            if waited is not None:
                self.delays_s.append(now_s - waited[1])
                self.acknowledged += 1
        box.upto = said.upto

    def close(self) -> None:
        """End every connection."""
        for box in self.boxes:
            if box.sock is not None:
                box.sock.close()
        self._epoll.close()


def make_boxes(count: int, *, site: str, seed: int, checkpoints: bool) -> list[Box]:
    """Return `count` boxes of one site, each at the beginning of its stream."""
    start_s = int(time.time()) // WINDOW_S * WINDOW_S
    identities = (Identity(site, number, seed=seed) for number in range(count))
    return [
        Box(identity, Writing(identity, start_s=start_s, checkpoints=checkpoints))
        for identity in identities
    ]


def fleet_digest(boxes: Sequence[Box]) -> str:
    """Return a short hash that says which boxes these are: the same seed gives the same."""
    return hashlib.sha256(b"".join(box.identity.public_key for box in boxes)).hexdigest()[:16]


# --- packets: MQTT 5, chapter 3 -----------------------------------------------------------------
