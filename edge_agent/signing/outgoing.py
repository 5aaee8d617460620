# SPDX-License-Identifier: Apache-2.0
"""What goes out: new entries, those that the centre has lost, and those of closed ledgers."""

from edge_agent.clock import Clock
from edge_agent.process_settings import GateSettings
from edge_agent.signing.checkpoints import OutboxFiller
from edge_agent.signing.closed_ledgers import ClosedLedgers
from edge_agent.signing.comparison import Holding
from edge_agent.signing.resending import Resending
from edge_agent.signing.signature import Signer
from edge_agent.signing.stores import Stores


class Outgoing:
    """The outbox as it follows the ledgers."""

    def __init__(
        self, settings: GateSettings, stores: Stores, signer: Signer, clock: Clock
    ) -> None:
        self._filler = OutboxFiller(settings, stores, signer)
        self._resends = Resending(settings, stores, signer, clock)
        self._closed = ClosedLedgers(settings, stores.outbox, clock)

    def begin(self, *, purge_before_ms: int) -> None:
        """Put out what a sudden end kept back, of closed ledgers too."""
        self._closed.open(purge_before_ms=purge_before_ms)
        self._filler.fill()
        self._filler.forget_followed()

    def fill(self) -> None:
        """Put out what the ledger holds and was not put out yet."""
        self._filler.fill()

    def put_out(self, holding: Holding) -> None:
        """Put out what is new, and the next of what the centre has lost."""
        is_level = holding.heard.upto is None
        if is_level and self._resends.end():
            # What had been taken back and has not come is put out anew.
            self._filler.fill_anew()
        self._filler.fill()
        if not is_level:
            self._resends.resend(holding.heard, holding.top)
        self._closed.resend()

    def is_resending(self) -> bool:
        """Say whether the centre gets again what it has lost."""
        return self._resends.is_busy()

    def close(self) -> None:
        """Close the closed ledgers' files."""
        self._closed.close()
