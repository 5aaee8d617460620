# SPDX-License-Identifier: Apache-2.0
"""The paper of a box: what its config says of it, signed by the box and carried by a person.

It is no message. No topic carries it, no process of the box makes it, and it holds free text, which
no message may: whoever writes a box's config writes these words for the public. A file is the
payload (canonical JSON), a line feed, the signature in base64 and a line feed. The signature covers
`people-count/paper/v1 LF payload`, so that no paper passes for a message and no message for a
paper. Rule: this module holds no key; signing and verifying are handed in.
"""

import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from wire_contract.codec import SIGNATURE_BYTES, Sign, canonical, encode
from wire_contract.errors import DecodeError, FieldError
from wire_contract.messages.meta import RELEASE
from wire_contract.messages.report import LINES_MAX, NAME, SHA256, WINDOW_S, ZONES_MAX, Level, Rule
from wire_contract.vocabulary import AtMost, Choice, Integer, Message, Word

PAPER_VERSION = 1
PAPER_BYTES_MAX = 65_536
"""Eight texts of 200 characters, each written as six, and 32 names fit in a quarter of it."""
TEXT = Word(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")
DATE = Word(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HOURS = Word(r"[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]")
AMOUNT = Integer(0, 2**53 - 1)
DEGREES = 10_000_000
"""Parts of a degree in which a position is written: a centimetre."""
_SIGNED_AS = f"people-count/paper/v{PAPER_VERSION}\n".encode("ascii")


class Pictures(StrEnum):
    """Where the pictures come from that a box counts in."""

    ATTACHED = "attached"
    NETWORK = "network"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Paper(Message):
    """What a box's config says of it, at `made_s` (UTC).

    level_min is what the config asks for, level what the box is then sure to have. Positions are
    ten-millionths of a degree, WGS84; capacity is what a lying sensor could say at the most in a
    minute, thousandths of a bit; track_ms how long a track outlives its last sight.
    """

    v: Annotated[int, Integer(PAPER_VERSION, PAPER_VERSION)]
    site: Annotated[str, NAME]
    device: Annotated[str, NAME]
    test_site: Annotated[int, Integer(0, 1)]
    made_s: Annotated[int, Integer(0, 2**40)]
    software: Annotated[str, RELEASE]
    config: Annotated[str, SHA256]
    model: Annotated[str, NAME]
    model_sha256: Annotated[str, SHA256]
    level_min: Annotated[Level, Choice(Level)]
    level: Annotated[Level, Choice(Level)]
    pictures: Annotated[Pictures, Choice(Pictures)]
    controller: Annotated[str, TEXT]
    purpose: Annotated[str, TEXT]
    legal_basis: Annotated[str, TEXT]
    dpia_reference: Annotated[str, TEXT]
    contact: Annotated[str, TEXT]
    active_hours: Annotated[str, HOURS]
    end_date: Annotated[str, DATE]
    place: Annotated[str, TEXT]
    page_url: Annotated[str, TEXT]
    latitude: Annotated[int | None, Integer(-90 * DEGREES, 90 * DEGREES)]
    longitude: Annotated[int | None, Integer(-180 * DEGREES, 180 * DEGREES)]
    length_s: Annotated[int, WINDOW_S]
    rule: Rule
    lines: Annotated[tuple[str, ...], NAME, AtMost(LINES_MAX)]
    zones: Annotated[tuple[str, ...], NAME, AtMost(ZONES_MAX)]
    masks: Annotated[int, Integer(0, 65_535)]
    capacity_millibits: Annotated[int, AMOUNT]
    track_ms: Annotated[int, AMOUNT]
    reports_kept: Annotated[int, AMOUNT]
    payload_days: Annotated[int, AMOUNT]
    store_bytes: Annotated[int, AMOUNT]


@dataclass(frozen=True, slots=True)
class SealedPaper:
    """A paper as read, with what its signature covers; nobody has believed it yet."""

    paper: Paper
    signed: bytes
    signature: bytes


def seal_paper(paper: Paper, sign: Sign) -> bytes:
    """Return the file of a paper."""
    payload = encode(paper)
    signature = binascii.b2a_base64(sign(_SIGNED_AS + payload))
    return payload + b"\n" + signature


def read_paper(raw: bytes) -> SealedPaper:
    """Read the file of a paper, strictly, without believing it. Raises DecodeError."""
    if len(raw) > PAPER_BYTES_MAX:
        raise DecodeError(f"paper: got over {PAPER_BYTES_MAX} bytes, wanted at most as many")
    payload, *rest = raw.split(b"\n")
    try:
        signature = binascii.a2b_base64(rest[0] if rest else b"", strict_mode=True)
    except binascii.Error as error:
        raise DecodeError("paper: the signature is not base64") from error
    if len(signature) != SIGNATURE_BYTES or rest[1:] != [b""]:
        raise DecodeError(
            f"paper: wanted a payload, a line feed, {SIGNATURE_BYTES} bytes of signature in base64 "
            "and a line feed"
        )
    try:
        value = json.loads(payload.decode("ascii"))
        paper = Paper.from_json(value)
    except FieldError as error:
        raise DecodeError(str(error)) from error
    except (ValueError, RecursionError) as error:
        raise DecodeError(f"paper: not JSON: {type(error).__name__}") from error
    if canonical(value) != payload:
        raise DecodeError("paper: not in canonical form")
    return SealedPaper(paper, _SIGNED_AS + payload, signature)
