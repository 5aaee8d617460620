# SPDX-License-Identifier: Apache-2.0
"""The text of a changed site's file: only what was changed is written anew. Pure.

Rule 1: what comes out reads as what was wanted, or is written anew as a whole, which is said. Rule
2: a comment stays, but for one inside a value or a table that was changed or taken out itself.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from fusion_service.registry.site_edit.drawing import DRAWN, HEAD, Renames, id_of
from fusion_service.registry.site_edit.statements import Form, Statement, statements_of
from fusion_service.registry.site_file.writing import written

Tree = Mapping[str, Any]
Lines = list[Statement]
_RENAMED = ("sources", "measures")
"""Nobody draws them; what they name may have another id."""
_KINDS = (*DRAWN, *_RENAMED)


@dataclass(frozen=True, slots=True)
class Spliced:
    """A file's text, and whether all that was not changed kept its bytes."""

    text: str
    is_kept: bool


@dataclass(slots=True)
class _Block:
    """One table of a list with all that stands below it, such as a zone and its thresholds.

    kind: empty of what nobody draws, the head of the file too. lead: comments above it.
    """

    kind: str
    lines: Lines
    lead: Lines = field(default_factory=list)


def spliced(text: str, wanted: Tree, renames: Renames) -> Spliced:
    """Return the text of a tree that a text was changed into. The text is TOML, of any tree."""
    before = tomllib.loads(text)
    if before == wanted:
        return Spliced(text, is_kept=True)
    blocks = _blocks(text if text.endswith("\n") else f"{text}\n")
    if all(_is_listed(blocks, kind, before) for kind in _KINDS):
        _change(blocks, before, wanted, renames)
        made = "".join(one.text for block in blocks for one in (*block.lead, *block.lines))
        if "\r\n" in text:
            made = made.replace("\r\n", "\n").replace("\n", "\r\n")
        if _reads_as(made, wanted):
            return Spliced(made, is_kept=True)
    return Spliced(written(wanted), is_kept=False)


def _reads_as(text: str, wanted: Tree) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except ValueError:
        return False


def _is_listed(blocks: list[_Block], kind: str, tree: Tree) -> bool:
    """Say whether a list of tables is written as one, and not within brackets or as dotted keys."""
    return sum(block.kind == kind for block in blocks) == len(tree.get(kind, ()))


def _blocks(text: str) -> list[_Block]:
    """Return a text as blocks: its head first, what stands after its last table last."""
    blocks = [_Block("", [])]
    for one in statements_of(text):
        if one.form is Form.HEADER:
            first = one.names[0]
            is_item = one.is_list and one.names == (first,) and first in _KINDS
            if is_item or first != blocks[-1].kind or first not in _KINDS:
                blocks.append(_Block(first if is_item else "", []))
        blocks[-1].lines.append(one)
    blocks.append(_Block("", []))
    for block, following in pairwise(blocks):
        end = len(block.lines)
        while end > 0 and block.lines[end - 1].form is Form.BESIDE:
            end -= 1
        block.lines, following.lead = block.lines[:end], block.lines[end:]
    return blocks


def _change(blocks: list[_Block], before: Tree, wanted: Tree, renames: Renames) -> None:
    head = blocks[0]
    head.lines = _edited(
        head.lines,
        "",
        {key: before[key] for key in HEAD if key in before},
        {key: wanted[key] for key in HEAD if key in wanted},
    )
    for kind in _RENAMED:
        own = [block for block in blocks if block.kind == kind]
        for block, old, item in zip(own, before.get(kind, ()), wanted.get(kind, ()), strict=True):
            if old != item:
                block.lines = _edited(block.lines, kind, old, item)
    for kind in DRAWN:
        own = [block for block in blocks if block.kind == kind]
        known = {
            id_of(item): (block, item)
            for block, item in zip(own, before.get(kind, ()), strict=True)
        }
        added: list[_Block] = []
        for item in wanted.get(kind, ()):
            found = known.pop(renames.before(kind, id_of(item)), None)
            if found is None:
                added.append(_Block(kind, statements_of(f"\n{written({kind: [item]})}")))
            elif found[1] != item:
                found[0].lines = _edited(found[0].lines, kind, found[1], item)
        for block, _ in known.values():
            block.lines = []
        at = _place_after(blocks, kind)
        blocks[at:at] = added


def _place_after(blocks: list[_Block], kind: str) -> int:
    """Return where new tables of a kind go: after its last, or after that of a kind before."""
    earlier = DRAWN[: DRAWN.index(kind) + 1]
    found = [at for at, block in enumerate(blocks) if block.kind in earlier]
    # In a file without any of them all that there is stands before.
    return found[-1] + 1 if found else len(blocks) - 1


def _edited(lines: Lines, kind: str, old: Tree, new: Tree) -> Lines:
    """Return a table's statements with the keys that differ written anew."""
    end = next((at for at, one in enumerate(lines) if at and one.form is Form.HEADER), len(lines))
    root, below = lines[:end], lines[end:]
    for key in {**old, **new}:
        value = new.get(key)
        if key in old and key in new and old[key] == value:
            continue
        below = _without_tables(below, (kind, key))
        if key not in new:
            root = [one for one in root if not _is_key(one, key)]
        elif isinstance(value, Mapping) or _is_tables(value):
            root = [one for one in root if not _is_key(one, key)]
            text = written({kind: [{key: value}]})
            # Its first line names the table that is here already; an empty line comes after it.
            root, below = _trimmed(root), _trimmed(below)
            below += statements_of(text.partition("\n")[2])
        else:
            root = _with_key(root, key, value)
    return _trimmed(root + below)


def _trimmed(lines: Lines) -> Lines:
    """Return statements without the empty lines at their end."""
    end = len(lines)
    while end > 0 and not lines[end - 1].text.strip():
        end -= 1
    return lines[:end]


def _is_key(one: Statement, key: str) -> bool:
    return one.form is Form.KEY and one.names[0] == key


def _is_tables(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
    )


def _without_tables(lines: Lines, names: tuple[str, str]) -> Lines:
    kept: Lines = []
    is_ours = False
    for one in lines:
        if one.form is Form.HEADER:
            is_ours = one.names[:2] == names
        if not is_ours:
            kept.append(one)
    return kept


def _with_key(root: Lines, key: str, value: object) -> Lines:
    """Return a table's own keys with one of them said anew; the comment at its end stays."""
    text = written({key: value}).rstrip("\n")
    places = [at for at, one in enumerate(root) if _is_key(one, key)]
    if places:
        said = Statement(f"{text}{root[places[0]].comment}\n", Form.KEY, (key,))
        kept = [one for one in root if not _is_key(one, key)]
        return [*kept[: places[0]], said, *kept[places[0] :]]
    last = max((at for at, one in enumerate(root) if one.form is not Form.BESIDE), default=-1)
    return [*root[: last + 1], Statement(f"{text}\n", Form.KEY, (key,)), *root[last + 1 :]]
