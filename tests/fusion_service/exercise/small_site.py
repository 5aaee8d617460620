# SPDX-License-Identifier: Apache-2.0
"""Three zones in a row with a gate at either end, four boxes, and a quiet or a busy day there."""

from dataclasses import replace
from itertools import pairwise

from fusion_service.exercise.scenario import Inject, Profile, Scenario
from fusion_service.registry.site import Counter, Link, Placement, Site, TrustClass, Zone

START_S = 1_784_440_800
"""A Sunday in July, 06:00 UTC, 08:00 in Amsterdam."""
ZONES = ("harbour", "middle", "pier")


def zone(name: str, west: float) -> Zone:
    corners = ((west, 52.0), (west + 0.001, 52.0), (west + 0.001, 52.001), (west, 52.001))
    return Zone(name, name.title(), corners, usable_m2=7_000.0, capacity=2_000, thresholds=())


def link(name: str, here: str | None, there: str | None) -> Link:
    return Link(name, here, there, path=((4.0, 52.0), (4.001, 52.0)), length_m=70.0, width_m=8.0)


def of_zone(zone_id: str, share: float = 0.5) -> Counter:
    return Counter(None, "all", zone_id, None, None, share)


def of_link(link_id: str, toward: str | None) -> Counter:
    return Counter("across", None, None, link_id, toward, None)


def box(name: str, *counters: Counter) -> Placement:
    return Placement(name, (4.0, 52.0), 6.0, 90.0, TrustClass.BOX, counters)


SITE = Site(
    id="beach",
    name="The beach",
    time_zone="Europe/Amsterdam",
    zones=tuple(zone(name, 4.0 + 0.001 * number) for number, name in enumerate(ZONES)),
    links=(
        link("west-gate", None, "harbour"),
        link("harbour-middle", "harbour", "middle"),
        link("middle-pier", "middle", "pier"),
        link("east-gate", "pier", None),
    ),
    emergency_routes=(),
    placements=(
        box("box-1", of_zone("harbour"), of_link("west-gate", "harbour")),
        box("box-2", of_link("harbour-middle", "middle")),
        box("box-3", of_zone("middle", 0.3)),
        box("box-4", of_link("middle-pier", "pier")),
    ),
    measures=(),
)


def profile(
    *, arrivals: tuple[float, ...] = (0.1,) * 24, stay_min: float = 30.0, onward: float = 0.4
) -> Profile:
    return Profile(arrivals, stay_min, onward)


def scenario(
    *injects: Inject, minutes: int = 60, site: Site = SITE, name: str = "drill", seed: int = 1
) -> Scenario:
    return Scenario(
        name=name,
        site=site,
        site_text="# the beach\n",
        start_s=START_S,
        length_s=minutes * 60,
        seed=seed,
        profiles={one.id: profile() for one in site.zones},
        injects=injects,
    )


def large_site() -> Site:
    """Return eight zones in a row with four gates, and fourteen boxes, as the shipped site has."""
    names = [f"z{number}" for number in range(8)]
    links = [
        *(link(f"{here}-{there}", here, there) for here, there in pairwise(names)),
        *(link(f"gate-{name}", None, name) for name in ("z0", "z2", "z5", "z7")),
    ]
    looks = [
        *(of_zone(name) for name in names[:6]),
        *(of_link(one.id, one.to_zone) for one in links),
    ]
    placements = [box(f"box-{number}", looks[number]) for number in range(13)]
    placements.append(box("box-13", *looks[13:]))
    return replace(
        SITE,
        zones=tuple(zone(name, 4.0 + 0.001 * number) for number, name in enumerate(names)),
        links=tuple(links),
        placements=tuple(placements),
    )
