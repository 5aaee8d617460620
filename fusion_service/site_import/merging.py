# SPDX-License-Identifier: Apache-2.0
"""Areas of a drawing as zones of a site's file: new ones, or new borders of those it has. Pure.

Rule 1: what the file says of a zone besides its border stays, unless the drawing says it too. Rule
2: a zone that the drawing has not is kept.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fusion_service.errors import SiteError
from fusion_service.registry.geodesy import RD_NEW, area_m2, from_rd, is_on_rd
from fusion_service.site_import.feature import Feature, Ring

DECIMALS = 7
"""Of a degree: a centimetre."""
_IDS = ("id", "zone", "zone_id", "zone_code", "code", "name", "naam")
_NAMES = ("name", "naam", "title", "label")
_NUMBERS = {"usable_m2": float, "capacity": int}
_NAME_MAX, _ID_MAX = 100, 32


@dataclass(frozen=True, slots=True)
class Merged:
    """A site's file as a tree, and the ids of zones by what became of them."""

    tree: dict[str, Any]
    added: tuple[str, ...]
    redrawn: tuple[str, ...]
    untouched: tuple[str, ...]


def new_tree(site: str) -> dict[str, Any]:
    """Return the tree of a site that has no file yet."""
    return {"format": 1, "id": site, "zones": []}


def merged(
    tree: Mapping[str, Any], features: Sequence[Feature], *, id_column: str | None = None
) -> Merged:
    """Return a file's tree with the areas of a drawing as zones. Raises SiteError."""
    if not features:
        raise SiteError("got a drawing without areas, wanted zones; save the right layer")
    known = tree.get("zones")
    zones: list[dict[str, Any]] = [dict(one) for one in known] if isinstance(known, list) else []
    numbers = {one.get("id"): number for number, one in enumerate(zones)}
    seen: dict[str, str] = {}
    for feature in features:
        zone_id = _id_of(feature, id_column)
        if zone_id in seen:
            raise SiteError(
                f"{feature.where}: got the id {zone_id!r} again, as {seen[zone_id]} has it; give "
                "each area an id of its own, or name the column with --id-column"
            )
        seen[zone_id] = feature.where
        drawn = _zone_of(feature, zone_id)
        if zone_id in numbers:
            zones[numbers[zone_id]] |= drawn
        else:
            zones.append({"id": zone_id, **drawn})
    before = [str(name) for name in numbers]
    return Merged(
        {**tree, "zones": zones},
        tuple(one for one in seen if one not in before),
        tuple(one for one in seen if one in before),
        tuple(one for one in before if one not in seen),
    )


def _id_of(feature: Feature, column: str | None) -> str:
    lower = {key.lower(): value for key, value in feature.properties.items()}
    if column is not None:
        if column.lower() not in lower:
            raise SiteError(
                f"{feature.where}: got no column {column!r}, wanted one of: "
                f"{', '.join(sorted(lower))[:200]}; name one of these"
            )
        found = [lower[column.lower()]]
    else:
        found = [lower[name] for name in _IDS if isinstance(lower.get(name), str)]
        found += [lower[name] for name in ("id", "fid") if isinstance(lower.get(name), int)]
    text = next((str(one) for one in found if one is not None), "")
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_ID_MAX].strip("-")
    if slug.isdecimal():
        slug = f"zone-{slug}"[:_ID_MAX]
    if not slug:
        raise SiteError(
            f"{feature.where}: got nothing to name the zone by; add a column id, or name one with "
            "--id-column"
        )
    return slug


def _zone_of(feature: Feature, zone_id: str) -> dict[str, Any]:
    """Return the keys of a zone that a drawing says."""
    lower = {key.lower(): value for key, value in feature.properties.items()}
    drawn: dict[str, Any] = {}
    names = [str(lower[name]).strip() for name in _NAMES if isinstance(lower.get(name), str)]
    if names and names[0] not in {"", zone_id}:
        drawn["name"] = names[0][:_NAME_MAX]
    outer, *holes = (_in_degrees(ring, feature) for ring in feature.rings)
    if outer[0] == outer[-1]:
        outer = outer[:-1]
    drawn["polygon"] = [list(corner) for corner in outer]
    for key, kind in _NUMBERS.items():
        value = lower.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            drawn[key] = kind(value)
    if holes and "usable_m2" not in drawn:
        # Where nobody can stand is cut out of the border, and the zone has none.
        drawn["usable_m2"] = round(area_m2(outer) - sum(map(area_m2, holes)), 1)
    return drawn


def _in_degrees(ring: Ring, feature: Feature) -> Ring:
    """Return a ring in longitude and latitude. Raises SiteError for what the grid has not."""
    if feature.epsg != RD_NEW:
        return tuple((round(x, DECIMALS), round(y, DECIMALS)) for x, y in ring)
    outside = next((point for point in ring if not is_on_rd(*point)), None)
    if outside is not None:
        raise SiteError(
            f"{feature.where}: got {outside}, wanted metres of the Dutch grid, EPSG:{RD_NEW}; save "
            "the layer anew, in the coordinates that it says it has"
        )
    degrees = (from_rd(*point) for point in ring)
    return tuple((round(x, DECIMALS), round(y, DECIMALS)) for x, y in degrees)
