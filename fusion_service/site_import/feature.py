# SPDX-License-Identifier: Apache-2.0
"""One area of a drawing, before it is a zone. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fusion_service.errors import SiteError
from fusion_service.registry.geodesy import RD_NEW, WGS84

Point = tuple[float, float]
Ring = tuple[Point, ...]
FEATURES_MAX = 1_000
RING_CORNERS_MAX = 100_000
"""Above any zone; the site's own bound is far lower, and says so."""


@dataclass(frozen=True, slots=True)
class Feature:
    """An area and what is said of it.

    where names it in messages. rings: the outer one first, then holes, as (x, y) in the
    coordinates that `epsg` names: longitude and latitude, or metres.
    """

    where: str
    properties: Mapping[str, object]
    rings: tuple[Ring, ...]
    epsg: int


def known_epsg(epsg: int, where: str) -> int:
    """Return a number of EPSG that can be read. Raises SiteError for another."""
    if epsg not in {WGS84, RD_NEW}:
        raise SiteError(
            f"{where}: got coordinates of EPSG:{epsg}, wanted EPSG:{WGS84} (degrees) or "
            f"EPSG:{RD_NEW} (the Dutch grid); save the drawing in one of the two"
        )
    return epsg


def one_part(parts: Sequence[tuple[Ring, ...]], where: str) -> tuple[Ring, ...]:
    """Return the one polygon of several parts. Raises SiteError where there are more, or none."""
    if len(parts) != 1:
        raise SiteError(
            f"{where}: got an area of {len(parts)} parts, wanted one; make a zone of each part"
        )
    if not parts[0]:
        raise SiteError(f"{where}: got an empty area, wanted a polygon; draw it or delete it")
    return parts[0]
