# SPDX-License-Identifier: Apache-2.0
"""What sections of a config must be together: each check returns a line for each mistake. Pure."""

from collections.abc import Iterable, Sequence

from edge_agent.config.privacy_loss import EPSILON_MIN, Counted, epsilon_of, passage
from edge_agent.config.sections.camera import Camera, View
from edge_agent.config.sections.disclosure import EPSILON_MAX, Disclosure, Window
from edge_agent.config.sections.scene import Line, Mask, PersonHeight, Zone
from edge_agent.process_settings import Source
from wire_contract.messages.report import Clock


def counts_nothing(lines: Sequence[Line], zones: Sequence[Zone]) -> list[str]:
    """Name a config without a line and without a zone."""
    if lines or zones:
        return []
    return ["lines, zones: got none of either, wanted at least one line or zone"]


def epsilon_of_a_number(disclosure: Disclosure, counted: Counted) -> float:
    """Return what is left for each number of the budget of a passage."""
    return epsilon_of(disclosure.passage_epsilon or 0.0, counted, disclosure.passage_s)


def budget_out_of_range(disclosure: Disclosure, counted: Counted) -> list[str]:
    """Name a budget of a passage that leaves too little or too much for a number."""
    budget = disclosure.passage_epsilon
    if budget is None:
        return []
    each = epsilon_of_a_number(disclosure, counted)
    numbers = passage(counted, disclosure.passage_s).numbers
    got = (
        f"disclosure.passage_epsilon: got {budget:g}, so {each:g} for each of the {numbers} "
        "numbers of a passage"
    )
    if each < EPSILON_MIN:
        change = (
            "raise it, lengthen window.length_s, shorten disclosure.passage_s, drop a line or "
            "zone, or leave class_epsilon out"
        )
        return [f"{got}, wanted {EPSILON_MIN:g} or more: under it a number is all noise; {change}"]
    return [f"{got}, wanted {EPSILON_MAX:g} or less; lower it"] if each > EPSILON_MAX else []


def ids_given_twice(lines: Sequence[Line], zones: Sequence[Zone]) -> list[str]:
    """Name each id that several lines or zones have."""
    ids = [line.id for line in lines] + [zone.id for zone in zones]
    return [
        f"lines, zones: the id {name!r} is given twice; ids must differ"
        for name in sorted({one for one in ids if ids.count(one) > 1})
    ]


def points_outside_the_view(
    view: View | None, lines: Iterable[Line], zones: Iterable[Zone], masks: Iterable[Mask]
) -> list[str]:
    """Name each point that lies outside the frame of `view`."""
    if view is None:
        return []
    width, height = view.frame_width_px, view.frame_height_px
    shapes: list[tuple[str, Sequence[tuple[float, float]]]] = [
        (f"lines.{line.id}", (line.a, line.b)) for line in lines
    ]
    shapes += [(f"zones.{zone.id}", zone.polygon) for zone in zones]
    shapes += [(f"masks[{index}]", mask.polygon) for index, mask in enumerate(masks)]
    return [
        f"{name}: the point {point} lies outside the frame of view, {width} x {height}"
        for name, points in shapes
        for point in points
        if not (0 <= point[0] <= width and 0 <= point[1] <= height)
    ]


def clock_unfit_for_camera(window: Window, camera: Camera) -> list[str]:
    """Name a clock that the camera cannot follow, or an offset that is too long for a window."""
    if window.clock is Clock.REPLAY and camera.source is not Source.FILE:
        return ["window.clock: got replay with a live camera; replay is for a file"]
    if window.clock is Clock.LIVE and (window.release_offset_s or 0) + 1 >= window.length_s:
        got = f"window.release_offset_s: got {window.release_offset_s}"
        return [f"{got}, wanted less than window.length_s - 1"]
    return []


def heights_that_tell_no_scale(heights: Sequence[PersonHeight]) -> list[str]:
    """Name two people's heights from which no distance follows."""
    if not heights:
        return []
    if len(heights) == 1:
        return ["person_heights: got one, wanted two people at two places, or none"]
    upper, lower = sorted(heights, key=lambda one: one.row_px)
    if lower.row_px - upper.row_px < 1 or lower.height_px <= upper.height_px:
        wanted = "wanted two rows, and at the lower one (the larger row_px) the taller person"
        return [f"person_heights: {wanted}"]
    return []
