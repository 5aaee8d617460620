# SPDX-License-Identifier: Apache-2.0
"""Every way in which a message can be judged."""

import hashlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.ingest.admission import examine
from fusion_service.ingest.examined import (
    Examined,
    GoodMeta,
    GoodReport,
    GoodState,
    Outcome,
    Received,
    Standing,
    Unusable,
    Unverified,
    compare,
    dead_letter,
)
from fusion_service.registry.registry import Device, Registry, public_key
from tests.fusion_service.box import START_S, Box, line, zone
from wire_contract.codec import ENVELOPE_BYTES_MAX, encode, signed_bytes
from wire_contract.messages.report import Clock, Level
from wire_contract.messages.state import Link, State
from wire_contract.topics import Channel

REAL, TEST, STRANGER = Box(), Box("lab", "bench-1"), Box("beach", "pier-9")
REGISTRY = Registry.of(
    [
        Device(1, REAL.site, REAL.device, public_key(REAL.public_key), test_site=False),
        Device(2, TEST.site, TEST.device, public_key(TEST.public_key), test_site=True),
    ]
)
LATE_AFTER_S = 120


def judge(topic: str, payload: bytes, received_ms: int = 0) -> Examined:
    return examine(Received(topic, payload, received_ms), REGISTRY, late_after_s=LATE_AFTER_S)


def outcome_of(verdict: Examined) -> Outcome:
    if isinstance(verdict, Unverified):
        return verdict.outcome
    return Outcome.UNUSABLE if isinstance(verdict, Unusable) else Outcome.ACCEPTED


def test_an_authentic_report_of_a_known_device_is_good() -> None:
    report = REAL.report(7)
    verdict = judge(REAL.topic(), REAL.seal(report))
    assert isinstance(verdict, GoodReport)
    assert verdict.report == report
    assert verdict.sha256 == hashlib.sha256(signed_bytes(Channel.REPORT, encode(report))).digest()


def test_an_authentic_meta_is_good_and_keeps_its_bytes() -> None:
    meta = REAL.meta(1)
    verdict = judge(REAL.topic(Channel.META), REAL.seal(meta, Channel.META))
    assert isinstance(verdict, GoodMeta)
    assert verdict.payload == encode(meta)


def test_a_state_of_a_known_device_is_a_hint() -> None:
    state = State(1, REAL.boot, Link.ONLINE)
    assert judge(REAL.topic(Channel.STATE), encode(state)) == GoodState(
        REGISTRY.devices["beach", "pier-1"], state
    )


END_MS = (START_S + 60) * 1000


@pytest.mark.parametrize(
    ("received_ms", "clock", "late"),
    [
        (END_MS, Clock.LIVE, False),  # at once
        (END_MS + 120_000, Clock.LIVE, False),  # exactly at the bound
        (END_MS + 120_001, Clock.LIVE, True),  # beyond it
        (END_MS + 999_999_999, Clock.REPLAY, False),  # a file's time is not the centre's
    ],
)
def test_late_is_a_flag_on_a_good_live_report(
    received_ms: int, clock: Clock, *, late: bool
) -> None:
    verdict = judge(
        TEST.topic(), TEST.seal(TEST.report(1, start_s=START_S, clock=clock)), received_ms
    )
    assert isinstance(verdict, GoodReport)
    assert verdict.late is late


@pytest.mark.parametrize(
    ("topic", "payload", "outcome"),
    [
        ("pc/v1/beach/pier-1", b"", Outcome.MALFORMED),  # a level short
        ("pc/v1/Beach/pier-1/report", REAL.envelope(1), Outcome.MALFORMED),  # a name that is none
        ("pc/v2/beach/pier-1/report", REAL.envelope(1), Outcome.MALFORMED),  # another version
        ("", REAL.envelope(1), Outcome.MALFORMED),  # what stands for a topic that is not UTF-8
        (REAL.topic(Channel.ACK), b"{}", Outcome.MALFORMED),  # our own channel
        (REAL.topic(), b"", Outcome.MALFORMED),  # nothing
        (REAL.topic(), encode(REAL.report(1)), Outcome.MALFORMED),  # no signature
        (REAL.topic(), b"x" * (ENVELOPE_BYTES_MAX + 1), Outcome.MALFORMED),  # too long
        (REAL.topic(Channel.STATE), b"online", Outcome.MALFORMED),  # not a state
        (STRANGER.topic(), STRANGER.envelope(1), Outcome.UNKNOWN_DEVICE),  # never enrolled
        (
            STRANGER.topic(Channel.STATE),
            encode(State(1, STRANGER.boot, Link.ONLINE)),
            Outcome.UNKNOWN_DEVICE,
        ),  # the same
        (REAL.topic(), TEST.envelope(1), Outcome.FORGED),  # another's signature
        (
            REAL.topic(),
            REAL.seal(REAL.meta(1), Channel.META),
            Outcome.FORGED,
        ),  # a meta that would pass for a report
        (
            REAL.topic(),
            REAL.envelope(1).replace(b'"sequence":1', b'"sequence":2'),
            Outcome.FORGED,
        ),  # changed under way
        (REAL.topic(), REAL.seal_bytes(b"not json"), Outcome.UNUSABLE),  # authentic, not JSON
        (
            REAL.topic(),
            REAL.seal_bytes(encode(REAL.report(1)) + b" "),
            Outcome.UNUSABLE,
        ),  # authentic, not canonical
        (
            REAL.topic(),
            REAL.seal_bytes(encode(REAL.meta(1))),
            Outcome.UNUSABLE,
        ),  # authentic, a meta said as a report
        (
            REAL.topic(),
            REAL.seal(Box("beach", "pier-2").report(1)),
            Outcome.UNUSABLE,
        ),  # says another device
        (
            REAL.topic(),
            REAL.seal(Box("lab", "pier-1").report(1)),
            Outcome.UNUSABLE,
        ),  # says another site
        (
            REAL.topic(),
            REAL.seal(REAL.report(1, level=Level.PROCESS)),
            Outcome.UNUSABLE,
        ),  # a level for test sites
        (
            REAL.topic(),
            REAL.seal(REAL.report(1, level=Level.UNCONFINED)),
            Outcome.UNUSABLE,
        ),  # the same
        (
            REAL.topic(),
            REAL.seal(REAL.report(1, clock=Clock.REPLAY)),
            Outcome.UNUSABLE,
        ),  # a clock for test sites
        (
            REAL.topic(Channel.META),
            REAL.seal(REAL.meta(1, level=Level.PROCESS), Channel.META),
            Outcome.UNUSABLE,
        ),  # a meta too
        (
            REAL.topic(),
            REAL.seal(REAL.report(1, lines=(line(), line()))),
            Outcome.UNUSABLE,
        ),  # one line twice
        (
            REAL.topic(),
            REAL.seal(REAL.report(1, zones=(zone(), zone()))),
            Outcome.UNUSABLE,
        ),  # one zone twice
        (
            REAL.topic(),
            REAL.seal(REAL.report(1, level=Level.REDUCED)),
            Outcome.ACCEPTED,
        ),  # weak, and allowed
        (
            REAL.topic(),
            REAL.seal(REAL.report(1, level=Level.NETWORK_CAMERA)),
            Outcome.ACCEPTED,
        ),  # the same
        (
            TEST.topic(),
            TEST.seal(TEST.report(1, level=Level.UNCONFINED)),
            Outcome.ACCEPTED,
        ),  # allowed on a test site
        (TEST.topic(), TEST.seal(TEST.report(1, clock=Clock.REPLAY)), Outcome.ACCEPTED),  # the same
    ],
)
def test_every_message_ends_in_one_outcome(topic: str, payload: bytes, outcome: Outcome) -> None:
    assert outcome_of(judge(topic, payload)) is outcome


STREAM = REAL.stream


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        (
            json.dumps({"stream": STREAM, "sequence": 5, "new": "field"}),
            (STREAM, 5),
        ),  # a field of a later version
        (json.dumps({"stream": STREAM, "sequence": 0}), None),  # sequences begin at 1
        (json.dumps({"stream": STREAM, "sequence": True}), None),  # not a number
        (json.dumps({"stream": "x", "sequence": 5}), None),  # not a stream
        (json.dumps([STREAM, 5]), None),  # not an object
        ("[" * 5000, None),  # deeper than the reader goes
        ("1" * 5000, None),  # longer than the reader counts
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), None),  # not text
    ],
)
def test_the_place_of_an_unusable_message_is_read_leniently(
    payload: str, place: tuple[str, int] | None
) -> None:
    verdict = judge(REAL.topic(), REAL.seal_bytes(payload.encode("latin-1")))
    assert isinstance(verdict, Unusable)
    assert verdict.place == place


def test_of_a_stranger_only_a_trace_is_kept() -> None:
    received = Received(STRANGER.topic(), STRANGER.envelope(1), 5)
    verdict = judge(received.topic, received.payload)
    assert isinstance(verdict, Unverified)
    letter = dead_letter(received, verdict)
    assert letter.payload is None
    assert letter.head == received.payload[:64]
    assert letter.sha256 == hashlib.sha256(received.payload).digest()
    assert letter.length == len(received.payload)


def test_what_a_known_device_signed_is_kept_whole() -> None:
    received = Received(REAL.topic(), REAL.seal_bytes(b"not json"), 5)
    verdict = judge(received.topic, received.payload)
    assert isinstance(verdict, Unusable)
    assert dead_letter(received, verdict).payload == received.payload


@pytest.mark.parametrize(
    ("known", "standing"),
    [
        (None, Standing.NEW),  # nothing there
        (b"a", Standing.SAME),  # the same bytes
        (b"b", Standing.FORK),  # other bytes
    ],
)
def test_a_sequence_is_new_the_same_or_a_fork(known: bytes | None, standing: Standing) -> None:
    assert compare(known, b"a") is standing


@given(st.text(max_size=60), st.binary(max_size=300), st.sampled_from([REAL, TEST]))
def test_any_topic_and_any_signed_bytes_are_judged(topic: str, payload: bytes, box: Box) -> None:
    assert outcome_of(judge(topic, payload)) in Outcome
    assert isinstance(judge(box.topic(), box.seal_bytes(payload)), Unusable)


@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_a_changed_envelope_is_never_good(source: random.Random, changes: int) -> None:
    envelope = bytearray(REAL.envelope(3))
    for _ in range(changes):
        envelope[source.randrange(len(envelope))] ^= 1 << source.randrange(8)
    if bytes(envelope) != REAL.envelope(3):
        assert outcome_of(judge(REAL.topic(), bytes(envelope))) in {
            Outcome.MALFORMED,
            Outcome.FORGED,
        }
