# SPDX-License-Identifier: Apache-2.0
"""What differs between two versions of a site's file, and what of it ends a history. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from fusion_service.registry.geodesy import area_m2, length_m
from fusion_service.registry.site_edit.drawing import DRAWN, Renames, id_of

Tree: TypeAlias = Mapping[str, Any]
Told: TypeAlias = str | float | None
"""A value as somebody is told it: a border by its area (m2), a way by its length (m)."""
DEGREES_MAX = 180
_LISTED = (*DRAWN, "sources")
_OF_ZONES, _OF_LINKS = ("zones", "at_zone"), ("links", "at_link")


class Became(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key of a table before and after; None where it was not said, or cannot be in short."""

    key: str
    before: Told
    after: Told


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one table. kind: as in the file, `site` for its head; id: empty without one.

    was: what it was called, where it was renamed.
    """

    kind: str
    id: str
    became: Became
    keys: tuple[KeyChange, ...] = ()
    was: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A zone or link whose numbers go no further under its name, and who counts there now."""

    kind: str
    id: str
    now: str
    """What it is called from now on; empty where it is gone."""
    counted_by: tuple[str, ...]


def changes_between(
    before: Tree | None, after: Tree, renames: Renames | None = None
) -> tuple[Change, ...]:
    """Return all that differs, in the order of the file; before: None for a new site."""
    known: Tree = {} if before is None else before
    return tuple(_changes(known, after, renames or Renames()))


def _changes(before: Tree, after: Tree, renames: Renames) -> Iterator[Change]:
    rest = {*_LISTED, "measures", "format"}
    head = [{k: v for k, v in one.items() if k not in rest} for one in (before, after)]
    if keys := _keys(*head):
        yield Change("site", "", Became.CHANGED if before else Became.ADDED, keys)
    for kind in _LISTED:
        yield from _listed(kind, _tables(before, kind), _tables(after, kind), renames)
    measures = [_measures(one) for one in (before, after)]
    if measures[0] != measures[1]:
        before_n, after_n = (float(len(one)) for one in measures)
        keys = () if before_n == after_n else (KeyChange("number", before_n, after_n),)
        yield Change("measures", "", Became.CHANGED, keys)


def _tables(tree: Tree, kind: str) -> Sequence[Tree]:
    found = tree.get(kind, [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _measures(tree: Tree) -> Sequence[object]:
    found = tree.get("measures", [])
    return found if isinstance(found, list) else []


def _listed(
    kind: str, before: Sequence[Tree], after: Sequence[Tree], renames: Renames
) -> Iterator[Change]:
    known = {id_of(one): one for one in before}
    for one in after:
        name = id_of(one)
        was = renames.before(kind, name)
        old = known.pop(was, None)
        if old is None:
            yield Change(kind, name, Became.ADDED)
        elif was != name:
            yield Change(kind, name, Became.RENAMED, _keys(old, one), was)
        elif keys := _keys(old, one):
            yield Change(kind, name, Became.CHANGED, keys)
    for name in known:
        yield Change(kind, name, Became.REMOVED)


def _keys(before: Tree, after: Tree) -> tuple[KeyChange, ...]:
    return tuple(
        KeyChange(key, _told(key, before.get(key)), _told(key, after.get(key)))
        for key in {**before, **after}
        if key != "id" and before.get(key) != after.get(key)
    )


def _told(key: str, value: object) -> Told:
    if isinstance(value, list):
        points = _points(value)
        if key == "polygon" and len(points) > 2:  # noqa: PLR2004 - corners
            return round(area_m2(points), 1)
        if key == "path" and len(points) > 1:
            return round(length_m(points), 1)
        return float(len(value))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return value if isinstance(value, str) else float(value)


def _points(value: list[object]) -> list[tuple[float, float]]:
    """Return positions; none where one of them is no pair of degrees."""
    pairs = [one for one in value if isinstance(one, list | tuple) and len(one) == 2]  # noqa: PLR2004 - a pair
    found = [(x, y) for x, y in pairs if _is_degrees(x) and _is_degrees(y)]
    return found if len(found) == len(value) else []


def _is_degrees(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= DEGREES_MAX
    )


def histories_ended(before: Tree | None, after: Tree, renames: Renames) -> tuple[Ended, ...]:
    """Return whose numbers go no further under their name once `after` is in force."""
    if before is None:
        return ()
    counting = _counting(before)
    found = []
    for kind, _ in (_OF_ZONES, _OF_LINKS):
        names = {id_of(one) for one in after.get(kind, ())}
        for one in before.get(kind, ()):
            name = id_of(one)
            if name not in names or renames.now(kind, name) != name:
                now = renames.now(kind, name)
                is_there = now != name and now in names
                by = tuple(sorted(counting.get((kind, name), ())))
                found.append(Ended(kind, name, now if is_there else "", by))
    return tuple(found)


def _counting(tree: Tree) -> dict[tuple[str, str], set[str]]:
    """Return which devices and counters of others look at each zone and link."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in (*tree.get("devices", ()), *tree.get("sources", ())):
        for counter in one.get("counters", ()):
            for kind, key in (_OF_ZONES, _OF_LINKS):
                if key in counter:
                    found.setdefault((kind, counter[key]), set()).add(id_of(one))
    return found
