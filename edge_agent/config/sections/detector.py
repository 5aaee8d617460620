# SPDX-License-Identifier: Apache-2.0
"""How the model looks at the scene."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from edge_agent.config.sections.fields import Name, Section


class Detector(Section):
    """How the model looks at this scene. What is left out, the model's card recommends."""

    model: Name = "person-ssdlite"
    input_width_px: Annotated[int, Field(ge=96, le=1920)] | None = None
    input_height_px: Annotated[int, Field(ge=96, le=1920)] | None = None
    keep_aspect: bool | None = None
    confidence_min: Annotated[float, Field(ge=0.01, le=0.95)] | None = None
    confidence_high: Annotated[float, Field(ge=0.01, le=0.95)] | None = None
    overlap_max: Annotated[float, Field(ge=0.1, le=0.9)] = 0.5
    threads: Annotated[int, Field(ge=1, le=16)] = 1
    provider: Annotated[str, Field(pattern="^[A-Za-z]+ExecutionProvider$")] = "CPUExecutionProvider"
    full_look_s: Annotated[float, Field(ge=0, le=60)] = 4.0
    crop: bool = False
    tiles_each: Annotated[int, Field(ge=0, le=4)] = 0
    rate_min_hz: Annotated[float, Field(ge=1, le=60)] = 5.0

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.input_width_px is None) != (self.input_height_px is None):
            raise ValueError("input_width_px and input_height_px go together; give both or neither")
        if (
            self.confidence_min is not None
            and self.confidence_high is not None
            and self.confidence_min > self.confidence_high
        ):
            raise ValueError(
                "confidence_min is above confidence_high; weak detections lie below strong ones"
            )
        return self
