# SPDX-License-Identifier: Apache-2.0
"""What a box may do at its site: the checks that stand between a readable config and a box that runs.

`edge-agent run` refuses on any of them, `edge-agent check` lists them all. The replay tool, which publishes nothing, asks none.
"""

from collections.abc import Callable
from itertools import combinations

from edge_agent.config import Config
from edge_agent.polygon import overlap
from wire_contract.report import Clock, Level, RuleName

HEALTH_BITS = 8.0
"""Four classes of four in the health of each report."""


def capacity_bits_per_minute(config: Config) -> float:
    """Return the most that a lying sensor could say through this box, bits a minute, health included."""
    return (config.record_schema().capacity_bits() + HEALTH_BITS) * 60.0 / config.window.length_s


def mistakes(config: Config, level: Level) -> tuple[str, ...]:
    """Return why this config may not run at confinement `level`, a line each; empty means it may."""
    return tuple(mistake for rule in _RULES for mistake in rule(config)) + tuple(_level_fits_site(config, level))


def _level_fits_site(config: Config, level: Level) -> list[str]:
    if config.test_site or level not in (Level.PROCESS, Level.UNCONFINED):
        return []
    return [f"test_site: this release runs at confinement level {level}, which no real site accepts; set test_site = true"]


def _zones_lie_apart(config: Config) -> list[str]:
    return [
        f"zones.{one.id}: overlaps zone {two.id}; one count could be got from the other by subtraction"
        for one, two in combinations(config.zones, 2)
        if overlap(one.polygon, two.polygon)
    ]


def _exact_only_on_test_sites(config: Config) -> list[str]:
    exact, allowed = config.disclosure.rule is RuleName.EXACT, config.test_site or config.window.clock is Clock.REPLAY
    return (
        ["disclosure.rule: got exact, which hides nothing; it is for a test site (test_site = true)"]
        if exact and not allowed
        else []
    )


def _replay_only_on_test_sites(config: Config) -> list[str]:
    if config.window.clock is Clock.REPLAY and not config.test_site:
        return ['window.clock: got replay at a real site; the centre refuses it, set test_site = true or clock = "live"']
    return []


def _capacity_under_cap(config: Config) -> list[str]:
    bits, most = capacity_bits_per_minute(config), config.disclosure.capacity_bits_per_minute_max
    if bits <= most:
        return []
    allowed = f"disclosure.capacity_bits_per_minute_max: got {most:g}, but this config lets out up to {bits:.1f} bits a minute"
    return [f"{allowed}; lengthen window.length_s, lower a count_max, drop a line or zone, or raise the cap"]


_RULES: tuple[Callable[[Config], list[str]], ...] = (
    _zones_lie_apart, _exact_only_on_test_sites, _replay_only_on_test_sites, _capacity_under_cap,
)  # fmt: skip
