# SPDX-License-Identifier: Apache-2.0
"""Decide what becomes of each message of a batch, and of the batch as a whole. Pure.

Examined messages and what the store knows of them come in; a plan of what to write goes out, and
what to answer once it is committed. No store, no clock.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fusion_service.ingest.admission import topic_of
from fusion_service.ingest.draft import Draft
from fusion_service.ingest.examined import (
    Batch,
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
    Standing,
    Unusable,
    Unverified,
    dead_letter,
)
from fusion_service.store.batch import (
    Applied,
    HeardDevice,
    KeptAhead,
    Known,
    Moving,
    Plan,
    StreamKey,
)
from fusion_service.store.rows import Compared, StreamState
from fusion_service.store.set_apart import WRONG_TIME
from wire_contract.merkle import leaf_hash
from wire_contract.messages.acknowledgement import Acknowledgement
from wire_contract.messages.checkpoint import is_checkpoint_stream
from wire_contract.messages.report import Report
from wire_contract.messages.state import Link
from wire_contract.topics import Channel

TOLD_ONLINE_MAX = 100
"""Boxes of one batch that came online and are told at once how far each of their streams is."""
TOO_MANY_STREAMS = "stream: one more than a device may have"

Signed = Good | GoodCheckpoint | Unusable


@dataclass(frozen=True, slots=True)
class Disposed:
    """How far a stream is, and in which versions to say so, rising.

    compared: how far its checkpoints were compared, where that is news.
    """

    stream: StreamState
    compared: Compared | None
    versions: tuple[int, ...]


@dataclass(slots=True)
class Decision:
    """What a batch comes to: the plan, and what is to be said of it once it is committed."""

    plan: Plan
    versions: dict[StreamKey, dict[int, int]] = field(default_factory=dict)
    """Streams to acknowledge, the one heard last at the end: it is the one that stays retained.

    Of each, the versions in which something came, and the highest sequence in each; none where only
    a checkpoint came."""
    topics: dict[StreamKey, str] = field(default_factory=dict)
    """Of each stream, where something of it came last: there the box listens, whatever it is called
    now."""
    compared: set[StreamKey] = field(default_factory=set)
    """Those of them of which a checkpoint came."""
    online: dict[int, str] = field(default_factory=dict)
    """Devices that have just come to the broker, and where: each is told of all of its streams."""
    behind: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """Devices of which the broker kept more than is here: up to where it went, and what is here."""
    newest: dict[int, Report] = field(default_factory=dict)
    """The report that each device signed last, of those that came in time and say what a box can
    count."""

    def note_heard(
        self, stream: StreamKey, topic: str, version: int | None = None, sequence: int = 0
    ) -> None:
        """Note that something of a stream came, where, and in which version."""
        self.topics[stream] = topic
        versions = self.versions[stream] = self.versions.pop(stream, {})
        if version is not None:
            versions[version] = max(versions.get(version, 0), sequence)


def decide(batch: Batch, known: Known, now_ms: int) -> Decision:
    """Decide a batch, its messages in the order in which they came."""
    draft = Draft(known, now_ms)
    decision = Decision(draft.plan)
    outcomes: Counter[tuple[str, str]] = Counter()
    for received, examined in batch:
        channel, outcome = _decide(draft, decision, received, examined)
        # What the broker kept and brings again is no message, and nothing new.
        if not (received.retained and outcome is Outcome.DUPLICATE):
            outcomes[channel, outcome] += 1
    plan = draft.plan
    plan.outcomes.update(outcomes)
    plan.moving += [
        Moving(stream, _spoken(versions), stream in decision.compared)
        for stream, versions in decision.versions.items()
    ]
    # More than that hear it with their next report: their answers would stand before those to
    # reports.
    plan.online += sorted(decision.online)[:TOLD_ONLINE_MAX]
    return decision


def answers_to(decision: Decision, applied: Applied) -> list[Disposed]:
    """Say what is to be answered, once it is committed, and in which order.

    What came in a version is answered in it; a checkpoint alone, in the one that the box spoke
    last.
    """
    moved = [
        Disposed(
            _said_at(decision.topics[stream], one.state),
            one.compared,
            tuple(sorted(versions)) or (one.version,),
        )
        for (stream, versions), one in zip(decision.versions.items(), applied.moved, strict=True)
    ]
    told = {one.stream.stream for one in moved}
    anew = [
        Disposed(_said_at(decision.online[device_id], state), None, (version,))
        for device_id, states in applied.online.items()
        for state, version in states
        if state.stream not in told
    ]
    return anew + moved


def _spoken(versions: Mapping[int, int]) -> int | None:
    return max(versions, key=lambda version: versions[version], default=None)


def _said_at(topic: str, state: StreamState) -> StreamState:
    """Address a state to where the box listens, whatever the device is called now."""
    where = topic_of(topic)
    if (state.site, state.device) == (where.site, where.device):
        return state
    return replace(state, site=where.site, device=where.device)


def _decide(
    draft: Draft, decision: Decision, received: Received, examined: Examined
) -> tuple[str, Outcome]:
    """Decide one message. Returns the channel and the outcome to count."""
    if not isinstance(examined, Unverified | GoodState | KeptAnswer):
        examined = _kept_apart(draft, received, examined)
    if isinstance(examined, Unverified):
        if examined.outcome is not Outcome.CLEARED:
            draft.keep_letter(dead_letter(received, examined))
        return examined.channel, examined.outcome
    if isinstance(examined, GoodState):
        return Channel.STATE, _note_state(draft, decision, received, examined)
    if isinstance(examined, KeptAnswer):
        return Channel.ACK, _compare_answer(draft, decision, received, examined)
    _note_heard(draft, received, examined)
    if isinstance(examined, GoodCheckpoint):
        return Channel.CHECKPOINT, _keep_checkpoint(draft, decision, received, examined)
    if isinstance(examined, Unusable):
        return examined.channel, _dispose_unusable(draft, decision, received, examined)
    return _dispose_good(draft, decision, received, examined)


def _kept_apart(draft: Draft, received: Received, examined: Signed) -> Signed | Unverified:
    """Refuse what a former key signs in a stream that is not its own.

    It could take a sequence of the box that is there now.
    """
    if examined.former is None or (uuid := stream_of(examined)) is None:
        return examined
    if draft.may_sign((examined.device.id, uuid), examined.former.id):
        return examined
    topic = topic_of(received.topic)
    detail = "device: the box of before, in a stream that is not its own"
    return Unverified(Outcome.REPLACED_DEVICE, topic.site, topic.device, topic.channel, detail)


def stream_of(examined: Signed) -> str | None:
    """Return the stream that something signed names; None where it cannot be read."""
    if isinstance(examined, Unusable):
        return None if examined.place is None else examined.place[0]
    if isinstance(examined, GoodCheckpoint):
        return examined.checkpoint.head.stream
    return examined.message.stream


def former_key_of(examined: Signed) -> int | None:
    """Return which former key of its device signed it; None for the device's own."""
    return None if examined.former is None else examined.former.id


def _note_state(
    draft: Draft, decision: Decision, received: Received, examined: GoodState
) -> Outcome:
    """Note what the broker says of a connection.

    Not what it kept under a name that the device has left.
    """
    if not examined.holds:
        return Outcome.DUPLICATE
    draft.plan.links[examined.device.id] = (examined.state, received.received_ms)
    if examined.state.link is Link.ONLINE:
        decision.online[examined.device.id] = received.topic
    return Outcome.ACCEPTED


def _compare_answer(
    draft: Draft, decision: Decision, received: Received, examined: KeptAnswer
) -> Outcome:
    """Note an acknowledgement that goes beyond what is here: the store was restored, or lost."""
    answer = examined.answer
    if is_checkpoint_stream(answer.stream):
        return Outcome.DUPLICATE
    place = (examined.site, examined.device, answer.stream)
    held = draft.upto(place)
    if answer.upto <= held:
        return Outcome.DUPLICATE
    store = answer.store if isinstance(answer, Acknowledgement) else ""
    draft.plan.ahead.append(KeptAhead(place, answer.upto, store, received.received_ms))
    decision.behind[examined.site, examined.device] = (answer.upto, held)
    return Outcome.ACCEPTED


def _note_heard(draft: Draft, received: Received, examined: Signed) -> None:
    """Note that a device was heard, and where it was renamed, that it speaks under its own name."""
    device, plan = examined.device, draft.plan
    plan.heard.setdefault(device.id, HeardDevice(0, 0, plan.now_ms))
    if any(device.former_names.values()) and examined.former is None:
        topic = topic_of(received.topic)
        if (topic.site, topic.device) == (device.site, device.name):
            plan.left_names.setdefault(device.id, received.received_ms)


def _keep_checkpoint(
    draft: Draft, decision: Decision, received: Received, examined: GoodCheckpoint
) -> Outcome:
    """Keep a checkpoint for the comparison at the end of the batch."""
    checkpoint, received_ms = examined.checkpoint, received.received_ms
    stream = (examined.device.id, checkpoint.head.stream)
    if not draft.open_stream(stream, received_ms, former_key_of(examined)):
        where = (examined.device, Channel.CHECKPOINT, None, examined.sha256)
        unusable = Unusable(*where, TOO_MANY_STREAMS, None)
        return _dispose_unusable(draft, decision, received, unusable)
    decision.note_heard(stream, received.topic)
    decision.compared.add(stream)
    is_new = draft.keep_checkpoint(
        stream, checkpoint, note=received.payload, received_ms=received_ms
    )
    return Outcome.ACCEPTED if is_new else Outcome.DUPLICATE


def _dispose_good(
    draft: Draft, decision: Decision, received: Received, examined: Good
) -> tuple[str, Outcome]:
    """Commit a message where its sequence is free."""
    message, sha256 = examined.message, examined.sha256
    channel = Channel.META if isinstance(examined, GoodMeta) else Channel.REPORT
    stream = (examined.device.id, message.stream)
    if not draft.open_stream(stream, received.received_ms, former_key_of(examined)):
        fault: str | None = TOO_MANY_STREAMS
    else:
        standing = draft.standing(stream, message.sequence, sha256)
        is_fork = standing is Standing.FORK
        fault = "sequence: other signed bytes hold it already" if is_fork else None
    if fault is not None:
        place = (message.stream, message.sequence)
        unusable = Unusable(examined.device, channel, place, sha256, fault, examined.version)
        return channel, _dispose_unusable(draft, decision, received, unusable)
    decision.note_heard(stream, received.topic, examined.version, message.sequence)
    if standing is Standing.SAME:
        return channel, Outcome.DUPLICATE
    leaf, is_report = leaf_hash(received.payload), isinstance(examined, GoodReport)
    draft.append_entry(stream, message.sequence, sha256, leaf, has_report=is_report)
    _keep(draft, decision, received, examined)
    return channel, Outcome.ACCEPTED


def _keep(draft: Draft, decision: Decision, received: Received, examined: Good) -> None:
    """Keep what a message says, beside the entry that stands for it."""
    device, received_ms, payload = examined.device, received.received_ms, received.payload
    stream = (device.id, examined.message.stream)
    if isinstance(examined, GoodPurged):
        payload = examined.payload
        draft.keep_claim(stream, examined.purged, payload=payload, received_ms=received_ms)
        return
    if isinstance(examined, GoodMeta):
        payload = examined.payload
        draft.keep_meta(stream, examined.meta, payload=payload, received_ms=received_ms)
        return
    report, late = examined.report, examined.late
    apart = draft.judge(device.id, report, received_ms)
    draft.append_report(stream, report, received_ms=received_ms, late=late, apart=apart)
    heard = draft.plan.heard[device.id]
    draft.plan.heard[device.id] = HeardDevice(heard.reports + 1, heard.late + late, heard.at_ms)
    is_shown = not late and examined.former is None and (apart is None or apart in WRONG_TIME)
    before = decision.newest.get(device.id)
    if is_shown and (
        before is None or before.stream != report.stream or report.sequence > before.sequence
    ):
        # Shown under the name that the device has now, as everywhere.
        is_its_name = (report.site, report.device) == (device.site, device.name)
        shown = report if is_its_name else replace(report, site=device.site, device=device.name)
        decision.newest[device.id] = shown


def _dispose_unusable(
    draft: Draft, decision: Decision, received: Received, examined: Unusable
) -> Outcome:
    """Keep an authentic message that is of no use, once.

    Its sequence is disposed of where it says one that is free.
    """
    place = examined.place
    stream = None if place is None else (examined.device.id, place[0])
    if stream is not None:
        is_open = draft.open_stream(stream, received.received_ms, former_key_of(examined))
        stream = stream if is_open else None
    if place is None or stream is None:
        is_new = draft.keep_letter(dead_letter(received, examined))
        return Outcome.UNUSABLE if is_new else Outcome.DUPLICATE
    sequence = place[1]
    decision.note_heard(stream, received.topic, examined.version, sequence)
    standing = draft.standing(stream, sequence, examined.sha256)
    if standing is Standing.SAME:
        return Outcome.DUPLICATE
    is_new = draft.keep_letter(dead_letter(received, examined))
    if standing is Standing.FORK and not is_new:
        return Outcome.DUPLICATE
    if standing is Standing.NEW:
        leaf = leaf_hash(received.payload)
        draft.append_entry(stream, sequence, examined.sha256, leaf, has_report=False)
    draft.reject(stream)
    return Outcome.UNUSABLE
