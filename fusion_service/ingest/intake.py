# SPDX-License-Identifier: Apache-2.0
"""Take batches from the inbox, decide and commit them, and only then say so.

The order is the promise: one transaction commits, then the boxes are told (retained), then the
broker is acknowledged. Where the store fails nothing is acknowledged to anyone, and the same batch
is tried again with growing waits.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.errors import StoreError
from fusion_service.ingest.admission import examine
from fusion_service.ingest.answer import acknowledgements
from fusion_service.ingest.clock_step import ClockStep
from fusion_service.ingest.current_registry import CurrentRegistry
from fusion_service.ingest.disposition import Disposed, answers_to, decide
from fusion_service.ingest.examined import Examined, Received
from fusion_service.ingest.forgetting import Forgetting
from fusion_service.ingest.inbox import Delivery
from fusion_service.ingest.question import asked_of
from fusion_service.store.port import Store
from wire_contract.messages.acknowledgement import Answer
from wire_contract.messages.report import Report
from wire_contract.topics import Channel, DeviceTopic

IDLE_WAIT_S = 0.2
"""How often an idle intake looks whether the service ends."""
RETRY_S = (0.1, 30.0)
"""Back-off of a failing store: first and longest wait, doubling between."""
TOLD_MAX = 200
"""Streams told anew between two batches: a hundredth of a second."""

log = logging.getLogger(__name__)


class Inbox(Protocol):
    """What the intake needs of the subscriber."""

    def next_batch(
        self, count_max: int, *, first_wait_s: float, batch_wait_s: float
    ) -> list[Delivery]:
        """Return up to `count_max` messages, or none."""

    def alone(self) -> AbstractContextManager[None]:
        """Hold back the thread that brings messages for as long as a batch is worked on."""

    def publish(self, topic: DeviceTopic, acknowledgement: Answer) -> None:
        """Tell a box what was disposed of."""

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge messages to the broker."""

    def returned(self) -> bool:
        """Say, once, that the connection is a new one."""

    @property
    def room(self) -> int:
        """How many acknowledgements more may be told at once."""


Show = Callable[[Report], None]
"""Is told of each device's newest report of a commit, where somebody else is to see it."""


class Intake:
    """The loop between inbox and store. One thread runs it."""

    def __init__(
        self,
        inbox: Inbox,
        store: Store,
        config: IngestConfig,
        retention: RetentionConfig,
        *,
        now_ms: Callable[[], int],
        show: Show = lambda _report: None,
        step: ClockStep | None = None,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._config = config
        self._now_ms = now_ms
        self._show = show
        self._step = step
        self._registry = CurrentRegistry(store)
        self._forgetting = Forgetting(store, retention, now_ms)
        self._fault: str | None = None
        self._untold: list[int] = []
        """Streams to tell anew how far they are, the one heard last first."""

    @property
    def fault(self) -> str | None:
        """What the store refuses now; None where it does as told."""
        return self._fault

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, then until the inbox is empty.

        Gives up at a failing store once told to stop.
        """
        while True:
            batch = self._inbox.next_batch(
                self._config.batch_max,
                first_wait_s=IDLE_WAIT_S,
                batch_wait_s=self._config.batch_ms / 1000,
            )
            if not batch and stop.is_set():
                return
            if batch and not self._dispose_until_kept(batch, stop):
                log.warning("%d messages stay with the broker: the store fails", len(batch))
                return
            self._tell_anew()
            self._judge_again()
            self._forgetting.run_if_due()

    def _tell_anew(self) -> None:
        """After each connection say of every stream how far it is, some at a time.

        What the broker keeps may be of before a restore; and who is there hears it at once.
        """
        try:
            if self._inbox.returned():
                self._untold = self._store.streams()[::-1]
            if not self._untold:
                return
            told = [
                self._store.state(self._untold.pop())
                for _ in range(min(len(self._untold), TOLD_MAX, self._inbox.room))
            ]
        except StoreError as error:
            log.warning("streams could not be told anew: %s", error)
            self._untold = []
            return
        self._acknowledge([Disposed(state, None, (version,)) for state, version in told], [])

    def _judge_again(self) -> None:
        """Where our own clock was behind and has been set, judge again what was in the future."""
        behind = self._step.behind() if self._step is not None else None
        if behind is None:
            return
        try:
            found = self._store.judge_again(
                since_ms=behind.since_ms, until_ms=behind.until_ms, ahead_ms=behind.ahead_ms
            )
        except StoreError as error:
            log.warning(
                "what was set apart under a wrong clock could not be judged again: %s", error
            )
            return
        if found:
            log.info(
                "the clock was set %d s ahead: %d reports are judged again",
                behind.ahead_ms // 1000,
                found,
            )
        elif self._step is not None:
            self._step.done()

    def _dispose_until_kept(self, batch: list[Delivery], stop: threading.Event) -> bool:
        """Dispose of a batch, as often as it takes.

        Returns False where the service ends before it could be kept.
        """
        wait_s = RETRY_S[0]
        while True:
            try:
                streams, newest = self._commit([delivery.received for delivery in batch])
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
            with self._inbox.alone():
                self._acknowledge(streams, batch)
                for report in newest:
                    self._show(report)
            return True

    def _acknowledge(self, streams: list[Disposed], batch: list[Delivery]) -> None:
        for disposed in streams:
            topic = DeviceTopic(disposed.stream.site, disposed.stream.device, Channel.ACK)
            # The last one is retained: a box that comes back needs that of the version it speaks
            # now.
            for version in disposed.versions:
                for acknowledgement in acknowledgements(disposed, version, self._store.identity):
                    self._inbox.publish(topic, acknowledgement)
        self._inbox.settle(batch)

    def _commit(self, messages: list[Received]) -> tuple[list[Disposed], Iterable[Report]]:
        """Load what is known of a batch, decide it, write it; return what is to be said then."""
        with self._inbox.alone():
            batch = self._examine(messages)
            asked = asked_of(batch)
        # Not alone while the disk takes the commit: that wait needs no interpreter.
        with self._store.transaction() as transaction, self._inbox.alone():
            decision = decide(batch, transaction.load(asked), self._now_ms())
            applied = transaction.apply(decision.plan)
        for (site, device), (upto, held) in decision.behind.items():
            log.warning(
                "%s/%s: %d entries were acknowledged, %d are here: the store was restored, or lost",
                site,
                device,
                upto,
                held,
            )
        if applied.batch_id is not None:
            # Where this fails the batch comes again as duplicates, which are acknowledged: late,
            # and nothing is lost.
            self._store.stamp(applied.batch_id, self._now_ms())
        return answers_to(decision, applied), decision.newest.values()

    def _examine(self, messages: list[Received]) -> list[tuple[Received, Examined]]:
        """Judge each message by itself, by the registry as it is now."""
        registry = self._registry.read()
        return [
            (received, examine(received, registry, late_after_s=self._config.late_after_s))
            for received in messages
        ]
