# SPDX-License-Identifier: Apache-2.0
"""Take batches from the inbox, judge them, commit them, and only then say so.

The order is the promise: one transaction commits, then the boxes are told (retained), then the broker is acknowledged.
Where the store fails nothing is acknowledged to anyone, and the same batch is tried again with growing waits.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.errors import StoreError
from fusion_service.ingest.admission import (
    GoodCheckpoint,
    GoodMeta,
    GoodReport,
    GoodState,
    Outcome,
    Received,
    Standing,
    Unusable,
    Unverified,
    Verdict,
    compare,
    dead_letter,
    examine,
)
from fusion_service.ingest.subscriber import Delivery
from fusion_service.site.registry import Registry
from fusion_service.store.rows import Compared, StreamState
from fusion_service.store.writer import FORGET_MAX, Transaction, Writer
from wire_contract.acknowledgement import Acknowledgement
from wire_contract.checkpoint import checkpoint_stream
from wire_contract.merkle import leaf_hash
from wire_contract.report import VERSION
from wire_contract.topics import Channel, DeviceTopic

IDLE_WAIT_S = 0.2
"""How often an idle intake looks whether the service ends."""
RETRY_S = (0.1, 30.0)
"""Back-off of a failing store: first and longest wait, doubling between."""
FORGET_INTERVAL_MS = 60_000
"""How often what is past its time is looked for; sooner while there is more of it than one commit takes."""
DAY_MS = 86_400_000
REGISTRY_INTERVAL_MS = 1_000
"""An unknown device makes the registry be read again at most this often: a stranger must not turn into database load."""

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """What the intake needs of the subscriber."""

    def take(self, count_max: int, *, first_wait_s: float, batch_wait_s: float) -> list[Delivery]:
        """Return up to `count_max` messages, or none."""

    def publish(self, topic: DeviceTopic, acknowledgement: Acknowledgement) -> None:
        """Tell a box what was disposed of."""

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge messages to the broker."""


@dataclass(slots=True)
class _Tally:
    """What one batch comes to. Lives for one transaction."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    late: int = 0
    reports: Counter[int] = field(default_factory=Counter)
    """New reports of each device that was heard."""
    streams: dict[int, None] = field(default_factory=dict)
    """Streams to acknowledge, the one heard last at the end: it is the one that stays retained."""
    checkpoints: set[int] = field(default_factory=set)
    """Those of them of which a checkpoint came."""

    def heard(self, stream_id: int) -> None:
        self.streams.pop(stream_id, None)
        self.streams[stream_id] = None


_Disposed = tuple[StreamState, Compared | None]
"""How far a stream is, and how far its checkpoints were compared where that is news."""


class Intake:
    """The loop between inbox and store. One thread runs it."""

    def __init__(
        self, inbox: Inbox, store: Writer, config: IngestConfig, retention: RetentionConfig, *, now_ms: Callable[[], int]
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._config = config
        self._retention = retention
        self._now_ms = now_ms
        self._forget_at_ms = now_ms()
        self._registry = Registry.of(())
        self._registry_version = 0
        self._registry_read_ms = -REGISTRY_INTERVAL_MS
        self._fault: str | None = None

    @property
    def fault(self) -> str | None:
        """What the store refuses now; None where it does as told."""
        return self._fault

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, then until the inbox is empty. Gives up at a failing store once told to stop."""
        while True:
            batch = self._inbox.take(self._config.batch_max, first_wait_s=IDLE_WAIT_S, batch_wait_s=self._config.batch_ms / 1000)
            if not batch and stop.is_set():
                return
            if batch and not self._dispose_until_kept(batch, stop):
                log.warning("%d messages stay with the broker: the store fails", len(batch))
                return
            self._forget()

    def _forget(self) -> None:
        """Delete what is past its time, a little at a time. A store that fails will say so when the next batch comes."""
        now_ms = self._now_ms()
        if 0 <= self._forget_at_ms - now_ms <= FORGET_INTERVAL_MS:
            return
        self._forget_at_ms = now_ms + FORGET_INTERVAL_MS
        try:
            forgotten = self._store.forget(
                reports_before_s=(now_ms - self._retention.report_days * DAY_MS) // 1000,
                dead_letters_before_ms=now_ms - self._retention.dead_letter_days * DAY_MS,
            )
        except StoreError as error:
            log.warning("what is past its time could not be deleted: %s", error)
            return
        if forgotten:
            log.info("%d rows past their time deleted", forgotten)
        if forgotten >= FORGET_MAX:
            self._forget_at_ms = now_ms

    def _dispose_until_kept(self, batch: list[Delivery], stop: threading.Event) -> bool:
        """Dispose of a batch, as often as it takes. Returns False where the service ends before it could be kept."""
        wait_s = RETRY_S[0]
        while True:
            try:
                streams = self._commit([delivery.received for delivery in batch])
            except StoreError as error:
                if self._fault is None:
                    log.warning("the store fails, nothing is acknowledged: %s", error)
                self._fault = str(error)
                if stop.wait(wait_s):
                    return False
                wait_s = min(2 * wait_s, RETRY_S[1])
                continue
            if self._fault is not None:
                log.info("the store works again")
                self._fault = None
            self._acknowledge(streams, batch)
            return True

    def _acknowledge(self, streams: list[_Disposed], batch: list[Delivery]) -> None:
        for stream, compared in streams:
            topic = DeviceTopic(stream.site, stream.device, Channel.ACK)
            if compared is not None:
                name = checkpoint_stream(stream.uuid)
                self._inbox.publish(topic, Acknowledgement(VERSION, name, compared.size, compared.contradicted))
            # After the other, because the last one is retained: a box that comes back needs this one.
            self._inbox.publish(topic, Acknowledgement(VERSION, stream.uuid, stream.upto, stream.rejected, stream.root))
        self._inbox.settle(batch)

    def _commit(self, messages: list[Received]) -> list[_Disposed]:
        verdicts = self._examine(messages)
        tally = _Tally()
        now_ms = self._now_ms()
        with self._store.transaction() as transaction:
            for received, verdict in zip(messages, verdicts, strict=True):
                channel, outcome = _dispose(transaction, received, verdict, tally)
                tally.outcomes[channel, outcome] += 1
            streams = _close(transaction, tally, now_ms)
        if transaction.batch_id is not None:
            # Where this fails the batch comes again as duplicates, which are acknowledged: late, and nothing is lost.
            self._store.stamp(transaction.batch_id, self._now_ms())
        return streams

    def _examine(self, messages: list[Received]) -> list[Verdict]:
        """Judge each message by itself, in this thread: a signature check holds the interpreter (measured), so two gain nothing."""
        version = self._store.registry_version()
        if version != self._registry_version:
            self._registry, self._registry_version = self._store.registry(), version
        verdicts = [self._judge(received) for received in messages]
        strangers = [index for index, verdict in enumerate(verdicts) if _is_stranger(verdict)]
        if strangers and self._refresh_registry():
            for index in strangers:
                verdicts[index] = self._judge(messages[index])
        return verdicts

    def _judge(self, received: Received) -> Verdict:
        return examine(received, self._registry, late_after_s=self._config.late_after_s)

    def _refresh_registry(self) -> bool:
        """Read the registry again, where the last time is long enough ago."""
        now_ms = self._now_ms()
        if abs(now_ms - self._registry_read_ms) < REGISTRY_INTERVAL_MS:
            return False
        self._registry = self._store.registry()
        self._registry_read_ms = now_ms
        return True


def _is_stranger(verdict: Verdict) -> bool:
    return isinstance(verdict, Unverified) and verdict.outcome is Outcome.UNKNOWN_DEVICE


def _dispose(transaction: Transaction, received: Received, verdict: Verdict, tally: _Tally) -> tuple[str, Outcome]:
    """Write what becomes of one message. Returns the channel and the outcome to count."""
    if isinstance(verdict, Unverified):
        transaction.add_dead_letter(dead_letter(received, verdict))
        return verdict.channel, verdict.outcome
    if isinstance(verdict, GoodState):
        transaction.set_link(verdict.device.id, verdict.state, received.received_ms)
        return Channel.STATE, Outcome.ACCEPTED
    tally.reports[verdict.device.id] += 0
    if isinstance(verdict, GoodCheckpoint):
        return Channel.CHECKPOINT, _dispose_checkpoint(transaction, received, verdict, tally)
    if isinstance(verdict, Unusable):
        return verdict.channel, _dispose_unusable(transaction, received, verdict, tally)
    return _dispose_good(transaction, received, verdict, tally)


def _dispose_checkpoint(transaction: Transaction, received: Received, verdict: GoodCheckpoint, tally: _Tally) -> Outcome:
    """Keep a checkpoint for the comparison at the end of the batch."""
    checkpoint = verdict.checkpoint
    stream_id = transaction.stream(verdict.device.id, checkpoint.head.stream, received.received_ms)
    if stream_id is None:
        detail = "stream: one more than a device may have"
        unusable = Unusable(verdict.device, Channel.CHECKPOINT, None, verdict.sha256, detail)
        return _dispose_unusable(transaction, received, unusable, tally)
    tally.heard(stream_id)
    tally.checkpoints.add(stream_id)
    is_new = transaction.add_checkpoint(stream_id, checkpoint, note=received.payload, received_ms=received.received_ms)
    return Outcome.ACCEPTED if is_new else Outcome.DUPLICATE


def _dispose_good(
    transaction: Transaction, received: Received, verdict: GoodReport | GoodMeta, tally: _Tally
) -> tuple[str, Outcome]:
    """Commit a message where its sequence is free; the store decides what else it is."""
    message, channel = (verdict.report, Channel.REPORT) if isinstance(verdict, GoodReport) else (verdict.meta, Channel.META)
    place = (message.stream, message.sequence)
    stream_id = transaction.stream(verdict.device.id, message.stream, received.received_ms)
    if stream_id is None:
        unusable = Unusable(verdict.device, channel, place, verdict.sha256, "stream: one more than a device may have")
        return channel, _dispose_unusable(transaction, received, unusable, tally)
    standing = compare(transaction.sha256_of(stream_id, message.sequence), verdict.sha256)
    if standing is Standing.FORK:
        unusable = Unusable(verdict.device, channel, place, verdict.sha256, "sequence: other signed bytes hold it already")
        return channel, _dispose_unusable(transaction, received, unusable, tally)
    tally.heard(stream_id)
    if standing is Standing.SAME:
        return channel, Outcome.DUPLICATE
    _keep(transaction, received, verdict, stream_id, tally)
    return channel, Outcome.ACCEPTED


def _keep(transaction: Transaction, received: Received, verdict: GoodReport | GoodMeta, stream_id: int, tally: _Tally) -> None:
    device_id, received_ms, leaf = verdict.device.id, received.received_ms, leaf_hash(received.payload)
    if isinstance(verdict, GoodMeta):
        meta, payload, sha256 = verdict.meta, verdict.payload, verdict.sha256
        transaction.add_meta(device_id, stream_id, meta, payload=payload, sha256=sha256, leaf=leaf, received_ms=received_ms)
        return
    report, sha256, late = verdict.report, verdict.sha256, verdict.late
    transaction.add_report(device_id, stream_id, report, sha256=sha256, leaf=leaf, received_ms=received_ms, late=late)
    tally.reports[device_id] += 1
    tally.late += late


def _dispose_unusable(transaction: Transaction, received: Received, verdict: Unusable, tally: _Tally) -> Outcome:
    """Keep an authentic message that is of no use, once, and dispose of its sequence where it says one that is free."""
    stream_id = None
    if verdict.place is not None:
        stream_id = transaction.stream(verdict.device.id, verdict.place[0], received.received_ms)
    if verdict.place is None or stream_id is None:
        return Outcome.UNUSABLE if transaction.add_dead_letter(dead_letter(received, verdict)) else Outcome.DUPLICATE
    tally.heard(stream_id)
    sequence = verdict.place[1]
    standing = compare(transaction.sha256_of(stream_id, sequence), verdict.sha256)
    if standing is Standing.SAME:
        return Outcome.DUPLICATE
    is_new = transaction.add_dead_letter(dead_letter(received, verdict))
    if standing is Standing.FORK and not is_new:
        return Outcome.DUPLICATE
    place = sequence if standing is Standing.NEW else None
    transaction.add_rejected(stream_id, place, sha256=verdict.sha256, leaf=leaf_hash(received.payload))
    return Outcome.UNUSABLE


def _close(transaction: Transaction, tally: _Tally, now_ms: int) -> list[_Disposed]:
    """Write what the batch came to as a whole."""
    for (channel, outcome), number in tally.outcomes.items():
        transaction.count(channel, outcome, number)
    if tally.late:
        transaction.count_late(tally.late)
    for device_id, reports in tally.reports.items():
        transaction.saw(device_id, reports=reports, received_ms=now_ms)
    transaction.trim_dead_letters()
    return [
        (transaction.advance(stream_id, now_ms), transaction.compare(stream_id, asked=stream_id in tally.checkpoints))
        for stream_id in tally.streams
    ]
