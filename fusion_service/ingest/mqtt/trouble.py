# SPDX-License-Identifier: Apache-2.0
"""What is wrong although the centre may be connected: each kind once.

It is logged when it begins, and shown for as long as it lasts.
"""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)
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
