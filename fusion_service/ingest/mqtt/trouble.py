# SPDX-License-Identifier: Apache-2.0
"""What is wrong although the centre may be connected: each kind once.

It is logged when it begins, and shown for as long as it lasts.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable

from wire_contract.programs.broker_reasons import in_words

log = logging.getLogger(__name__)
FLAPPING, FLAPPING_MS = 3, 30_000
"""So many lost connections in so short a time are no restart of a broker."""
TROUBLE_MS = 60_000
"""How long what a broker refused is shown: it ends a connection and lets the next one in, again and
again."""
_FOR_EVER_MS = 2**62


class Trouble:
    """At most one sentence a kind. Told by the network thread and the intake, read by the API."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._kinds: dict[str, tuple[str, int]] = {}

    def tell(self, kind: str, sentence: str, *, for_ms: int = _FOR_EVER_MS) -> None:
        """Note a sentence for a time, by default until it is taken back with an empty one.

        Log it where it is news.
        """
        now_ms = self._now_ms()
        with self._lock:
            before, until_ms = self._kinds.pop(kind, ("", 0))
            if sentence:
                self._kinds[kind] = (sentence, now_ms + for_ms)
        if sentence and (sentence != before or now_ms > until_ms):
            log.warning("%s", sentence)

    def sentences(self) -> tuple[str, ...]:
        """Return what is wrong now."""
        now_ms = self._now_ms()
        with self._lock:
            return tuple(
                sentence for sentence, until_ms in self._kinds.values() if now_ms <= until_ms
            )


class Flapping:
    """Notices connection after connection that ends. Not every broker says why."""

    def __init__(self, trouble: Trouble, now_ms: Callable[[], int], client_id: str) -> None:
        self._trouble = trouble
        self._now_ms = now_ms
        self._client_id = client_id
        self._ends: deque[int] = deque(maxlen=FLAPPING)

    def note_end(self) -> None:
        """Note that a connection ended, and say what it mostly is where several did in a row."""
        self._ends.append(self._now_ms())
        if len(self._ends) == FLAPPING and self._ends[-1] - self._ends[0] < FLAPPING_MS:
            ended = f"{FLAPPING} connections in a row ended within {FLAPPING_MS // 1000} s"
            taken = in_words("Session taken over", client_id=self._client_id)
            self._trouble.tell(
                "flapping",
                f"{ended}; mostly {taken}; else the broker's log says why",
                for_ms=TROUBLE_MS,
            )
