# SPDX-License-Identifier: Apache-2.0
"""What may be asked of the API. Every list is limited, and an unknown word is refused."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

LIMIT_MAX = 500
STEPS_MAX = 2_000
"""A chart has fewer pixels across."""
TIME_S_MAX = 2**40
ID_MAX = 2**53

Name = Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")]
TimeS = Annotated[int, Field(ge=0, le=TIME_S_MAX)]
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX)]


class _Query(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SitesQuery(_Query):
    """A page of sites: those after a name."""

    after: Annotated[str, Field(pattern="^[a-z0-9-]{0,32}$")] = ""
    limit: Limit = 100


class DevicesQuery(_Query):
    """A page of devices: those after `SITE/DEVICE`."""

    after: Annotated[str, Field(pattern="^([a-z0-9-]{1,32}/[a-z0-9-]{1,32})?$")] = ""
    limit: Limit = 100


class LatestQuery(_Query):
    """A page of what came last: those before an id."""

    before: Annotated[int, Field(ge=1, le=ID_MAX)] = ID_MAX
    limit: Limit = 100


class WindowsQuery(LatestQuery):
    """A page of the windows that came last: those before an id.

    With `late=true` only those that came late.
    """

    late: bool = False


class GapsQuery(_Query):
    """A page of gaps: those after `SITE/DEVICE/STREAM/FIRST`."""

    after: Annotated[
        str, Field(pattern="^([a-z0-9-]{1,32}/[a-z0-9-]{1,32}/[0-9a-f-]{36}/[0-9]{1,16})?$")
    ] = ""
    limit: Limit = 100


class DeviceWindowsQuery(_Query):
    """A page of a device's windows, latest start first: those before `START-ID`."""

    before: Annotated[str, Field(pattern="^[0-9]{1,13}-[0-9]{1,16}$")] = f"{TIME_S_MAX + 1}-0"
    limit: Limit = 100


class SeriesQuery(_Query):
    """A device's time, from one UTC second to before another, in steps of whole seconds."""

    site: Name
    device: Name
    from_s: Annotated[TimeS, Field(alias="from")]
    to_s: Annotated[TimeS, Field(alias="to")]
    step_s: Annotated[int, Field(alias="step", ge=1, le=86_400)] = 60

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if self.to_s <= self.from_s:
            raise PydanticCustomError("order", "to: wanted later than from")
        if -(-(self.to_s - self.from_s) // self.step_s) > STEPS_MAX:
            raise PydanticCustomError(
                "steps",
                f"step: wanted at most {STEPS_MAX} steps between from and to; ask for longer steps",
            )
        return self


class LineSeriesQuery(SeriesQuery):
    """A line of a device, from one UTC second to before another, in steps of whole seconds."""

    line: Name


class ZoneSeriesQuery(SeriesQuery):
    """A zone of a device, from one UTC second to before another, in steps of whole seconds."""

    zone: Name
