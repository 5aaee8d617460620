# SPDX-License-Identifier: Apache-2.0
"""What the centre says back: up to which sequence it has disposed of a stream."""

from dataclasses import dataclass
from typing import Annotated

from wire_contract.codec import decode, version_of
from wire_contract.messages.report import SHA256, UUID, VERSION
from wire_contract.vocabulary import Integer, Message

VERSION_1 = 1


@dataclass(frozen=True, slots=True)
class Acknowledgement(Message):
    """Everything of `stream` up to and with `upto` is disposed of.

    Committed, a duplicate, or kept as a dead letter.

    `rejected` counts the last of these. 0 in `upto` means nothing yet. The box may delete what it
    covers, and nothing else. `root` is that of the tree over all that the centre holds up to `upto`
    (see merkle.py), null where it has none: the box compares it with its own. A box's checkpoints
    are acknowledged in a stream of their own (see checkpoint.py): there `upto` is the largest size
    that was compared, and `rejected` counts those that the centre's own tree contradicts. `store`
    names the centre's store: another one holds other entries. `held` is the highest sequence that
    it holds of the stream, the end of its topmost run without a gap: beyond `upto` where entries
    between have not come. `upto` may be less than it was before: the store was put back from a
    copy, or lost.
    """

    v: Annotated[int, Integer(VERSION, VERSION)]
    stream: Annotated[str, UUID]
    upto: Annotated[int, Integer(0, 2**53 - 1)]
    rejected: Annotated[int, Integer(0, 2**53 - 1)]
    root: Annotated[str | None, SHA256]
    store: Annotated[str, UUID]
    held: Annotated[int, Integer(0, 2**53 - 1)]


@dataclass(frozen=True, slots=True)
class AcknowledgementV1(Message):
    """The same for a box of version 1, which drops any other. Named no store."""

    v: Annotated[int, Integer(VERSION_1, VERSION_1)]
    stream: Annotated[str, UUID]
    upto: Annotated[int, Integer(0, 2**53 - 1)]
    rejected: Annotated[int, Integer(0, 2**53 - 1)]
    root: Annotated[str | None, SHA256] = None


Answer = Acknowledgement | AcknowledgementV1


def read_acknowledgement(payload: bytes) -> Answer:
    """Read what a centre of either version says. Raises DecodeError."""
    return (
        decode(AcknowledgementV1, payload)
        if version_of(payload) == VERSION_1
        else decode(Acknowledgement, payload)
    )
