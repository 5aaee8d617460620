# SPDX-License-Identifier: Apache-2.0
"""A broker and its subscriber in memory, for tests of what happens behind them.

Passes the contract of the real one.
"""

from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from fusion_service.ingest.examined import Received
from fusion_service.ingest.inbox import Delivery
from wire_contract.messages.acknowledgement import Answer
from wire_contract.topics import DeviceTopic


class MemoryInbox:
    """Keeps what was sent until it is settled, and sends again what was not."""

    def __init__(self, *, received_ms: int = 0) -> None:
        self.received_ms = received_ms
        self.published: dict[str, Answer] = {}
        self.history: list[Answer] = []
        self._waiting: deque[Delivery] = deque()
        self._unsettled: dict[int, Delivery] = {}
        self._generation = 1
        self._returned = False
        self._last_mid = 0

    @property
    def unsettled(self) -> int:
        return len(self._unsettled)

    def send(self, topic: str, payload: bytes) -> None:
        self._last_mid += 1
        self._hand_over(Received(topic, payload, self.received_ms))

    def keep(self, topic: str, payload: bytes) -> None:
        """Bring a message as one that the broker kept."""
        self._last_mid += 1
        self._hand_over(Received(topic, payload, self.received_ms, retained=True))

    def reconnect(self) -> None:
        """Lose the connection: what was not settled comes again, under new message ids."""
        self._returned = True
        again = [delivery.received for delivery in self._unsettled.values()]
        self._waiting.clear()
        self._unsettled.clear()
        self._generation += 1
        self._last_mid = 0
        for received in again:
            self._last_mid += 1
            self._hand_over(received)

    def next_batch(
        self, count_max: int, *, first_wait_s: float, batch_wait_s: float
    ) -> list[Delivery]:
        del first_wait_s, batch_wait_s
        return [self._waiting.popleft() for _ in range(min(count_max, len(self._waiting)))]

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def publish(self, topic: DeviceTopic, acknowledgement: Answer) -> None:
        self.published[topic.text] = acknowledgement
        self.history.append(acknowledgement)

    def returned(self) -> bool:
        returned, self._returned = self._returned, False
        return returned

    @property
    def room(self) -> int:
        return 10_000

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if delivery.generation == self._generation:
                del self._unsettled[delivery.mid]

    def _hand_over(self, received: Received) -> None:
        delivery = Delivery(received, self._last_mid, 1, self._generation)
        self._unsettled[self._last_mid] = delivery
        self._waiting.append(delivery)
