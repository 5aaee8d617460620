# SPDX-License-Identifier: Apache-2.0
"""What a box signs about its ledger as a whole, and what witnesses sign about that.

A checkpoint (C2SP tlog-checkpoint) is a signed note (C2SP signed-note) that names the ledger, how
many entries it has and the root of their tree:

    people-count/beach/pier-1/6f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11
    7
    n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=

    (em dash) people-count/beach/pier-1/6f1e... base64(key id, Ed25519 signature)

One more line is allowed before the empty one: `follows STREAM SIZE ROOT` is the signed end of the
ledger before this one. Nothing else is: a line that nobody reads would be a way out. A witness adds
a line of its own (C2SP tlog-cosignature, Ed25519). Four parts in the first line keep the text apart
from what envelopes sign, which begins with three. Rule: this module holds no key. Signing and
verifying are handed in. Sources: c2sp.org/signed-note@v1.0.0, c2sp.org/tlog-checkpoint@v1.0.0,
c2sp.org/tlog-cosignature.
"""

import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from wire_contract.codec import SIGNATURE_BYTES, Sign, Verify
from wire_contract.errors import DecodeError, FieldError
from wire_contract.merkle import HASH_BYTES
from wire_contract.messages.report import NAME, UUID
from wire_contract.vocabulary import Integer, Word

NOTE_BYTES_MAX = 8_192
"""A checkpoint with 16 witnesses of the longest names fits."""
SIGNATURES_MAX = 17
"""The box and 16 witnesses: the number that a verifier must at least take."""
SIZE = Integer(0, 2**53 - 1)
SIGNER = Word(r"[!-*,-~]{1,128}")
"""What we let a witness be called: a note allows more, but neither spaces nor a plus."""
TIME_S = Integer(1, 2**40)
_ORIGIN = "people-count"
_FOLLOWS = "follows"
_DASH = "\N{EM DASH} "
_KEY_ID_BYTES = 4
_TIME_BYTES = 8


class SignatureType(IntEnum):
    """The byte that tells two uses of one key apart in its id."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class Head:
    """How far a stream goes, and the root of the tree over that much of it.

    Raises FieldError where a value is out of range.
    """

    stream: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        UUID.check(self.stream, "checkpoint stream")
        SIZE.check(self.size, "checkpoint size")
        if len(self.root) != HASH_BYTES:
            raise FieldError(f"checkpoint root: got {len(self.root)} bytes, wanted {HASH_BYTES}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A ledger's head, and whose it is.

    before: the head with which the ledger before it was closed; None for a first one.
    """

    site: str
    device: str
    head: Head
    follows: Head | None

    def __post_init__(self) -> None:
        NAME.check(self.site, "checkpoint site")
        NAME.check(self.device, "checkpoint device")
        if self.follows is not None and self.follows.stream == self.head.stream:
            raise FieldError(
                f"checkpoint follows: got its own stream {self.head.stream}, wanted another"
            )

    @property
    def origin(self) -> str:
        """The name of the ledger: the first line, and the name of its key."""
        return f"{_ORIGIN}/{self.site}/{self.device}/{self.head.stream}"

    def text(self) -> bytes:
        """Return what is signed."""
        lines = [self.origin, str(self.head.size), _base64(self.head.root)]
        if self.follows is not None:
            lines.append(
                f"{_FOLLOWS} {self.follows.stream} {self.follows.size} {_base64(self.follows.root)}"
            )
        return "".join(f"{line}\n" for line in lines).encode("ascii")

    @classmethod
    def from_text(cls, text: bytes) -> Self:
        """Read a signed text, strictly. Raises DecodeError for any other form."""
        try:
            lines = text.decode("ascii").split("\n")
            prefix, site, device, stream = lines[0].split("/")
            follows = _head(*_words(lines[3])) if len(lines) == 5 else None  # noqa: PLR2004 - four lines and what is after the last
            read = cls(site, device, _head(stream, lines[1], lines[2]), follows)
        except (ValueError, IndexError, FieldError) as error:
            raise DecodeError(
                f"checkpoint: not origin, size, root and at most one line more: {str(error)[:120]}"
            ) from error
        if prefix != _ORIGIN or read.text() != text:
            raise DecodeError("checkpoint: not in the one form that its values have")
        return read


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note: who, under which key id, and the bytes.

    Unknown ones are carried, not believed.
    """

    name: str
    key_id: bytes
    signature: bytes


def checkpoint_stream(stream: str) -> str:
    """Return the stream under which a ledger's checkpoints wait and are acknowledged by size.

    A checkpoint cannot be a leaf of the tree it heads, so it has no place in the ledger's own
    sequence. Its stream is the ledger's with the first eight digits set to f, which sorts it behind
    the entries it covers.
    """
    return f"ffffffff{stream[8:]}"


def is_checkpoint_stream(stream: str) -> bool:
    """Say whether something is acknowledged by the size of checkpoints."""
    return stream == checkpoint_stream(stream)


def key_id(name: str, public_key: bytes, kind: SignatureType) -> bytes:
    """Return the four bytes by which a note names a key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[
        :_KEY_ID_BYTES
    ]


def verifier_key(name: str, public_key: bytes, kind: SignatureType) -> str:
    """Return a public key as other tools for signed notes take it (vkey)."""
    return f"{name}+{key_id(name, public_key, kind).hex()}+{_base64(bytes([kind]) + public_key)}"


def sign_checkpoint(checkpoint: Checkpoint, public_key: bytes, sign: Sign) -> bytes:
    """Return a checkpoint as it travels."""
    text = checkpoint.text()
    return (
        text
        + b"\n"
        + _line(
            checkpoint.origin,
            key_id(checkpoint.origin, public_key, SignatureType.ED25519),
            sign(text),
        )
    )


def open_checkpoint(
    note: bytes, public_key: bytes, verify: Verify, *, signatures_max: int = SIGNATURES_MAX
) -> Checkpoint:
    """Return the checkpoint of a note that its ledger's key signed. Raises DecodeError otherwise.

    Lines of other keys are passed over. From a box itself take signatures_max 1: it has nothing to
    say besides its own.
    """
    checkpoint, lines = parse_checkpoint(note, signatures_max=signatures_max)
    wanted = key_id(checkpoint.origin, public_key, SignatureType.ED25519)
    ours = [line for line in lines if (line.name, line.key_id) == (checkpoint.origin, wanted)]
    if not ours or not all(
        len(line.signature) == SIGNATURE_BYTES and verify(checkpoint.text(), line.signature)
        for line in ours
    ):
        raise DecodeError(
            "checkpoint: the signature does not belong to these bytes and this device"
        )
    return checkpoint


def parse_checkpoint(
    note: bytes, *, signatures_max: int = SIGNATURES_MAX
) -> tuple[Checkpoint, tuple[SignatureLine, ...]]:
    """Part a note into its checkpoint and its signatures, without believing either.

    Raises DecodeError where the form is wrong.
    """
    if len(note) > NOTE_BYTES_MAX:
        raise DecodeError(f"checkpoint: got {len(note)} bytes, wanted at most {NOTE_BYTES_MAX}")
    text, empty_line, signed = note.rpartition(b"\n\n")
    if not empty_line or not signed.endswith(b"\n"):
        raise DecodeError("checkpoint: wanted a text, an empty line and lines of signatures")
    lines = signed[:-1].split(b"\n")
    if len(lines) > signatures_max:
        raise DecodeError(
            f"checkpoint: got {len(lines)} signatures, wanted at most {signatures_max}"
        )
    return Checkpoint.from_text(text + b"\n"), tuple(_signature_line(line) for line in lines)


def cosign(note: bytes, *, name: str, public_key: bytes, sign: Sign, now_s: int) -> bytes:
    """Return the note with one line more.

    This witness saw this head as the ledger's largest consistent one at `now_s` (UTC).

    The caller has verified the note. Raises FieldError for a name or time that a witness cannot
    have.
    """
    SIGNER.check(name, "witness name")
    TIME_S.check(now_s, "witness time")
    checkpoint, _ = parse_checkpoint(note, signatures_max=SIGNATURES_MAX - 1)
    signature = now_s.to_bytes(_TIME_BYTES, "big") + sign(_cosigned(checkpoint, now_s))
    return note + _line(name, key_id(name, public_key, SignatureType.COSIGNATURE), signature)


def cosigned_at(note: bytes, *, name: str, public_key: bytes, verify: Verify) -> int | None:
    """Return when a witness last co-signed this note (UTC seconds), None where it did not.

    Raises DecodeError where a line in its name does not verify: such a note is not to be used at
    all.
    """
    checkpoint, lines = parse_checkpoint(note)
    wanted, times_s = key_id(name, public_key, SignatureType.COSIGNATURE), [0]
    for line in lines:
        if (line.name, line.key_id) != (name, wanted):
            continue
        at_s, signature = (
            int.from_bytes(line.signature[:_TIME_BYTES], "big"),
            line.signature[_TIME_BYTES:],
        )
        if len(signature) != SIGNATURE_BYTES or not verify(_cosigned(checkpoint, at_s), signature):
            raise DecodeError(
                f"checkpoint: the co-signature of {name} does not belong to these bytes"
            )
        times_s.append(at_s)
    return max(times_s) or None


def _cosigned(checkpoint: Checkpoint, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n".encode("ascii") + checkpoint.text()


def _line(name: str, key: bytes, signature: bytes) -> bytes:
    return f"{_DASH}{name} {_base64(key + signature)}\n".encode()


def _signature_line(line: bytes) -> SignatureLine:
    """Read one line of a signature. Raises DecodeError for any other form."""
    try:
        text = line.decode()
        name, encoded = text.removeprefix(_DASH).split(" ")
        raw = binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError as error:  # not UTF-8, not two words, or not base64
        raise DecodeError("checkpoint: a signature is not a dash, a name and base64") from error
    signature = SignatureLine(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])
    if (
        not name
        or re.search(r"[\s+\x00-\x1f]", name)
        or not signature.signature
        or _line(name, raw, b"") != line + b"\n"
    ):
        raise DecodeError("checkpoint: a signature is not a dash, a name and base64")
    return signature


def _words(line: str) -> tuple[str, str, str]:
    word, stream, size, root = line.split(" ")
    if word != _FOLLOWS:
        raise ValueError(f"got the line {word[:20]!r}")
    return stream, size, root


def _head(stream: str, size: str, root: str) -> Head:
    if re.fullmatch("0|[1-9][0-9]{0,15}", size) is None:
        raise ValueError(f"got size {size[:20]!r}")
    return Head(stream, int(size), binascii.a2b_base64(root, strict_mode=True))


def _base64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode("ascii")
