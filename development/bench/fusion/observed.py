# SPDX-License-Identifier: Apache-2.0
"""A report as the store would give it back, so that scenes are read as a live site is."""

from fusion_service.estimate.observation import Observation
from fusion_service.estimation.observed import observations_of as observations_of_windows
from fusion_service.store.rows import LineRow, WindowRow, ZoneRow
from wire_contract.messages.report import LineCount, Report, ZoneCount


def observations_of(report: Report) -> list[Observation]:
    """Return what each line and zone of a report says."""
    return observations_of_windows([_window_of(report)])


def _window_of(report: Report) -> WindowRow:
    return WindowRow(
        id=0,
        site=report.site,
        device=report.device,
        stream=report.stream,
        sequence=report.sequence,
        start_s=report.start_s,
        length_s=report.length_s,
        received_ms=0,
        committed_ms=None,
        late=False,
        superseded=False,
        boot=report.boot,
        set_apart=None,
        overlaps=None,
        level=report.level,
        clock=report.clock,
        clock_quality=report.clock_quality,
        config_sha256=report.config,
        rule=report.rule.name,
        rule_parameters=report.rule.parameters,
        image_quality=report.image_quality,
        health=report.health,
        lines=tuple(map(_line_of, report.lines)),
        zones=tuple(map(_zone_of, report.zones)),
    )


def _line_of(one: LineCount) -> LineRow:
    ends = (one.in_low, one.in_high, one.out_low, one.out_high)
    return LineRow(one.id, one.in_count, one.out_count, *ends)


def _zone_of(one: ZoneCount) -> ZoneRow:
    ends = (one.mean_low, one.mean_high, one.peak_low, one.peak_high)
    return ZoneRow(one.id, one.mean, one.peak, one.speed, one.standing, *ends)
