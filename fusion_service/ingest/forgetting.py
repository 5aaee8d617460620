# SPDX-License-Identifier: Apache-2.0
"""Have the store delete what is past its time, a little at a time, between two batches."""

import logging
from collections.abc import Callable

from fusion_service.config import RetentionConfig
from fusion_service.errors import StoreError
from fusion_service.store.port import FORGET_MAX, Store

FORGET_INTERVAL_MS = 60_000
"""How often what is past its time is looked for; sooner while there is more of it than one commit
takes."""
DAY_MS = 86_400_000

log = logging.getLogger(__name__)


class Forgetting:
    """Knows when it is due. The first time is at once."""

    def __init__(self, store: Store, retention: RetentionConfig, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._retention = retention
        self._now_ms = now_ms
        self._due_ms = now_ms()

    def run_if_due(self) -> None:
        """Delete one commit's worth where it is due.

        A store that fails will say so when the next batch comes.
        """
        now_ms = self._now_ms()
        if 0 <= self._due_ms - now_ms <= FORGET_INTERVAL_MS:
            return
        self._due_ms = now_ms + FORGET_INTERVAL_MS
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
            self._due_ms = now_ms
