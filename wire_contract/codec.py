# SPDX-License-Identifier: Apache-2.0
"""Messages to bytes and back: canonical JSON, a size limit, and the signed envelope.

An envelope is `payload LF base64(signature)`. The signature covers `people-count/KIND/v1 LF
payload`, so that a signed meta can never pass for a report. The prefix is the envelope's, and the
same for every version of what is in it, whose `v` is signed too. The reader checks the bytes as
received and never re-writes them. Rule: this module holds no key. Signing and verifying are handed
in.
"""

import binascii
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

from wire_contract.errors import DecodeError, FieldError
from wire_contract.topics import Channel
from wire_contract.vocabulary import Json, Message

ENVELOPE_BYTES_MAX = 6_144
"""A report with 16 lines and 16 zones, every number at its longest, fits (tested)."""
SIGNATURE_BYTES = 64
# What is written is a message or was just read, so nothing in it leads back to itself: looking for
# that takes a third of the time.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=True, check_circular=False
).encode

_VERSION = re.compile(rb'"v":([0-9]{1,4})[,}]')

Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]
"""Takes the signed bytes and the signature, answers whether they belong together."""
M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    """Write a message as RFC 8785 (JCS) would.

    For ASCII keys, integers under 2^53, words and null, sorted keys without white space are that
    form.
    """
    return canonical(message.to_json())


def canonical(value: Json) -> bytes:
    """Write decoded JSON, of whole numbers and words, in its one form."""
    return _CANONICAL(value).encode("ascii")


def decode(kind: type[M], payload: bytes) -> M:
    """Read a message, strictly: canonical bytes, no unknown field, no float, no repeated key.

    Raises DecodeError saying what was wrong; FieldError (a value out of range) is turned into it.
    """
    if len(payload) > ENVELOPE_BYTES_MAX:
        raise DecodeError(
            f"{kind.__name__}: got {len(payload)} bytes, wanted at most {ENVELOPE_BYTES_MAX}"
        )
    try:
        text = payload.decode("ascii")
        # Not the decoder's `decode`, which looks for white space around the message and for more
        # behind it: below, neither passes.
        value, _ = _DECODER.raw_decode(text)
        decoded = kind.from_json(value)
    except FieldError as error:
        raise DecodeError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise DecodeError(
            f"{kind.__name__}: not JSON of whole numbers and words: {type(error).__name__}"
        ) from error
    # What was read holds just the message's keys and values, so writing it again says whether the
    # bytes were in their one form.
    if _CANONICAL(value) != text:
        raise DecodeError(f"{kind.__name__}: not in canonical form")
    return decoded


def version_of(payload: bytes) -> int | None:
    """Return the version that a payload names, to choose its reader by and to believe no further.

    None where none can be seen.
    """
    found = _VERSION.search(payload)
    return None if found is None else int(found[1])


def seal(channel: Channel, payload: bytes, sign: Sign) -> bytes:
    """Put the payload and its signature in one envelope."""
    return join(payload, sign(signed_bytes(channel, payload)))


def join(payload: bytes, signature: bytes) -> bytes:
    """Lay payload and signature side by side as they travel."""
    return payload + b"\n" + binascii.b2a_base64(signature, newline=False)


def split(envelope: bytes) -> tuple[bytes, bytes]:
    """Part an envelope into payload and signature, without believing either.

    Raises DecodeError where the size or form is wrong.
    """
    if len(envelope) > ENVELOPE_BYTES_MAX:
        raise DecodeError(
            f"envelope: got {len(envelope)} bytes, wanted at most {ENVELOPE_BYTES_MAX}"
        )
    payload, newline, encoded = envelope.rpartition(b"\n")
    try:
        signature = binascii.a2b_base64(encoded, strict_mode=True)
    except binascii.Error as error:
        raise DecodeError("envelope: the signature is not base64") from error
    if not newline or len(signature) != SIGNATURE_BYTES or join(payload, signature) != envelope:
        raise DecodeError(
            f"envelope: wanted a payload, a line feed and {SIGNATURE_BYTES} bytes of signature in "
            "base64"
        )
    return payload, signature


def open_envelope(channel: Channel, envelope: bytes, verify: Verify) -> bytes:
    """Return the payload of an envelope whose signature holds. Raises DecodeError otherwise."""
    payload, signature = split(envelope)
    check_signature(signed_bytes(channel, payload), signature, verify)
    return payload


def check_signature(signed: bytes, signature: bytes, verify: Verify) -> None:
    """Raise DecodeError unless the signature belongs to the signed bytes."""
    if not verify(signed, signature):
        raise DecodeError("envelope: the signature does not belong to these bytes and this device")


def signed_bytes(channel: Channel, payload: bytes) -> bytes:
    """Return what the signature covers."""
    return f"people-count/{channel}/v1\n".encode("ascii") + payload


def _refuse_number(text: str) -> Any:  # noqa: ANN401 - never returns; the JSON reader wants a value's type
    raise DecodeError(f"got {text[:20]}, wanted whole numbers only")


_DECODER = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number)
