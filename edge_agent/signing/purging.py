# SPDX-License-Identifier: Apache-2.0
"""Purge payloads that the centre has and whose time is over. By no clock that may be wrong."""

from edge_agent.clock import Clock
from edge_agent.process_settings import GateSettings
from edge_agent.signing.comparison import Holding
from edge_agent.signing.dating import Dating
from edge_agent.signing.stores import IN_FLIGHT_MAX, PURGE_EVERY_ENTRIES, Stores, entry_bytes
from edge_agent.store.sqlite_file import PAGE_BYTES

PURGE_EVERY_S = 3600.0
"""How often the gate looks for payloads whose time is over, by its clock; see also
PURGE_EVERY_ENTRIES."""
OVERWRITE_EVERY_S = 86_400.0
"""How often the logs are overwritten, in which purged payloads still stand: each time costs the
card as much as the logs."""


class Purging:
    """When the ledger was purged last, and when the logs were overwritten."""

    def __init__(
        self, settings: GateSettings, stores: Stores, dating: Dating, clock: Clock
    ) -> None:
        self._stores, self._dating, self._clock = stores, dating, clock
        self._room_bytes = IN_FLIGHT_MAX * entry_bytes(settings)
        self._purged_s: float | None = None
        self._purged_size = 0
        self._overwritten_s = clock.monotonic_s()

    def purge(self, holding: Holding) -> None:
        """Purge, now and then, what the centre has.

        What it has lost stays. But a file that fills up would stop the box: then what was
        acknowledged once goes, lost or not.
        """
        acknowledged, lost_from = holding.acknowledged, holding.heard.upto
        if lost_from is not None and self._has_room():
            acknowledged = min(acknowledged, lost_from)
        now_s, size = self._clock.monotonic_s(), self._stores.ledger.size()
        if (
            self._purged_s is None
            or now_s - self._purged_s >= PURGE_EVERY_S
            or size - self._purged_size >= PURGE_EVERY_ENTRIES
        ):
            self._purged_s, self._purged_size = now_s, size
            self._stores.ledger.purge(
                acknowledged=acknowledged, signed_before_ms=self._dating.purge_before_ms()
            )
        if now_s - self._overwritten_s >= OVERWRITE_EVERY_S:
            self._overwritten_s = now_s
            self._stores.overwrite_logs()

    def _has_room(self) -> bool:
        return self._stores.ledger.free_pages() * PAGE_BYTES > self._room_bytes
