# SPDX-License-Identifier: Apache-2.0
"""The tree over a ledger: one hash stands for every entry and its place, and proofs are short.

RFC 6962 section 2.1 (the same tree as RFC 9162 section 2.1): SHA-256, 0x00 before a leaf, 0x01
before two nodes, so that neither can pass for the other. A leaf is a whole envelope, payload and
signature: it cannot be guessed from a few small numbers. Leaves are counted from 1, as the ledger's
sequence is. Pure: where hashes are kept, is the caller's affair.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from wire_contract.errors import DecodeError, FieldError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Node = Callable[[int, int], bytes]
"""Takes a level and the number of a leaf; returns the hash of the full subtree of 2**level leaves
that ends with that leaf."""
Proof = tuple[bytes, ...]


def leaf_hash(content: bytes) -> bytes:
    """Hash the content of one leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above them."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The full subtrees that a tree of `size` leaves falls into, left to right.

    All that it takes to grow and to know the root.

    There is one for each bit that is set in `size`, so at most 53. Raises DecodeError where size
    and hashes do not fit.
    """

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if (
            self.size < 0
            or len(self.hashes) != self.size.bit_count()
            or any(len(one) != HASH_BYTES for one in self.hashes)
        ):
            raise DecodeError(
                f"frontier: {self.size} leaves: got {len(self.hashes)} hashes, wanted one of "
                f"{HASH_BYTES} bytes a bit"
            )

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        return cls(
            size, tuple(raw[start : start + HASH_BYTES] for start in range(0, len(raw), HASH_BYTES))
        )

    def to_bytes(self) -> bytes:
        """Write the hashes one after the other; the size is kept beside them."""
        return b"".join(self.hashes)

    def completed(self, leaf: bytes) -> Proof:
        """Return the hashes that the next leaf completes.

        The first is its own, then come those of every full subtree that ends with it, smallest
        first.
        """
        return self.grown((leaf,))[1][0]

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier with one leaf more."""
        return self.grown((leaf,))[0]

    def grown(self, leaves: Iterable[bytes]) -> "tuple[Frontier, list[Proof]]":
        """Return the frontier with these leaves more, and what each of them completes."""
        waiting, size, completed = list(self.hashes), self.size, []
        for leaf in leaves:
            ends, bits = [leaf], size
            while bits & 1:
                ends.append(node_hash(waiting.pop(), ends[-1]))
                bits >>= 1
            waiting.append(ends[-1])
            completed.append(tuple(ends))
            size += 1
        return Frontier(size, tuple(waiting)), completed

    @property
    def root(self) -> bytes:
        """The hash of the whole tree."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for one in reversed(self.hashes[:-1]):
            root = node_hash(one, root)
        return root


EMPTY = Frontier(0, ())


def frontier(size: int, node: Node) -> Frontier:
    """Return the frontier of the first `size` leaves out of kept hashes.

    Reads one hash a bit of the size.
    """
    hashes, end = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            end += 1 << level
            hashes.append(node(level, end))
    return Frontier(size, tuple(hashes))


def inclusion_proof(leaf_number: int, size: int, node: Node) -> Proof:
    """Prove that a leaf stands at its number in the tree of `size` leaves.

    Raises FieldError where it cannot.

    Source: RFC 6962, section 2.1.1. Reads in the order of the square of log(size) hashes.
    """
    if not 1 <= leaf_number <= size:
        raise FieldError(f"inclusion proof: got leaf {leaf_number}, wanted one from 1 to {size}")
    return _path(leaf_number - 1, 0, size, node)


def consistency_proof(first_size: int, second_size: int, node: Node) -> Proof:
    """Prove that the tree of `second_size` leaves begins with that of `first_size`.

    Raises FieldError where it cannot.

    Source: RFC 6962, section 2.1.2.
    """
    if not 0 <= first_size <= second_size:
        raise FieldError(
            f"consistency proof: got sizes {first_size} and {second_size}, wanted the first to be "
            "no larger"
        )
    if first_size in {0, second_size}:
        return ()
    return _subproof(first_size, 0, second_size, node, whole=True)


def verify_inclusion(leaf: bytes, leaf_number: int, size: int, proof: Proof, root: bytes) -> bool:
    """Say whether a leaf's hash stands at its number under this root.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 1 <= leaf_number <= size:
        return False
    place, last, found = leaf_number - 1, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(one, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, one)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(first: tuple[int, bytes], second: tuple[int, bytes], proof: Proof) -> bool:
    """Say whether the second tree (size and root) begins with the first.

    Source: RFC 9162, section 2.1.4.2.
    """
    (first_size, first_root), (second_size, second_root) = first, second
    if first_size > second_size or first_size < 0:
        return False
    if first_size in {0, second_size}:
        begins = first_root == (second_root if first_size == second_size else EMPTY_ROOT)
        return begins and not proof
    full = first_size & (first_size - 1) == 0
    path = (first_root, *proof) if full else proof
    if not path:
        return False
    place, last = first_size - 1, second_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = node_hash(one, older), node_hash(one, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, one)
        place, last = place >> 1, last >> 1
    return last == 0 and (older, newer) == (first_root, second_root)


def _path(place: int, first: int, last: int, node: Node) -> Proof:
    """Prove the leaf at `place` (from 0) of the leaves after `first` up to `last`."""
    if last - first == 1:
        return ()
    middle = first + _left_size(last - first)
    if first + place < middle:
        return (*_path(place, first, middle, node), _range_hash(middle, last, node))
    return (*_path(place - (middle - first), middle, last, node), _range_hash(first, middle, node))


def _subproof(size: int, first: int, last: int, node: Node, *, whole: bool) -> Proof:
    """Prove the first `size` of the leaves after `first` up to `last`.

    `whole` while the older root itself needs no hash.
    """
    if size == last - first:
        return () if whole else (_range_hash(first, last, node),)
    middle = first + _left_size(last - first)
    if size <= middle - first:
        return (*_subproof(size, first, middle, node, whole=whole), _range_hash(middle, last, node))
    return (
        *_subproof(size - (middle - first), middle, last, node, whole=False),
        _range_hash(first, middle, node),
    )


def _range_hash(first: int, last: int, node: Node) -> bytes:
    """Hash the leaves after `first` up to `last`.

    `first` is a multiple of the size of the full subtree that lies there.
    """
    size = last - first
    if size & (size - 1) == 0:
        return node(size.bit_length() - 1, last)
    middle = first + _left_size(size)
    return node_hash(_range_hash(first, middle, node), _range_hash(middle, last, node))


def _left_size(size: int) -> int:
    """Return the largest power of two smaller than `size`, which is 2 or more."""
    return 1 << ((size - 1).bit_length() - 1)
