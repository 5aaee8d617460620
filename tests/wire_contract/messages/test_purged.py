# SPDX-License-Identifier: Apache-2.0
import random
from dataclasses import replace
from functools import cache

import pytest

from development.fakes.messages import STREAM
from wire_contract.codec import ENVELOPE_BYTES_MAX, decode, encode, seal
from wire_contract.errors import DecodeError
from wire_contract.merkle import (
    EMPTY,
    EMPTY_ROOT,
    Frontier,
    Node,
    consistency_proof,
    frontier,
    leaf_hash,
    node_hash,
)
from wire_contract.messages.purged import ENTRIES_MAX, PROOF_MAX, Kind, Purged, frontier_after
from wire_contract.topics import Channel

LEAVES = 40


def tree() -> tuple[list[Frontier], Node]:
    """Return the frontier after each of the leaves, and their tree's nodes."""
    nodes, fronts = {}, [EMPTY]
    for number in range(1, LEAVES + 1):
        leaf = leaf_hash(bytes([number]))
        nodes |= {(level, number): one for level, one in enumerate(fronts[-1].completed(leaf))}
        fronts.append(fronts[-1].append(leaf))
    return fronts, lambda level, end: nodes[level, end]


FRONTS, NODE = tree()


def purged(first: int, last: int, node: Node = NODE, **other: int) -> Purged:
    proof = tuple(one.hex() for one in consistency_proof(first - 1, last, node))
    hashes = tuple(one.hex() for one in frontier(last, node).hashes)
    said = Purged(2, Kind.PURGED, "beach", "pier-1", STREAM, last + 1, first, last, hashes, proof)
    return replace(said, **other)  # type: ignore[arg-type]  # numbers only


@cache
def _alike(level: int) -> bytes:
    """Return the hash over 2**level leaves that are all the same."""
    return leaf_hash(b"") if level == 0 else node_hash(_alike(level - 1), _alike(level - 1))


def alike(level: int, end: int) -> bytes:
    """A tree of any size that costs nothing: every leaf is the same."""
    assert end % (1 << level) == 0
    return _alike(level)


def test_a_run_is_taken_by_whoever_holds_the_root_before_it_and_by_nobody_else() -> None:
    for first in range(1, LEAVES + 1):
        for last in range(first, LEAVES + 1):
            said = decode(Purged, encode(purged(first, last)))
            assert frontier_after(said, FRONTS[first - 1].root) == FRONTS[last]
            with pytest.raises(DecodeError, match="is not shown to begin with"):
                frontier_after(said, leaf_hash(b"another"))


def test_a_run_from_the_first_entry_needs_no_proof_and_may_have_none() -> None:
    said = purged(1, 23)
    assert said.proof == ()
    assert frontier_after(said, EMPTY_ROOT) == FRONTS[23]
    with pytest.raises(DecodeError, match="is not shown to begin with"):
        frontier_after(replace(said, proof=("a" * 64,)), EMPTY_ROOT)


def test_another_end_than_the_proven_one_is_not_taken() -> None:
    said, other = purged(6, 14), purged(6, 13)
    swapped = list(said.frontier)
    swapped[0], swapped[1] = swapped[1], swapped[0]
    for lie in (
        replace(said, frontier=tuple(swapped)),
        replace(said, proof=other.proof),
        replace(said, proof=said.proof[:-1]),
        replace(said, proof=(*said.proof, said.proof[-1])),
        replace(said, first=7),
    ):
        with pytest.raises(DecodeError, match="is not shown to begin with"):
            frontier_after(lie, FRONTS[lie.first - 1].root)


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (
            purged(6, 14, sequence=14),
            "wanted a run that ends before it",
        ),  # a leaf cannot say of itself that it is gone
        (replace(purged(6, 14), first=15), "wanted a run that ends before it"),
        (replace(purged(6, 14), frontier=purged(6, 15).frontier), "14 leaves: got 4 hashes"),
    ],
)
def test_what_contradicts_itself_is_refused_by_name(lie: Purged, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        frontier_after(lie, FRONTS[5].root)


def test_every_run_up_to_the_bound_fits_into_an_envelope() -> None:
    drawn = random.Random(2)
    runs = [
        (first, last)
        for last in (2**32, 2**32 - 1, 2**31 + 1)
        for first in (1, 2, 3, last, last - 1, 2**31, 2**31 + 2)
    ]
    runs += [tuple(sorted((drawn.randint(1, 2**32), drawn.randint(1, 2**32)))) for _ in range(500)]
    longest = 0
    for first, last in runs:
        if first > last:
            continue
        said = replace(
            purged(first, last, alike, sequence=2**53 - 1), site="z" * 32, device="z" * 32
        )
        assert frontier_after(said, frontier(first - 1, alike).root).size == last
        longest = max(longest, len(said.proof))
        assert len(seal(Channel.REPORT, encode(said), lambda _: bytes(64))) <= ENVELOPE_BYTES_MAX
    assert longest == PROOF_MAX
    assert ENTRIES_MAX == 2**32
