# SPDX-License-Identifier: Apache-2.0
"""The signed file of an audit: what `edge-agent audit --json` printed, signed by whoever did it.

It is no message: no topic carries it and no box makes it. A box's own key would prove nothing here,
because an audit does not believe the box; so the auditor signs, with a key that no box holds. A
file is the payload (one line of JSON, ASCII), a line feed, the signature in base64 and a line feed.
The signature covers `people-count/audit/v1 LF payload`, so that no audit passes for a message or a
paper. Rule: this module holds no key; signing is handed in, and what is read is not yet believed.
"""

import binascii
from dataclasses import dataclass

from wire_contract.codec import SIGNATURE_BYTES, Sign
from wire_contract.errors import DecodeError

AUDIT_BYTES_MAX = 1_048_576
"""A whole audit has some hundred findings of a few hundred letters; ten times as much is none."""
_SIGNED_AS = b"people-count/audit/v1\n"


@dataclass(frozen=True, slots=True)
class SignedAudit:
    """An audit as read, with what its signature covers; nobody has believed it yet."""

    payload: bytes
    signed: bytes
    signature: bytes


def seal_audit(payload: bytes, sign: Sign) -> bytes:
    """Return the signed file of what an audit printed. Raises DecodeError where it is not a line.

    A line feed at its end, as a program prints one, is left out.
    """
    line = payload.removesuffix(b"\n")
    if not line.isascii() or b"\n" in line or not line or len(line) > AUDIT_BYTES_MAX:
        raise DecodeError(
            "audit: wanted what edge-agent audit --json printed: one line of ASCII, at most "
            f"{AUDIT_BYTES_MAX} bytes"
        )
    return line + b"\n" + binascii.b2a_base64(sign(_SIGNED_AS + line))


def read_audit(raw: bytes) -> SignedAudit:
    """Read a signed file, strictly, without believing it. Raises DecodeError."""
    if len(raw) > AUDIT_BYTES_MAX:
        raise DecodeError(f"audit: got over {AUDIT_BYTES_MAX} bytes, wanted at most as many")
    payload, *rest = raw.split(b"\n")
    if rest in ([], [b""]):
        raise DecodeError(
            "audit: it is not signed; wanted the file that fusion-service audit sign writes"
        )
    try:
        signature = binascii.a2b_base64(rest[0], strict_mode=True)
    except binascii.Error as error:
        raise DecodeError("audit: the signature is not base64") from error
    if not payload.isascii() or len(signature) != SIGNATURE_BYTES or rest[1:] != [b""]:
        raise DecodeError(
            f"audit: wanted a line of JSON, a line feed, {SIGNATURE_BYTES} bytes of signature in "
            "base64 and a line feed"
        )
    return SignedAudit(payload, _SIGNED_AS + payload, signature)
