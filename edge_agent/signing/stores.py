# SPDX-License-Identifier: Apache-2.0
"""The three files of a gate, opened together and held by one gate alone."""

import os
from dataclasses import dataclass
from pathlib import Path

from edge_agent.process_settings import GateSettings
from edge_agent.store.layout import PENDING_FILE
from edge_agent.store.ledger import Ledger
from edge_agent.store.merkle_file import ENTRIES_KEPT
from edge_agent.store.outbox import Outbox
from edge_agent.store.pending import Pending
from edge_agent.store.recovery import open_ledger
from edge_agent.store.release_mark import hold_alone

IN_FLIGHT_MAX = 64
"""Signed reports that the centre has not acknowledged; beyond it, windows wait unsigned in
`pending`."""
PURGE_EVERY_ENTRIES = 128
"""The gate looks for payloads whose time is over once it has signed so many."""
ENTRY_BYTES, LINE_BYTES, ZONE_BYTES = 1_500, 160, 220
"""Of an entry as it lies in the ledger's file, its place in the tree and the file's own needs
included; tested at the limit."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What waits, what has gone, and what the centre has not committed."""

    pending: Pending
    ledger: Ledger
    outbox: Outbox
    held_fd: int
    """Holds the store against another gate until it is closed."""

    def overwrite_logs(self) -> None:
        """Overwrite the logs of all three files, in which purged payloads still stand."""
        for store in (self.pending, self.ledger, self.outbox):
            store.overwrite_log()

    def close(self) -> None:
        """Close the files and let the store go."""
        for store in (self.pending, self.ledger, self.outbox):
            store.close()
        os.close(self.held_fd)


def open_stores(settings: GateSettings) -> Stores:
    """Open the files, each mended where it was damaged.

    Raises ProcessError where another gate has them open, StoreError where the disk will not do.
    """
    folder, size = Path(settings.store_directory), settings.store_bytes_max
    held_fd = hold_alone(folder)
    outbox = Outbox(Path(settings.outbox_path), bytes_max=size, mended=True)
    pending = Pending(folder / PENDING_FILE, bytes_max=size, mended=True)
    ledger = open_ledger(
        folder, bytes_max=size, entries_kept=entries_kept(settings), known=outbox.known()
    )
    return Stores(pending, ledger, outbox, held_fd)


def entry_bytes(settings: GateSettings) -> int:
    """Return what an entry takes in the ledger's file, with every number at its longest."""
    return ENTRY_BYTES + LINE_BYTES * len(settings.line_ids) + ZONE_BYTES * len(settings.zone_ids)


def entries_kept(settings: GateSettings) -> int:
    """Return how many acknowledged payloads are kept.

    What fits into the file's limit with every number at its longest.
    """
    fitting = (
        settings.store_bytes_max // entry_bytes(settings) - IN_FLIGHT_MAX - PURGE_EVERY_ENTRIES
    )
    return max(IN_FLIGHT_MAX, min(ENTRIES_KEPT, fitting))
