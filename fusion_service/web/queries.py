# SPDX-License-Identifier: Apache-2.0
"""What may be asked of the API. Every list is limited, and an unknown word is refused."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fusion_service.store.port import Began
from fusion_service.web.form.instants import TIME_S_MAX, AskedS

LIMIT_MAX = 500
STEPS_MAX = 2_000
"""A chart has fewer pixels across."""
ID_MAX = 2**53

Name = Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")]
Limit = Annotated[int, Field(ge=1, le=LIMIT_MAX)]


DAYS_MAX = 31
"""Days in one answer."""


def _written_day(given: object) -> object:
    """Let through a day as RFC 3339 writes it; a day of before 1970 or of no year is no mistake."""
    text = str(given)
    if re.fullmatch(r"0000-\d\d-\d\d", text):
        return f"0001{text[4:]}"
    return text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else "no day"


class AnyQuery(BaseModel):
    """Base of every query: frozen, and an unknown word is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoQuery(AnyQuery):
    """Nothing may be asked besides the path."""


class SitesQuery(AnyQuery):
    """A page of sites: those after a name."""

    after: Annotated[str, Field(pattern="^[a-z0-9-]{0,32}$")] = ""
    limit: Limit = 100


class DevicesQuery(AnyQuery):
    """A page of devices: those after `SITE/DEVICE`."""

    after: Annotated[str, Field(pattern="^([a-z0-9-]{1,32}/[a-z0-9-]{1,32})?$")] = ""
    limit: Limit = 100


class LatestQuery(AnyQuery):
    """A page of what came last: those before an id."""

    before: Annotated[int, Field(ge=1, le=ID_MAX)] = ID_MAX
    limit: Limit = 100


class BeganQuery(AnyQuery):
    """When the windows began that are asked for: from a time to before another."""

    from_s: Annotated[AskedS, Field(alias="from")] = 0
    to_s: Annotated[AskedS | None, Field(alias="to")] = None

    @property
    def began(self) -> Began | None:
        """Return the span that was asked for; None for any."""
        if self.from_s == 0 and self.to_s is None:
            return None
        return Began(self.from_s, TIME_S_MAX + 1 if self.to_s is None else self.to_s)


class WindowsQuery(LatestQuery, BeganQuery):
    """A page of the windows that came last: those before an id.

    With `late=true` only those that came late.
    """

    late: Literal["true", "false"] = "false"


class GapsQuery(AnyQuery):
    """A page of gaps: those after `SITE/DEVICE/STREAM/FIRST`."""

    after: Annotated[
        str, Field(pattern="^([a-z0-9-]{1,32}/[a-z0-9-]{1,32}/[0-9a-f-]{36}/[0-9]{1,16})?$")
    ] = ""
    limit: Limit = 100


class DeviceWindowsQuery(BeganQuery):
    """A page of a device's windows, latest start first: those before `START-ID`."""

    before: Annotated[str, Field(pattern="^[0-9]{1,13}-[0-9]{1,16}$")] = f"{TIME_S_MAX + 1}-0"
    limit: Limit = 100


class SeriesQuery(AnyQuery):
    """A device's time, from one moment to before another, in steps of whole seconds.

    Where `to` is not later than `from` there is no step between them.
    """

    site: Name
    device: Name
    from_s: Annotated[AskedS, Field(alias="from")]
    to_s: Annotated[AskedS, Field(alias="to")]
    step_s: Annotated[int, Field(alias="step", ge=1, le=86_400)] = 60

    @property
    def end_s(self) -> int:
        """Return where this answer ends: at `to`, or after STEPS_MAX steps."""
        return max(self.from_s, min(self.to_s, self.from_s + STEPS_MAX * self.step_s))

    @property
    def next_s(self) -> int | None:
        """Return the `from` of the next part; None where this answer is whole."""
        return self.end_s if self.end_s < self.to_s else None


class DaysQuery(AnyQuery):
    """Local days, from one to before another.

    timezone: by whose midnight, a name of IANA's; the site's own where none is named.
    """

    first: Annotated[date, BeforeValidator(_written_day), Field(alias="from")]
    end: Annotated[date, BeforeValidator(_written_day), Field(alias="to")]
    timezone: (
        Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}$")]
        | None
    ) = None


class LineSeriesQuery(SeriesQuery):
    """A line of a device, from one moment to before another, in steps of whole seconds."""

    line: Name


class ZoneSeriesQuery(SeriesQuery):
    """A zone of a device, from one moment to before another, in steps of whole seconds."""

    zone: Name
