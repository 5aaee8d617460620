# SPDX-License-Identifier: Apache-2.0
"""Gaps: what nobody has said yet, named where it would stand."""

from collections.abc import Iterator

GAP = "nog in te vullen: "
Tree = str | int | float | bool | None | list["Tree"] | dict[str, "Tree"]
"""JSON; what follows GAP in a text is not known."""


def gap(what: str) -> str:
    """Return the text that stands for a fact which nobody has said."""
    return GAP + what


def is_gap(value: object) -> bool:
    """Say whether a value has something in it that nobody has said."""
    return isinstance(value, str) and GAP in value


def gaps_in(tree: Tree, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield where a tree has gaps, as `a.b[2].c`, and what is missing there."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from gaps_in(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from gaps_in(value, f"{path}[{place}]")
    elif isinstance(tree, str) and is_gap(tree):
        yield path, tree.partition(GAP)[2]


def limited(text: str, length_max: int) -> str:
    """Return a text, or a gap that says that it is too long: nothing is cut without a word."""
    if len(text) <= length_max or is_gap(text):
        return text
    return gap(f"{len(text)} tekens passen niet in {length_max}; vat samen wat het dossier zegt")
