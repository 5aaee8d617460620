# SPDX-License-Identifier: Apache-2.0
"""What may be asked of the picture."""

from typing import Annotated, Final, Literal

from pydantic import Field

from fusion_service.web.form.instants import AskedMs, AskedS
from fusion_service.web.queries import AnyQuery

ESTIMATES_MAX = 1_440
"""A day of minutes."""
FEATURES_MAX = 1_000
CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
RD_NEW: Final = "http://www.opengis.net/def/crs/EPSG/0/28992"
Crs = Literal[
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/EPSG/0/28992"
]
Corners = Annotated[
    str,
    Field(
        pattern=r"^-?[0-9]{1,7}(\.[0-9]{1,12})?(,-?[0-9]{1,7}(\.[0-9]{1,12})?){3}$",
        description="west,south,east,north",
    ),
]


class EstimatesQuery(AnyQuery):
    """A zone's numbers from one moment to before another, as known now or by a moment.

    format: `csv` for a table; an Accept header of text/csv asks the same.
    """

    from_s: Annotated[AskedS, Field(alias="from")]
    to_s: Annotated[AskedS, Field(alias="to")]
    known_by_ms: Annotated[AskedMs | None, Field(alias="knownBy")] = None
    limit: Annotated[int, Field(ge=1, le=ESTIMATES_MAX)] = ESTIMATES_MAX
    format: Literal["json", "csv"] | None = None


class MomentQuery(AnyQuery):
    """A moment, as it is known now or was known by another."""

    at_s: Annotated[AskedS, Field(alias="at")]
    known_by_ms: Annotated[AskedMs | None, Field(alias="knownBy")] = None


class ItemsQuery(AnyQuery):
    """A page of features: those in a box, of a site, from the n-th on."""

    bbox: Corners | None = None
    bbox_crs: Annotated[Crs, Field(alias="bbox-crs")] = CRS84
    crs: Crs = CRS84
    site: Annotated[str, Field(pattern="^[a-z0-9-]{1,32}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=FEATURES_MAX)] = 100
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class ItemQuery(AnyQuery):
    """One feature, in a system of coordinates."""

    crs: Crs = CRS84
