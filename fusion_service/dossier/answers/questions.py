# SPDX-License-Identifier: Apache-2.0
"""What is still open in the papers, as questions: what, where it would stand, and what it is for.

One question may stand in many places. A place is named so that it stays the same from one run to
the next: by the register's field, or by the section, the row and the column of a page.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fusion_service.dossier.contents import REGISTERS, Contents
from fusion_service.dossier.words.gaps import is_gap, missing_in, named_leaves
from fusion_service.pages.section import Block, Items, Section, Table

BY_A_BOX = frozenset(
    {
        "hoe de camera is aangesloten; dat staat in het papier van de kast",
        "waarmee hier geteld wordt",
        "waarmee hier geteld wordt; er heeft zich nog geen kast gemeld",
        "wat hier gemeten wordt",
        "het papier van deze kast",
        "een papier dat klopt",
        "het niveau; er is nog geen kast gehoord",
        "nog geen kast heeft zich gemeld",
        "nog geen kast gehoord",
        "hoe nauwkeurig",
    }
)
"""What only a box can say: by its messages, or by its signed paper. Nobody is asked."""
TOO_LONG = "tekens passen niet in"
"""A text that the software made is too long: to be summed up by hand in the register itself."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of the papers: where it stands, the last key to it, what it is for."""

    place: str
    key: str
    used_for: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is missing. places: where, each with the key of its field, or empty."""

    what: str
    places: Mapping[str, str]
    used_for: tuple[str, ...]


def texts_of(contents: Contents) -> Iterator[Said]:
    """Yield every text of the papers, in their order."""
    for register, tree in contents.registers.items():
        for place, key, value in named_leaves(tree, register):
            text = value if isinstance(value, str) else _written(value)
            yield Said(place, key, f"{REGISTERS[register]}, veld {key}", text)
    for section in (*contents.annex, *contents.signs):
        for place, text in places_of(section):
            yield Said(place, "", section.title, text)


def questions_of(contents: Contents) -> list[Question]:
    """Return what people are to be asked, each question once, in the order of the papers."""
    places: dict[str, dict[str, str]] = {}
    uses: dict[str, dict[str, None]] = {}
    for said in texts_of(contents):
        for what in missing_in(said.text):
            if what not in BY_A_BOX and TOO_LONG not in what:
                places.setdefault(what, {})[said.place] = said.key
                uses.setdefault(what, {})[said.used_for] = None
    return [Question(what, found, tuple(uses[what])) for what, found in places.items()]


def places_of(section: Section) -> Iterator[tuple[str, str]]:
    """Yield each text of a section with its place, in their order."""
    for block in section.blocks:
        yield from _places(section.id, block)


def place_of_cell(section: str, block: Table, row: tuple[str, ...], column: int) -> str:
    """Return the place of a cell: by its row's first text, or two, and the column's heading."""
    is_unique = sum(one[0] == row[0] for one in block.rows) == 1
    known = [cell for cell in row[: 1 if is_unique else 2] if not is_gap(cell)]
    heading = block.headings[column].partition(";")[0]
    return f"{section}[{', '.join(known)}].{heading}"


def _places(section: str, block: Block) -> Iterator[tuple[str, str]]:
    if isinstance(block, str):
        yield section, block
    elif isinstance(block, Items):
        for text in block.texts:
            yield section, text
    else:
        for row in block.rows:
            for column, cell in enumerate(row):
                yield place_of_cell(section, block, row, column), cell


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    return "" if value is None else str(value)
