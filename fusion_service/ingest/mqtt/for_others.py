# SPDX-License-Identifier: Apache-2.0
"""Whether the broker lets the centre publish for others, asked once with the first message.

mosquitto ends the connection of whoever publishes what its acl refuses, so trying on would mean to
lose it with every report.
"""

import logging
from collections import deque

import paho.mqtt.client as mqtt

REFUSALS_MAX = 64
"""Message ids that the broker refused last; more than one connection can bring, which it ends."""

log = logging.getLogger(__name__)


class ForOthers:
    """What became of the first message that was published for others."""

    def __init__(self) -> None:
        self._asked: mqtt.MQTTMessageInfo | None = None
        self._is_refused = False
        self._refused: deque[int] = deque(maxlen=REFUSALS_MAX)

    @property
    def is_asking(self) -> bool:
        """Whether the next message is the one that asks."""
        return self._asked is None

    def note_asked(self, sent: mqtt.MQTTMessageInfo) -> None:
        """Note the message that asks."""
        self._asked = sent

    def note_refused(self, mid: int) -> bool:
        """Note what the broker refused; say whether it was the message that asks."""
        self._refused.append(mid)
        return self._asked is not None and mid == self._asked.mid

    def may_publish(self) -> bool:
        """Say whether something may be published now: to ask, or because that was let through."""
        if self._asked is None or self._is_refused:
            return not self._is_refused
        try:
            if not self._asked.is_published():
                return False
        except (RuntimeError, ValueError):  # it went with its connection
            self._asked = None
            return False
        self._is_refused = self._asked.mid in self._refused
        if self._is_refused:
            log.error(
                "the broker refuses what is for Home Assistant, nothing more is sent; see "
                "home_assistant in its acl"
            )
        return not self._is_refused
