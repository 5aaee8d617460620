# SPDX-License-Identifier: Apache-2.0
"""Messages for tests: one of each, and strategies that draw any valid one."""

from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st

from wire_contract.codec import encode, seal
from wire_contract.messages.report import (
    LINES_MAX,
    VERSION,
    ZONES_MAX,
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
from wire_contract.vocabulary import Message

STREAM = "6f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11"
RUN = "00112233445566778899aabbccddeeff"
BOOT = "0b0d3f0e-1111-4222-8333-444455556666"

REPORT = Report(
    v=VERSION,
    site="beach",
    device="pier-1",
    stream=STREAM,
    sequence=7,
    boot=BOOT,
    start_s=1_750_000_020,
    length_s=60,
    clock=Clock.LIVE,
    clock_quality=ClockQuality.SYNCHRONISED,
    config="a" * 64,
    level=Level.STANDARD,
    rule=Rule(RuleName.DISCRETE_LAPLACE, (1000,)),
    image_quality=ImageQuality(code=0, observed=3, rate=2, difficulty=0),
    health=Health(temperature=1, disk=1, outbox=1, link=1),
    lines=(
        LineCount("north", 12, -1, 10, 15, -2, 0),
        LineCount("south", None, 4, None, None, 3, 7),
    ),
    zones=(ZoneCount("sand", 14, 21, 3, 1, 12, 16, 18, None),),
)

names = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32)
released = st.none() | st.integers(-(10**6), 10**6)
classes = st.integers(0, 3)
five_classes = st.integers(0, 4)
line_ends = dict.fromkeys(("in_low", "in_high", "out_low", "out_high"), released)
zone_ends = dict.fromkeys(("mean_low", "mean_high", "peak_low", "peak_high"), released)
line_counts = st.builds(LineCount, id=names, in_count=released, out_count=released, **line_ends)
zone_counts = st.builds(
    ZoneCount,
    id=names,
    mean=released,
    peak=released,
    speed=five_classes,
    standing=five_classes,
    **zone_ends,
)
rules = st.builds(
    Rule,
    name=st.sampled_from(RuleName),
    parameters=st.lists(st.integers(0, 10**6), max_size=32).map(tuple),
)
reports = st.builds(
    Report,
    v=st.just(VERSION),
    site=names,
    device=names,
    stream=st.uuids().map(str),
    sequence=st.integers(1, 2**53 - 1),
    boot=st.uuids().map(str),
    start_s=st.integers(0, 2**40),
    length_s=st.integers(1, 86_400),
    clock=st.sampled_from(Clock),
    clock_quality=st.sampled_from(ClockQuality),
    config=st.text("0123456789abcdef", min_size=64, max_size=64),
    level=st.sampled_from(Level),
    rule=rules,
    image_quality=st.builds(
        ImageQuality, code=st.integers(0, 31), observed=classes, rate=classes, difficulty=classes
    ),
    health=st.builds(Health, temperature=classes, disk=classes, outbox=classes, link=classes),
    lines=st.lists(line_counts, max_size=LINES_MAX).map(tuple),
    zones=st.lists(zone_counts, max_size=ZONES_MAX).map(tuple),
)


def largest_report() -> Report:
    """Return the report with the greatest number of bytes.

    Only the rule of buckets has many parameters, and those rise from 0.
    """
    longest = "z" * 32
    return replace(
        REPORT,
        site=longest,
        device=longest,
        sequence=2**53 - 1,
        start_s=2**40,
        length_s=86_400,
        clock_quality=ClockQuality.UNSYNCHRONISED,
        level=Level.NETWORK_COUNTER,
        rule=Rule(RuleName.BUCKETS, (0, *range(10**6 - 30, 10**6 + 1))),
        image_quality=ImageQuality(31, 3, 3, 3),
        lines=(LineCount(longest, *(-(10**6),) * 6),) * LINES_MAX,
        zones=(ZoneCount(longest, -(10**6), -(10**6), 4, 4, *(-(10**6),) * 4),) * ZONES_MAX,
    )


class Signer:
    """A device's key pair, as the gate and the centre see it."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    def seal(self, channel: Channel, message: Message) -> bytes:
        """Return a message as it travels."""
        return seal(channel, encode(message), self.key.sign)

    def verify(self, signed: bytes, signature: bytes) -> bool:
        """Say whether the signature is ours, as the centre does."""
        try:
            self.key.public_key().verify(signature, signed)
        except InvalidSignature:
            return False
        return True
