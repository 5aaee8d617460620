# SPDX-License-Identifier: Apache-2.0
"""Show a ledger in short, and its last entries."""

from dataclasses import dataclass
from pathlib import Path

from edge_agent.evidence.counts import Counts, counts_of
from edge_agent.evidence.ledger_reader import LedgerReader, opened
from wire_contract.topics import Channel


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry as it is shown.

    Envelope_bytes, channel and time are None where the payload was purged and its hash stays.
    """

    sequence: int
    leaf: str
    channel: str | None
    signed_utc_ms: int | None
    envelope_bytes: int | None
    purged: bool
    counts: Counts | None
    """What a report said; None of anything else."""

    def in_words(self) -> str:
        """Say it in one line: the counts where it is a report."""
        if self.purged:
            return f"purged, its hash {self.leaf} stays"
        return (
            self.counts.in_words()
            if self.counts
            else f"{self.channel}, {self.envelope_bytes} bytes"
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A ledger in short.

    agreed and differs: the largest size at which the centre's root was ours, the smallest at which
    it was not. frontier: what a witness needs to begin here, hex, left to right.
    """

    stream: str
    follows: str | None
    size: int
    root: str
    frontier: tuple[str, ...]
    payloads: int
    purged: int
    agreed: int
    differs: int | None
    last: tuple[ShownEntry, ...]


def show(store: Path, *, last: int = 10) -> Shown:
    """Show a box's ledger and its last entries."""
    with opened(store) as ledger:
        size = ledger.size()
        tree = ledger.tree(size)
        agreed, differs = ledger.compared()
        return Shown(
            stream=ledger.stream(),
            follows=ledger.follows(),
            size=size,
            root=tree.root.hex(),
            frontier=tuple(one.hex() for one in tree.hashes),
            payloads=ledger.payloads(),
            purged=size - ledger.payloads(),
            agreed=agreed,
            differs=differs,
            last=_last(ledger, last),
        )


def _last(ledger: LedgerReader, number: int) -> tuple[ShownEntry, ...]:
    return tuple(
        ShownEntry(
            sequence=sequence,
            leaf=leaf,
            channel=channel,
            signed_utc_ms=signed_ms,
            envelope_bytes=None if envelope is None else len(envelope),
            purged=envelope is None,
            counts=counts_of(bytes(envelope))
            if channel == Channel.REPORT and envelope is not None
            else None,
        )
        for sequence, leaf, channel, signed_ms, envelope in ledger.last(number)
    )
