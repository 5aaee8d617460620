# SPDX-License-Identifier: Apache-2.0
"""What a page is made of: sections of paragraphs, lists and tables, whose texts may have gaps."""

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
