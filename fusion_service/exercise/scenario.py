# SPDX-License-Identifier: Apache-2.0
"""What happens in an exercise: a day at a site, and what goes wrong in it. Frozen, pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fusion_service.registry.site import Site

MINUTE_S, HOUR_S = 60, 3600
HOURS_MAX = 168
"""A week."""
HOURS_OF_A_DAY = 24
INJECTS_MAX = 200


class InjectKind(StrEnum):
    """What can be made to happen."""

    GATE_CLOSES = "gate_closes"
    """A link that leads outside lets nobody through; who comes goes to the next gate."""
    LINK_CLOSES = "link_closes"
    """A link between two zones lets nobody through."""
    TRAM_REROUTED = "tram_rerouted"
    """Who comes to a zone from outside becomes `factor` times as many; the others come to `to`."""
    CROWD_ARRIVES = "crowd_arrives"
    """So many `people` more come to a zone from outside, spread evenly until the end."""
    BOXES_FAIL = "boxes_fail"
    """Devices count nothing and say nothing."""
    UPLINK_FAILS = "uplink_fails"
    """Devices count and cannot send; all of it comes when the link is back."""
    CAMERA_DARK = "camera_dark"
    """Devices see less, and say so: their counts are lower bounds."""
    COUNTER_LIES = "counter_lies"
    """Devices count `factor` times what is there, and do not know it."""
    COUNTER_STUCK = "counter_stuck"
    """Devices go on counting what they counted in the minute when it began."""
    PERSON_SAYS = "person_says"
    """Somebody who looks at a zone says, once, that so many `people` are in it."""
    MESSAGE = "message"
    """Somebody tells the control room a `text`, once: it stands in the log of the shift."""


MOMENTS = frozenset({InjectKind.PERSON_SAYS, InjectKind.MESSAGE})
"""What happens once, and lasts for no time."""


OF_A_CROWD = frozenset(
    {
        InjectKind.GATE_CLOSES,
        InjectKind.LINK_CLOSES,
        InjectKind.TRAM_REROUTED,
        InjectKind.CROWD_ARRIVES,
    }
)
"""What happens to people; where nobody is drawn it cannot happen."""


@dataclass(frozen=True, slots=True)
class Inject:
    """One thing that happens, from at_s to before until_s (unix s, UTC).

    Where its kind asks for none, zones, links or devices are empty. to: the zone that those come
    to who stay away from another.
    """

    kind: InjectKind
    at_s: int
    until_s: int
    zones: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    to: str | None = None
    factor: float = 1.0
    people: int = 0
    text: str = ""

    def holds(self, at_s: int) -> bool:
        """Say whether it is under way."""
        return self.at_s <= at_s < self.until_s


@dataclass(frozen=True, slots=True)
class Profile:
    """How people come to a zone and leave it.

    arrivals: for each local hour the share of the zone's capacity that comes from outside in it.
    stay_min: the mean of how long they stay, minutes. onward: the share of those who leave that
    walks on to a neighbouring zone; the others go home.
    """

    arrivals: tuple[float, ...]
    stay_min: float
    onward: float


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is played again: a copy of a store, and from when on (unix s, UTC)."""

    file: Path
    from_s: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A day at a site. start_s is UTC, a whole minute; seed draws the same day again."""

    name: str
    site: Site
    site_text: str
    """The site's file as it was read, so that the store of the exercise can keep it."""
    start_s: int
    length_s: int
    seed: int
    profiles: Mapping[str, Profile]
    """By zone; every zone of the site has one. Empty where the day is a recorded one."""
    injects: tuple[Inject, ...]
    text: str = ""
    """What is practised."""
    recorded: Recorded | None = None
    """None: people are drawn."""

    @property
    def end_s(self) -> int:
        """When it is over, unix s."""
        return self.start_s + self.length_s
