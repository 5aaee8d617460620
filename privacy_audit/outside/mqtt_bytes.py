# SPDX-License-Identifier: Apache-2.0
"""Read what a client of a broker sends, byte by byte, and compare it with what an uplink may say.

Written from MQTT 3.1.1 (OASIS 2014) and MQTT 5.0 (OASIS 2019). Allowed are the packets, flags and
lengths below and nothing else: no property, no user name, no other topic, no packet number out of
turn. So beside topic and payload no bit is free to carry anything. Pure: bytes come in, faults go
out.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 4, 8, 12, 14
KEEP_ALIVE_S = 30
RETAINED = frozenset({"meta", "checkpoint", "state"})
CHANNELS = RETAINED | {"report"}
HEARD = ("ack", "certificate")
CENTRE = "pc/v1/fusion/state"
_FLAGS = {CONNECT: 0, PUBACK: 0, SUBSCRIBE: 2, PINGREQ: 0, DISCONNECT: 0}
_CLEAN_WILL_1_RETAINED = 0b0010_1110
_VERSION_5 = 5
_LENGTH_BYTES_MAX = 4


class UnreadableError(ValueError):
    """Bytes that are no packet of MQTT."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: its kind, the four flags of its first byte, and what follows its length.

    at_s: when it came (monotonic).
    """

    kind: int
    flags: int
    body: bytes
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class UplinkIdentity:
    """Who is to be heard: a box, the boot it runs in, and its config's version of MQTT.

    Version 4 is 3.1.1.
    """

    site: str
    device: str
    boot: str
    version: int

    def topic(self, channel: str) -> str:
        """Return one of its topics."""
        return f"pc/v1/{self.site}/{self.device}/{channel}"

    def state(self, link: str) -> bytes:
        """Return the only two things that it says unsigned."""
        return json.dumps(
            {"boot": self.boot, "link": link, "v": 1}, sort_keys=True, separators=(",", ":")
        ).encode()


@dataclass(frozen=True, slots=True)
class PublishPacket:
    """One PUBLISH, taken apart.

    properties: the bytes of MQTT 5's properties, their length not counted.
    """

    topic: str
    payload: bytes
    qos: int
    retained: bool
    again: bool
    number: int
    properties: bytes


def packets(raw: bytes, at_s: float = 0.0) -> Iterator[tuple[Packet, int]]:
    """Yield the whole packets at the beginning of `raw`, each with where it ends.

    Raises UnreadableError.
    """
    place = 0
    while (end := _end(raw, place)) is not None:
        body_from, place_after = end
        yield (
            Packet(raw[place] >> 4, raw[place] & 15, raw[body_from:place_after], at_s),
            place_after,
        )
        place = place_after


def _end(raw: bytes, place: int) -> tuple[int, int] | None:
    """Return where a packet's body begins and ends; None where it is not whole.

    Raises UnreadableError.
    """
    length, at = 0, place + 1
    for turn in range(_LENGTH_BYTES_MAX):
        if at >= len(raw):
            return None
        byte, at = raw[at], at + 1
        length |= (byte & 127) << (7 * turn)
        if byte < 128:  # noqa: PLR2004 - the topmost bit says that more follows
            if turn and not byte:
                raise UnreadableError("a length that is written longer than it needs to be")
            return (at, at + length) if at + length <= len(raw) else None
    raise UnreadableError("a length of more than four bytes")


class _Reader:
    """Take a packet's body apart, from its beginning. Raises UnreadableError if it is too short."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def read(self, count: int) -> bytes:
        taken = self._body[self._at : self._at + count]
        if len(taken) < count:
            raise UnreadableError("a packet that is shorter than what it should hold")
        self._at += count
        return taken

    def number(self) -> int:
        return int(struct.unpack("!H", self.read(2))[0])

    def field(self) -> bytes:
        return self.read(self.number())

    def properties(self) -> bytes:
        length = 0
        for turn in range(_LENGTH_BYTES_MAX):
            [byte] = self.read(1)
            length |= (byte & 127) << (7 * turn)
            if byte < 128:  # noqa: PLR2004 - the topmost bit says that more follows
                if turn and not byte:
                    raise UnreadableError(
                        "properties whose length is written longer than it needs to be"
                    )
                return self.read(length)
        raise UnreadableError("properties with a length of more than four bytes")

    def rest(self) -> bytes:
        return self.read(len(self._body) - self._at)


def published(packet: Packet, version: int) -> PublishPacket:
    """Take a PUBLISH apart. Raises UnreadableError."""
    reader = _Reader(packet.body)
    topic, qos = reader.field().decode("utf-8", "replace"), packet.flags >> 1 & 3
    number = reader.number() if qos else 0
    properties = reader.properties() if version == _VERSION_5 else b""
    return PublishPacket(
        topic,
        reader.rest(),
        qos,
        bool(packet.flags & 1),
        bool(packet.flags & 8),
        number,
        properties,
    )


def protocol_of(packet: Packet) -> int:
    """Return the version that a CONNECT names. Raises UnreadableError."""
    reader = _Reader(packet.body)
    reader.field()
    return reader.read(1)[0]


def number_of(packet: Packet) -> int:
    """Return the number that a SUBSCRIBE or PUBACK begins with. Raises UnreadableError."""
    return _Reader(packet.body).number()


class UplinkProtocol:
    """What one connection of an uplink may say, packet by packet, in order."""

    def __init__(self, speaker: UplinkIdentity) -> None:
        self._who = speaker
        self._seen = 0
        self._next_number = 1
        self._ended = False

    def faults(self, packet: Packet, asked: frozenset[int]) -> list[str]:
        """Return what of this packet is not as it must be.

        asked: the numbers that the broker has asked an answer for.
        """
        self._seen += 1
        if self._ended:
            return ["it speaks after its goodbye"]
        if (self._seen == 1) != (packet.kind == CONNECT):
            return ["its first packet is no CONNECT" if self._seen == 1 else "a second CONNECT"]
        if packet.kind != PUBLISH and packet.flags != _FLAGS.get(packet.kind):
            return [
                f"a packet of kind {packet.kind} with flags {packet.flags}, which no uplink sends"
            ]
        try:
            return self._judge(packet, asked)
        except UnreadableError as error:
            return [str(error)]

    def _judge(self, packet: Packet, asked: frozenset[int]) -> list[str]:
        if packet.kind == CONNECT:
            return self._connect(packet)
        if packet.kind == SUBSCRIBE:
            return self._subscribe(packet)
        if packet.kind == PUBLISH:
            return self._publish(packet)
        if packet.kind == PUBACK:
            return self._puback(packet, asked)
        self._ended = packet.kind == DISCONNECT
        return (
            [f"{len(packet.body)} bytes in a packet that has none"]
            if packet.body.strip(b"\0") or len(packet.body) > 2  # noqa: PLR2004 - reason 0, and no properties
            else []
        )

    def _connect(self, packet: Packet) -> list[str]:
        who, body = self._who, _Reader(packet.body)
        of_version_5 = who.version == _VERSION_5
        wanted: list[tuple[str, Any, Any]] = [
            ("protocol name", body.field(), b"MQTT"),
            ("protocol version", body.read(1)[0], who.version),
            ("CONNECT flags (user name, password, will)", body.read(1)[0], _CLEAN_WILL_1_RETAINED),
            ("keep-alive", body.number(), KEEP_ALIVE_S),
            ("CONNECT properties", body.properties() if of_version_5 else b"", b""),
            ("client id", body.field(), f"{who.site}.{who.device}".encode()),
            ("will properties", body.properties() if of_version_5 else b"", b""),
            ("will topic", body.field(), who.topic("state").encode()),
            ("will payload", body.field(), who.state("offline")),
            ("bytes behind the will", body.rest(), b""),
        ]
        return [
            f"{name} is not what every box's is" for name, seen, right in wanted if seen != right
        ]

    def _subscribe(self, packet: Packet) -> list[str]:
        body = _Reader(packet.body)
        found = self._numbered(body.number())
        found += (
            ["SUBSCRIBE properties"]
            if self._who.version == _VERSION_5 and body.properties()
            else []
        )
        rest, topics = body.rest(), []
        reader = _Reader(rest)
        length = 0
        while length < len(rest):
            topic, options = reader.field(), reader.read(1)
            topics.append((topic.decode("utf-8", "replace"), options[0]))
            length += len(topic) + 3
        right = [(CENTRE, 1), *((self._who.topic(channel), 1) for channel in HEARD)]
        return found + (
            []
            if topics == right
            else ["a subscription to something else than its own three topics"]
        )

    def _publish(self, packet: Packet) -> list[str]:
        one = published(packet, self._who.version)
        channel = one.topic.rpartition("/")[2]
        found = self._numbered(one.number) if one.qos else []
        if one.topic != self._who.topic(channel) or channel not in CHANNELS:
            return [*found, "a topic that is not one of its own"]
        found += [f"PUBLISH properties of {len(one.properties)} bytes"] if one.properties else []
        found += ["a quality of service that is not 1"] if one.qos != 1 else []
        found += ["a mark that it is sent again, which no uplink sets"] if one.again else []
        found += (
            [f"the retain mark of a {channel} is wrong"]
            if one.retained != (channel in RETAINED)
            else []
        )
        if channel == "state":
            return found + (
                []
                if one.payload in (self._who.state("online"), self._who.state("offline"))
                else ["a state that is not one of the two"]
            )
        return found

    def _puback(self, packet: Packet, asked: frozenset[int]) -> list[str]:
        number, rest = number_of(packet), packet.body[2:]
        found = [] if number in asked else ["an answer to something that the broker did not send"]
        return found + (
            ["an answer with more than its number"] if rest.strip(b"\0") or len(rest) > 2 else []  # noqa: PLR2004 - reason 0, and no properties
        )

    def _numbered(self, number: int) -> list[str]:
        right, self._next_number = self._next_number, self._next_number % 65_535 + 1
        return (
            [] if number == right else [f"packet number {number}, wanted {right}: they rise by one"]
        )
