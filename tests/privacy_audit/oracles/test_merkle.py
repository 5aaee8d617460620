# SPDX-License-Identifier: Apache-2.0
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy_audit.oracles.merkle import envelope_holds, open_note, root
from wire_contract.codec import seal
from wire_contract.merkle import EMPTY, leaf_hash
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
from wire_contract.topics import Channel

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
STREAM = "6f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11"


def note(size: int, over: bytes) -> bytes:
    return sign_checkpoint(
        Checkpoint("beach", "pier-1", Head(STREAM, size, over), None), PUBLIC, KEY.sign
    )


def test_two_hands_that_wrote_the_tree_have_the_same_root_at_every_size() -> None:
    leaves, grown = [], EMPTY
    for number in range(70):
        assert root(leaves) == grown.root
        leaves.append(b"entry %d" % number)
        grown = grown.append(leaf_hash(leaves[-1]))


def test_an_envelope_holds_for_its_key_and_channel_only() -> None:
    envelope = seal(Channel.REPORT, b'{"v":1}', KEY.sign)
    assert envelope_holds(PUBLIC, "report", envelope)
    assert not envelope_holds(PUBLIC, "meta", envelope)
    assert not envelope_holds(PUBLIC, "report", envelope.replace(b"1", b"2", 1))
    assert not envelope_holds(bytes(31) + b"\1", "report", envelope)
    assert not envelope_holds(PUBLIC, "report", b"no envelope")


def test_a_checkpoint_is_read_as_it_was_signed_and_by_nobody_else() -> None:
    read = open_note(PUBLIC, "beach", "pier-1", note(7, bytes(32)))
    assert read is not None
    assert (read.stream, read.size, read.root) == (STREAM, 7, bytes(32))
    assert open_note(PUBLIC, "beach", "pier-2", note(7, bytes(32))) is None
    assert (
        open_note(PUBLIC, "beach", "pier-1", note(7, bytes(32)).replace(b"\n7\n", b"\n8\n")) is None
    )
    assert open_note(PUBLIC, "beach", "pier-1", b"nonsense") is None
