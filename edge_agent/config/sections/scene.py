# SPDX-License-Identifier: Apache-2.0
"""What lies in the scene: lines, zones, masks, and what tells metres from pixels."""

import math
from itertools import combinations
from typing import Annotated, Self

from pydantic import Field, model_validator

from edge_agent.config.geometry import area, area_mistake
from edge_agent.config.sections.fields import Corner, Name, Section

CountMax = Annotated[int, Field(ge=1, le=65_535)]


class Line(Section):
    """A line to count at, from A to B.

    What a tally said of it comes from the file that `edge-agent calibrate` writes.
    """

    id: Name
    a: Corner
    b: Corner
    count_max: CountMax | None = None
    bias_permille: Annotated[int, Field(ge=-900, le=3000)] | None = None
    spread_permille: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if math.dist(self.a, self.b) < 1:
            raise ValueError("a and b are the same point; a line needs two")
        if (self.bias_permille is None) != (self.spread_permille is None):
            raise ValueError("bias_permille and spread_permille go together; give both or neither")
        return self


class Zone(Section):
    """An area whose occupancy is counted."""

    id: Name
    polygon: Annotated[tuple[Corner, ...], Field(min_length=3, max_length=32)]
    count_max: CountMax | None = None

    @model_validator(mode="after")
    def _is_an_area(self) -> Self:
        if mistake := area_mistake(self.polygon):
            raise ValueError(mistake)
        return self


class Mask(Section):
    """An area blanked before the model sees it: a door, a window, a terrace."""

    polygon: Annotated[tuple[Corner, ...], Field(min_length=3, max_length=32)]

    @model_validator(mode="after")
    def _is_an_area(self) -> Self:
        if mistake := area_mistake(self.polygon):
            raise ValueError(f"{mistake}: what it leaves out would be looked at")
        return self


class GroundPlane(Section):
    """Four points in the picture and where they lie on the ground, as measured by tape."""

    pixels: Annotated[tuple[Corner, ...], Field(min_length=4, max_length=4)]
    metres: Annotated[tuple[Corner, ...], Field(min_length=4, max_length=4)]

    @model_validator(mode="after")
    def _spans_a_plane(self) -> Self:
        for name, points in (("pixels", self.pixels), ("metres", self.metres)):
            if any(abs(area(three)) < 0.01 for three in combinations(points, 3)):  # noqa: PLR2004 - a sliver of a hundredth
                raise ValueError(
                    f"three of the four {name} lie on one straight line; measure points that span "
                    "the place"
                )
        return self


class PersonHeight(Section):
    """How tall a person was in the picture, and at which row they stood."""

    row_px: Annotated[float, Field(ge=0, le=4320)]
    height_px: Annotated[float, Field(ge=4, le=4320)]
