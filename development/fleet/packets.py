# SPDX-License-Identifier: Apache-2.0
"""The packets of MQTT 5 that a simulated box sends and reads."""

import struct

# MQTT 5, section 2.1.2: the packet types, in the high four bits.
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 0x10, 0x20, 0x30, 0x40, 0x82, 0x90


KEEPALIVE_S = 600
_QOS1 = 0x02


_NO_PROPERTIES = b"\x00"


def _packet(kind: int, body: bytes) -> bytes:
    length, encoded = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        encoded.append(digit | (0x80 if length else 0))
        if not length:
            return bytes((kind, *encoded)) + body


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def connect_packet(client_id: str) -> bytes:
    """Return a CONNECT with a clean start."""
    clean_start = 0x02
    return _packet(
        CONNECT,
        _text("MQTT")
        + bytes((5, clean_start))
        + struct.pack(">H", KEEPALIVE_S)
        + _NO_PROPERTIES
        + _text(client_id),
    )


def subscribe_packet(topic: str, packet_id: int) -> bytes:
    """Return a SUBSCRIBE of one topic, at QoS 1."""
    return _packet(
        SUBSCRIBE, struct.pack(">H", packet_id) + _NO_PROPERTIES + _text(topic) + b"\x01"
    )


def publish_packet(topic: str, payload: bytes, packet_id: int, *, retain: bool) -> bytes:
    """Return a PUBLISH at QoS 1."""
    body = _text(topic) + struct.pack(">H", packet_id) + _NO_PROPERTIES + payload
    return _packet(PUBLISH | _QOS1 | int(retain), body)


def cut_packet(incoming: bytearray) -> tuple[int, bytes] | None:
    """Take one whole packet off the front; None where the rest has not come yet."""
    length = shift = 0
    for at in range(1, min(5, len(incoming))):
        length |= (incoming[at] & 0x7F) << shift
        shift += 7
        if not incoming[at] & 0x80:
            end = at + 1 + length
            if len(incoming) < end:
                return None
            kind, body = incoming[0], bytes(incoming[at + 1 : end])
            del incoming[:end]
            return kind, body
    return None
