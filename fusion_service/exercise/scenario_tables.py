# SPDX-License-Identifier: Apache-2.0
"""The tables of a scenario's file, and what each kind of inject needs. docs/EXERCISES.md."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion_service.exercise.scenario import (
    HOURS_MAX,
    HOURS_OF_A_DAY,
    INJECTS_MAX,
    InjectKind,
)

EVERY = "every"
BEGINS, HOURS = "06:00", 24.0
"""When a scripted day begins, local, and how long it is."""
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Word = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$", description="1 to 32 of a-z 0-9 -")]
Reference = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9 -]{0,39}$",
        description="a role of [roles], an id of the site, or a place such as `zone 2`",
    ),
]
Day = Annotated[date, Field(description="a day such as 2026-07-19, without quotes")]
Time = Annotated[str, Field(pattern=_TIME, description='a local time such as "14:30"')]


class Table(BaseModel):
    """A table of the file: a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ProfileTable(Table):
    """How people come to a zone and leave it; see `Profile`."""

    zone: Reference
    arrivals: Annotated[
        list[Annotated[float, Field(ge=0, le=5)]],
        Field(
            min_length=HOURS_OF_A_DAY,
            max_length=HOURS_OF_A_DAY,
            description="24 numbers from 0 to 5, one for each local hour: the share of the zone's "
            "capacity that comes in it",
        ),
    ]
    stay_min: Annotated[
        float, Field(ge=1, le=1440, description="a number from 1 to 1440, minutes")
    ] = 45.0
    """A walk, or something to eat."""
    onward: Annotated[float, Field(ge=0, le=0.9, description="a number from 0 to 0.9")] = 0.4
    """Under .9: somebody goes home."""


class InjectTable(Table):
    """One thing that happens; see `InjectKind`."""

    kind: Annotated[InjectKind, Field(strict=False, description=" or ".join(InjectKind))]
    at: Time
    until: Time | None = None
    """None: until the end of the scenario."""
    zone: Reference | None = None
    to: Reference | None = None
    link: Reference | None = None
    devices: Annotated[
        list[Reference], Field(max_length=1_000, description="a list of devices")
    ] = []
    factor: Annotated[float, Field(ge=0, le=10, description="a number from 0 to 10")] | None = None
    people: (
        Annotated[int, Field(ge=0, le=100_000, description="a whole number from 0 to 100000")]
        | None
    ) = None
    text: (
        Annotated[str, Field(min_length=1, max_length=500, description="a text of 500 characters")]
        | None
    ) = None


class ScenarioTable(Table):
    """The whole file."""

    format: Annotated[Literal[1], Field(description="1")]
    name: Word
    text: Annotated[str, Field(max_length=2_000, description="a text of 2,000 characters")] = ""
    """What is practised: for whoever runs it."""
    site: Annotated[str, Field(max_length=4_096, description="a file, or a site's name")] | None = (
        None
    )
    """None: it is named when it is run. With one the scenario is of one city."""
    date: Day
    begins: Time | None = None
    """None: at BEGINS."""
    hours: (
        Annotated[float, Field(gt=0, le=HOURS_MAX, description=f"a number above 0 to {HOURS_MAX}")]
        | None
    ) = None
    """None: HOURS."""
    recorded: Annotated[str, Field(max_length=4_096, description="a file")] | None = None
    """A copy of a store; with it what boxes counted is played again, and nobody is drawn."""
    day: Day | None = None
    since: Annotated[Time | None, Field(alias="from")] = None
    to: Time | None = None
    seed: Annotated[int, Field(ge=0, le=2**31, description="a whole number from 0")] = 1
    """Another one draws another day of the same kind."""
    roles: dict[Word, Reference] = Field(default_factory=dict)
    profiles: Annotated[list[ProfileTable], Field(max_length=1_000)] = []
    injects: Annotated[list[InjectTable], Field(max_length=INJECTS_MAX)] = []


NEEDS: Mapping[InjectKind, tuple[frozenset[str], frozenset[str]]] = {
    InjectKind.GATE_CLOSES: (frozenset({"link"}), frozenset()),
    InjectKind.LINK_CLOSES: (frozenset({"link"}), frozenset()),
    InjectKind.TRAM_REROUTED: (frozenset({"zone", "factor"}), frozenset({"to"})),
    InjectKind.CROWD_ARRIVES: (frozenset({"zone", "people", "until"}), frozenset()),
    InjectKind.BOXES_FAIL: (frozenset({"devices"}), frozenset()),
    InjectKind.UPLINK_FAILS: (frozenset({"devices"}), frozenset()),
    InjectKind.CAMERA_DARK: (frozenset({"devices"}), frozenset()),
    InjectKind.COUNTER_LIES: (frozenset({"devices", "factor"}), frozenset()),
    InjectKind.COUNTER_STUCK: (frozenset({"devices"}), frozenset()),
    InjectKind.PERSON_SAYS: (frozenset({"zone", "people"}), frozenset()),
    InjectKind.MESSAGE: (frozenset({"text"}), frozenset({"zone"})),
}
"""Of each kind the keys that it needs, and those that it may have, besides kind, at and until."""
