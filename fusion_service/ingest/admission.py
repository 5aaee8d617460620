# SPDX-License-Identifier: Apache-2.0
"""Judge a received message. Pure: bytes, the registry and a time come in, a verdict goes out.

Rule 1: nothing is believed before its signature held over the bytes as received. Rule 2: every
message ends in one `Outcome`. Rule 3: lateness is a flag on an accepted report, never a refusal.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from fusion_service.ingest.examined import (
    NO_CHANNEL,
    Examined,
    Good,
    GoodCheckpoint,
    GoodMeta,
    GoodPurged,
    GoodReport,
    GoodState,
    KeptAnswer,
    Outcome,
    Received,
    Unusable,
    Unverified,
)
from fusion_service.registry.registry import Device, FormerKey, Registry
from fusion_service.store.set_apart import SEQUENCE_MAX
from wire_contract.codec import check_signature, decode, signed_bytes, split
from wire_contract.errors import DecodeError, FieldError
from wire_contract.messages.acknowledgement import read_acknowledgement
from wire_contract.messages.checkpoint import open_checkpoint, parse_checkpoint
from wire_contract.messages.meta import Meta
from wire_contract.messages.purged import Purged, frontier_of
from wire_contract.messages.report import SEQUENCE, UUID, Clock, Level, Report
from wire_contract.messages.state import State
from wire_contract.messages.versions import answered_in, read_meta, read_report
from wire_contract.topics import TO_A_BOX, Channel, DeviceTopic

DETAIL_CHARACTERS_MAX = 200
TOPICS_KNOWN_MAX = 32_768
"""Topics whose reading is remembered: three for each of ten thousand boxes. At the bound the one
used longest ago goes."""
TEST_LEVELS = frozenset({Level.PROCESS, Level.UNCONFINED})
"""Levels that a real site does not get away with."""


def examine(received: Received, registry: Registry, *, late_after_s: int) -> Examined:
    """Judge a message by itself."""
    try:
        topic = topic_of(received.topic)
    except DecodeError:
        return Unverified(Outcome.MALFORMED, "", "", NO_CHANNEL, "topic: not one of a device's")
    if not received.payload and topic.channel is not Channel.REPORT:
        return Unverified(Outcome.CLEARED, topic.site, topic.device, topic.channel, "")
    if topic.channel in TO_A_BOX and not (topic.channel is Channel.ACK and received.retained):
        detail = "topic: acknowledgements and certificates go to the boxes, none is read here"
        return Unverified(Outcome.MALFORMED, topic.site, topic.device, topic.channel, detail)
    if (read := _READERS.get(topic.channel)) is not None:
        return read(topic, received, registry)
    return _examine_signed(topic, received, registry, late_after_s)


@lru_cache(maxsize=TOPICS_KNOWN_MAX)
def topic_of(text: str) -> DeviceTopic:
    """Read a topic, once. Raises DecodeError for one that is not a device's."""
    return DeviceTopic.parse(text)


def _examine_state(topic: DeviceTopic, received: Received, registry: Registry) -> Examined:
    try:
        state = decode(State, received.payload)
    except DecodeError:
        detail = "state: neither online nor offline with a boot"
        return Unverified(Outcome.MALFORMED, topic.site, topic.device, topic.channel, detail)
    device = registry.find(topic.site, topic.device)
    if device is None or device.lost or device.retired:
        return _stranger(topic, device)
    return GoodState(device, state, holds=device.former_names.get((topic.site, topic.device), True))


def _examine_answer(topic: DeviceTopic, received: Received, registry: Registry) -> Examined:
    device = registry.find(topic.site, topic.device)
    site, name = (topic.site, topic.device) if device is None else (device.site, device.name)
    try:
        return KeptAnswer(site, name, read_acknowledgement(received.payload))
    except DecodeError as error:
        return Unverified(Outcome.MALFORMED, topic.site, topic.device, topic.channel, _short(error))


def _examine_checkpoint(topic: DeviceTopic, received: Received, registry: Registry) -> Examined:
    """Judge a checkpoint: one signature, the device's own.

    Co-signatures are the witnesses' affair.
    """
    try:
        checkpoint, _ = parse_checkpoint(received.payload, signatures_max=1)
    except DecodeError as error:
        return Unverified(Outcome.MALFORMED, topic.site, topic.device, topic.channel, _short(error))
    device = registry.find(topic.site, topic.device)
    if device is None or device.lost or device.retired:
        return _stranger(topic, device)
    try:
        former = _opened_by(received.payload, device)
    except DecodeError as error:
        return Unverified(Outcome.FORGED, topic.site, topic.device, topic.channel, _short(error))
    if former is not None and former.refused:
        return _replaced(topic, "signed by a box that was lost, and replaced")
    sha256 = hashlib.sha256(received.payload).digest()
    if not device.is_called(checkpoint.site, checkpoint.device):
        detail = (
            f"checkpoint: got {checkpoint.site}/{checkpoint.device}, wanted "
            f"{topic.site}/{topic.device} of its topic"
        )
        return Unusable(device, topic.channel, None, sha256, detail, None, former)
    return GoodCheckpoint(device, checkpoint, sha256, former)


def _opened_by(note: bytes, device: Device) -> FormerKey | None:
    """Return which former key signed a checkpoint, None for the device's own.

    Raises DecodeError where none did.
    """
    for key in device.former_keys:
        with suppress(DecodeError):
            open_checkpoint(note, bytes(key.public_key), key.verify)
            return key
    open_checkpoint(note, bytes(device.public_key), device.verify)
    return None


def _examine_signed(
    topic: DeviceTopic, received: Received, registry: Registry, late_after_s: int
) -> Examined:
    try:
        # Before the signature is looked at, so that bytes that are no envelope are told from a
        # forgery.
        payload, signature = split(received.payload)
    except DecodeError as error:
        return Unverified(Outcome.MALFORMED, topic.site, topic.device, topic.channel, _short(error))
    device = registry.find(topic.site, topic.device)
    if device is None or device.lost or device.retired:
        return _stranger(topic, device)
    return _examine_by_key(topic, device, received, payload, signature, late_after_s)


def _examine_by_key(
    topic: DeviceTopic,
    device: Device,
    received: Received,
    payload: bytes,
    signature: bytes,
    late_after_s: int,
) -> Examined:
    signed, former = signed_bytes(topic.channel, payload), None
    if device.former_keys and not device.verify(signed, signature):
        former = next((key for key in device.former_keys if key.verify(signed, signature)), None)
    try:
        if former is None:
            check_signature(signed, signature, device.verify)
    except DecodeError as error:
        return Unverified(Outcome.FORGED, topic.site, topic.device, topic.channel, _short(error))
    if former is not None and former.refused:
        return _replaced(topic, "signed by a box that was lost, and replaced")
    sha256 = hashlib.sha256(signed).digest()
    verdict = _examine_payload(
        topic, device, payload, sha256, received.received_ms - late_after_s * 1000
    )
    if former is not None and isinstance(verdict, GoodReport) and _is_after(verdict.report, former):
        return _replaced(
            topic, "a window that ended after another box took the place of the one that signed it"
        )
    return verdict if former is None else replace(verdict, former=former)


def _is_after(report: Report, former: FormerKey) -> bool:
    """Say whether a live window ended after its box was replaced.

    That box cannot have counted it here.
    """
    return (
        report.clock is Clock.LIVE and (report.start_s + report.length_s) * 1000 > former.until_ms
    )


def _examine_payload(
    topic: DeviceTopic, device: Device, payload: bytes, sha256: bytes, late_before_ms: int
) -> Good | Unusable:
    message: Report | Purged | Meta
    version = answered_in(payload)
    try:
        message = read_report(payload) if topic.channel is Channel.REPORT else read_meta(payload)
    except DecodeError as error:
        return Unusable(device, topic.channel, _place(payload), sha256, _short(error), version)
    fault = _fault(message, topic, device)
    if fault is not None:
        return Unusable(
            device, topic.channel, (message.stream, message.sequence), sha256, fault, version
        )
    if isinstance(message, Meta):
        return GoodMeta(device, message, payload, sha256, version)
    if isinstance(message, Purged):
        return GoodPurged(device, message, payload, sha256, version)
    late = (
        message.clock is Clock.LIVE and (message.start_s + message.length_s) * 1000 < late_before_ms
    )
    return GoodReport(device, message, sha256, late, version)


def _fault(message: Report | Purged | Meta, topic: DeviceTopic, device: Device) -> str | None:
    """Say what keeps a valid message from being committed, if anything does."""
    if not device.is_called(message.site, message.device):
        return (
            f"payload: got site and device {message.site}/{message.device}, wanted "
            f"{topic.site}/{topic.device} of its topic"
        )
    if isinstance(message, Purged):
        return _run_fault(message)
    if not device.test_site and message.level in TEST_LEVELS:
        return f"level: got {message.level}, wanted a confined box; only a test site may send this"
    if not device.test_site and message.clock is Clock.REPLAY:
        return "clock: got replay, wanted live; only a test site may send this"
    for kind, names in (
        ("lines", [line.id for line in message.lines]),
        ("zones", [zone.id for zone in message.zones]),
    ):
        if len(set(names)) != len(names):
            return f"{kind}: one name stands twice"
    return None


def _run_fault(message: Purged) -> str | None:
    if message.sequence > SEQUENCE_MAX:
        return f"purged: entry {message.sequence} is beyond {SEQUENCE_MAX}, which no box reaches"
    try:
        frontier_of(message)
    except DecodeError as error:
        return _short(error)
    return None


def _place(payload: bytes) -> tuple[str, int] | None:
    """Read stream and sequence from authentic bytes that are otherwise of no use.

    So they can be acknowledged.
    """
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    stream: object = value.get("stream")
    sequence: object = value.get("sequence")
    try:
        UUID.check(stream, "stream")
        SEQUENCE.check(sequence, "sequence")
    except FieldError:
        return None
    assert isinstance(sequence, int)  # noqa: S101 - the rule just checked it
    return str(stream), sequence


def _replaced(topic: DeviceTopic, what: str) -> Unverified:
    return Unverified(
        Outcome.REPLACED_DEVICE, topic.site, topic.device, topic.channel, f"device: {what}"
    )


def _stranger(topic: DeviceTopic, device: Device | None) -> Unverified:
    if device is not None and device.retired:
        detail = (
            "device: retired; fusion-service device retire --undo, where it is in service again"
        )
        return Unverified(Outcome.RETIRED_DEVICE, topic.site, topic.device, topic.channel, detail)
    if device is not None:
        detail = (
            "device: reported lost; fusion-service device found, where it is back in good hands"
        )
        return Unverified(Outcome.LOST_DEVICE, topic.site, topic.device, topic.channel, detail)
    detail = "device: not enrolled; fusion-service device add"
    return Unverified(Outcome.UNKNOWN_DEVICE, topic.site, topic.device, topic.channel, detail)


def _short(error: DecodeError) -> str:
    return str(error)[:DETAIL_CHARACTERS_MAX]


_READERS = {
    Channel.ACK: _examine_answer,
    Channel.STATE: _examine_state,
    Channel.CHECKPOINT: _examine_checkpoint,
}
