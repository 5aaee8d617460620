# SPDX-License-Identifier: Apache-2.0
"""Where messages of counters of others wait, apart from those of boxes.

Rule 1: the network thread never waits for them, so that no box does. Rule 2: at the bound one more
is dropped and said to be; its numbers come with the
source's next message or not at all.
"""

import threading
from collections import deque
from dataclasses import dataclass

from fusion_service.ingest.inbox import Delivery
from fusion_service.ingest.mqtt.limits import SOURCES_WAITING_MAX
from fusion_service.ingest.mqtt.trouble import TROUBLE_MS, Trouble
from wire_contract.errors import DecodeError
from wire_contract.topics import SOURCES_ROOT, SourceTopic


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """What a source said, and what it takes to acknowledge it to the broker."""

    topic: SourceTopic
    body: bytes
    delivery: Delivery


class SourceMessages:
    """At most `bound` messages in the order in which they came.

    The network thread brings them, one other takes them away.
    """

    def __init__(self, trouble: Trouble, bound: int = SOURCES_WAITING_MAX) -> None:
        self._trouble = trouble
        self._bound = bound
        self._waiting: deque[SourceMessage] = deque()
        self._some = threading.Condition()
        self._closed = False

    @staticmethod
    def are_for(topic: str) -> bool:
        """Say whether a topic is for counters of others."""
        return topic.startswith(f"{SOURCES_ROOT}/")

    def bring(self, delivery: Delivery) -> bool:
        """Bring a message; False where it is dropped, and is to be acknowledged all the same.

        Once closed it is turned away, and the broker keeps it for the next run.
        """
        received = delivery.received
        try:
            topic = SourceTopic.parse(received.topic)
        except DecodeError:
            return False
        with self._some:
            if self._closed:
                return True
            if len(self._waiting) < self._bound:
                self._waiting.append(SourceMessage(topic, received.payload, delivery))
                self._some.notify()
                return True
        self.tell(
            f"{self._bound} messages of sources wait, so one of {topic.site}/{topic.source} is "
            "dropped; see which source sends so many"
        )
        return False

    def next_message(self, wait_s: float) -> SourceMessage | None:
        """Return the oldest message; None where none came in time, or nothing is taken any more."""
        with self._some:
            self._some.wait_for(lambda: self._waiting or self._closed, wait_s)
            return self._waiting.popleft() if self._waiting and not self._closed else None

    def tell(self, sentence: str) -> None:
        """Show for a while what is wrong with a source."""
        self._trouble.tell("source", sentence, for_ms=TROUBLE_MS)

    def close(self) -> None:
        """Let nothing more in and out: what waits is the broker's again."""
        with self._some:
            self._closed = True
            self._some.notify_all()
