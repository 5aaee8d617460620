# SPDX-License-Identifier: Apache-2.0
"""What the centre says back: up to which sequence it has disposed of a stream."""

from dataclasses import dataclass
from typing import Annotated

from wire_contract.fields import Integer, Message
from wire_contract.report import UUID, VERSION


@dataclass(frozen=True, slots=True)
class Acknowledgement(Message):
    """Everything of `stream` up to and with `upto` is disposed of: committed, a duplicate, or kept as a dead letter.

    `rejected` counts the last of these. 0 in `upto` means nothing yet. The box may delete what it covers, and nothing else.
    """

    v: Annotated[int, Integer(VERSION, VERSION)]
    stream: Annotated[str, UUID]
    upto: Annotated[int, Integer(0, 2**53 - 1)]
    rejected: Annotated[int, Integer(0, 2**53 - 1)]
