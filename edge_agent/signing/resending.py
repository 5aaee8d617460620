# SPDX-License-Identifier: Apache-2.0
"""What is put out again for a centre that has lost what it had: a few entries at a time.

Of each ledger the payloads that are still there come in their order. A run that was purged before
that cannot: one signed entry says so in its place, with the tree's frontier at its end and a proof
from the tree before it, so that the centre need not believe the box. Only hashes go into it.
"""

from dataclasses import dataclass

from edge_agent.store.ledger import Entry, Ledger
from wire_contract.codec import decode, encode, split
from wire_contract.errors import ContractError
from wire_contract.merkle import consistency_proof
from wire_contract.messages.purged import Kind, Purged
from wire_contract.messages.report import VERSION
from wire_contract.topics import Channel

RESENT_MAX = 32
"""Entries put out again at once, beside the live ones."""
CLAIMS_LOOKED_AT = 64
"""Such entries, newest first, among which that of a run is looked for."""


@dataclass(frozen=True, slots=True)
class Run:
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
    entries: tuple[Entry, ...]
    gone: Run | None
    claim: int = 0

    def serves(self, heard: int) -> bool:
        """Say whether a centre that holds all up to `heard` still waits for some of it."""
        is_inside = self.gone is not None and self.above < heard < self.gone.last
        return self.above <= heard < self.upto and not is_inside


def next_batch(ledger: Ledger, *, heard: int, top: int) -> Batch:
    """Return what a centre needs next that holds all up to `heard`.

    What lies above `top` is sent as it is signed.
    """
    entries = ledger.after(heard, limit=RESENT_MAX)
    first = entries[0].sequence if entries else ledger.size() + 1
    gone = Run(heard + 1, first - 1) if first > heard + 1 else None
    again = tuple(entry for entry in entries if entry.sequence <= top)
    upto = again[-1].sequence if again else heard if gone is None else gone.last
    return Batch(heard, upto, again, gone)


def claim_of(ledger: Ledger, run: Run) -> Entry | None:
    """Return the entry that says of just this run that it is gone, where the box signed one."""
    query = (
        "SELECT * FROM entry WHERE channel = ? AND window_id IS NULL ORDER BY sequence DESC LIMIT ?"
    )
    for row in ledger.rows(query, (Channel.REPORT, CLAIMS_LOOKED_AT)):
        entry = Entry(*row)
        try:
            said = decode(Purged, split(entry.envelope)[0])
        except ContractError:
            continue
        if (said.first, said.last) == (run.first, run.last):
            return entry
    return None


def purged(ledger: Ledger, run: Run, *, site: str, device: str, sequence: int) -> bytes:
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
