# SPDX-License-Identifier: Apache-2.0
"""Compare what a config draws with the frame that the camera gives.

It names what lies outside the frame, and what a mask leaves nothing of.

Asked by `edge-agent check` where the picture's size is known, and by the sensor and `replay` once
the camera is open.
"""

from dataclasses import dataclass

from edge_agent.config.geometry import Polygon, area, clipped, contains
from edge_agent.process_settings import Point, ViewSettings

SHAPE_TOLERANCE = 0.02
"""How far the shape of view may lie from the camera's.

1366 x 768 and 1280 x 720 are drawn and filmed as one.
"""
SAMPLES = 24
"""Points along a line, and across a picture, at which masks are asked."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn where nothing is seen, and what somebody should look at; a line each."""

    mistakes: tuple[str, ...]
    """With these something would count nothing for ever."""
    warnings: tuple[str, ...]
    shape: str = ""
    """How `view` has another shape than the camera's picture, empty where it has the same."""
    turned: bool = False
    """Whether one of the two lies and the other stands: no camera squeezes a picture so far."""


def hold_against(view: ViewSettings, *, width_px: int, height_px: int) -> Drawn:
    """Compare lines, zones and masks, and the shape of `view`, with a picture of this size."""
    width, height = float(view.frame_width_px or width_px), float(view.frame_height_px or height_px)
    parts = _parts(view)
    size = f"the picture, {width:g} x {height:g}"
    beside = {name for name, points in parts if _lies_beside(points, width, height)}
    mistakes = [
        f"{name}: lies outside {size}; draw it anew, or say in [view] for which frame it was drawn"
        for name in sorted(beside)
    ]
    crossing = [
        f"{name}: the point {_written(point)} lies outside {size}; what is there counts for nothing"
        for name, points in parts
        if name not in beside
        for point in points
        if not _is_inside(point, width, height)
    ]
    shape, turned = _shape(view, width_px=width_px, height_px=height_px)
    masked, under = _masked(view, width, height)
    return Drawn((*mistakes, *masked), (*crossing, *under), shape, turned)


def _parts(view: ViewSettings) -> list[tuple[str, Polygon]]:
    """Return everything that is drawn, by the name that the config has for it."""
    return [
        *((f"lines.{line.id}", (line.a, line.b)) for line in view.lines),
        *((f"zones.{zone.id}", zone.polygon) for zone in view.zones),
        *((f"masks[{index}]", polygon) for index, polygon in enumerate(view.masks)),
    ]


def _lies_beside(points: Polygon, width: float, height: float) -> bool:
    """Say whether nothing of a line or an area lies within the picture."""
    part = clipped(points, width=width, height=height)
    return not part if len(points) == 2 else len(part) < 3 or abs(area(part)) < 1.0  # noqa: PLR2004 - a line, an area


def _is_inside(point: Point, width: float, height: float) -> bool:
    return 0 <= point[0] <= width and 0 <= point[1] <= height


def _masked(view: ViewSettings, width: float, height: float) -> tuple[list[str], list[str]]:
    """Say what masks leave nothing of.

    Of the whole picture that is a mistake; of a line or zone somebody may have meant it.
    """
    if not view.masks:
        return [], []
    steps = [(index + 0.5) / SAMPLES for index in range(SAMPLES)]
    picture = [(x * width, y * height) for x in steps for y in steps]
    if _all_masked(view, picture):
        return [
            (
                "masks: together they blank the whole picture, so nobody would ever be seen; draw "
                "them smaller"
            )
        ], []
    along = [
        (
            f"lines.{line.id}",
            [
                (line.a[0] + t * (line.b[0] - line.a[0]), line.a[1] + t * (line.b[1] - line.a[1]))
                for t in steps
            ],
        )
        for line in view.lines
    ]
    within = [
        (f"zones.{zone.id}", [point for point in picture if contains(zone.polygon, point)])
        for zone in view.zones
    ]
    under = [
        f"{name}: lies under a mask, so who stands there is hidden; is that meant?"
        for name, points in (*along, *within)
        if points and _all_masked(view, points)
    ]
    return [], under


def _all_masked(view: ViewSettings, points: list[Point]) -> bool:
    return all(any(contains(mask, point) for mask in view.masks) for point in points)


def _shape(view: ViewSettings, *, width_px: int, height_px: int) -> tuple[str, bool]:
    """Say where `view` has another shape than the picture, and whether one lies and one stands."""
    if view.frame_width_px is None or view.frame_height_px is None:
        return "", False
    drawn, filmed = view.frame_width_px / view.frame_height_px, width_px / height_px
    if abs(drawn / filmed - 1.0) <= SHAPE_TOLERANCE:
        return "", False
    found = (
        f"view: {view.frame_width_px} x {view.frame_height_px} has another shape than the camera's "
        f"{width_px} x {height_px}"
    )
    return (
        f"{found}: lines and zones are stretched to fit; draw them on a picture of this camera",
        (drawn - 1) * (filmed - 1) < 0,
    )


def _written(point: Point) -> str:
    return f"({point[0]:g}, {point[1]:g})"
