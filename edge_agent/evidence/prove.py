# SPDX-License-Identifier: Apache-2.0
"""Prove that an entry is in a ledger, and that a ledger begins with what it was before."""

from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.evidence.ledger_reader import opened
from wire_contract.merkle import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A proof that entry `sequence` stands in the tree of `size` entries. Hashes are hex.

    Where the payload was purged, envelope is None: the proof then holds for whoever kept the
    envelope, by its hash, the leaf.
    """

    stream: str
    sequence: int
    size: int
    root: str
    leaf: str
    proof: tuple[str, ...]
    purged: bool
    envelope: str | None


@dataclass(frozen=True, slots=True)
class Consistency:
    """A proof that the tree of `second_size` entries begins with that of `first_size`.

    Hashes are hex.
    """

    stream: str
    first_size: int
    first_root: str
    second_size: int
    second_root: str
    proof: tuple[str, ...]


def prove(store: Path, sequence: int, *, size: int | None = None) -> Inclusion:
    """Prove that an entry is in the ledger as it was at `size` (now, where None).

    Raises StoreError where it is not.
    """
    with opened(store) as ledger:
        size = ledger.bounded(size)
        if not 1 <= sequence <= size:
            raise StoreError(f"{store}: got entry {sequence}, wanted one from 1 to {size}")
        leaf, root = ledger.node(0, sequence), ledger.tree(size).root
        proof = inclusion_proof(sequence, size, ledger.node)
        if not verify_inclusion(leaf, sequence, size, proof, root):
            raise StoreError(
                f"{store}: the hashes on the way to entry {sequence} do not fit; run edge-agent "
                "ledger verify"
            )
        envelope = ledger.envelope(sequence)
        return Inclusion(
            stream=ledger.stream(),
            sequence=sequence,
            size=size,
            root=root.hex(),
            leaf=leaf.hex(),
            proof=tuple(one.hex() for one in proof),
            purged=envelope is None,
            envelope=None if envelope is None else envelope.decode("ascii", "replace"),
        )


def prove_consistency(store: Path, first_size: int, *, size: int | None = None) -> Consistency:
    """Prove that the ledger at `size` (now, where None) begins with what it was at `first_size`.

    Raises StoreError where it does not have so many entries, or where it does not begin so.
    """
    with opened(store) as ledger:
        size = ledger.bounded(size)
        if not 0 <= first_size <= size:
            raise StoreError(f"{store}: got size {first_size}, wanted one from 0 to {size}")
        first, second = ledger.tree(first_size).root, ledger.tree(size).root
        proof = consistency_proof(first_size, size, ledger.node)
        if not verify_consistency((first_size, first), (size, second), proof):
            raise StoreError(
                f"{store}: the hashes from {first_size} to {size} do not fit; run edge-agent "
                "ledger verify"
            )
        return Consistency(
            ledger.stream(),
            first_size,
            first.hex(),
            size,
            second.hex(),
            tuple(one.hex() for one in proof),
        )
