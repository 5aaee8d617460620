# SPDX-License-Identifier: Apache-2.0
"""The steps of the first day, as docs/OPERATIONS.md marks them."""

import re
from dataclasses import dataclass

ADDRESSES = {
    "centre": "192.0.2.10",
    "pier-1": "192.0.2.21",
    "pier-2": "192.0.2.22",
    "spare": "192.0.2.23",
}
"""Of the block that is set aside for documents (RFC 5737); it leads nowhere from here."""


_STEP = re.compile(r"^<!-- first-day: (.+?) -->\n(?:```sh\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


_CARRY = re.compile(r"carry (\S+) (\S+) to (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines to be typed on some machines; until.

    What they must come to say, all of it, typed again meanwhile.
    """

    machines: tuple[str, ...]
    lines: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class Carry:
    """A file that a person carries."""

    source: str
    path: str
    target: str
    to: str


def steps(text: str) -> list[Block | Carry]:
    """Return the steps of the text in order.

    Raises ValueError at a mark that says nothing that can be done.
    """
    found: list[Block | Carry] = []
    for mark, lines in _STEP.findall(text):
        if carry := _CARRY.fullmatch(mark):
            found.append(Carry(*carry.groups()))
            continue
        where, _, until = mark.partition(", until: ")
        machines = tuple(where.split(", "))
        if not lines or not set(machines) <= set(ADDRESSES):
            raise ValueError(
                f"first-day: {mark}: wanted a block of sh below, and machines of "
                f"{', '.join(ADDRESSES)}"
            )
        found.append(Block(machines, lines, until))
    return found


def _wanted(until: str) -> list[str]:
    """Return what must be said: names of boxes each for itself, anything else as it stands."""
    return until.split() if "/" in until else [until]
