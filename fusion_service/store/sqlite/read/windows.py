# SPDX-License-Identifier: Apache-2.0
"""Read windows with their counts, each under the caps that its box's meta names."""

import sqlite3

from fusion_service.store.caps import Caps
from fusion_service.store.port import Began, Counted
from fusion_service.store.rows import LineRow, WindowRow, ZoneRow
from fusion_service.store.set_apart import Apart
from wire_contract.messages.report import Health, ImageQuality
from wire_contract.messages.versions import read_meta

_WINDOW = (
    "SELECT r.id, d.site, d.name, st.uuid, e.sequence, r.start_s, r.length_s, r.received_ms, "
    "b.committed_ms, r.late, r.level, r.clock, r.clock_quality, r.config_sha256, r.rule, "
    "r.rule_parameters, r.quality_code, r.quality_observed, r.quality_rate, r.quality_difficulty, "
    "r.temperature, r.disk, r.outbox, r.link, r.device_id, r.boot, r.set_apart, r.overlaps FROM "
    "report r JOIN entry e ON e.id = r.id JOIN stream st ON st.id = e.stream_id JOIN device d ON "
    "d.id = r.device_id JOIN batch b ON b.id = r.batch_id "
)
NEWEST_MAX = 5_000
"""Windows that are looked through for a name: three days of minutes, a few milliseconds."""
_LINES = (
    "SELECT line, in_count, out_count, in_low, in_high, out_low, out_high FROM line_count WHERE "
    "report_id = ?"
)
_ZONES = (
    "SELECT zone, mean, peak, speed, standing, mean_low, mean_high, peak_low, peak_high FROM "
    "zone_count WHERE report_id = ?"
)


def latest(
    connection: sqlite3.Connection,
    *,
    before_id: int,
    limit: int,
    late: bool,
    began: Began | None = None,
) -> list[WindowRow]:
    """Return windows of every device, the last committed first; see `Archive`."""
    window, only, given = _WINDOW, "AND r.late" if late else "", [before_id]
    if began is not None:
        # Named, because a walk along the rows would read all that came after the time asked for.
        window = _WINDOW.replace("report r JOIN", "report r INDEXED BY report_by_start JOIN")
        only += " AND r.device_id IN (SELECT id FROM device) AND r.start_s >= ? AND r.start_s < ?"
        given += [began.from_s, began.to_s]
    query = f"{window} WHERE r.id < ? {only} ORDER BY r.id DESC LIMIT ?"
    return _windows(connection, connection.execute(query, (*given, limit)).fetchall())


def one(connection: sqlite3.Connection, report_id: int | None) -> WindowRow | None:
    """Return a window by its row."""
    rows = connection.execute(_WINDOW + "WHERE r.id = ?", (report_id,)).fetchall()
    return next(iter(_windows(connection, rows)), None)


def of_device(
    connection: sqlite3.Connection,
    device_id: int,
    before: tuple[int, int],
    limit: int,
    *,
    began: Began | None = None,
) -> list[WindowRow]:
    """Return windows of one device, the latest start first; see `Archive`."""
    query = (
        _WINDOW
        + "WHERE r.device_id = ? AND (r.start_s, r.id) < (?, ?) AND r.start_s >= ? ORDER BY "
        "r.start_s DESC, r.id DESC LIMIT ?"
    )
    from_s, until = 0, before
    if began is not None:
        from_s, until = began.from_s, min(before, (began.to_s, 0))
    place = (device_id, *until, from_s, limit)
    return _windows(connection, connection.execute(query, place).fetchall())


def counts_at(connection: sqlite3.Connection, device_id: int, kind: Counted, name: str) -> bool:
    """Say whether a device's meta, or one of its newest windows, names a line or zone."""
    caps = caps_of(connection, device_id)
    if caps is not None and name in (caps.lines if kind is Counted.LINE else caps.zones):
        return True
    query = (
        f"SELECT EXISTS (SELECT 1 FROM (SELECT id FROM report WHERE device_id = ? ORDER BY start_s "  # noqa: S608 - constants
        f"DESC LIMIT {NEWEST_MAX}) r JOIN {kind.value}_count c ON c.report_id = r.id AND "
        f"c.{kind.value} = ?)"
    )
    (found,) = connection.execute(query, (device_id, name)).fetchone()
    return bool(found)


def in_sums(
    connection: sqlite3.Connection, where: str, values: tuple[object, ...]
) -> list[WindowRow]:
    """Return windows that are in sums and fit a condition, which is one of this package."""
    query = f"{_WINDOW} WHERE r.set_apart IS NULL AND {where}"
    return _windows(connection, connection.execute(query, values).fetchall())


def _windows(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[WindowRow]:
    caps = {
        device_id: caps_of(connection, device_id)
        for device_id in {row["device_id"] for row in rows}
    }
    return [_window(connection, row, caps[row["device_id"]]) for row in rows]


def caps_of(connection: sqlite3.Connection, device_id: int) -> Caps | None:
    """Return the caps that a device's meta names; None where no meta came."""
    row = connection.execute(
        "SELECT payload FROM meta WHERE device_id = ?", (device_id,)
    ).fetchone()
    return None if row is None else Caps.of(read_meta(row[0]))


def _window(connection: sqlite3.Connection, row: sqlite3.Row, caps: Caps | None) -> WindowRow:
    lines = [(LineRow(*line), False) for line in connection.execute(_LINES, (row[0],))]
    zones = [(ZoneRow(*zone), False) for zone in connection.execute(_ZONES, (row[0],))]
    if caps is not None and caps.config_sha256 == row["config_sha256"]:
        lines = [caps.of_line(line, row["length_s"]) for line, _ in lines]
        zones = [caps.of_zone(zone) for zone, _ in zones]
    return WindowRow(
        id=row["id"],
        site=row["site"],
        device=row["name"],
        stream=row["uuid"],
        sequence=row["sequence"],
        start_s=row["start_s"],
        length_s=row["length_s"],
        received_ms=row["received_ms"],
        committed_ms=row["committed_ms"],
        late=bool(row["late"]),
        superseded=row["set_apart"] == Apart.SUPERSEDED,
        boot=row["boot"],
        set_apart=None if row["set_apart"] is None else Apart(row["set_apart"]),
        overlaps=row["overlaps"],
        level=row["level"],
        clock=row["clock"],
        clock_quality=row["clock_quality"],
        config_sha256=row["config_sha256"],
        rule=row["rule"],
        rule_parameters=tuple(int(part) for part in row["rule_parameters"].split(",") if part),
        image_quality=ImageQuality(
            row["quality_code"],
            row["quality_observed"],
            row["quality_rate"],
            row["quality_difficulty"],
        ),
        health=Health(row["temperature"], row["disk"], row["outbox"], row["link"]),
        lines=tuple(line for line, _ in lines),
        zones=tuple(zone for zone, _ in zones),
        at_cap=any(at_cap for _, at_cap in (*lines, *zones)),
    )
