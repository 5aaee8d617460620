# SPDX-License-Identifier: Apache-2.0
"""What a box may do at its site.

The checks that stand between a readable config and a box that runs.

`edge-agent run` refuses on any of them, `edge-agent check` lists them all. The replay tool, which
publishes nothing, asks none.
"""

import math
from collections.abc import Callable
from datetime import date, datetime
from itertools import combinations

from edge_agent.config.geometry import Polygon, area, depth_of, overlap, to_ground
from edge_agent.config.schema import Config
from edge_agent.process_settings import Source
from wire_contract.messages.report import Clock, Level, RuleName

HEALTH_BITS = 8.0
"""Four classes of four in the health of each report."""
ZONE_M2_MIN = 50.0
"""A smaller zone at a real site would tell of single people."""
LINE_M_MIN = 3.0
"""So would a shorter line: it would be somebody's door."""
WEAK_LEVELS = frozenset({Level.PROCESS, Level.UNCONFINED})


def mistakes(config: Config, today: date) -> tuple[str, ...]:
    """Return why a box with this config may not run today, a line each; empty means it may."""
    return tuple(mistake for rule in _RULES for mistake in rule(config)) + tuple(
        _not_after_its_end(config, today)
    )


def level_min(config: Config) -> Level:
    """Return the confinement that every process of the box must be measured to have."""
    return config.confinement.level_min or (Level.PROCESS if config.test_site else Level.STANDARD)


def level_max(config: Config) -> Level:
    """Return the best level that a box of this config can tell.

    That of a network camera is one of its own.
    """
    return Level.NETWORK_CAMERA if config.camera.source.is_network else Level.FULL


def may_be_open(config: Config, now: datetime) -> bool:
    """Say whether the camera may be open at `now`, the box's local time.

    It may within its hours, and not after its last day.

    Hours that end before they begin go over midnight. Without a stated purpose there are no hours.
    """
    if config.purpose is None:
        return True
    begin, end = config.purpose.active_hours.split("-")
    minute = f"{now:%H:%M}"
    within = begin <= minute <= end if begin <= end else minute >= begin or minute <= end
    return within and now.date() <= config.purpose.end_date


def capacity_bits_per_minute(config: Config) -> float:
    """Return what a lying sensor could say at the most, bits a minute, health included."""
    return (config.record_schema().capacity_bits() + HEALTH_BITS) * 60.0 / config.window.length_s


def _is_live_at_a_real_site(config: Config) -> bool:
    return config.camera.source is not Source.FILE and not config.test_site


def _not_after_its_end(config: Config, today: date) -> list[str]:
    if config.purpose is None or today <= config.purpose.end_date:
        return []
    return [
        (
            f"purpose.end_date: {config.purpose.end_date} is past; the camera is not opened, renew "
            "the decision or take it down"
        )
    ]


def _purpose_is_stated(config: Config) -> list[str]:
    if config.purpose is not None or not _is_live_at_a_real_site(config):
        return []
    return [
        (
            "purpose: missing; a live camera at a real site needs controller, purpose, "
            "legal_basis, dpia_reference, contact, end_date"
        )
    ]


def _level_fits_site(config: Config) -> list[str]:
    if config.confinement.level_min is Level.UNCONFINED:
        return [
            (
                "confinement.level_min: got unconfined, at which no box runs anywhere; wanted "
                "process or better"
            )
        ]
    if config.test_site or level_min(config) not in WEAK_LEVELS:
        return []
    return [
        (
            f"confinement.level_min: got {level_min(config)}, which the centre refuses at a real "
            "site; wanted standard or full"
        )
    ]


def _level_fits_camera(config: Config) -> list[str]:
    """A network camera has a level of its own, and a config says so itself.

    Nobody gets it by a default.
    """
    if not config.camera.source.is_network:
        return []
    order = list(Level)
    if order.index(level_min(config)) >= order.index(Level.NETWORK_CAMERA):
        return []
    got = (
        f"confinement.level_min: got {level_min(config)}, a network camera reaches "
        f"{Level.NETWORK_CAMERA} at most"
    )
    return [
        (
            f"{got}: pictures cross a cable that nobody here guards; if that is decided, set it to "
            f"{Level.NETWORK_CAMERA}"
        )
    ]


def _large_enough(config: Config) -> list[str]:
    """At a real site a zone or line so small that it tells of single people is refused.

    Sizes are those on the ground.
    """
    if not _is_live_at_a_real_site(config):
        return []
    if config.ground_plane is None:
        return [
            (
                "ground_plane: missing; without it nobody knows how large the zones are, measure "
                "four points by tape"
            )
        ]
    if beyond := _beyond_the_horizon(config):
        return beyond
    ground = to_ground(config.ground_plane.pixels, config.ground_plane.metres)
    sizes = {zone.id: abs(area(tuple(map(ground, zone.polygon)))) for zone in config.zones}
    lengths = {line.id: math.dist(ground(line.a), ground(line.b)) for line in config.lines}
    small = [
        f"zones.{name}: {size:.0f} m2 on the ground, wanted {ZONE_M2_MIN:g} or more"
        for name, size in sizes.items()
        if size < ZONE_M2_MIN
    ]
    short = [
        f"lines.{name}: {length:.1f} m on the ground, wanted {LINE_M_MIN:g} or more"
        for name, length in lengths.items()
        if length < LINE_M_MIN
    ]
    return small + short


def _beyond_the_horizon(config: Config) -> list[str]:
    """Say what is drawn where there is no ground.

    Above the horizon that the four measured points make.
    """
    assert config.ground_plane is not None  # noqa: S101 - asked of a config that has one
    pixels, metres = config.ground_plane.pixels, config.ground_plane.metres
    try:
        depth = depth_of(pixels, metres)
    except ZeroDivisionError:
        return [
            (
                "ground_plane: its four points make no plane; measure points that span the place, "
                "in the same order twice"
            )
        ]
    if min(map(depth, pixels)) <= 0 < max(map(depth, pixels)):
        return [
            (
                "ground_plane: pixels and metres go round in another order; give the four points "
                "in the same order twice"
            )
        ]
    side = depth(pixels[0])
    drawn: list[tuple[str, Polygon]] = [
        (f"lines.{line.id}", (line.a, line.b)) for line in config.lines
    ]
    drawn += [(f"zones.{zone.id}", zone.polygon) for zone in config.zones]
    return [
        f"{name}: the point ({point[0]:g}, {point[1]:g}) lies above the horizon of ground_plane, "
        "where no ground is; draw it lower"
        for name, points in drawn
        for point in points
        if depth(point) * side <= 0
    ]


def _zones_lie_apart(config: Config) -> list[str]:
    return [
        f"zones.{one.id}: overlaps zone {two.id}; one count could be got from the other by "
        "subtraction"
        for one, two in combinations(config.zones, 2)
        if overlap(one.polygon, two.polygon)
    ]


def _exact_only_on_test_sites(config: Config) -> list[str]:
    if (
        config.disclosure.rule is not RuleName.EXACT
        or config.test_site
        or config.window.clock is Clock.REPLAY
    ):
        return []
    return [
        "disclosure.rule: got exact, which hides nothing; it is for a test site (test_site = true)"
    ]


def _replay_only_on_test_sites(config: Config) -> list[str]:
    if config.window.clock is not Clock.REPLAY or config.test_site:
        return []
    return [
        (
            "window.clock: got replay at a real site; the centre refuses it, set test_site = "
            'true or clock = "live"'
        )
    ]


def _capacity_under_cap(config: Config) -> list[str]:
    bits = capacity_bits_per_minute(config)
    bits_max = config.disclosure.capacity_bits_per_minute_max
    if bits <= bits_max:
        return []
    allowed = (
        f"disclosure.capacity_bits_per_minute_max: got {bits_max:g}, but this config lets out up "
        f"to {bits:.1f} bits a minute"
    )
    return [
        (
            f"{allowed}; lengthen window.length_s, lower a count_max, drop a line or zone, or "
            "raise the cap"
        )
    ]


_RULES: tuple[Callable[[Config], list[str]], ...] = (
    _purpose_is_stated, _level_fits_site, _level_fits_camera, _large_enough, _zones_lie_apart,
    _exact_only_on_test_sites, _replay_only_on_test_sites, _capacity_under_cap,
)  # fmt: skip
