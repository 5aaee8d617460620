# SPDX-License-Identifier: Apache-2.0
"""What an uplink may say, byte by byte: an honest connection, and one thing wrong at a time."""

import struct

import pytest

from privacy_audit.outside.mqtt_bytes import (
    UnreadableError,
    UplinkIdentity,
    UplinkProtocol,
    packets,
)

WHO = UplinkIdentity("beach", "pier-1", "00000000-0000-4000-8000-000000000002", 5)


def field(raw: bytes) -> bytes:
    return struct.pack("!H", len(raw)) + raw


def packet(head: int, body: bytes) -> bytes:
    return (
        bytes([head, len(body)]) + body
        if len(body) < 128
        else bytes([head, len(body) & 127 | 128, len(body) >> 7]) + body
    )


def connect(
    *,
    name: bytes = b"beach.pier-1",
    keep_alive: int = 30,
    flags: int = 0x2E,
    properties: bytes = b"\0",
) -> bytes:
    will = b"\0" + field(WHO.topic("state").encode()) + field(WHO.state("offline"))
    return packet(
        0x10,
        field(b"MQTT")
        + bytes([5, flags])
        + struct.pack("!H", keep_alive)
        + properties
        + field(name)
        + will,
    )


def subscribe(number: int = 1) -> bytes:
    topics = ("pc/v1/fusion/state", WHO.topic("ack"), WHO.topic("certificate"))
    return packet(
        0x82,
        struct.pack("!H", number)
        + b"\0"
        + b"".join(field(topic.encode()) + b"\1" for topic in topics),
    )


def publish(
    number: int, *, head: int = 0x32, topic: str = WHO.topic("report"), properties: bytes = b"\0"
) -> bytes:
    return packet(
        head, field(topic.encode()) + struct.pack("!H", number) + properties + b"envelope"
    )


def faults(*said: bytes) -> list[str]:
    law = UplinkProtocol(WHO)
    return [
        fault for one, _ in packets(b"".join(said)) for fault in law.faults(one, frozenset({7}))
    ]


def test_what_every_uplink_says_has_no_fault() -> None:
    assert (
        faults(
            connect(),
            subscribe(),
            publish(2),
            packet(0x40, b"\0\7"),
            b"\xc0\0",
            publish(3),
            b"\xe0\0",
        )
        == []
    )


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ((connect(name=b"beach.pier-2"),), "client id"),
        ((connect(keep_alive=31),), "keep-alive"),
        ((connect(flags=0xAE),), "user name"),
        ((connect(properties=b"\3\x21\0\5"),), "CONNECT properties"),
        ((connect(), subscribe(2)), "packet number 2, wanted 1"),
        (
            (connect(), subscribe(), publish(2, properties=b"\7\x26\0\1a\0\1b")),
            "PUBLISH properties of 7 bytes",
        ),
        ((connect(), subscribe(), publish(2, head=0x33)), "retain mark"),
        ((connect(), subscribe(), publish(2, head=0x3A)), "sent again"),
        (
            (connect(), subscribe(), publish(2, topic="pc/v1/beach/pier-2/report")),
            "a topic that is not one of its own",
        ),
        ((connect(), packet(0x40, b"\0\x08")), "did not send"),
        ((connect(), packet(0x40, b"\0\7\0\3abc")), "more than its number"),
        ((connect(), b"\xc0\1x"), "1 bytes in a packet that has none"),
        ((subscribe(),), "its first packet is no CONNECT"),
        ((connect(), b"\xe0\0", b"\xc0\0"), "after its goodbye"),
    ],
)
def test_one_thing_that_could_carry_something_is_a_fault(
    said: tuple[bytes, ...], seen: str
) -> None:
    assert any(seen in fault for fault in faults(*said)), faults(*said)


def test_a_length_that_is_longer_than_it_needs_to_be_cannot_be_read() -> None:
    with pytest.raises(UnreadableError, match="longer than it needs"):
        list(packets(b"\xc0\x80\0"))


def test_half_a_packet_waits_for_the_rest() -> None:
    assert [end for _, end in packets(connect() + publish(2)[:9])] == [len(connect())]
