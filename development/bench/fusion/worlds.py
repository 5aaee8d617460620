# SPDX-License-Identifier: Apache-2.0
"""The kinds of places that fusion is measured on: from a quiet lane to a full beach."""

from dataclasses import dataclass, replace

from wire_contract.messages.report import Rule, RuleName

LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
FINE_LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (2000,))
ROUGH_LAPLACE = Rule(RuleName.DISCRETE_LAPLACE, (400,))
EXACT = Rule(RuleName.EXACT, ())
ROUNDING = Rule(RuleName.RANDOM_ROUNDING, (5,))
SUPPRESSED = Rule(RuleName.SUPPRESS_BELOW, (3,))


@dataclass(frozen=True, slots=True)
class World:
    """How people behave at a place, and who counts them there.

    arrivals_h: groups an hour at the busiest. stops: chance to stop in a zone; stop_min: how long.
    counters: for each zone of the chain, the shares that its direct counters see. lines: which
    links (by place; -1 is all) have a line. gain: what boxes count of each person, on average, and
    its spread from box to box; drift: how much of it goes and comes within a day.
    """

    name: str
    hours: float = 24.0
    window_s: int = 60
    rule: Rule = LAPLACE
    zone_length_m: float = 150.0
    arrivals_h: float = 300.0
    stops: float = 0.25
    stop_min: float = 15.0
    counters: tuple[tuple[float, ...], ...] = ((0.6,), (0.5, 0.7), (), (0.8, 0.5, 0.6), (0.4,), ())
    every_link: bool = True
    gain: float = 0.92
    gain_sd: float = 0.1
    drift: float = 0.05
    outages: float = 0.02
    surge: float = 0.0
    start_hour: float = 0.0


BOULEVARD = World("boulevard")
WORLDS = (
    BOULEVARD,
    replace(
        BOULEVARD, name="beach", stops=0.6, stop_min=70.0, arrivals_h=250.0, zone_length_m=220.0
    ),
    World(
        "lane",
        arrivals_h=25.0,
        counters=((1.0,), (0.8, 1.0), (), (0.9, 0.7, 0.8)),
        stop_min=8.0,
        zone_length_m=80.0,
    ),
    World("sparse", counters=((0.3,), (), (0.2,), (), (0.5, 0.4, 0.3), ()), stops=0.4),
    World("glimpses", counters=((0.1,), (0.15, 0.1), (), (0.2, 0.1, 0.1)), arrivals_h=600.0),
    replace(BOULEVARD, name="quarter", window_s=900, hours=48.0),
    replace(BOULEVARD, name="fast", window_s=15, hours=8.0, start_hour=10.0),
    replace(BOULEVARD, name="exact", rule=EXACT, gain=1.0),
    World("one-counter", counters=((), (0.7,), (), (), ()), stops=0.3, rule=FINE_LAPLACE),
    replace(BOULEVARD, name="cold-hour", hours=2.0, start_hour=13.0, gain=1.0, gain_sd=0.08),
    replace(BOULEVARD, name="surge", surge=3.0, hours=24.0),
    World(
        "twins",
        counters=((0.9, 1.0), (0.8, 0.9), (1.0, 0.9, 0.8), ()),
        gain=1.0,
        gain_sd=0.12,
        stops=0.35,
        window_s=300,
        hours=48.0,
    ),
    replace(BOULEVARD, name="rough", rule=ROUGH_LAPLACE, arrivals_h=500.0),
    replace(BOULEVARD, name="rounded", rule=ROUNDING),
    replace(BOULEVARD, name="suppressed", rule=SUPPRESSED, arrivals_h=60.0),
)
QUIET = World(
    "quiet",
    counters=((0.6,), (0.5, 0.7), (0.7, 0.8, 0.6), (0.5,)),
    arrivals_h=90.0,
    stops=0.3,
    stop_min=12.0,
)
"""Four zones, seven direct counters and lines at five links and two more: 14 sensors."""
