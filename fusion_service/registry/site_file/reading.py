# SPDX-License-Identifier: Apache-2.0
"""A site's file, read: bytes in, a site out, or every mistake at once. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fusion_service.errors import SiteError
from fusion_service.registry.site import Site
from fusion_service.registry.site_file.build import site_of
from fusion_service.registry.site_file.mistakes import Lines, Mistake, Place
from fusion_service.registry.site_file.network_rules import Named, network_mistakes
from fusion_service.registry.site_file.position_rules import position_mistakes
from fusion_service.registry.site_file.shape import read_shape
from fusion_service.registry.site_file.zone_rules import zone_mistakes
from fusion_service.registry.source_file import source_mistakes
from wire_contract.programs.config_text import TextError, read_text, read_toml

SITE_BYTES_MAX = 4 * 1024 * 1024
MISTAKES_SHOWN = 200
_NESTED = 4
"""Parts of the place of a counter: devices, its number, counters, its number."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file came to: a site, or what is wrong with it, in the order of the file."""

    site: Site | None
    mistakes: tuple[Mistake, ...]


def read_site(raw: bytes) -> Site:
    """Return the site of a file.

    Raises SiteError with every mistake, a line each: line, key, got, wanted, what to do.
    """
    examined = examine(raw)
    if examined.site is None:
        raise SiteError(told(examined.mistakes))
    return examined.site


def told(mistakes: Iterable[Mistake], *, before: str = "") -> str:
    """Return mistakes as text, a line each, each after `before`."""
    lines = [f"{before}{mistake}" for mistake in mistakes]
    more = len(lines) - MISTAKES_SHOWN
    return "\n".join(
        [*lines[:MISTAKES_SHOWN], *([f"and {more} more mistakes"] if more > 0 else [])]
    )


def examine(raw: bytes) -> Examined:
    """Read a file and look for every mistake in it."""
    try:
        tree = read_toml(raw, bytes_max=SITE_BYTES_MAX)
        text = read_text(raw, bytes_max=SITE_BYTES_MAX)
    except TextError as error:
        got, _, remedy = str(error).rpartition("; ")
        return Examined(None, (Mistake((), "", got, "a site's file in TOML", remedy),))
    lines = Lines(text)
    site, mistakes = examine_tree(tree)
    placed = [replace(one, line=lines.of(one.place)) for one in mistakes]
    placed.sort(key=lambda one: one.line or 0)
    return Examined(site, tuple(placed))


def examine_tree(tree: Mapping[str, Any]) -> tuple[Site | None, list[Mistake]]:
    """Look for every mistake in a tree; a site where there is none."""
    table, sources, mistakes = read_shape(tree)
    back: Callable[[Place], Place] = _same
    if mistakes:
        rest, back = _without(tree, mistakes)
        table, sources, _ = read_shape(rest)
    if table is None:
        return None, mistakes
    positions = list(position_mistakes(table, sources))
    found = [
        *positions,
        *zone_mistakes(table, [one.place for one in positions]),
        *network_mistakes(table, sources, _named(tree)),
        *source_mistakes(sources),
    ]
    known = {_item(one.place) for one in mistakes}
    # Whether each level has a measure is not known where one of them cannot be read.
    known |= {("measures",)} if any(one.place[:1] == ("measures",) for one in mistakes) else set()
    mistakes += [
        moved
        for one in found
        if _item((moved := replace(one, place=back(one.place))).place) not in known
    ]
    return (None if mistakes else site_of(table, sources)), mistakes


def _same(place: Place) -> Place:
    return place


def _named(tree: Mapping[str, Any]) -> Named:
    """Return the ids of zones and links of a tree, whatever else is wrong with them."""
    return Named(_ids(tree.get("zones")), _ids(tree.get("links")))


def _ids(tables: object) -> frozenset[str]:
    listed = tables if isinstance(tables, list) else []
    ids = (one.get("id") for one in listed if isinstance(one, dict))
    return frozenset(each for each in ids if isinstance(each, str))


def _item(place: Place) -> Place:
    """Return what a second mistake of would only follow from the first: a key, or a counter."""
    return place[:_NESTED] if "counters" in place else place[:3]


def _without(
    tree: Mapping[str, Any], mistakes: Iterable[Mistake]
) -> tuple[dict[str, Any], Callable[[Place], Place]]:
    """Return the tree without what cannot be read, so that the rest is looked at all the same.

    And what turns a place in it back into that of the file.
    """
    bad: dict[Place, set[Place]] = {}
    for one in mistakes:
        bad.setdefault(one.place[:2], set()).add(one.place)
    rest: dict[str, Any] = {"id": "site"}
    numbers: dict[str, list[int]] = {}
    for key, value in tree.items():
        if (key,) in bad:
            continue
        rest[key] = value
        if isinstance(value, list):
            numbers[key] = [
                index
                for index, one in enumerate(value)
                if isinstance(one, dict) and not _is_lost(bad.get((key, index), ()))
            ]
            rest[key] = [
                _readable(value[index], (key, index), bad.get((key, index), set()))
                for index in numbers[key]
            ]

    def back(place: Place) -> Place:
        match place:
            case (str(kind), int(number), *deeper) if kind in numbers:
                return (kind, numbers[kind][number], *deeper)
        return place

    return rest, back


_NEEDED = {"id", "polygon", "path", "level", "text", "organisation"}


def _is_lost(bad: Iterable[Place]) -> bool:
    """Say whether nothing can be made of a table: itself or what it must say is unreadable."""
    return any(
        len(place) == 2 or (place[2] in _NEEDED and (place[0], place[2]) != ("links", "path"))  # noqa: PLR2004 - the table itself
        for place in bad
    )


def _readable(one: Mapping[str, Any], place: Place, bad: set[Place]) -> dict[str, Any]:
    """Return a table without its keys that cannot be read, nor the counters of a device."""
    kept = {}
    for key, value in one.items():
        wrong = {each for each in bad if each[:3] == (*place, key)}
        if not wrong:
            kept[key] = value
        elif key == "counters" and (*place, key) not in wrong:
            # One that cannot be read counts nothing; the numbers of the others stay as they are.
            kept[key] = [
                {} if any(each[3:4] == (index,) for each in wrong) else counter
                for index, counter in enumerate(value)
            ]
    return kept
