# SPDX-License-Identifier: Apache-2.0
"""What a report is made of, however it is written: headings, paragraphs, tables, lines to sign on.

Plain text only, no markup.
"""

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """How something is meant; it is also said in words, for whoever sees no colours."""

    PLAIN = "plain"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Title:
    """The report's own."""

    text: str
    below: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A few sentences."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What must not be overlooked."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short items."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table; the tone is that of its verdict."""

    cells: tuple[str, ...]
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header (empty: none).

    shares are the widths of the columns, 1 in all; toned is the column that shows the rows' tone.
    """

    header: tuple[str, ...]
    rows: tuple[TableRow, ...]
    shares: tuple[float, ...]
    toned: int | None = None
    figures: tuple[int, ...] = ()
    """Columns of numbers, set to the right."""
    fixed: bool = False
    """Hashes and the like, in letters of one width."""

    def is_told_as_it_is(self, column: int) -> bool:
        """Say whether a column holds what has no other language: figures, hashes, settings."""
        return column in self.figures or (self.fixed and (column > 0 or bool(self.header)))


@dataclass(frozen=True, slots=True)
class Signature:
    """Lines to be filled in by hand, under the sentence that is signed.

    They stand on one page with their heading.
    """

    heading: str
    sentence: str
    lines: tuple[str, ...]


Block = Title | Heading | Paragraph | Notice | Bullets | Table | Signature
