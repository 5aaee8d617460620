# SPDX-License-Identifier: Apache-2.0
"""What must be true between the parts of a site's file: who names whom, what is agreed. Pure."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from fusion_service.registry.site import TrustClass
from fusion_service.registry.site_file.mistakes import Mistake, Place
from fusion_service.registry.site_file.tables import (
    CounterTable,
    DeviceTable,
    LinkTable,
    SiteTable,
)

AGREED = ("yellow", "orange", "red")
"""The levels at which something is to be done."""
SHARES_MAX = 1.0 + 1e-9


@dataclass(frozen=True, slots=True)
class Named:
    """Every zone and every link that a file names, those with a mistake in them too."""

    zones: frozenset[str]
    links: frozenset[str]


def network_mistakes(
    table: SiteTable, sources: tuple[DeviceTable, ...], named: Named
) -> Iterator[Mistake]:
    """Yield what is wrong between the parts of a file."""
    yield from _time_zone(table.time_zone)
    for kind, ids in (
        ("zones", [one.id for one in table.zones]),
        ("links", [one.id for one in table.links]),
        ("emergency_routes", [one.id for one in table.emergency_routes]),
    ):
        yield from _twice(kind, ids)
    for number, link in enumerate(table.links):
        yield from _link(("links", number), link, named)
    links = {link.id: link for link in table.links}
    yield from _devices_twice(table, sources)
    for kind, devices in (("devices", table.devices), ("sources", sources)):
        for number, device in enumerate(devices):
            yield from _device((kind, number), device, named, links)
    yield from _measures(table, named)


def _time_zone(name: str) -> Iterator[Mistake]:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
        wanted = "a name of the IANA time zones, such as Europe/Amsterdam"
        near = get_close_matches(name, known, 1)
        remedy = f'write "{near[0]}"' if near else "look it up in the list of IANA"
        if not known:
            remedy = "this machine knows no time zones: install its package tzdata"
        yield Mistake(("time_zone",), "", repr(name), wanted, remedy)


def _twice(kind: str, ids: list[str]) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for number, name in enumerate(ids):
        if name in first:
            owner = f"{kind.removesuffix('s').replace('_', ' ')} {name}"
            got = f"{name!r} again, as {kind}[{first[name]}] has it"
            place: Place = (kind, number, "id")
            yield Mistake(place, owner, got, "an id of its own", "rename one of the two")
        first.setdefault(name, number)


def _devices_twice(table: SiteTable, sources: tuple[DeviceTable, ...]) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for kind, devices in (("devices", table.devices), ("sources", sources)):
        for number, one in enumerate(devices):
            if one.id in first:
                place: Place = (kind, number, "id")
                got = f"{one.id!r} again, as {first[one.id]} has it"
                remedy = "put all counters of a device into one table, or correct the id"
                owner = f"{kind.removesuffix('s')} {one.id}"
                yield Mistake(place, owner, got, "each device once", remedy)
            first.setdefault(one.id, f"{kind}[{number}]")


def _unknown(
    place: Place, owner: str, name: str, known: Collection[str], kind: str
) -> Iterator[Mistake]:
    if name in known:
        return
    near = get_close_matches(name, known, 1)
    wanted = f"the id of one of the {len(known)} {kind}s of this file"
    remedy = f'write "{near[0]}"' if near else f"add [[{kind}s]] with this id, or name another"
    yield Mistake(place, owner, repr(name), wanted, remedy)


def _link(place: Place, link: LinkTable, named: Named) -> Iterator[Mistake]:
    owner = f"link {link.id}"
    for key, end in (("from", link.from_zone), ("to", link.to_zone)):
        if end is not None:
            yield from _unknown((*place, key), owner, end, named.zones, "zone")
    if link.from_zone is None and link.to_zone is None:
        wanted = "from, to or both: one end at least is a zone"
        yield Mistake(place, owner, "neither from nor to", wanted, "name the zone that it leads to")
    elif link.from_zone == link.to_zone:
        got = f"from and to both {link.from_zone!r}"
        remedy = "name the other zone, or leave one out where it leads outside"
        yield Mistake((*place, "to"), owner, got, "two different ends", remedy)


def _device(
    place: Place, device: DeviceTable, named: Named, links: dict[str, LinkTable]
) -> Iterator[Mistake]:
    kind = str(place[0]).removesuffix("s")
    owner = f"{kind} {device.id}"
    if kind == "source" and device.trust is TrustClass.BOX:
        remedy = "leave trust out; only what signs its reports is a box, and stands in [[devices]]"
        yield Mistake((*place, "trust"), owner, "'box'", '"counter" or "person"', remedy)
    names = [("line", one.line) if one.line else ("zone", one.zone) for one in device.counters]
    for number, counter in enumerate(device.counters):
        at = (*place, "counters", number)
        yield from _counter(at, owner, counter, named, links)
        if names[number][1] is not None and names[number] in names[:number]:
            what, name = names[number]
            got = f"{what} {name!r} again"
            remedy = "keep one of the two counters"
            yield Mistake((*at, what), owner, got, "each line and zone once", remedy)
    yield from _shares(place, owner, device.counters)


def _shares(place: Place, owner: str, counters: Iterable[CounterTable]) -> Iterator[Mistake]:
    """Yield where the zones of one device see more than all of a zone of the site."""
    sums: dict[str, float] = {}
    for number, one in enumerate(counters):
        if one.share is None or one.at_zone is None:
            continue
        before = sums.get(one.at_zone, 0.0)
        sums[one.at_zone] = before + one.share
        if before <= SHARES_MAX < sums[one.at_zone]:
            at: Place = (*place, "counters", number, "share")
            got = f"{sums[one.at_zone]:.2f} of zone {one.at_zone} with the shares before"
            remedy = "lower the shares: this device cannot see more than all of it"
            yield Mistake(at, owner, got, "at most 1 together", remedy)


def _counter(
    place: Place, owner: str, one: CounterTable, named: Named, links: dict[str, LinkTable]
) -> Iterator[Mistake]:
    for keys, remedy in (
        (("line", "zone"), "name the device's line or its zone, as its own config does"),
        (("at_zone", "at_link"), "name the zone or the link of this site that it looks at"),
    ):
        given = [key for key in keys if getattr(one, key) is not None]
        if len(given) != 1:
            got = f"both {keys[0]} and {keys[1]}" if given else f"neither {keys[0]} nor {keys[1]}"
            yield Mistake(place, owner, got, "exactly one of the two", remedy)
    if one.at_zone is not None:
        yield from _unknown((*place, "at_zone"), owner, one.at_zone, named.zones, "zone")
    if one.at_link is not None:
        yield from _unknown((*place, "at_link"), owner, one.at_link, named.links, "link")
    if one.zone is not None and one.line is None:
        yield from _zone_counter(place, owner, one)
    if one.line is not None and one.zone is None:
        yield from _line_counter(place, owner, one, named, links)


def _zone_counter(place: Place, owner: str, one: CounterTable) -> Iterator[Mistake]:
    if one.at_link is not None and one.at_zone is None:
        wanted = "at_zone: a zone counts who is there, a link has only who passes"
        remedy = "name a zone of the site, or count the link by a line"
        yield Mistake((*place, "at_link"), owner, "a zone at a link", wanted, remedy)
    if one.in_toward is not None:
        remedy = "leave in_toward out"
        wanted = "in_toward with a line only: a zone has no direction"
        yield Mistake((*place, "in_toward"), owner, repr(one.in_toward), wanted, remedy)


def _line_counter(
    place: Place, owner: str, one: CounterTable, named: Named, links: dict[str, LinkTable]
) -> Iterator[Mistake]:
    if one.share is not None:
        wanted = "share with a zone only: a line sees whoever crosses it"
        yield Mistake((*place, "share"), owner, f"{one.share:g}", wanted, "leave share out")
    at = (*place, "in_toward")
    link = links.get(one.at_link or "")
    if link is None:
        if one.at_link is None and one.in_toward not in {None, one.at_zone}:
            wanted = f"{one.at_zone!r}, where the line is, or nothing"
            remedy = "correct it, or put the line at the link that it lies across"
            yield Mistake(at, owner, repr(one.in_toward), wanted, remedy)
        return
    ends = [end for end in (link.from_zone, link.to_zone) if end is not None]
    if not ends or link.from_zone == link.to_zone or not named.zones.issuperset(ends):
        return  # the link itself is told of
    wanted = f"an end of link {link.id}: {' or '.join(ends)}"
    if one.in_toward is None and len(ends) > 1:
        remedy = "say to which of the two zones whoever is counted in goes"
        yield Mistake(at, owner, "nothing", wanted, remedy)
    elif one.in_toward is not None and one.in_toward not in ends:
        remedy = "name the zone that whoever is counted in goes to"
        if len(ends) == 1:
            remedy += ", or leave it out where in leads outside"
        yield Mistake(at, owner, repr(one.in_toward), wanted, remedy)


def _measures(table: SiteTable, named: Named) -> Iterator[Mistake]:
    for number, one in enumerate(table.measures):
        for index, zone in enumerate(one.zones):
            place: Place = ("measures", number, "zones", index)
            yield from _unknown(place, "", zone, named.zones, "zone")
        for zone in one.effect:
            place = ("measures", number, "effect", zone)
            yield from _unknown(place, "", zone, named.zones, "zone")
        for index, link in enumerate(one.closes):
            place = ("measures", number, "closes", index)
            yield from _unknown(place, "", link, named.links, "link")
    levels = {one.level for one in table.measures}
    lacking = [level for level in AGREED if level not in levels]
    if table.measures and lacking:
        got = f"no measure at {' and '.join(lacking)}"
        remedy = f'add [[measures]] with level = "{lacking[0]}"'
        yield Mistake(("measures",), "", got, "one or more at yellow, orange and red", remedy)
