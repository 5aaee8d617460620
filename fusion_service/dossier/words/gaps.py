# SPDX-License-Identifier: Apache-2.0
"""Gaps: what nobody has said yet, named where it would stand.

A gap is `nog in te vullen: ` and what is missing, to the end of its sentence. What is missing is a
question that an answers file may answer (dossier/answers), unless only a box can.
"""

import re
from collections.abc import Callable, Iterator

GAP = "nog in te vullen: "
Tree = str | int | float | bool | None | list["Tree"] | dict[str, "Tree"]
"""JSON; what follows GAP in a text is not known."""
_GAP = re.compile(rf"{re.escape(GAP)}(.*?)(?=\.(?: |$)|$)", re.DOTALL)
_NAMES = ("id", "organization", "name")
"""What an element of a list is called by, where it has one of these and it is known."""


def gap(what: str) -> str:
    """Return the text that stands for a fact which nobody has said."""
    return GAP + what


def is_gap(value: object) -> bool:
    """Say whether a value has something in it that nobody has said."""
    return isinstance(value, str) and GAP in value


def missing_in(text: str) -> list[str]:
    """Return what is missing in a text, in its order."""
    return [found[1] for found in _GAP.finditer(text)]


def filled(text: str, said: Callable[[str], str | None]) -> str:
    """Return a text with what is said in place of what was missing; None leaves it missing."""

    def instead(found: re.Match[str]) -> str:
        known = said(found[1])
        return found[0] if known is None else known.rstrip(".")

    return _GAP.sub(instead, text)


def gaps_in(tree: Tree, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield where a tree has gaps, as `a.b[2].c`, and what is missing there."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from gaps_in(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from gaps_in(value, f"{path}[{place}]")
    elif isinstance(tree, str):
        for what in missing_in(tree):
            yield path, what


def named_leaves(tree: Tree, path: str, key: str = "") -> Iterator[tuple[str, str, Tree]]:
    """Yield each value that has no parts: its place, the last key to it, and itself.

    A place names elements of lists by what they are called, as `a.b[door].c`, so that it stays
    where another is added before it.
    """
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from named_leaves(value, f"{path}.{name}", name)
    elif isinstance(tree, list):
        for place, value in enumerate(tree):
            yield from named_leaves(value, f"{path}[{name_of(value, place)}]", key)
    else:
        yield path, key, tree


def name_of(tree: Tree, place: int) -> str:
    """Return what an element of a list is called, or which it is."""
    if isinstance(tree, dict):
        for name in _NAMES:
            value = tree.get(name)
            if isinstance(value, str) and not is_gap(value):
                return value
    return str(place)


def limited(text: str, length_max: int) -> str:
    """Return a text, or a gap that says that it is too long: nothing is cut without a word."""
    if len(text) <= length_max or is_gap(text):
        return text
    return gap(f"{len(text)} tekens passen niet in {length_max}; vat samen wat het dossier zegt")
