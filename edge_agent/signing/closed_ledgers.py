# SPDX-License-Identifier: Apache-2.0
"""Put out what the centre lacks of ledgers that were closed, or has lost of them."""

import math
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.process_settings import GateSettings
from edge_agent.signing.checkpoints import put_out
from edge_agent.signing.resending import next_batch
from edge_agent.store.heard import Heard, heard_of
from edge_agent.store.ledger import Ledger
from edge_agent.store.merkle_file import closed_file
from edge_agent.store.outbox import Outbox

CLOSED_MAX = 4
"""Closed ledgers, the newest, that are kept open."""
CLOSED_EVERY_S = 0.5
"""How often the gate looks whether the centre has lost something of one of them."""


class ClosedLedgers:
    """The newest closed ledgers, and what was last heard of each."""

    def __init__(self, settings: GateSettings, outbox: Outbox, clock: Clock) -> None:
        self._store, self._bytes_max = Path(settings.store_directory), settings.store_bytes_max
        self._outbox, self._clock = outbox, clock
        self._heard: dict[Ledger, Heard] = {}
        self._looked_s = -math.inf

    def open(self, *, purge_before_ms: int) -> None:
        """Open them, newest first: once the gate is locked in it opens no file any more."""
        closed = self._store.glob(closed_file(Path(), "*").name)
        for path in sorted(closed, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            ledger = Ledger(path, bytes_max=self._bytes_max, mended=True)
            self._recover(ledger, purge_before_ms)
            if len(self._heard) < CLOSED_MAX:
                self._heard[ledger] = Heard()
            else:
                ledger.close()

    def _recover(self, ledger: Ledger, purge_before_ms: int) -> None:
        """Put out what the centre lacks of a closed ledger, and purge it as the one in use."""
        stream = ledger.stream
        acknowledged = max(self._outbox.acknowledged(stream).upto, ledger.compared()[0])
        put_out(self._outbox, stream, ledger.after(acknowledged))
        heard = heard_of(self._outbox, stream).upto
        kept_from = acknowledged if heard is None else min(acknowledged, heard)
        ledger.purge(acknowledged=kept_from, signed_before_ms=purge_before_ms)

    def resend(self) -> None:
        """Put out again the next of a closed ledger that the centre has lost.

        Of what is purged of it nothing can be said: no entry can be signed into it any more.
        """
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < CLOSED_EVERY_S:
            return
        self._looked_s = now_s
        for ledger, seen in self._heard.items():
            heard = heard_of(self._outbox, ledger.stream)
            if heard == seen:
                continue
            self._heard[ledger] = heard
            if heard.upto is None:
                continue
            top = max(self._outbox.acknowledged(ledger.stream).upto, heard.held)
            batch = next_batch(ledger, heard=heard.upto, top=top)
            if batch.gone is not None and heard.held > batch.gone.last:
                batch = next_batch(ledger, heard=heard.held, top=top)
            self._outbox.withdraw(ledger.stream, above=batch.upto, upto=heard.held, but=0)
            put_out(self._outbox, ledger.stream, batch.entries)
            return

    def close(self) -> None:
        """Close the files."""
        for ledger in self._heard:
            ledger.close()
