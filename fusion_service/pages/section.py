# SPDX-License-Identifier: Apache-2.0
"""What a document is made of: sections of paragraphs, lists and tables. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their headings, each as wide as they are."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list, in no order."""

    texts: tuple[str, ...]


Block = str | Items | Table
"""A text alone is a paragraph."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it. on_a_page: it begins a sheet when it is printed."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    on_a_page: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A title, what it says first, and its sections.

    marker: what begins the part of a text that is missing, up to its end; empty marks nothing.
    is_large: it hangs on a wall, and is read from a few steps away.
    """

    title: str
    intro: str
    sections: tuple[Section, ...]
    language: str = "nl"
    marker: str = ""
    is_large: bool = False


def marked(text: str, marker: str) -> tuple[str, str]:
    """Return what of a text is known, and what of it is marked as missing."""
    if not marker:
        return text, ""
    known, found, missing = text.partition(marker)
    return known, found + missing
