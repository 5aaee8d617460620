# SPDX-License-Identifier: Apache-2.0
"""What a report says, as fusion takes it in: one observation for each line and zone of it."""

from collections.abc import Iterator

from fusion_service.estimate.intervals import Released, sums_of
from fusion_service.estimate.observation import Observation
from wire_contract.messages.report import LineCount, Report, RuleName, ZoneCount
from wire_contract.quality import Validity, validity


def observations_of(report: Report) -> Iterator[Observation]:
    """Yield what each line and zone of a report says."""
    for line in report.lines:
        yield _of_line(report, line)
    for zone in report.zones:
        yield _of_zone(report, zone)


def _of_line(report: Report, line: LineCount) -> Observation:
    parameters = ",".join(map(str, report.rule.parameters))
    known = [
        Released(count, low, high, 1, report.rule.name, parameters)
        for count, low, high in (
            (line.in_count, line.in_low, line.in_high),
            (line.out_count, line.out_low, line.out_high),
        )
        if count is not None
    ]
    sums = sums_of(known)
    withheld = 2 - len(known)
    count = None if withheld else float(sums.total or 0)
    net = None if withheld else float((line.in_count or 0) - (line.out_count or 0))
    limit = None
    if withheld and report.rule.name is RuleName.SUPPRESS_BELOW:
        limit = sum(one.number for one in known) + withheld * report.rule.parameters[0]
    is_open = any(one.low is not None and one.high is None for one in known)
    ends = sums.ends()
    return _observation(report, f"line/{line.id}", (count, net), ends, limit, is_open=is_open)


def _of_zone(report: Report, zone: ZoneCount) -> Observation:
    count = None if zone.mean is None else float(zone.mean)
    limit = None
    if count is None and report.rule.name is RuleName.SUPPRESS_BELOW:
        limit = report.rule.parameters[0]
    is_open = zone.mean_low is not None and zone.mean_high is None
    ends = (zone.mean_low, zone.mean_high)
    return _observation(report, f"zone/{zone.id}", (count, None), ends, limit, is_open=is_open)


def _observation(
    report: Report,
    name: str,
    numbers: tuple[float | None, float | None],
    ends: tuple[float | None, float | None],
    withheld_below: int | None,
    *,
    is_open: bool,
) -> Observation:
    count, net = numbers
    judged = validity(report.image_quality.code, report.image_quality.observed)
    low, high = ends
    if report.rule.name is RuleName.BUCKETS and low is not None and high is not None:
        count = (low + high) / 2.0
    if judged is Validity.COUNTED and is_open:
        judged = Validity.AT_LEAST
    counted = judged is not Validity.NOT_COUNTED
    return Observation(
        f"{report.device}/{name}",
        report.start_s,
        report.length_s,
        count if counted else None,
        net if counted else None,
        low if counted else None,
        high if counted else None,
        withheld_below if counted else None,
        judged,
        report.image_quality.code,
    )
