# SPDX-License-Identifier: Apache-2.0
"""Read the store.

Each call has its own read-only connection and one snapshot, so a reader never waits for the writer.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fusion_service.estimate.intervals import COLUMNS, Sums, sums_of
from fusion_service.ledger.status import CheckpointRow, Lost, StreamRow, Verdict, ledger_of
from fusion_service.store.caps import Caps
from fusion_service.store.rows import (
    Behind,
    Coverage,
    DeadLetterRow,
    DeviceRow,
    GapRow,
    LineRow,
    LineStepRow,
    LostRow,
    OutcomeRow,
    SiteRow,
    StoreCounts,
    StreamState,
    WindowRow,
    ZoneRow,
    ZoneStepRow,
)
from fusion_service.store.set_apart import SET_APART, Apart
from fusion_service.store.sqlite.connection import check_current, open_reader
from fusion_service.store.sqlite.devices import history, shown_key
from fusion_service.store.sqlite.errors import translated
from fusion_service.store.sqlite.fleet import Fleet, Space, fleet_of, space_of
from fusion_service.store.sqlite.losses import Claim, Why
from fusion_service.store.sqlite.roots import stream_root
from wire_contract.merkle import Frontier
from wire_contract.messages.checkpoint import parse_checkpoint
from wire_contract.messages.report import Health, ImageQuality
from wire_contract.messages.versions import read_meta

UNKNOWN_LINK = "unknown"
"""Of a device of which the broker has said nothing."""
_DEVICE = (
    "SELECT d.id, d.site, d.name, s.test, d.added_ms, d.last_seen_ms, d.reports, d.late, d.link, "
    "d.link_ms, d.lost_ms, d.retired_ms, d.public_key, d.last_report, m.payload, (SELECT "
    "ifnull(sum(missing), 0) FROM stream WHERE device_id = d.id) AS missing FROM device d JOIN "
    "site s ON s.name = d.site LEFT JOIN meta m ON m.device_id = d.id "
)
_WINDOW = (
    "SELECT r.id, d.site, d.name, st.uuid, e.sequence, r.start_s, r.length_s, r.received_ms, "
    "b.committed_ms, r.late, r.level, r.clock, r.clock_quality, r.config_sha256, r.rule, "
    "r.rule_parameters, r.quality_code, r.quality_observed, r.quality_rate, r.quality_difficulty, "
    "r.temperature, r.disk, r.outbox, r.link, r.device_id, r.boot, r.set_apart, r.overlaps FROM "
    "report r JOIN entry e ON e.id = r.id JOIN stream st ON st.id = e.stream_id JOIN device d ON "
    "d.id = r.device_id JOIN batch b ON b.id = r.batch_id "
)
_FORMER_NAMES = (
    "SELECT site, name FROM former_name WHERE device_id = ? ORDER BY left_ms IS NOT NULL, until_ms "
    "DESC"
)
_LINES = (
    "SELECT line, in_count, out_count, in_low, in_high, out_low, out_high FROM line_count WHERE "
    "report_id = ?"
)
_ZONES = (
    "SELECT zone, mean, peak, speed, standing, mean_low, mean_high, peak_low, peak_high FROM "
    "zone_count WHERE report_id = ?"
)
# A box releases a slot once, and what it released is committed once: so every live window is added,
# whatever other has its time (of a box started again in it, or under a clock that was set back).
# What is set apart, a replay that was replayed again too, is not. The shares are the lower ends of
# the report's four classes of the eye. What an eye counted that could not see is no count and not
# observed, whatever the report holds. A number at its cap has no high end. The cap is the meta's:
# ?6 is its config, ?7 the cap, ?8 the length of its windows.
_JUDGED = (
    "WITH judged AS (SELECT r.*, validity(r.quality_code, r.quality_observed) AS worth, CASE WHEN "
    "r.config_sha256 = ?6 THEN ?7 END AS count_max, max(1, r.length_s / ?8) AS windows FROM report "
    "r WHERE r.device_id = ?1 AND r.start_s >= ?2 AND r.start_s < ?3 AND r.set_apart IS NULL), "
)
_STEPS = (
    "SELECT (r.start_s - ?2) / ?4 AS step, count(*), sum(r.length_s), sum(r.length_s * CASE WHEN "
    "r.worth = 'not counted' OR r.quality_observed = 0 THEN 0 WHEN r.quality_observed = 1 THEN 50 "
    "WHEN r.quality_observed = 2 THEN 80 ELSE 95 END) / 100, sum(r.worth = 'at least' OR (r.worth "
    "= 'counted' AND r.is_open)), sum(r.worth = 'not counted'), "
)


def _open_ended(number: str, end: str, windows: str) -> tuple[str, str]:
    """Return the SQL of a count's high end, none where the count is at its cap, and of whether it is a lower bound."""
    capped = f"at_the_cap(c.{number}, r.count_max, {windows})"
    is_open = f"({capped} OR (c.{end}_low IS NOT NULL AND c.{end}_high IS NULL))"
    return f"CASE WHEN NOT {capped} THEN c.{end}_high END AS {end}_high", is_open


def _counted(table: str, names: Sequence[tuple[str, str]], windows: str) -> str:
    """Return the SQL of `counted`: each window with what it counted at ?5, where its eye could see."""
    highs, opens = zip(*(_open_ended(number, end, windows) for number, end in names), strict=True)
    columns = [column for number, end in names for column in (f"c.{number}", f"c.{end}_low")]
    kind = table.removesuffix("_count")
    return (
        f"counted AS (SELECT r.*, {', '.join((*columns, *highs))}, {' OR '.join(opens)} AS "  # noqa: S608 - names of columns
        f"is_open FROM judged r LEFT JOIN {table} c ON c.report_id = r.id AND c.{kind} = ?5 AND "
        "r.worth <> 'not counted') "
    )


_LINE_STEPS = (
    f"{_JUDGED}{_counted('line_count', (('in_count', 'in'), ('out_count', 'out')), 'r.windows')}{_STEPS}"
    f"{sums_of('r.in_count', 'in')}, {sums_of('r.out_count', 'out')} FROM counted r GROUP BY "
    "step ORDER BY step"
)
_ZONE_STEPS = (
    f"{_JUDGED}{_counted('zone_count', (('mean', 'mean'), ('peak', 'peak')), '1')}{_STEPS}"
    f"{sums_of('r.mean', 'mean', 'r.length_s')}, count(r.peak), max(r.peak), max(r.peak_low), "
    "CASE WHEN count(r.peak_high) = count(r.peak) THEN max(r.peak_high) END FROM counted r "
    "GROUP BY step ORDER BY step"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A device's time from `from_s` to before `to_s`, cut into steps of `step_s` counted from `from_s`."""

    device_id: int
    from_s: int
    to_s: int
    step_s: int


class Reader:
    """What can be asked of a store. Safe for many threads: nothing is kept between calls."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sites(self, *, after: str, limit: int) -> list[SiteRow]:
        """Return sites by name, those after `after`."""
        query = (
            "SELECT s.name, s.test, (SELECT count(*) FROM device d WHERE d.site = s.name AND "
            "d.retired_ms IS NULL) FROM site s WHERE s.name > ? ORDER BY s.name LIMIT ?"
        )
        with self._snapshot() as connection:
            return [
                SiteRow(name, bool(test), devices)
                for name, test, devices in connection.execute(query, (after, limit))
            ]

    def devices(self, *, after: tuple[str, str], limit: int) -> list[DeviceRow]:
        """Return devices by site and name, those after `after`."""
        query = _DEVICE + "WHERE (d.site, d.name) > (?, ?) ORDER BY d.site, d.name LIMIT ?"
        with self._snapshot() as connection:
            return [
                _device(connection, row)
                for row in connection.execute(query, (*after, limit)).fetchall()
            ]

    def device(self, site: str, name: str) -> DeviceRow | None:
        """Return one device, or None where it was never enrolled."""
        with self._snapshot() as connection:
            row = connection.execute(
                _DEVICE + "WHERE d.site = ? AND d.name = ?", (site, name)
            ).fetchone()
            return None if row is None else _device(connection, row)

    def goes_by(self, site: str, name: str) -> str | None:
        """Return which device still speaks under a name that it had before; None where none does."""
        query = (
            "SELECT d.site, d.name FROM former_name f JOIN device d ON d.id = f.device_id WHERE "
            "f.site = ? AND f.name = ? AND f.left_ms IS NULL AND d.retired_ms IS NULL"
        )
        with self._snapshot() as connection:
            row = connection.execute(query, (site, name)).fetchone()
        return None if row is None else f"{row[0]}/{row[1]}"

    def latest_windows(self, *, before_id: int, limit: int, late: bool = False) -> list[WindowRow]:
        """Return windows of every device, the last committed first, those before the id.

        `late` leaves out what came in time.
        """
        with self._snapshot() as connection:
            query = (
                f"{_WINDOW} WHERE r.id < ? {'AND r.late' if late else ''} ORDER BY r.id DESC LIMIT "
                "?"
            )
            return _windows(connection, connection.execute(query, (before_id, limit)).fetchall())

    def device_windows(
        self, device_id: int, *, before: tuple[int, int], limit: int
    ) -> list[WindowRow]:
        """Return windows of one device, the latest start first, those before (start, id)."""
        with self._snapshot() as connection:
            return _device_windows(connection, device_id, before, limit)

    def line_steps(self, span: Span, line: str) -> list[LineStepRow]:
        """Sum a line's crossings for each step in which a window began.

        Steps without any are left out.
        """
        rows = self._steps(_LINE_STEPS, span, line, is_line=True)
        return [
            LineStepRow(
                row[0], Coverage(*row[1:6]), Sums(*row[6 : 6 + COLUMNS]), Sums(*row[6 + COLUMNS :])
            )
            for row in rows
        ]

    def zone_steps(self, span: Span, zone: str) -> list[ZoneStepRow]:
        """Summarise a zone's occupancy for each step in which a window began.

        Steps without any are left out.
        """
        rows = self._steps(_ZONE_STEPS, span, zone, is_line=False)
        return [
            ZoneStepRow(
                row[0], Coverage(*row[1:6]), Sums(*row[6 : 6 + COLUMNS]), *row[6 + COLUMNS :]
            )
            for row in rows
        ]

    def dead_letters(self, *, before_id: int, limit: int) -> list[DeadLetterRow]:
        """Return dead letters, the last made first, those before the id."""
        query = (
            "SELECT id, authentic, site, device, channel, reason, detail, lower(hex(sha256)), "
            "length, times, first_ms, last_ms FROM dead_letter WHERE id < ? ORDER BY id DESC LIMIT "
            "?"
        )
        with self._snapshot() as connection:
            rows = connection.execute(query, (before_id, limit)).fetchall()
        return [DeadLetterRow(row[0], bool(row[1]), *row[2:]) for row in rows]

    def gaps(self, *, after: tuple[str, str, str, int], limit: int) -> list[GapRow]:
        """Return what is missing of every stream, by site, device, stream and sequence, those after such a place.

        Of a device that was retired nothing is waited for, here and below.
        """
        query = (
            "SELECT d.site, d.name, s.uuid, g.first, g.last, g.missing, g.since_ms FROM gap g JOIN "
            "stream s ON s.id = g.stream_id JOIN device d ON d.id = s.device_id AND d.retired_ms "
            "IS NULL WHERE (d.site, d.name, s.uuid, g.first) > (?, ?, ?, ?) ORDER BY d.site, "
            "d.name, s.uuid, g.first LIMIT ?"
        )
        with self._snapshot() as connection:
            return [GapRow(*row) for row in connection.execute(query, (*after, limit))]

    def lost(self, *, after: tuple[str, str, str, int], limit: int) -> list[LostRow]:
        """Return what is missing for good, by site, device, stream and sequence, after a place."""
        query = (
            "SELECT d.site, d.name, s.uuid, l.first, l.last, l.missing, l.why, l.since_ms FROM "
            "lost l JOIN stream s ON s.id = l.stream_id JOIN device d ON d.id = s.device_id WHERE "
            "(d.site, d.name, s.uuid, l.first) > (?, ?, ?, ?) ORDER BY d.site, d.name, s.uuid, "
            "l.first LIMIT ?"
        )
        with self._snapshot() as connection:
            rows = connection.execute(query, (*after, limit))
            return [
                LostRow(site, device, stream, first, last, missing, Why(why), since_ms)
                for site, device, stream, first, last, missing, why, since_ms in rows
            ]

    def behind(self, *, since_ms: int) -> Behind:
        """Return of how many streams the broker showed since then that this store holds less."""
        query = (
            "SELECT count(*), count(CASE WHEN d.id IS NULL THEN 1 END) FROM sign g LEFT JOIN "
            "device d ON d.site = g.site AND d.name = g.device LEFT JOIN stream s ON s.device_id = "
            "d.id AND s.uuid = g.stream WHERE g.seen_ms >= ? AND g.upto > ifnull(s.upto, 0) AND "
            "d.lost_ms IS NULL"
        )
        with self._snapshot() as connection:
            return Behind(*connection.execute(query, (since_ms,)).fetchone())

    def fleet(self, *, devices_max: int) -> Fleet:
        """Return how every device fares, at most so many of them by site and name."""
        with self._snapshot() as connection:
            return fleet_of(connection, devices_max=devices_max)

    def space(self) -> Space:
        """Return how large the store is, and what is left of its disk."""
        with self._snapshot() as connection:
            return space_of(connection, self._path)

    def outcomes(self) -> list[OutcomeRow]:
        """Return how many messages ended how."""
        with self._snapshot() as connection:
            rows = connection.execute(
                "SELECT channel, outcome, total FROM outcome_count ORDER BY channel, outcome"
            )
            return [OutcomeRow(*row) for row in rows]

    def counts(self) -> StoreCounts:
        """Return the store's other counts."""
        with self._snapshot() as connection:
            totals = dict(connection.execute("SELECT name, total FROM store_count").fetchall())
            letters = dict(
                connection.execute(
                    "SELECT authentic, count(*) FROM dead_letter GROUP BY authentic"
                ).fetchall()
            )
            devices = connection.execute(
                "SELECT count(*) FROM device WHERE retired_ms IS NULL"
            ).fetchone()[0]
            gaps, missing, oldest_ms = connection.execute(
                "SELECT count(*), ifnull(sum(g.missing), 0), min(g.since_ms) FROM gap g JOIN "
                "stream s ON s.id = g.stream_id JOIN device d ON d.id = s.device_id AND "
                "d.retired_ms IS NULL"
            ).fetchone()
            lost = dict(
                connection.execute("SELECT why, sum(missing) FROM lost GROUP BY why").fetchall()
            )
        return StoreCounts(
            devices=devices,
            late_reports=totals.get("late_reports", 0),
            repeated_windows=totals.get("repeated_windows", 0),
            set_apart=tuple((apart, totals.get(SET_APART + apart, 0)) for apart in Apart),
            missing=missing,
            gaps=gaps,
            oldest_gap_ms=oldest_ms,
            lost=tuple((why, lost.get(why, 0)) for why in Why),
            dead_letters_authentic=letters.get(1, 0),
            dead_letters_unverified=letters.get(0, 0),
            dead_letters_dropped=totals.get("dead_letters_dropped", 0),
            dead_letters_replayed=totals.get("dead_letters_replayed", 0),
        )

    def _steps(self, query: str, span: Span, name: str, *, is_line: bool) -> list[sqlite3.Row]:
        with self._snapshot() as connection:
            caps = _caps(connection, span.device_id)
            cap = (
                None
                if caps is None
                else (
                    caps.config_sha256,
                    (caps.lines if is_line else caps.zones).get(name),
                    caps.window_s,
                )
            )
            place = (span.device_id, span.from_s, span.to_s, span.step_s, name)
            return connection.execute(query, (*place, *(cap or (None, None, 1)))).fetchall()

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        with translated(self._path), closing(open_reader(self._path)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN")
            check_current(connection, self._path)
            yield connection


def _device(connection: sqlite3.Connection, row: sqlite3.Row) -> DeviceRow:
    device_id, site, name, meta = row["id"], row["site"], row["name"], row["payload"]
    stream = connection.execute(
        "SELECT uuid, upto, rejected, frontier, (SELECT ifnull(max(sequence), 0) FROM entry WHERE "
        "stream_id = stream.id) AS held FROM stream WHERE device_id = ? ORDER BY former_key IS "
        "NULL DESC, last_ms DESC, id DESC LIMIT 1",
        (device_id,),
    ).fetchone()
    windows = _windows(
        connection, connection.execute(_WINDOW + "WHERE r.id = ?", (row["last_report"],)).fetchall()
    )
    return DeviceRow(
        id=device_id,
        site=site,
        device=name,
        test_site=bool(row["test"]),
        added_ms=row["added_ms"],
        last_seen_ms=row["last_seen_ms"],
        reports=row["reports"],
        late_reports=row["late"],
        missing=row["missing"],
        link=row["link"] or UNKNOWN_LINK,
        link_ms=row["link_ms"],
        lost_ms=row["lost_ms"],
        stream=None if stream is None else _stream_state(site, name, stream),
        ledger=ledger_of(_streams(connection, device_id)),
        last_window=windows[0] if windows else None,
        meta=None if meta is None else read_meta(meta),
        retired_ms=row["retired_ms"],
        key=shown_key(row["public_key"]),
        former_names=tuple(
            f"{former}/{name}" for former, name in connection.execute(_FORMER_NAMES, (device_id,))
        ),
        history=history(connection, device_id, row["added_ms"]),
    )


def _streams(connection: sqlite3.Connection, device_id: int) -> list[StreamRow]:
    """Read a device's streams in the order in which they were first heard, each with its checkpoints by size."""
    streams = connection.execute(
        "SELECT id, uuid, upto, frontier, former_key FROM stream WHERE device_id = ? ORDER BY id",
        (device_id,),
    )
    rows: list[StreamRow] = []
    before: sqlite3.Row | None = None
    for stream in streams.fetchall():
        kept = connection.execute(
            "SELECT note, verdict FROM checkpoint WHERE stream_id = ? ORDER BY size",
            (stream["id"],),
        )
        checkpoints = tuple(
            CheckpointRow(parse_checkpoint(note)[0], Verdict(verdict), note)
            for note, verdict in kept
        )
        follows = checkpoints[-1].checkpoint.follows if checkpoints else None
        root = None
        held = before is not None and before["frontier"] is not None
        if (
            follows is not None
            and before is not None
            and held
            and follows.stream == before["uuid"]
            and follows.size <= before["upto"]
        ):
            root = stream_root(connection, before["id"], follows.size)
        lost, refused = _lost(connection, stream["id"])
        rows.append(
            StreamRow(
                stream["uuid"],
                stream["upto"],
                checkpoints,
                root,
                lost,
                refused,
                stream["former_key"],
            )
        )
        before = stream
    return rows


def _lost(
    connection: sqlite3.Connection, stream_id: int
) -> tuple[tuple[Lost, ...], tuple[int, int] | None]:
    """Read what is lost of a stream, and the run of a claim that contradicts our tree."""
    rows = connection.execute(
        "SELECT first, last, missing, why FROM lost WHERE stream_id = ? ORDER BY first",
        (stream_id,),
    )
    lost = tuple(
        Lost(first, last, missing, why, why == Why.WITHHELD) for first, last, missing, why in rows
    )
    query = (
        "SELECT first, last FROM claim WHERE stream_id = ? AND verdict = ? ORDER BY sequence LIMIT "
        "1"
    )
    refused = connection.execute(query, (stream_id, Claim.DIFFERS)).fetchone()
    return lost, None if refused is None else (refused[0], refused[1])


def _stream_state(site: str, device: str, row: sqlite3.Row) -> StreamState:
    upto, raw = row["upto"], row["frontier"]
    root = None if raw is None or not upto else Frontier.from_bytes(upto, raw).root.hex()
    return StreamState(site, device, row["uuid"], upto, row["rejected"], root, row["held"])


def _device_windows(
    connection: sqlite3.Connection, device_id: int, before: tuple[int, int], limit: int
) -> list[WindowRow]:
    query = (
        _WINDOW
        + "WHERE r.device_id = ? AND (r.start_s, r.id) < (?, ?) ORDER BY r.start_s DESC, r.id "
        "DESC LIMIT ?"
    )
    return _windows(connection, connection.execute(query, (device_id, *before, limit)).fetchall())


def _windows(connection: sqlite3.Connection, rows: list[sqlite3.Row]) -> list[WindowRow]:
    caps = {
        device_id: _caps(connection, device_id) for device_id in {row["device_id"] for row in rows}
    }
    return [_window(connection, row, caps[row["device_id"]]) for row in rows]


def _caps(connection: sqlite3.Connection, device_id: int) -> Caps | None:
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
