# SPDX-License-Identifier: Apache-2.0
"""Hand messages to the intake without a broker: in memory, in the order in which they came."""

from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from fusion_service.ingest.examined import Received
from fusion_service.ingest.inbox import Delivery
from wire_contract.messages.acknowledgement import Answer
from wire_contract.topics import DeviceTopic

ROOM = 10_000
_ONCE = 1


class ExerciseInbox:
    """What waits for the intake, and what has been answered. Used by one thread."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._last_mid = 0
        self.settled = self.acknowledged = 0
        """Messages that were committed, and answers that were given."""

    def send(self, message: Received) -> None:
        """Bring a message."""
        self._last_mid += 1
        self._waiting.append(Delivery(message, self._last_mid, _ONCE, _ONCE))

    def next_batch(
        self, count_max: int, *, first_wait_s: float, batch_wait_s: float
    ) -> list[Delivery]:
        """Return what waits, at most so many; never waits for more."""
        del first_wait_s, batch_wait_s
        return [self._waiting.popleft() for _ in range(min(count_max, len(self._waiting)))]

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else brings messages."""
        return nullcontext()

    def publish(self, topic: DeviceTopic, acknowledgement: Answer) -> None:
        """Count an answer; a box of an exercise keeps nothing to send again."""
        del topic, acknowledgement
        self.acknowledged += 1

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Note that messages are committed."""
        self.settled += len(deliveries)

    def returned(self) -> bool:
        """Say that the connection is the one of before: it is always the same."""
        return False

    @property
    def room(self) -> int:
        """How many answers more may be told at once."""
        return ROOM
