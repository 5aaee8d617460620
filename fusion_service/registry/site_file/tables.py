# SPDX-License-Identifier: Apache-2.0
"""What may stand in a site's file, table by table. docs/SITE.md has a line for each key.

A key that may be left out is None here where its value follows from others; see build.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fusion_service.registry.site import RAMP_MIN, TrustClass
from wire_contract.messages.report import LINES_MAX, ZONES_MAX

ZONES_OF_A_SITE_MAX = 1_000
LINKS_MAX, ROUTES_MAX, DEVICES_MAX, SOURCES_MAX, MEASURES_MAX = 4_000, 500, 3_000, 1_000, 500
CORNERS_MAX = 500
"""Of one ring or path: a stretch of coast drawn every metre is simplified first."""
COUNTERS_MAX = LINES_MAX + ZONES_MAX
PEOPLE_MAX = 10_000_000
DENSITY_MAX = 6.0
"""People a square metre. Above 5.55 a crowd moves as a fluid, and nobody chooses where to go."""

OfABox = Literal["camera", "thermal", "radar", "beam"]
"""What a box of ours may count with."""
Id = Annotated[
    str, Field(pattern=r"^[a-z0-9-]{1,32}$", description="1 to 32 of a-z 0-9 -, such as pier-1")
]
Text = Annotated[
    str,
    Field(min_length=1, max_length=100, pattern=r"\S", description="1 to 100 characters"),
]
Sentence = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"\S", description="1 to 500 characters")
]
Degrees = Annotated[float, Field(allow_inf_nan=False)]
Pair = Annotated[
    tuple[Degrees, Degrees],
    Field(strict=False, description="[longitude, latitude] in degrees, such as [4.2786, 52.1175]"),
]
Corners = Annotated[
    tuple[Pair, ...],
    Field(
        strict=False,
        min_length=3,
        max_length=CORNERS_MAX + 1,
        description=f"3 to {CORNERS_MAX} corners [[longitude, latitude], ...]",
    ),
]
Path = Annotated[
    tuple[Pair, ...],
    Field(
        strict=False,
        min_length=2,
        max_length=CORNERS_MAX,
        description=f"2 to {CORNERS_MAX} points [[longitude, latitude], ...]",
    ),
]
People = Annotated[
    int, Field(ge=1, le=PEOPLE_MAX, description=f"a whole number of people, 1 to {PEOPLE_MAX:,}")
]
Density = Annotated[
    float,
    Field(
        gt=0,
        le=DENSITY_MAX,
        allow_inf_nan=False,
        description=f"people a square metre, above 0 to {DENSITY_MAX:g}",
    ),
]
SquareMetres = Annotated[
    float,
    Field(ge=1, le=10_000_000, allow_inf_nan=False, description="square metres, 1 to 10,000,000"),
]
Length = Annotated[
    float, Field(ge=0.1, le=20_000, allow_inf_nan=False, description="metres, 0.1 to 20,000")
]
Width = Annotated[
    float, Field(ge=0.3, le=500, allow_inf_nan=False, description="metres, 0.3 to 500")
]
LevelWord = Annotated[
    Literal["green", "yellow", "orange", "red"],
    Field(description='"green", "yellow", "orange" or "red"'),
]


class Table(BaseModel):
    """Base of every table: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ThresholdTable(Table):
    """From how many people, or which density, a level is proposed. Either is enough."""

    people: People | None = None
    density: Density | None = None


Thresholded = Annotated[
    ThresholdTable, Field(description="a table such as { people = 400, density = 1.1 }")
]


class ThresholdsTable(Table):
    """The three levels above green; one that is left out keeps its usual density."""

    yellow: Thresholded | None = None
    orange: Thresholded | None = None
    red: Thresholded | None = None


class ZoneTable(Table):
    """A stretch of the site for which there is one number."""

    id: Id
    name: Text | None = None
    """None: the id."""
    polygon: Corners
    usable_m2: SquareMetres | None = None
    """None: all of the polygon's area."""
    capacity: People | None = None
    """None: what is red by density, 3.57 people a usable square metre."""
    thresholds: Annotated[ThresholdsTable, Field(description="a table [zones.thresholds]")] = (
        ThresholdsTable()
    )
    """By default of density, and of the part of the capacity."""


class LinkTable(Table):
    """A way between two zones, or into or out of the site."""

    id: Id
    from_zone: Annotated[Id | None, Field(alias="from")] = None
    """None: outside the site."""
    to_zone: Annotated[Id | None, Field(alias="to")] = None
    """None: outside the site."""
    path: Path | None = None
    """None: straight from the middle of one zone to the middle of the other."""
    length_m: Length | None = None
    """None: the path's, or ten metres where there is none."""
    width_m: Width = 5.0
    """A path on which two groups pass each other."""


class RouteTable(Table):
    """A way that must stay free."""

    id: Id
    name: Text | None = None
    """None: the id."""
    path: Path
    width_m: Width = 3.5
    """What a fire engine needs."""


class CounterTable(Table):
    """One line or zone of a device, and what of the site it looks at."""

    line: Id | None = None
    """With `zone`, exactly one: as the device's own config names it."""
    zone: Id | None = None
    at_zone: Id | None = None
    """With `at_link`, exactly one."""
    at_link: Id | None = None
    in_toward: Id | None = None
    """None: where the link leads outside, in does."""
    share: Annotated[
        float | None,
        Field(gt=0, le=1, allow_inf_nan=False, description="a part of the zone, above 0 to 1"),
    ] = None
    """None: not known; fusion learns how the zone goes with it."""


Counters = Annotated[
    tuple[CounterTable, ...],
    Field(strict=False, max_length=COUNTERS_MAX, description="tables [[devices.counters]]"),
]


class DeviceTable(Table):
    """A device and where it stands."""

    id: Id
    position: Pair | None = None
    """None: not drawn."""
    height_m: Annotated[
        float | None,
        Field(ge=0, le=200, allow_inf_nan=False, description="metres above the ground, 0 to 200"),
    ] = None
    """None: not said."""
    bearing_deg: Annotated[
        float | None,
        Field(
            ge=0, le=360, allow_inf_nan=False, description="degrees clockwise from north, 0 to 360"
        ),
    ] = None
    """None: not said."""
    trust: Annotated[
        TrustClass, Field(strict=False, description='"box", "counter" or "person"')
    ] = TrustClass.BOX
    """Signed, and with its interval."""
    technology: Annotated[
        OfABox | None, Field(description='"camera", "thermal", "radar" or "beam"')
    ] = None
    """None: not said; a box says it itself once it is heard."""
    counters: Counters = ()
    """None: it looks at nothing of this site."""


Share = Annotated[
    float,
    Field(
        ge=-1,
        le=5,
        allow_inf_nan=False,
        description="a share of people from -1 to 5, such as -0.3 where three in ten leave",
    ),
]


class MeasureTable(Table):
    """What was agreed to be done at a level."""

    level: LevelWord
    text: Sentence
    organisation: Text
    zones: Annotated[
        tuple[Id, ...],
        Field(strict=False, max_length=ZONES_OF_A_SITE_MAX, description="a list of zones' ids"),
    ] = ()
    """Everywhere."""
    effect: Annotated[
        dict[Id, Share],
        Field(
            max_length=ZONES_OF_A_SITE_MAX, description="zones' ids, each with a share from -1 to 5"
        ),
    ] = Field(default_factory=dict)
    """Nobody says what it does; a forecast is not moved by it."""
    ramp_min: Annotated[
        float, Field(ge=0, le=240, allow_inf_nan=False, description="minutes, 0 to 240")
    ] = RAMP_MIN
    """Whoever is there has to be reached, and to walk."""
    closes: Annotated[
        tuple[Id, ...],
        Field(strict=False, max_length=LINKS_MAX, description="a list of links' ids"),
    ] = ()
    """Nothing is closed."""


def _many(kind: str, number: int) -> Any:  # noqa: ANN401 - as pydantic's own Field
    return Field(strict=False, max_length=number, description=f"at most {number} tables {kind}")


class SiteTable(Table):
    """The whole file."""

    format: Annotated[
        Literal[1], Field(description="1: the one format that this release reads")
    ] = 1
    id: Id
    name: Text | None = None
    """None: the id."""
    time_zone: Annotated[
        str, Field(min_length=1, max_length=64, description="such as Europe/Amsterdam")
    ] = "Europe/Amsterdam"
    """Where this was made for."""
    country: Annotated[
        str, Field(pattern="^[A-Z]{2}$", description="two letters of ISO 3166, such as NL")
    ] = "NL"
    """The same."""
    zones: Annotated[
        tuple[ZoneTable, ...],
        Field(
            strict=False,
            min_length=1,
            max_length=ZONES_OF_A_SITE_MAX,
            description=f"1 to {ZONES_OF_A_SITE_MAX} tables [[zones]]",
        ),
    ]
    links: Annotated[tuple[LinkTable, ...], _many("[[links]]", LINKS_MAX)] = ()
    """None: nobody knows who goes where."""
    emergency_routes: Annotated[
        tuple[RouteTable, ...], _many("[[emergency_routes]]", ROUTES_MAX)
    ] = ()
    """None drawn."""
    devices: Annotated[tuple[DeviceTable, ...], _many("[[devices]]", DEVICES_MAX)] = ()
    """Nobody counts."""
    sources: Annotated[tuple[dict[str, Any], ...], _many("[[sources]]", SOURCES_MAX)] = ()
    """Nobody else counts; see registry/source_file."""
    measures: Annotated[tuple[MeasureTable, ...], _many("[[measures]]", MEASURES_MAX)] = ()
    """Nothing is agreed."""
