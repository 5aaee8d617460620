# SPDX-License-Identifier: Apache-2.0
"""Read the windows behind a series; estimate/series.py sums them."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from fusion_service.estimate.series import Cap, Window
from fusion_service.store.caps import Caps
from fusion_service.store.port import Began, LineSumRow, Span
from wire_contract.quality import Validity, validity

_WINDOWS = (
    "SELECT (r.start_s - ?2) / ?4, r.length_s, r.quality_code, r.quality_observed, "
    "r.config_sha256, r.rule, r.rule_parameters, "
)
_OF_SPAN = (
    "c.report_id = r.id AND c.{kind} = ?5 WHERE r.device_id = ?1 AND r.start_s >= ?2 AND r.start_s "
    "< ?3 AND r.set_apart IS NULL ORDER BY r.start_s, r.id"
)
_LINES = (
    f"{_WINDOWS} c.in_count, c.in_low, c.in_high, c.out_count, c.out_low, c.out_high FROM report r "
    f"LEFT JOIN line_count c ON {_OF_SPAN.format(kind='line')}"
)
_ZONES = (
    f"{_WINDOWS} c.mean, c.mean_low, c.mean_high, c.peak, c.peak_low, c.peak_high FROM report r "
    f"LEFT JOIN zone_count c ON {_OF_SPAN.format(kind='zone')}"
)
_SUMS = (
    "SELECT d.name, c.line, r.quality_code, r.quality_observed, count(*), sum(c.in_count), "
    "sum(c.out_count) FROM device d JOIN report r ON r.device_id = d.id JOIN line_count c ON "
    "c.report_id = r.id WHERE d.site = ? AND r.start_s >= ? AND r.start_s < ? AND r.set_apart IS "
    "NULL GROUP BY d.name, c.line, r.quality_code, r.quality_observed"
)


def line_windows(
    connection: sqlite3.Connection, device_id: int, span: Span, line: str
) -> Iterator[Window]:
    """Yield the windows that began in a span, with a line's crossings each way."""
    return _windows(connection, _LINES, device_id, span, line)


def zone_windows(
    connection: sqlite3.Connection, device_id: int, span: Span, zone: str
) -> Iterator[Window]:
    """Yield the windows that began in a span, with a zone's mean and peak."""
    return _windows(connection, _ZONES, device_id, span, zone)


def line_sums(connection: sqlite3.Connection, site: str, began: Began) -> list[LineSumRow]:
    """Sum every line of a site over the windows that began in a time; see `Archive`.

    SQLite adds up; how a window's counts are to be read is said by its image quality, of which
    there are few.
    """
    found: dict[tuple[str, str], LineSumRow] = {}
    for device, line, code, observed, windows, entered, left in connection.execute(
        _SUMS, (site, began.from_s, began.to_s)
    ):
        known = found.get((device, line), LineSumRow(device, line, 0, 0, None, None))
        if validity(code, observed) is Validity.NOT_COUNTED:
            found[device, line] = replace(known, not_counted=known.not_counted + windows)
        else:
            found[device, line] = replace(
                known,
                windows=known.windows + windows,
                in_sum=_added(known.in_sum, entered),
                out_sum=_added(known.out_sum, left),
            )
    return [found[place] for place in sorted(found)]


def _added(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def cap_of(caps: Caps | None, name: str, *, is_line: bool) -> Cap | None:
    """Return the cap of one line or zone; None where no meta names one."""
    if caps is None:
        return None
    count_max = (caps.lines if is_line else caps.zones).get(name)
    return Cap(caps.config_sha256, count_max, caps.window_s)


def _windows(
    connection: sqlite3.Connection, query: str, device_id: int, span: Span, name: str
) -> Iterator[Window]:
    place = (device_id, span.from_s, span.to_s, span.step_s, name)
    for *window, count, low, high, other, other_low, other_high in connection.execute(query, place):
        step, length_s, code, observed, config, rule, parameters = window
        numbers = ((count, low, high), (other, other_low, other_high))
        yield Window(step, length_s, code, observed, config, rule, parameters, *numbers)
