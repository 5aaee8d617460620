# SPDX-License-Identifier: Apache-2.0
"""Write what becomes of each message of a batch, and of the batch as a whole.

Inside one transaction, which the caller holds.
"""

from collections import Counter
from dataclasses import dataclass, field, replace

from fusion_service.ingest.admission import (
    Good,
    GoodCheckpoint,
    GoodMeta,
    GoodPurged,
    GoodState,
    KeptAnswer,
    Outcome,
    Received,
    Standing,
    Unusable,
    Unverified,
    Verdict,
    compare,
    dead_letter,
)
from fusion_service.store.rows import Compared, StreamState
from fusion_service.store.set_apart import WRONG_TIME
from fusion_service.store.sqlite.batch import Transaction
from wire_contract.merkle import leaf_hash
from wire_contract.messages.acknowledgement import Acknowledgement
from wire_contract.messages.checkpoint import is_checkpoint_stream
from wire_contract.messages.report import Report
from wire_contract.messages.state import Link
from wire_contract.topics import Channel, DeviceTopic

TOLD_ONLINE_MAX = 100
"""Boxes of one batch that came online and are told at once how far each of their streams is."""


@dataclass(frozen=True, slots=True)
class Disposed:
    """How far a stream is, how far its checkpoints were compared where that is news, and in which versions to say so, rising."""

    stream: StreamState
    compared: Compared | None
    versions: tuple[int, ...]


@dataclass(slots=True)
class Tally:
    """What one batch comes to. Lives for one transaction."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    reports: Counter[int] = field(default_factory=Counter)
    """New reports of each device that was heard."""
    late: Counter[int] = field(default_factory=Counter)
    """How many of them came late."""
    streams: dict[int, dict[int, int]] = field(default_factory=dict)
    """Streams to acknowledge, the one heard last at the end: it is the one that stays retained.

    Of each, the versions in which something came, and the highest sequence in each; none where only
    a checkpoint came."""
    checkpoints: set[int] = field(default_factory=set)
    """Those of them of which a checkpoint came."""
    came_online: dict[int, str] = field(default_factory=dict)
    """Devices that have just come to the broker, and where: each is told of all of its streams."""
    behind: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Devices of which the broker kept more than is here: up to where it went, and what is here."""
    newest: dict[int, Report] = field(default_factory=dict)
    """The report that each device signed last, of those that came in time and say what a box can
    count."""
    topics: dict[int, str] = field(default_factory=dict)
    """Of each stream, where something of it came last: there the box listens, whatever it is called
    now."""

    def heard(
        self, stream_id: int, topic: str, version: int | None = None, sequence: int = 0
    ) -> None:
        """Note that something of a stream came, where, and in which version."""
        self.topics[stream_id] = topic
        versions = self.streams[stream_id] = self.streams.pop(stream_id, {})
        if version is not None:
            versions[version] = max(versions.get(version, 0), sequence)


def dispose(
    transaction: Transaction, received: Received, verdict: Verdict, tally: Tally
) -> tuple[str, Outcome]:
    """Write what becomes of one message. Returns the channel and the outcome to count."""
    if not isinstance(verdict, Unverified | GoodState | KeptAnswer):
        verdict = _kept_apart(transaction, received, verdict)
    if isinstance(verdict, Unverified):
        if verdict.outcome is not Outcome.CLEARED:
            transaction.add_dead_letter(dead_letter(received, verdict))
        return verdict.channel, verdict.outcome
    if isinstance(verdict, GoodState):
        return Channel.STATE, _dispose_state(transaction, received, verdict, tally)
    if isinstance(verdict, KeptAnswer):
        return Channel.ACK, _compare_answer(transaction, received, verdict, tally)
    _note_name(transaction, received, verdict)
    tally.reports[verdict.device.id] += 0
    if isinstance(verdict, GoodCheckpoint):
        return Channel.CHECKPOINT, _dispose_checkpoint(transaction, received, verdict, tally)
    if isinstance(verdict, Unusable):
        return verdict.channel, _dispose_unusable(transaction, received, verdict, tally)
    return _dispose_good(transaction, received, verdict, tally)


def _dispose_state(
    transaction: Transaction, received: Received, verdict: GoodState, tally: Tally
) -> Outcome:
    """Note what the broker says of a connection, unless it is what it kept under a name that the device has left."""
    if not verdict.holds:
        return Outcome.DUPLICATE
    transaction.set_link(verdict.device.id, verdict.state, received.received_ms)
    if verdict.state.link is Link.ONLINE:
        tally.came_online[verdict.device.id] = received.topic
    return Outcome.ACCEPTED


Signed = Good | GoodCheckpoint | Unusable


def _kept_apart(
    transaction: Transaction, received: Received, verdict: Signed
) -> Signed | Unverified:
    """Refuse what a former key signs in a stream that is not its own.

    It could take a sequence of the box that is there now.
    """
    if verdict.former is None or (uuid := _stream_of(verdict)) is None:
        return verdict
    if transaction.devices.is_stream_of(verdict.device.id, uuid, verdict.former.id):
        return verdict
    topic, detail = (
        DeviceTopic.parse(received.topic),
        "device: the box of before, in a stream that is not its own",
    )
    return Unverified(Outcome.REPLACED_DEVICE, topic.site, topic.device, topic.channel, detail)


def _stream_of(verdict: Signed) -> str | None:
    if isinstance(verdict, Unusable):
        return None if verdict.place is None else verdict.place[0]
    return (
        verdict.checkpoint.head.stream
        if isinstance(verdict, GoodCheckpoint)
        else verdict.message.stream
    )


def _note_name(transaction: Transaction, received: Received, verdict: Signed) -> None:
    """Note that a device which was renamed speaks under its own name."""
    device = verdict.device
    if any(device.former_names.values()) and verdict.former is None:
        topic = DeviceTopic.parse(received.topic)
        if (topic.site, topic.device) == (device.site, device.name):
            transaction.devices.leave_names(device.id, received.received_ms)


def _former(verdict: Signed) -> int | None:
    return None if verdict.former is None else verdict.former.id


def close(transaction: Transaction, tally: Tally, now_ms: int) -> list[Disposed]:
    """Write what the batch came to as a whole."""
    for (channel, outcome), number in tally.outcomes.items():
        transaction.count(channel, outcome, number)
    for device_id, reports in tally.reports.items():
        transaction.saw(device_id, reports=reports, late=tally.late[device_id], received_ms=now_ms)
    transaction.count_late(tally.late.total())
    transaction.trim_dead_letters()
    closed = [_close_stream(transaction, stream_id, tally, now_ms) for stream_id in tally.streams]
    told = {one.stream.stream for one in closed}
    # More than that hear it with their next report: their answers would stand before those to
    # reports.
    online = sorted(tally.came_online)[:TOLD_ONLINE_MAX]
    anew = [
        (_said_at(tally.came_online[device_id], state), version)
        for device_id in online
        for state, version in transaction.states(device_id)
    ]
    return [
        Disposed(state, None, (version,)) for state, version in anew if state.stream not in told
    ] + closed


def _said_at(topic: str, state: StreamState) -> StreamState:
    """Address a state to where the box listens, whatever the device is called now."""
    where = DeviceTopic.parse(topic)
    return replace(state, site=where.site, device=where.device)


def _compare_answer(
    transaction: Transaction, received: Received, verdict: KeptAnswer, tally: Tally
) -> Outcome:
    """Note an acknowledgement that goes beyond what is here: the store was restored, or lost."""
    answer, store = verdict.answer, ""
    if is_checkpoint_stream(answer.stream):
        return Outcome.DUPLICATE
    if isinstance(answer, Acknowledgement):
        store = answer.store
    site, device, seen_ms = verdict.site, verdict.device, received.received_ms
    held = transaction.note_sign(
        site, device, answer.stream, upto=answer.upto, store=store, seen_ms=seen_ms
    )
    if held is None:
        return Outcome.DUPLICATE
    tally.behind[site, device] = (answer.upto, held)
    return Outcome.ACCEPTED


def _close_stream(transaction: Transaction, stream_id: int, tally: Tally, now_ms: int) -> Disposed:
    """Move a stream on.

    What came in a version is answered in it; a checkpoint alone, in the one that the box spoke
    last.
    """
    versions = tally.streams[stream_id]
    spoken = max(versions, key=lambda version: versions[version], default=None)
    last = transaction.spoken(stream_id, spoken)
    stream = transaction.advance(stream_id, now_ms)
    compared = transaction.compare(stream_id, asked=stream_id in tally.checkpoints)
    stream = _said_at(tally.topics[stream_id], stream)
    return Disposed(stream, compared, tuple(sorted(versions)) or (last,))


def _dispose_checkpoint(
    transaction: Transaction, received: Received, verdict: GoodCheckpoint, tally: Tally
) -> Outcome:
    """Keep a checkpoint for the comparison at the end of the batch."""
    checkpoint = verdict.checkpoint
    stream_id = transaction.stream(
        verdict.device.id, checkpoint.head.stream, received.received_ms, former_key=_former(verdict)
    )
    if stream_id is None:
        detail = "stream: one more than a device may have"
        unusable = Unusable(verdict.device, Channel.CHECKPOINT, None, verdict.sha256, detail, None)
        return _dispose_unusable(transaction, received, unusable, tally)
    tally.heard(stream_id, received.topic)
    tally.checkpoints.add(stream_id)
    is_new = transaction.add_checkpoint(
        stream_id, checkpoint, note=received.payload, received_ms=received.received_ms
    )
    return Outcome.ACCEPTED if is_new else Outcome.DUPLICATE


def _dispose_good(
    transaction: Transaction, received: Received, verdict: Good, tally: Tally
) -> tuple[str, Outcome]:
    """Commit a message where its sequence is free; the store decides what else it is."""
    message, channel = (
        verdict.message,
        Channel.META if isinstance(verdict, GoodMeta) else Channel.REPORT,
    )
    place = (message.stream, message.sequence)
    stream_id = transaction.stream(
        verdict.device.id, message.stream, received.received_ms, former_key=_former(verdict)
    )
    if stream_id is None:
        detail = "stream: one more than a device may have"
        unusable = Unusable(verdict.device, channel, place, verdict.sha256, detail, verdict.version)
        return channel, _dispose_unusable(transaction, received, unusable, tally)
    standing = compare(transaction.sha256_of(stream_id, message.sequence), verdict.sha256)
    if standing is Standing.FORK:
        detail = "sequence: other signed bytes hold it already"
        unusable = Unusable(verdict.device, channel, place, verdict.sha256, detail, verdict.version)
        return channel, _dispose_unusable(transaction, received, unusable, tally)
    tally.heard(stream_id, received.topic, verdict.version, message.sequence)
    if standing is Standing.SAME:
        return channel, Outcome.DUPLICATE
    _keep(transaction, received, verdict, stream_id, tally)
    return channel, Outcome.ACCEPTED


def _keep(
    transaction: Transaction, received: Received, verdict: Good, stream_id: int, tally: Tally
) -> None:
    device_id, received_ms, leaf = (
        verdict.device.id,
        received.received_ms,
        leaf_hash(received.payload),
    )
    if isinstance(verdict, GoodPurged):
        payload, sha256 = verdict.payload, verdict.sha256
        transaction.add_claim(
            stream_id,
            verdict.purged,
            payload=payload,
            sha256=sha256,
            leaf=leaf,
            received_ms=received_ms,
        )
        return
    if isinstance(verdict, GoodMeta):
        meta, payload, sha256 = verdict.meta, verdict.payload, verdict.sha256
        transaction.add_meta(
            device_id,
            stream_id,
            meta,
            payload=payload,
            sha256=sha256,
            leaf=leaf,
            received_ms=received_ms,
        )
        return
    report, sha256, late = verdict.report, verdict.sha256, verdict.late
    apart = transaction.judge(device_id, report, received_ms)
    transaction.add_report(
        device_id,
        stream_id,
        report,
        sha256=sha256,
        leaf=leaf,
        received_ms=received_ms,
        late=late,
        apart=apart,
    )
    tally.reports[device_id] += 1
    tally.late[device_id] += late
    is_shown = not late and verdict.former is None and (apart is None or apart in WRONG_TIME)
    before = tally.newest.get(device_id)
    if is_shown and (
        before is None or before.stream != report.stream or report.sequence > before.sequence
    ):
        # Shown under the name that the device has now, as everywhere.
        tally.newest[device_id] = replace(
            report, site=verdict.device.site, device=verdict.device.name
        )


def _dispose_unusable(
    transaction: Transaction, received: Received, verdict: Unusable, tally: Tally
) -> Outcome:
    """Keep an authentic message that is of no use, once, and dispose of its sequence where it says one that is free."""
    stream_id = None
    if verdict.place is not None:
        former_key = _former(verdict)
        stream_id = transaction.stream(
            verdict.device.id, verdict.place[0], received.received_ms, former_key=former_key
        )
    if verdict.place is None or stream_id is None:
        return (
            Outcome.UNUSABLE
            if transaction.add_dead_letter(dead_letter(received, verdict))
            else Outcome.DUPLICATE
        )
    sequence = verdict.place[1]
    tally.heard(stream_id, received.topic, verdict.version, sequence)
    standing = compare(transaction.sha256_of(stream_id, sequence), verdict.sha256)
    if standing is Standing.SAME:
        return Outcome.DUPLICATE
    is_new = transaction.add_dead_letter(dead_letter(received, verdict))
    if standing is Standing.FORK and not is_new:
        return Outcome.DUPLICATE
    place = sequence if standing is Standing.NEW else None
    transaction.add_rejected(
        stream_id, place, sha256=verdict.sha256, leaf=leaf_hash(received.payload)
    )
    return Outcome.UNUSABLE
