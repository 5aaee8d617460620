# SPDX-License-Identifier: Apache-2.0
"""What the box has handed over, beside what its ledger holds.

The marks in the outbox that outlive the entries they cover.

A ledger that was taken back to an earlier state is whole in itself. The outbox still knows how far
the centre has acknowledged it, with the centre's root, and how large the last checkpoint was that
was published: a ledger that is shorter, or another, shows. Where the outbox was taken back too,
nothing on the box shows it.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.evidence.public_key import PublicKey
from wire_contract.errors import DecodeError
from wire_contract.messages.checkpoint import checkpoint_stream, open_checkpoint

BUSY_TIMEOUT_S = 5.0
WAITING_MAX = 10_000
"""Entries looked at that wait; the gate lets far fewer wait."""
_CHECKPOINT = "checkpoint"
_CHECKPOINTS_OF = "ffffffff"


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """One envelope, or one checkpoint under its size, that the centre has not acknowledged."""

    stream: str
    sequence: int
    channel: str
    envelope: bytes


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The outbox as it lies on disk. acknowledged.

    By stream, up to which entry, and the centre's root over them (hex) or None.
    """

    acknowledged: dict[str, tuple[int, str | None]]
    waiting: tuple[WaitingEntry, ...]

    def upto(self, stream: str) -> int:
        """Return how far the centre has acknowledged a stream; 0 where it has not."""
        return self.acknowledged.get(stream, (0, None))[0]

    def published(self, stream: str) -> int:
        """Return the size of the largest checkpoint of a stream that was or will be published.

        0 where there is none.
        """
        own = checkpoint_stream(stream)
        return max([self.upto(own), *(one.sequence for one in self.waiting if one.stream == own)])


def read_handed_over(outbox: Path) -> HandedOver:
    """Read an outbox's marks. Raises StoreError where it cannot be read."""
    try:
        with closing(
            sqlite3.connect(
                f"{outbox.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S
            )
        ) as file:
            file.execute("BEGIN")
            marks = file.execute("SELECT stream, upto, root FROM acknowledged").fetchall()
            query = (
                "SELECT stream, sequence, channel, envelope FROM outbox ORDER BY stream, sequence "
                "LIMIT ?"
            )
            waiting = file.execute(query, (WAITING_MAX,)).fetchall()
    except sqlite3.Error as error:
        raise StoreError(
            f"{outbox}: {error}; name the store of a box that has run, as a user who may read it"
        ) from error
    return HandedOver(
        {str(stream): (int(upto), root) for stream, upto, root in marks},
        tuple(
            WaitingEntry(str(stream), int(number), str(channel), bytes(envelope))
            for stream, number, channel, envelope in waiting
        ),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a ledger holds, for comparing.

    Its stream and size, its root at a size, an entry's envelope (None: purged).

    others are the streams of the ledgers that were closed before it and are known here.
    """

    stream: str
    size: int
    root: Callable[[int], str]
    envelope: Callable[[int], bytes | None]
    others: frozenset[str]


Misfit = tuple[int | None, str]
"""The entry where a fault lies, None where none can be named, and what it is."""
_CUT = "the rest was cut off"
_CHANGED = "the ledger was changed, or taken back and gone on with"


def faults(kept: Kept, handed: HandedOver, key: PublicKey) -> list[Misfit]:
    """Return what of a ledger does not fit what was handed over; empty where all fits."""
    upto, root = handed.acknowledged.get(kept.stream, (0, None))
    found: list[Misfit] = []
    ends = f"this ledger ends at {kept.size}: {_CUT}"
    if upto > kept.size:
        found.append((kept.size + 1, f"the centre has acknowledged entry {upto}, {ends}"))
    elif root is not None and kept.root(upto) != root:
        what = f"the centre acknowledged another root over the first {upto} entries: {_CHANGED}"
        found.append((None, what))
    if (published := handed.published(kept.stream)) > kept.size:
        what = f"a checkpoint of {published} entries was published, {ends}"
        found.append((kept.size + 1, what))
    for one in handed.waiting:
        found += _waiting_faults(kept, one, key)
    known = {kept.stream, *kept.others}
    for stream, (end, _) in handed.acknowledged.items():
        if end and not stream.startswith(_CHECKPOINTS_OF) and stream not in known:
            what = (
                f"the centre has acknowledged {end} entries of stream {stream}, of which "
                "there is no ledger here"
            )
            found.append((None, what))
    return found


def _waiting_faults(kept: Kept, one: WaitingEntry, key: PublicKey) -> list[Misfit]:
    """Hold what waits against the ledger.

    An entry that waits must stand there, a checkpoint must be of its root.
    """
    if one.channel == _CHECKPOINT:
        is_ours = one.stream == checkpoint_stream(kept.stream) and one.sequence <= kept.size
        return _checkpoint_faults(kept, one, key) if is_ours else []
    if one.stream != kept.stream:
        return []
    if one.sequence > kept.size:
        what = f"entry {one.sequence} waits in the outbox, this ledger ends at {kept.size}: {_CUT}"
        return [(kept.size + 1, what)]
    if kept.envelope(one.sequence) not in (None, one.envelope):
        what = f"entry {one.sequence} waits in the outbox with other bytes: {_CHANGED}"
        return [(one.sequence, what)]
    return []


def _checkpoint_faults(kept: Kept, one: WaitingEntry, key: PublicKey) -> list[Misfit]:
    try:
        head = open_checkpoint(one.envelope, key.raw, key.verify).head
    except DecodeError as error:
        return [(None, f"the checkpoint that waits in the outbox: {error}")]
    if (head.stream, head.size, head.root.hex()) != (
        kept.stream,
        one.sequence,
        kept.root(one.sequence),
    ):
        what = f"another root was signed for size {head.size}, and waits in the outbox: {_CHANGED}"
        return [(None, what)]
    return []
