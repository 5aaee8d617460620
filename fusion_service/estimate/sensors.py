# SPDX-License-Identifier: Apache-2.0
"""Who counts on a site, by its file, and where each of them looks. Pure."""

from collections.abc import Iterable

from fusion_service.estimate.observation import Sensor
from fusion_service.registry.site import Counter, Link, Site


def sensors_of(site: Site) -> tuple[Sensor, ...]:
    """Return each line and zone of each device and source, in the order of the file."""
    return tuple(
        Sensor(sensor_id(one.device, counter), one.device, one.trust, counter)
        for one in site.placements
        for counter in one.counters
    )


def sensor_id(device: str, counter: Counter) -> str:
    """Return `DEVICE/line/NAME` or `DEVICE/zone/NAME`."""
    if counter.line is not None:
        return f"{device}/line/{counter.line}"
    return f"{device}/zone/{counter.zone}"


def is_direct(sensor: Sensor) -> bool:
    """Say whether it counts the people of a zone, and not who crosses a line."""
    return sensor.counter.zone is not None and sensor.counter.at_zone is not None


def zones_of(sensor: Sensor, links: Iterable[Link]) -> tuple[str, ...]:
    """Return the zones that a sensor says something of: its zone, or both ends of its link."""
    counter = sensor.counter
    if counter.at_zone is not None:
        return (counter.at_zone,)
    for link in links:
        if link.id == counter.at_link:
            return tuple(one for one in (link.from_zone, link.to_zone) if one is not None)
    return ()


def neighbours_of(site: Site) -> dict[str, frozenset[str]]:
    """Return for each zone the zones that a link leads to."""
    found: dict[str, set[str]] = {zone.id: set() for zone in site.zones}
    for link in site.links:
        here, there = link.from_zone, link.to_zone
        if here in found and there in found and here is not None and there is not None:
            found[here].add(there)
            found[there].add(here)
    return {zone: frozenset(others) for zone, others in found.items()}
