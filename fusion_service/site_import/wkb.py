# SPDX-License-Identifier: Apache-2.0
"""The bytes of an area in a GeoPackage: its header, and well-known binary. Pure.

Source: OGC 12-128r19 (GeoPackage 1.4), 2.1.3; OGC 06-103r4 (Simple features), 8.2.
"""

import math
import struct

from fusion_service.errors import SiteError
from fusion_service.site_import.feature import RING_CORNERS_MAX, Point, Ring, one_part

_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_HEADER_BYTES = 8
_POLYGON, _MULTI_POLYGON = 3, 6
_EMPTY, _EXTENDED = 0x10, 0x20
_EWKB_Z, _EWKB_M, _EWKB_SRID = 0x80000000, 0x40000000, 0x20000000
_RINGS_MAX, _PARTS_MAX = 1_000, 1_000


class _Bytes:
    """Bytes that are read from the front; struct.error where there are no more."""

    def __init__(self, raw: bytes, at: int) -> None:
        self.raw, self.at, self.order = raw, at, "<"

    def read(self, code: str) -> tuple[float, ...]:
        layout = struct.Struct(self.order + code)
        found = layout.unpack_from(self.raw, self.at)
        self.at += layout.size
        return found

    def count(self, highest: int, *, least: int = 0) -> int:
        number = int(self.read("I")[0])
        if not least <= number <= highest:
            raise struct.error(f"{number}, wanted {least} to {highest}")
        return number


def read_area(blob: bytes, where: str) -> tuple[Ring, ...]:
    """Return the rings of a geometry: a polygon, or a multipolygon of one part.

    Raises SiteError for other kinds, and for bytes that are none.
    """
    if len(blob) < _HEADER_BYTES or blob[:2] != b"GP":
        raise SiteError(f"{where}: got no geometry of a GeoPackage; save the layer anew")
    flags = blob[3]
    envelope = _ENVELOPE_BYTES.get(flags >> 1 & 0x07)
    if envelope is None or flags & _EXTENDED:
        raise SiteError(f"{where}: got an extended geometry, wanted a polygon; save it as one")
    if flags & _EMPTY:
        return one_part([()], where)
    try:
        parts = _parts(_Bytes(blob, _HEADER_BYTES + envelope), where)
    except struct.error as error:
        raise SiteError(
            f"{where}: got a geometry that is cut short or damaged ({error}); save the layer anew"
        ) from error
    return one_part(parts, where)


def _parts(source: _Bytes, where: str) -> list[tuple[Ring, ...]]:
    kind, dimensions = _kind(source)
    if kind == _POLYGON:
        return [_polygon(source, dimensions)]
    if kind != _MULTI_POLYGON:
        raise SiteError(
            f"{where}: got geometry type {kind}, wanted a polygon; keep the zones alone"
        )
    parts = []
    for _ in range(source.count(_PARTS_MAX)):
        kind, dimensions = _kind(source)
        if kind != _POLYGON:
            raise struct.error(f"type {kind} in a multipolygon")
        parts.append(_polygon(source, dimensions))
    return parts


def _kind(source: _Bytes) -> tuple[int, int]:
    """Return the type of the next geometry, and how many numbers a point of it has."""
    (order,) = source.read("B")
    source.order = "<" if order == 1 else ">"
    (code,) = map(int, source.read("I"))
    if code & _EWKB_SRID:
        source.read("I")
    extra = bool(code & _EWKB_Z) + bool(code & _EWKB_M)
    thousands, kind = divmod(code & 0xFFFF, 1000)
    return kind, 2 + max(extra, {0: 0, 1: 1, 2: 1, 3: 2}.get(thousands, 0))


def _polygon(source: _Bytes, dimensions: int) -> tuple[Ring, ...]:
    return tuple(
        tuple(_point(source, dimensions) for _ in range(source.count(RING_CORNERS_MAX, least=1)))
        for _ in range(source.count(_RINGS_MAX))
    )


def _point(source: _Bytes, dimensions: int) -> Point:
    x, y, *_ = source.read("d" * dimensions)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise struct.error("a corner that is nowhere")
    return x, y
