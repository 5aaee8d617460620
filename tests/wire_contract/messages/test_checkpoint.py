# SPDX-License-Identifier: Apache-2.0
"""Checkpoints and co-signatures: known bytes, what is read back, and what is refused."""

import base64
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from development.fakes.messages import STREAM, Signer, names
from wire_contract.errors import DecodeError, FieldError
from wire_contract.messages.checkpoint import (
    SIGNATURES_MAX,
    Checkpoint,
    Head,
    SignatureType,
    checkpoint_stream,
    cosign,
    cosigned_at,
    key_id,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
    verifier_key,
)

HEAD = Head(STREAM, 7, bytes(range(32)))
CHECKPOINT = Checkpoint("beach", "pier-1", HEAD, None)
OTHER = "0b0d3f0e-1111-4222-8333-444455556666"
SEED = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "witness.example/w1"
# The example key of Go's sumdb/note, which the format comes from.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
# Made once with the seed above; the text and key id can be recomputed with any tool for signed
# notes.
GOLDEN = (
    "people-count/beach/pier-1/6f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n"
    "— people-count/beach/pier-1/6f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11 "
)


def signed(signer: Signer, checkpoint: Checkpoint = CHECKPOINT) -> bytes:
    return sign_checkpoint(checkpoint, signer.key.public_key().public_bytes_raw(), signer.key.sign)


def raw(signer: Signer) -> bytes:
    return signer.key.public_key().public_bytes_raw()


def test_a_key_id_is_what_other_tools_compute() -> None:
    name, wanted, encoded = NEUMANN.split("+")
    key = base64.b64decode(encoded)[1:]
    assert key_id(name, key, SignatureType.ED25519).hex() == wanted
    assert verifier_key(name, key, SignatureType.ED25519) == NEUMANN
    assert key_id(name, key, SignatureType.COSIGNATURE).hex() != wanted


def test_a_checkpoint_has_the_bytes_it_always_had() -> None:
    note = sign_checkpoint(CHECKPOINT, SEED.public_key().public_bytes_raw(), SEED.sign)
    assert note.decode().startswith(GOLDEN)
    blob = base64.b64decode(note.split(b" ")[-1])
    assert blob[:4] == key_id(
        CHECKPOINT.origin, SEED.public_key().public_bytes_raw(), SignatureType.ED25519
    )
    assert blob[4:] == SEED.sign(note.split(b"\n\n")[0] + b"\n")


heads = st.builds(
    Head,
    stream=st.uuids().map(str),
    size=st.integers(0, 2**53 - 1),
    root=st.binary(min_size=32, max_size=32),
)
checkpoints = st.builds(Checkpoint, site=names, device=names, head=heads, follows=st.none() | heads)


@given(checkpoints)
def test_what_is_signed_is_read_back(checkpoint: Checkpoint) -> None:
    key = SEED.public_key()

    def verify(text: bytes, signature: bytes) -> bool:
        key.verify(signature, text)
        return True

    note = sign_checkpoint(checkpoint, key.public_bytes_raw(), SEED.sign)
    assert open_checkpoint(note, key.public_bytes_raw(), verify, signatures_max=1) == checkpoint


@given(st.integers(0, 10_000), st.integers(0, 7))
def test_no_altered_bit_is_believed(place: int, bit: int) -> None:
    note = bytearray(sign_checkpoint(CHECKPOINT, SEED.public_key().public_bytes_raw(), SEED.sign))
    note[place % len(note)] ^= 1 << bit
    with pytest.raises(DecodeError, match="checkpoint"):
        open_checkpoint(
            bytes(note), SEED.public_key().public_bytes_raw(), verify_with(SEED.public_key())
        )


def verify_with(key: Ed25519PublicKey) -> object:
    def verify(text: bytes, signature: bytes) -> bool:
        try:
            key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    return verify


def test_another_key_is_refused() -> None:
    ours, theirs = Signer(), Signer()
    with pytest.raises(DecodeError, match="does not belong to these bytes and this device"):
        open_checkpoint(signed(theirs), raw(ours), ours.verify)


SIGNATURE = b"\xe2\x80\x94 x AAAAAAAA\n"
TEXT = CHECKPOINT.text()


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (b"", "an empty line"),  # nothing
        (TEXT, "an empty line"),  # no signature
        (TEXT + b"\n", "an empty line"),  # an empty one
        (TEXT + b"\n" + SIGNATURE[:-1], "an empty line"),  # the last line does not end
        (TEXT + b"\n" + SIGNATURE * (SIGNATURES_MAX + 1), "signatures, wanted at most"),  # too many
        (b"x" * 9_000, "9000 bytes"),  # too long
        (TEXT.replace(b"\n7\n", b"\n07\n") + b"\n" + SIGNATURE, "size"),  # a leading zero
        (TEXT.replace(b"\n7\n", b"\n-7\n") + b"\n" + SIGNATURE, "size"),  # below zero
        (
            TEXT.replace(b"\n7\n", b"\n99999999999999999999\n") + b"\n" + SIGNATURE,
            "size",
        ),  # beyond a sequence
        (
            TEXT.replace(b"Hh8=", b"Hh8") + b"\n" + SIGNATURE,
            "not origin, size, root",
        ),  # base64 cut short
        (
            TEXT.replace(b"Hh8=", b"Hh9=") + b"\n" + SIGNATURE,
            "checkpoint",
        ),  # base64 with bits beyond the end
        (
            TEXT.replace(b"people-count", b"people") + b"\n" + SIGNATURE,
            "one form",
        ),  # another system's
        (TEXT.replace(b"pier-1", b"PIER") + b"\n" + SIGNATURE, "device"),  # no name of ours
        (TEXT + b"free text\n\n" + SIGNATURE, "not origin"),  # a line that nobody reads
        (TEXT + b"\n\n" + SIGNATURE, "not origin"),  # an empty line in the text
        (
            TEXT + f"follows {STREAM} 3 {'A' * 43}=\n\n".encode() + SIGNATURE,
            "its own stream",
        ),  # follows itself
        (TEXT + b"\n" + b"-- x AAAAAAAA\n", "a dash"),  # no em dash
        (TEXT + b"\n" + SIGNATURE.replace(b"x", b"a+b"), "a dash"),  # a plus in a name
        (TEXT + b"\n" + SIGNATURE.replace(b" x ", b" "), "a dash"),  # no name
        (
            TEXT + b"\n" + SIGNATURE.replace(b"AAAAAAAA", b"AAAA"),
            "a dash",
        ),  # shorter than a key id and one byte
        (TEXT + b"\n" + SIGNATURE.replace(b"AAAAAAAA", b"A*"), "a dash"),  # not base64
        (TEXT + b"\n" + SIGNATURE.replace(b"x", b"\xff"), "a dash"),  # not UTF-8
    ],
)
def test_other_forms_are_refused(note: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        parse_checkpoint(note)


def test_signatures_of_unknown_keys_are_passed_over_but_a_box_may_not_carry_any() -> None:
    signer = Signer()
    note = signed(signer) + SIGNATURE
    assert open_checkpoint(note, raw(signer), signer.verify) == CHECKPOINT
    with pytest.raises(DecodeError, match="2 signatures, wanted at most 1"):
        open_checkpoint(note, raw(signer), signer.verify, signatures_max=1)


def test_a_witness_signs_the_head_and_the_time() -> None:
    box, witness = Signer(), Signer()
    note = cosign(
        signed(box), name=NAME, public_key=raw(witness), sign=witness.key.sign, now_s=1_750_000_000
    )
    assert open_checkpoint(note, raw(box), box.verify) == CHECKPOINT
    assert (
        cosigned_at(note, name=NAME, public_key=raw(witness), verify=witness.verify)
        == 1_750_000_000
    )
    assert (
        cosigned_at(signed(box), name=NAME, public_key=raw(witness), verify=witness.verify) is None
    )
    blob = base64.b64decode(note.split(b" ")[-1])
    witness.key.public_key().verify(
        blob[12:], b"cosignature/v1\ntime 1750000000\n" + CHECKPOINT.text()
    )
    assert (len(blob), blob[4:12]) == (76, (1_750_000_000).to_bytes(8, "big"))


def test_sixteen_witnesses_fit_and_an_altered_co_signature_spoils_the_note() -> None:
    box = Signer()
    note, witness = signed(box, replace(CHECKPOINT, site="z" * 32, device="z" * 32)), Signer()
    for number in range(16):
        name = f"{number:0>128}"
        note = cosign(note, name=name, public_key=raw(witness), sign=witness.key.sign, now_s=1)
    assert open_checkpoint(note, raw(box), box.verify).site == "z" * 32
    forged = note.replace(note[-20:-12], b"AAAAAAAA")
    with pytest.raises(DecodeError, match="co-signature"):
        cosigned_at(forged, name=name, public_key=raw(witness), verify=witness.verify)


@pytest.mark.parametrize(("name", "now_s"), [("a b", 1), ("a+b", 1), ("", 1), ("é", 1), ("w", 0)])
def test_a_witness_with_an_impossible_name_or_time_signs_nothing(name: str, now_s: int) -> None:
    with pytest.raises(FieldError, match="witness"):
        cosign(
            signed(Signer()), name=name, public_key=bytes(32), sign=lambda _: bytes(64), now_s=now_s
        )


def test_a_head_out_of_range_cannot_be_made() -> None:
    for head in ({"size": -1}, {"stream": "x"}, {"root": b"short"}):
        with pytest.raises(FieldError, match="checkpoint"):
            replace(HEAD, **head)  # type: ignore[arg-type]  # each value is of its field's type
    with pytest.raises(FieldError, match="its own stream"):
        replace(CHECKPOINT, follows=HEAD)


def test_checkpoints_wait_behind_the_entries_they_cover() -> None:
    assert checkpoint_stream(STREAM) == "ffffffff-2f3d-4f0e-9a51-0d5f3a7a9c11"
    assert checkpoint_stream(OTHER) > OTHER
