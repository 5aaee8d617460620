# SPDX-License-Identifier: Apache-2.0
"""Sign and put out the newest windows while the centre keeps up, and keep the others.

A disk that takes nothing is a stated degraded mode: windows wait in memory, and the next turn tries
again. A file that is found to be wrong ends the process: what starts again mends it first.
"""

import logging
from collections.abc import Callable
from dataclasses import replace

from edge_agent.clock import Clock
from edge_agent.disclosure.gate import Gate
from edge_agent.errors import StoreError
from edge_agent.process_settings import GateSettings
from edge_agent.signing.backlog import Backlog
from edge_agent.signing.comparison import HoldingReader
from edge_agent.signing.dating import Dating
from edge_agent.signing.open_slots import OpenSlots
from edge_agent.signing.outgoing import Outgoing
from edge_agent.signing.purging import Purging
from edge_agent.signing.signature import Signer
from edge_agent.signing.stores import IN_FLIGHT_MAX, Stores
from edge_agent.store.ledger import LedgerEntry
from edge_agent.store.pending_window import PendingWindow
from wire_contract.topics import Channel

POLL_S, BUSY_POLL_S = 0.25, 0.02
"""How often the gate looks for acknowledgements: when nothing else happens, and while they come and
a backlog waits for them."""
log = logging.getLogger("edge_agent.gate")


class Release:
    """The way of a window from `pending` to the outbox."""

    def __init__(
        self,
        settings: GateSettings,
        clock: Clock,
        *,
        stores: Stores,
        slots: OpenSlots,
        dating: Dating,
        gate: Gate,
        signing_key: bytes,
    ) -> None:
        self._stores, self._slots = stores, slots
        self._signer = Signer(signing_key, stores.ledger, clock, lambda: slots.released)
        self._reports = Reports(gate, dating, self._signer, length_s=settings.slots.length_s)
        self._backlog = Backlog(settings, stores.pending, dating)
        self._centre = HoldingReader(stores, clock)
        self._outgoing = Outgoing(settings, stores, self._signer, clock)
        self._purging = Purging(settings, stores, dating, clock)
        self._recover(purge_before_ms=dating.purge_before_ms())

    def _recover(self, *, purge_before_ms: int) -> None:
        """Finish what a sudden end left half done.

        No window is signed twice, no signed report is missing from the outbox.
        """
        self._backlog.mend(self._stores.ledger)
        if self._stores.outbox.damage is not None:
            log.error("outbox: %s; it is filled again from the ledger", self._stores.outbox.damage)
        self._outgoing.begin(purge_before_ms=purge_before_ms)

    def append(self, window: PendingWindow) -> None:
        """Let a window wait that was closed now; `turn` releases what may go."""
        self._backlog.append(window)

    def sign_meta(self, build: Callable[[int], bytes]) -> None:
        """Sign and put out the meta of this run; build makes its payload, given its number."""
        sequence = self._signer.next_sequence()
        meta = self._signer.entry(Channel.META, sequence, build(sequence))
        self._signer.commit(meta)
        self._signer.announce(meta)
        self._outgoing.fill()

    def turn(self) -> None:
        """Sign what may be in flight, and write down the rest."""
        for step in (self._sign_what_may_go, self._save):
            try:
                step()
            except StoreError as error:
                if error.damaged:
                    raise
                waiting = self._backlog.in_memory()
                log.error("%s; %d windows wait in memory", error, waiting)  # noqa: TRY400 - a stack would bury it

    def _sign_what_may_go(self) -> None:
        """Sign as many windows as may be in flight.

        One commit each of ledger, outbox and, where they waited there, pending.
        """
        holding = self._centre.look()
        ledger = self._stores.ledger
        last = ledger.size()
        fresh, stored = self._backlog.next(IN_FLIGHT_MAX - (last - holding.top))
        entries = tuple(
            self._reports.sign(last + place, window)
            for place, window in enumerate((*fresh, *stored), 1)
        )
        if entries:
            with ledger.transaction():
                self._centre.comparison.note_if_due()
                self._signer.commit(*entries)
            self._signer.announce(*entries)
            self._backlog.remove(fresh, stored)
        self._outgoing.put_out(holding)
        self._purging.purge(holding)

    def _save(self) -> None:
        self._backlog.save(self._slots.released)

    def poll_s(self) -> float:
        """Return how long to wait at most before looking for acknowledgements again."""
        is_busy = self._centre.is_recent() and (
            self._outgoing.is_resending() or self._backlog.is_on_disk()
        )
        return BUSY_POLL_S if is_busy else POLL_S

    def drained(self) -> bool:
        """Say whether every closed window has been signed."""
        return not self._backlog.in_memory() and self._backlog.next(1) == ((), ())

    def close(self) -> None:
        """Close the files."""
        self._centre.comparison.note_agreed()
        self._outgoing.close()
        self._stores.close()


class Reports:
    """Make signed reports of windows: dated for good, numbered, built by the gate and signed."""

    def __init__(self, gate: Gate, dating: Dating, signer: Signer, *, length_s: int) -> None:
        self._gate, self._dating, self._signer, self._length_s = gate, dating, signer, length_s

    def sign(self, sequence: int, window: PendingWindow) -> LedgerEntry:
        """Return the signed report of a window."""
        start_s, quality = self._dating.date_again(window)
        payload = self._gate.report(
            window.body,
            sequence=sequence,
            start_s=start_s,
            length_s=window.length_s,
            quality=quality,
        )
        # What stands for several has the noise of each: it cannot be drawn again from one name.
        drawn_ms = window.drawn_ms
        if window.drawn_run is None and window.length_s == self._length_s:
            drawn_ms = round(window.start_monotonic_s * 1000)
        entry = self._signer.entry(Channel.REPORT, sequence, payload)
        return replace(entry, window_id=window.id, drawn_ms=drawn_ms, drawn_run=window.drawn_run)
