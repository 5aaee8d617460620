# SPDX-License-Identifier: Apache-2.0
"""What a box says in place of ledger entries that it has purged and that a centre asks for again.

It is itself an entry of the ledger, on the report topic. It carries the frontier of the tree at
`last`, and a proof that the tree there begins with the one before `first`, whose root the centre
knows: so a centre goes on from `last` without having believed the box in anything but that these
entries had been purged. The roots inside the run stay unknown to it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from wire_contract.errors import DecodeError
from wire_contract.merkle import Frontier, verify_consistency
from wire_contract.messages.report import NAME, SEQUENCE, SHA256, UUID, VERSION
from wire_contract.vocabulary import AtMost, Choice, Integer, Message

ENTRIES_MAX = 2**32
"""A box that signs a window a minute takes eight thousand years for them. Every such message fits
into an envelope (tested)."""
FRONTIER_MAX = 32
"""One hash for each bit that is set in `last`."""
PROOF_MAX = 33
"""RFC 6962, section 2.1.2: at most one hash more than ceil(log2(last))."""


class Kind(StrEnum):
    """What an entry on the report topic is, where it is not a report."""

    PURGED = "purged"


@dataclass(frozen=True, slots=True)
class Purged(Message):
    """The entries `first` to `last` of this stream were purged.

    frontier and proof: hashes in hex, left to right. The proof is that of RFC 6962 from `first` - 1
    to `last`; there is none from 1, because every tree begins with the empty one.
    """

    v: Annotated[int, Integer(VERSION, VERSION)]
    kind: Annotated[Kind, Choice(Kind)]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    stream: Annotated[str, UUID]
    sequence: Annotated[int, SEQUENCE]
    first: Annotated[int, Integer(1, ENTRIES_MAX)]
    last: Annotated[int, Integer(1, ENTRIES_MAX)]
    frontier: Annotated[tuple[str, ...], SHA256, AtMost(FRONTIER_MAX)]
    proof: Annotated[tuple[str, ...], SHA256, AtMost(PROOF_MAX)]


def frontier_of(purged: Purged) -> Frontier:
    """Return the tree's frontier at `last`, as the box says.

    Raises DecodeError where the message contradicts itself.
    """
    if not purged.first <= purged.last < purged.sequence:
        raise DecodeError(
            f"purged: got entries {purged.first} to {purged.last} in entry {purged.sequence}, "
            "wanted a run that ends before it"
        )
    return Frontier(purged.last, tuple(map(bytes.fromhex, purged.frontier)))


def frontier_after(purged: Purged, root_before: bytes) -> Frontier:
    """Return the tree's frontier at `last`, proven to begin with the tree of `first` - 1 entries.

    root_before: the root of that tree, which the caller holds; for `first` 1 it is EMPTY_ROOT.
    Raises DecodeError where the message contradicts itself or that root.
    """
    found = frontier_of(purged)
    before = (purged.first - 1, root_before)
    if not verify_consistency(
        before, (found.size, found.root), tuple(map(bytes.fromhex, purged.proof))
    ):
        raise DecodeError(
            f"purged: the tree of {purged.last} entries is not shown to begin with the one of "
            f"{purged.first - 1}"
        )
    return found
