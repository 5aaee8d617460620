# SPDX-License-Identifier: Apache-2.0
"""Say what a window holds as fusion takes it in: one observation for each of its counters. Pure."""

from collections.abc import Iterable, Iterator

from fusion_service.estimate.intervals import Released, sums_of
from fusion_service.estimate.observation import Observation
from fusion_service.store.rows import LineRow, WindowRow, ZoneRow
from wire_contract.messages.report import RuleName
from wire_contract.quality import Validity, validity

Ends = tuple[float | None, float | None]


def line_id(device: str, line: str) -> str:
    """Name a device's line as a sensor."""
    return f"{device}/line/{line}"


def zone_id(device: str, zone: str) -> str:
    """Name a device's zone as a sensor."""
    return f"{device}/zone/{zone}"


def observations_of(windows: Iterable[WindowRow]) -> list[Observation]:
    """Return what every line and zone of the windows says, in their order."""
    return [one for window in windows for one in _of_window(window)]


def _of_window(window: WindowRow) -> Iterator[Observation]:
    for line in window.lines:
        yield _of_line(window, line)
    for zone in window.zones:
        yield _of_zone(window, zone)


def _of_line(window: WindowRow, line: LineRow) -> Observation:
    """Add up a line's two directions; their noise adds up as that of any two numbers of a place."""
    known = [
        Released(count, low, high, 1, window.rule, _parameters(window))
        for count, low, high in (
            (line.in_count, line.in_low, line.in_high),
            (line.out_count, line.out_low, line.out_high),
        )
        if count is not None
    ]
    sums = sums_of(known)
    withheld = 2 - len(known)
    is_open = any(one.low is not None and one.high is None for one in known)
    count = None if withheld else float(sums.total or 0)
    net = (
        None
        if line.in_count is None or line.out_count is None
        else float(line.in_count - line.out_count)
    )
    limit = _withheld_below(window, withheld, sum(one.number for one in known))
    sensor = line_id(window.device, line.line)
    return _observation(window, sensor, count, net, sums.ends(), limit, is_open=is_open)


def _of_zone(window: WindowRow, zone: ZoneRow) -> Observation:
    is_open = zone.mean_low is not None and zone.mean_high is None
    ends: Ends = (zone.mean_low, zone.mean_high)
    count = None if zone.mean is None else float(zone.mean)
    limit = _withheld_below(window, 1 if count is None else 0, 0)
    sensor = zone_id(window.device, zone.zone)
    return _observation(window, sensor, count, None, ends, limit, is_open=is_open)


def _observation(
    window: WindowRow,
    sensor: str,
    count: float | None,
    net: float | None,
    ends: Ends,
    withheld_below: int | None,
    *,
    is_open: bool,
) -> Observation:
    low, high = ends
    if window.rule == RuleName.BUCKETS and count is not None and None not in ends:
        count = (float(low or 0) + float(high or 0)) / 2.0
    judged = validity(window.image_quality.code, window.image_quality.observed)
    if is_open and judged is Validity.COUNTED:
        judged = Validity.AT_LEAST
    is_counted = judged is not Validity.NOT_COUNTED
    return Observation(
        sensor=sensor,
        start_s=window.start_s,
        length_s=window.length_s,
        count=count if is_counted else None,
        net=net if is_counted else None,
        low=low if is_counted else None,
        high=high if is_counted else None,
        withheld_below=withheld_below if is_counted else None,
        validity=judged,
        code=window.image_quality.code,
    )


def _withheld_below(window: WindowRow, withheld: int, known: int) -> int | None:
    """Return what a sum of withheld and known counts is less than; None where none is withheld."""
    if not withheld or window.rule != RuleName.SUPPRESS_BELOW or not window.rule_parameters:
        return None
    return known + withheld * window.rule_parameters[0]


def _parameters(window: WindowRow) -> str:
    return ",".join(map(str, window.rule_parameters))


def ended(observation: Observation) -> int:
    """Return when an observation's window ended, unix seconds."""
    return observation.start_s + observation.length_s
