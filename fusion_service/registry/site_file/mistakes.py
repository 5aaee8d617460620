# SPDX-License-Identifier: Apache-2.0
"""A mistake in a site's file, and where in the file it stands. Pure."""

import re
from dataclasses import dataclass

Place = tuple[int | str, ...]
"""Keys and numbers from the top of the tree, such as ("zones", 3, "capacity"); the first is 0."""

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z][\w.-]*)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z_][\w-]*)\s*=")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at one place.

    owner is the id of the zone, link, device or the like that it is about, empty where it has none.
    """

    place: Place
    owner: str
    got: str
    wanted: str
    remedy: str
    line: int | None = None

    @property
    def key(self) -> str:
        """The place as somebody would write it: `zones[3].capacity`, the first being zones[0]."""
        return key_of(self.place)

    def __str__(self) -> str:
        owner = f" ({self.owner})" if self.owner else ""
        line = "" if self.line is None else f"line {self.line}: "
        return f"{line}{self.key}{owner}: got {self.got}, wanted {self.wanted}; {self.remedy}"


def key_of(place: Place) -> str:
    """Return a place as text."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in place]
    return "".join(parts).removeprefix(".") or "the file"


class Lines:
    """On which line of a file each key and table stands, for files written one key a line."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        numbers: dict[Place, int] = {}
        here: Place = ()
        for number, line in enumerate(text.split("\n"), 1):
            if (header := _HEADER.match(line)) is not None:
                here = _table(header[2].split("."), numbers, is_list=header[1] == "[[")
                self._lines.setdefault(here, number)
            elif (key := _KEY.match(line)) is not None:
                self._lines.setdefault((*here, key[1]), number)

    def of(self, place: Place) -> int | None:
        """Return the line of a place, or of what it stands in; None where that cannot be told."""
        for end in range(len(place), 0, -1):
            if (line := self._lines.get(place[:end])) is not None:
                return line
        return None


def _table(names: list[str], numbers: dict[Place, int], *, is_list: bool) -> Place:
    """Return the place of a table; `numbers` holds which of each list is the last so far."""
    place: Place = ()
    for name in names[:-1]:
        place = (*place, name)
        if place in numbers:
            place = (*place, numbers[place])
    place = (*place, names[-1])
    if not is_list:
        return place if place not in numbers else (*place, numbers[place])
    numbers[place] = numbers.get(place, -1) + 1
    return (*place, numbers[place])
