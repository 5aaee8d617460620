# SPDX-License-Identifier: Apache-2.0
"""The tree and the signatures over it, written down a second time.

RFC 6962 section 2.1 and C2SP signed-note.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_SIGNATURE_BYTES = 64


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the hash of the tree over these leaves' contents."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


def signed(key: bytes, content: bytes, signature: bytes) -> bool:
    """Say whether this Ed25519 key (32 bytes) signed this content."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def envelope_holds(key: bytes, channel: str, envelope: bytes) -> bool:
    """Say whether this key has signed an envelope for this channel.

    An envelope is the payload, a line feed, and the signature in base64.
    """
    payload, _, encoded = envelope.rpartition(b"\n")
    try:
        signature = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return signed(key, f"people-count/{channel}/v1\n".encode("ascii") + payload, signature)


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint: the stream it is of, how many entries it covers, their root."""

    stream: str
    size: int
    root: bytes


def open_note(key: bytes, site: str, device: str, note: bytes) -> Note | None:
    """Return what a checkpoint says, or None where it is not this box's.

    It must be signed by this key, with no more than one signature line besides.
    """
    text, empty, signatures = note.decode("utf-8", "replace").partition("\n\n")
    lines = text.split("\n")
    try:
        prefix, *place, stream = lines[0].split("/")
        _, name, encoded = signatures.removesuffix("\n").split(" ")
        found = Note(stream, int(lines[1]), base64.b64decode(lines[2], validate=True))
        signature = base64.b64decode(encoded, validate=True)[-_SIGNATURE_BYTES:]
    except (ValueError, IndexError):
        return None
    good = (prefix, place, name) == ("people-count", [site, device], lines[0]) and bool(empty)
    more = [line for line in lines[3:] if not line.startswith("follows ")]
    return (
        found
        if good and not more and len(lines) <= 4 and signed(key, f"{text}\n".encode(), signature)  # noqa: PLR2004 - origin, size, root, follows
        else None
    )
