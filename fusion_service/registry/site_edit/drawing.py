# SPDX-License-Identifier: Apache-2.0
"""What somebody drew of a site, as JSON, and the tree of the file that it comes to. Pure.

Rule 1: a drawing is whatever somebody sends: every fault of its form is a SiteError; what stands in
its tables is for the site's own rules. Rule 2: what nobody draws (measures, counters of others) is
that of the file before.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from fusion_service.errors import SiteError
from fusion_service.registry.site_file.tables import (
    DEVICES_MAX,
    LINKS_MAX,
    ROUTES_MAX,
    ZONES_OF_A_SITE_MAX,
)

HEAD = ("name", "time_zone", "country")
DRAWN = ("zones", "links", "emergency_routes", "devices")
"""Tables that are drawn, in the order in which a new file has them."""
ITEMS_MAX = {
    "zones": ZONES_OF_A_SITE_MAX,
    "links": LINKS_MAX,
    "emergency_routes": ROUTES_MAX,
    "devices": DEVICES_MAX,
}
DEPTH_MAX = 6
"""Of lists and tables in each other: a counter's number lies in five."""


@dataclass(frozen=True, slots=True)
class Renames:
    """Which ids were given another name: of each kind the old one by the new, and back."""

    old: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    new: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def before(self, kind: str, name: str) -> str:
        """Return what something was called before; its name where it has its old one."""
        return self.old.get(kind, {}).get(name, name)

    def now(self, kind: str, name: str) -> str:
        """Return what something is called now."""
        return self.new.get(kind, {}).get(name, name)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What was drawn: the head's keys, the tables of each kind, and what has another id."""

    head: Mapping[str, Any]
    tables: Mapping[str, list[dict[str, Any]]]
    renames: Renames


def read_drawing(sent: object) -> Drawing:
    """Return a drawing. Raises SiteError for what has not the form of one."""
    if not isinstance(sent, dict):
        raise SiteError("drawing: got no object, wanted the tables of a site's file")
    unknown = sorted(set(sent) - {*HEAD, *DRAWN, "renames"})
    if unknown:
        wanted = ", ".join((*HEAD, *DRAWN, "renames"))
        raise SiteError(f"drawing: got {str(unknown[0])[:40]!r}, wanted one of: {wanted}")
    _look_through(sent, 0)
    tables = {kind: _tables(kind, sent[kind]) for kind in DRAWN if kind in sent}
    head = {key: sent[key] for key in HEAD if key in sent}
    return Drawing(head, tables, _renames(sent.get("renames", {})))


def id_of(item: Mapping[str, Any]) -> str:
    """Return a table's id; empty where it has none that is text."""
    found = item.get("id")
    return found if isinstance(found, str) else ""


def read_json(raw: bytes) -> object:
    """Return what JSON says. Raises SiteError for what is none, and for what TOML cannot say."""
    try:
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise SiteError(f"not JSON: {str(error)[:80]}; send the drawing as JSON") from error


def drawn_tree(before: Mapping[str, Any] | None, site: str, drawing: Drawing) -> dict[str, Any]:
    """Return the tree of a site's file with a drawing in it; before: None for a new one.

    What was there keeps its order, and what is new comes after it.
    """
    known: Mapping[str, Any] = {"format": 1, "id": site} if before is None else before
    tree = {key: value for key, value in known.items() if key not in {*HEAD, *DRAWN}}
    tree |= drawing.head
    for kind in DRAWN:
        items = drawing.tables.get(kind, [])
        order = {one.get("id"): at for at, one in enumerate(known.get(kind, ()))}
        ids = [drawing.renames.before(kind, id_of(one)) for one in items]
        places = {at: order.get(one, len(order)) for at, one in enumerate(ids)}
        if items or known.get(kind) == []:
            tree[kind] = [items[at] for at in sorted(places, key=lambda at: places[at])]
    return _renamed(tree, drawing.renames)


def _renamed(tree: dict[str, Any], renames: Renames) -> dict[str, Any]:
    """Return a tree whose measures and counters of others name zones and links as they are now."""
    if not any(renames.new.values()):
        return tree
    if isinstance(measures := tree.get("measures"), list):
        tree["measures"] = [_renamed_measure(one, renames) for one in measures]
    if isinstance(sources := tree.get("sources"), list):
        tree["sources"] = [
            {**one, "counters": [_renamed_counter(c, renames) for c in one["counters"]]}
            if "counters" in one
            else one
            for one in sources
        ]
    return tree


def _renamed_measure(one: dict[str, Any], renames: Renames) -> dict[str, Any]:
    found = dict(one)
    for key, kind in (("zones", "zones"), ("closes", "links")):
        if key in found:
            found[key] = [renames.now(kind, each) for each in found[key]]
    if "effect" in found:
        found["effect"] = {renames.now("zones", k): v for k, v in found["effect"].items()}
    return found


def _renamed_counter(one: dict[str, Any], renames: Renames) -> dict[str, Any]:
    found = dict(one)
    for key, kind in (("at_zone", "zones"), ("in_toward", "zones"), ("at_link", "links")):
        if key in found:
            found[key] = renames.now(kind, found[key])
    return found


def _tables(kind: str, sent: object) -> list[dict[str, Any]]:
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise SiteError(f"drawing: {kind}: got no list of tables, wanted one; send them all")
    if len(sent) > ITEMS_MAX[kind]:
        raise SiteError(f"drawing: {kind}: got {len(sent)}, wanted at most {ITEMS_MAX[kind]}")
    return sent


def _renames(sent: object) -> Renames:
    """Return what was renamed: sent as {"zones": {"old": "new"}}."""
    if not isinstance(sent, dict) or not set(sent) <= set(DRAWN):
        raise SiteError("drawing: renames: wanted ids by kind, the new one by the old")
    new: dict[str, dict[str, str]] = {}
    for kind, names in sent.items():
        items = list(names.items()) if isinstance(names, dict) else [(None, None)]
        if not all(isinstance(now, str) for _, now in items) or len(items) > ITEMS_MAX[kind]:
            raise SiteError(f"drawing: renames: {kind}: wanted ids, the new one by the old")
        new[kind] = {str(before): str(now) for before, now in items}
    old = {kind: {now: before for before, now in names.items()} for kind, names in new.items()}
    return Renames(old, new)


def _look_through(value: object, depth: int) -> None:
    """Refuse what no site's file can hold, wherever it stands. Raises SiteError."""
    if depth > DEPTH_MAX:
        raise SiteError(f"drawing: got lists in lists, wanted at most {DEPTH_MAX} in each other")
    if isinstance(value, str) and not _is_text(value):
        raise SiteError("drawing: got half a character, wanted text of whole ones")
    if value is None or (isinstance(value, float) and not isfinite(value)):
        raise SiteError(f"drawing: got {value}, wanted a value; leave the key out")
    for one in _inside(value):
        _look_through(one, depth + 1)


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")
