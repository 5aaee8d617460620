# SPDX-License-Identifier: Apache-2.0
"""Put out again what a centre has lost of the ledger in use: a few entries at a time.

Of each ledger the payloads that are still there come in their order. A run that was purged before
that cannot: one signed entry says so in its place, with the tree's frontier at its end and a proof
from the tree before it, so that the centre need not believe the box. Only hashes go into it.
"""

import logging
import math
from dataclasses import dataclass, replace

from edge_agent.clock import Clock
from edge_agent.process_settings import GateSettings
from edge_agent.signing.checkpoints import put_out
from edge_agent.signing.signature import Signer
from edge_agent.signing.stores import Stores
from edge_agent.store.heard import Heard
from edge_agent.store.ledger import Ledger, LedgerEntry
from wire_contract.codec import decode, encode, split
from wire_contract.errors import ContractError
from wire_contract.merkle import consistency_proof
from wire_contract.messages.purged import Kind, Purged
from wire_contract.messages.report import VERSION
from wire_contract.topics import Channel

RESENT_MAX = 32
"""Entries put out again at once, beside the live ones."""
ON_HAND_MAX = 24
"""Live entries that wait on although the centre holds a later one.

With all else that waits they are fewer than the uplink looks at.
"""
CLAIMS_LOOKED_AT = 64
"""Entries that say that a run was purged, newest first, among which that of a run is looked for."""
CLAIM_EVERY_S = 10.0
"""How often the gate signs that a run was purged: what it goes by is written by the uplink."""
log = logging.getLogger("edge_agent.gate")


@dataclass(frozen=True, slots=True)
class PurgedRun:
    """Entries `first` to `last`, both included, whose payloads are gone."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What is put out again now: the entries after `above` up to `upto`.

    gone: the run before them that was purged. claim: the entry that says so, 0 where there is none.
    """

    above: int
    upto: int
    entries: tuple[LedgerEntry, ...]
    gone: PurgedRun | None
    claim: int = 0

    def serves(self, heard: int) -> bool:
        """Say whether a centre that holds all up to `heard` still waits for some of it."""
        is_inside = self.gone is not None and self.above < heard < self.gone.last
        return self.above <= heard < self.upto and not is_inside


class Resending:
    """The batch that is out now, None where the centre lacks nothing."""

    def __init__(
        self, settings: GateSettings, stores: Stores, signer: Signer, clock: Clock
    ) -> None:
        self._site, self._device = settings.site, settings.device
        self._ledger, self._outbox = stores.ledger, stores.outbox
        self._signer, self._clock = signer, clock
        self._batch: Batch | None = None
        self._claimed_s = -math.inf

    def is_busy(self) -> bool:
        """Say whether something is out again."""
        return self._batch is not None

    def end(self) -> bool:
        """Let go of the batch: the centre has all again. Return whether there was one."""
        had, self._batch = self._batch is not None, None
        return had

    def resend(self, heard: Heard, top: int) -> None:
        """Put out again the next of what the centre has lost, up to entry `top`.

        What it holds above that is taken back meanwhile, but for the last few: it comes in its
        turn, as a duplicate.
        """
        ledger, stream, upto = self._ledger, self._ledger.stream, max(0, heard.upto or 0)
        batch = self._batch
        if batch is None or not batch.serves(upto):
            batch = self._batch = next_batch(ledger, heard=upto, top=top)
            put_out(self._outbox, stream, batch.entries)
            if batch.entries:
                log.info(
                    "entries up to %d of %s go out again: the centre lost them", batch.upto, stream
                )
        if batch.gone is not None and not batch.claim and heard.store:
            claim = claim_of(ledger, batch.gone) or self._claim(batch.gone)
            if claim is not None:
                put_out(self._outbox, stream, [claim])
                batch = self._batch = replace(batch, claim=claim.sequence)
        self._outbox.withdraw(stream, above=batch.upto, upto=top - ON_HAND_MAX, but=batch.claim)

    def _claim(self, run: PurgedRun) -> LedgerEntry | None:
        """Sign that a run was purged, as an entry of its own.

        Not again at once, whatever the uplink may say that it has heard.
        """
        now_s = self._clock.monotonic_s()
        if now_s - self._claimed_s < CLAIM_EVERY_S:
            return None
        self._claimed_s = now_s
        sequence = self._signer.next_sequence()
        payload = purged(self._ledger, run, site=self._site, device=self._device, sequence=sequence)
        entry = self._signer.entry(Channel.REPORT, sequence, payload)
        self._signer.commit(entry)
        log.warning(
            "entry %d of %s says that %d to %d were purged",
            sequence,
            self._ledger.stream,
            run.first,
            run.last,
        )
        return entry


def next_batch(ledger: Ledger, *, heard: int, top: int) -> Batch:
    """Return what a centre needs next that holds all up to `heard`.

    What lies above `top` is sent as it is signed.
    """
    entries = ledger.after(heard, limit=RESENT_MAX)
    first = entries[0].sequence if entries else ledger.size() + 1
    gone = PurgedRun(heard + 1, first - 1) if first > heard + 1 else None
    again = tuple(entry for entry in entries if entry.sequence <= top)
    upto = again[-1].sequence if again else heard if gone is None else gone.last
    return Batch(heard, upto, again, gone)


def claim_of(ledger: Ledger, run: PurgedRun) -> LedgerEntry | None:
    """Return the entry that says of just this run that it is gone, where the box signed one."""
    query = (
        "SELECT * FROM entry WHERE channel = ? AND window_id IS NULL ORDER BY sequence DESC LIMIT ?"
    )
    for row in ledger.rows(query, (Channel.REPORT, CLAIMS_LOOKED_AT)):
        entry = LedgerEntry(*row)
        try:
            said = decode(Purged, split(entry.envelope)[0])
        except ContractError:
            continue
        if (said.first, said.last) == (run.first, run.last):
            return entry
    return None


def purged(ledger: Ledger, run: PurgedRun, *, site: str, device: str, sequence: int) -> bytes:
    """Return the payload that says that a run is gone.

    Raises FieldError where the ledger has grown past every bound.
    """
    proof = consistency_proof(run.first - 1, run.last, ledger.node)
    return encode(
        Purged(
            v=VERSION, kind=Kind.PURGED, site=site, device=device,
            stream=ledger.stream, sequence=sequence,
            first=run.first, last=run.last,
            frontier=tuple(one.hex() for one in ledger.tree(run.last).hashes),
            proof=tuple(one.hex() for one in proof),
        )
    )  # fmt: skip
