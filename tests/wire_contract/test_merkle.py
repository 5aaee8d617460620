# SPDX-License-Identifier: Apache-2.0
"""The tree: the public vectors of RFC 6962's reference tests, and what must hold of any tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire_contract.errors import DecodeError, FieldError
from wire_contract.merkle import (
    EMPTY,
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    frontier,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots that Certificate Transparency's implementations test with; roots agree with
# pymerkle 7.0.0.
LEAVES = [
    b"",
    b"\0",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    bytes(range(0x50, 0x58)),
    bytes(range(0x60, 0x70)),
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # leaf number, size: the same tests' proofs
    (1, 1): "",
    (1, 8): "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 "
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    (6, 8): "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b "
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 "
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    (3, 3): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (2, 5): "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d "
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
}
CONSISTENCY = {
    (1, 1): "",
    (1, 8): "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 "
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    (6, 8): "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a "
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 "
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    (2, 5): "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e "
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
}


class Kept:
    """The hashes of a growing tree, as a store keeps them."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.rows: list[tuple[bytes, ...]] = []
        self.tree = EMPTY
        for leaf in leaves:
            self.rows.append(self.tree.completed(leaf_hash(leaf)))
            self.tree = self.tree.append(leaf_hash(leaf))

    def node(self, level: int, end: int) -> bytes:
        return self.rows[end - 1][level]

    def root(self, size: int) -> bytes:
        return frontier(size, self.node).root


def plain_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = 1
    while 2 * half < len(leaves):
        half *= 2
    return node_hash(plain_root(leaves[:half]), plain_root(leaves[half:]))


def unhex(text: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(one) for one in text.split())


def test_roots_are_those_that_everyone_has() -> None:
    kept = Kept(LEAVES)
    assert [kept.root(size).hex() for size in range(9)] == ROOTS
    assert EMPTY.root == EMPTY_ROOT


@pytest.mark.parametrize(("place", "proof"), INCLUSION.items())
def test_inclusion_proofs_are_those_that_everyone_has(place: tuple[int, int], proof: str) -> None:
    number, size = place
    kept = Kept(LEAVES)
    assert inclusion_proof(number, size, kept.node) == unhex(proof)
    assert verify_inclusion(
        leaf_hash(LEAVES[number - 1]), number, size, unhex(proof), kept.root(size)
    )


@pytest.mark.parametrize(("sizes", "proof"), CONSISTENCY.items())
def test_consistency_proofs_are_those_that_everyone_has(sizes: tuple[int, int], proof: str) -> None:
    first, second = sizes
    kept = Kept(LEAVES)
    assert consistency_proof(first, second, kept.node) == unhex(proof)
    assert verify_consistency((first, kept.root(first)), (second, kept.root(second)), unhex(proof))


leaves_lists = st.lists(st.binary(max_size=3), min_size=1, max_size=70)


@given(leaves_lists)
def test_a_tree_grown_leaf_by_leaf_is_the_tree_of_the_definition(leaves: list[bytes]) -> None:
    kept = Kept(leaves)
    assert kept.tree.root == plain_root(leaves)
    assert [kept.root(size) for size in range(len(leaves) + 1)] == [
        plain_root(leaves[:size]) for size in range(len(leaves) + 1)
    ]
    assert Frontier.from_bytes(len(leaves), kept.tree.to_bytes()) == kept.tree


@given(leaves_lists, st.integers(0, 70))
def test_a_tree_grown_by_many_leaves_at_once_is_the_same(leaves: list[bytes], first: int) -> None:
    kept, hashes = Kept(leaves), [leaf_hash(leaf) for leaf in leaves]
    begun = Kept(leaves[:first]).tree
    assert begun.grown(hashes[first:]) == (kept.tree, kept.rows[first:])


@given(leaves_lists, st.data())
def test_every_inclusion_proof_holds_and_no_altered_one_does(
    leaves: list[bytes], data: st.DataObject
) -> None:
    kept, size = Kept(leaves), len(leaves)
    number = data.draw(st.integers(1, size))
    proof, leaf, root = (
        inclusion_proof(number, size, kept.node),
        leaf_hash(leaves[number - 1]),
        kept.root(size),
    )
    assert verify_inclusion(leaf, number, size, proof, root)
    other = data.draw(st.integers(-1, size + 1).filter(lambda one: one != number))
    # Another place has another path, but for trees whose two leaves are the same; then the proof is
    # rightly the same too.
    if leaves.count(leaves[number - 1]) == 1:
        assert not verify_inclusion(leaf, other, size, proof, root)
    assert not verify_inclusion(bytes(32), number, size, proof, root)
    assert not verify_inclusion(leaf, number, size, (*proof, bytes(32)), root)
    assert not verify_inclusion(leaf, number, size, proof, bytes(32))
    for place in range(len(proof)):
        assert not verify_inclusion(
            leaf, number, size, (*proof[:place], bytes(32), *proof[place + 1 :]), root
        )
        assert not verify_inclusion(leaf, number, size, proof[:place] + proof[place + 1 :], root)


@given(leaves_lists, st.data())
def test_every_consistency_proof_holds_and_no_altered_one_does(
    leaves: list[bytes], data: st.DataObject
) -> None:
    kept, size = Kept(leaves), len(leaves)
    first = data.draw(st.integers(0, size))
    older, newer, proof = (
        (first, kept.root(first)),
        (size, kept.root(size)),
        consistency_proof(first, size, kept.node),
    )
    assert verify_consistency(older, newer, proof)
    assert not verify_consistency((first, bytes(32)), newer, proof)
    assert not verify_consistency(older, newer, (*proof, bytes(32)))
    if first:
        assert not verify_consistency(older, (size, bytes(32)), proof)
        assert first == size or not verify_consistency(newer, older, proof)
    for place in range(len(proof)):
        assert not verify_consistency(
            older, newer, (*proof[:place], bytes(32), *proof[place + 1 :])
        )
        assert not verify_consistency(older, newer, proof[:place] + proof[place + 1 :])


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=40, unique=True), st.data())
def test_a_dropped_swapped_altered_or_doubled_leaf_gives_another_root(
    leaves: list[bytes], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(leaves) - 2))
    root = Kept(leaves).tree.root
    swapped = [*leaves[:place], leaves[place + 1], leaves[place], *leaves[place + 2 :]]
    for others in (
        leaves[:place] + leaves[place + 1 :],
        swapped,
        [*leaves, leaves[place]],
        [b"four", *leaves[1:]],
    ):
        assert Kept(others).tree.root != root


def test_a_node_never_passes_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_what_does_not_fit_is_named() -> None:
    kept = Kept(LEAVES)
    with pytest.raises(DecodeError, match="5 leaves: got 1 hashes"):
        Frontier.from_bytes(5, bytes(32))
    with pytest.raises(DecodeError, match="1 leaves"):
        Frontier(1, (b"short",))
    for number in (0, 9):
        with pytest.raises(FieldError, match=f"leaf {number}, wanted one from 1 to 8"):
            inclusion_proof(number, 8, kept.node)
    with pytest.raises(FieldError, match="sizes 8 and 7"):
        consistency_proof(8, 7, kept.node)
    assert not verify_inclusion(leaf_hash(b""), 0, 0, (), EMPTY_ROOT)
    assert not verify_consistency((3, bytes(32)), (5, bytes(32)), ())
    assert not verify_consistency((-1, EMPTY_ROOT), (5, bytes(32)), ())
