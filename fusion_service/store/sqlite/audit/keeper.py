# SPDX-License-Identifier: Apache-2.0
"""Signed audits of boxes, in the store's own file.

Each call has a connection of its own, because audits come seldom.
"""

from contextlib import closing
from pathlib import Path

from fusion_service.store.audit.port import AuditRow, Refused, Sent
from fusion_service.store.sqlite.connection import open_writer, snapshot
from fusion_service.store.sqlite.errors import translated

_ROW = (
    "SELECT d.site, d.name, a.began_ms, a.imported_ms, a.auditor, a.brought_by, a.content FROM "
    "audit a JOIN device d ON d.id = a.device_id "
)
_NEWEST = "a.began_ms = (SELECT max(began_ms) FROM audit WHERE device_id = a.device_id)"
_KEEP = (
    "INSERT INTO audit SELECT id, ?3, ?4, ?5, ?6, ?7 FROM device WHERE site = ?1 AND name = ?2 AND "
    "NOT EXISTS (SELECT 1 FROM audit WHERE device_id = device.id AND began_ms >= ?3)"
)
_OTHERS = (
    "SELECT ifnull(sum(upto - rejected), 0) - ifnull((SELECT sum(l.missing) FROM lost l JOIN "
    "stream o ON o.id = l.stream_id WHERE o.device_id = ?1), 0) FROM stream WHERE device_id = ?1"
)
_CHECKPOINTS = (
    "SELECT count(*) FROM checkpoint c JOIN stream s ON s.id = c.stream_id WHERE s.device_id = ?"
)
_REFUSED = (
    "SELECT channel, authentic, sum(times) FROM dead_letter WHERE site = ? AND device = ? "
    "GROUP BY channel, authentic ORDER BY channel, authentic DESC"
)


class SqliteAudits:
    """See `Audits`."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        self._path = path
        self._size_mib_max = size_mib_max

    def newest(self, site: str, device: str) -> AuditRow | None:
        """Return a box's newest audit, None where it has none or is not known."""
        query = f"{_ROW}WHERE d.site = ? AND d.name = ? AND {_NEWEST}"
        with snapshot(self._path) as connection:
            row = connection.execute(query, (site, device)).fetchone()
        return None if row is None else AuditRow(*row)

    def of_site(self, site: str) -> list[AuditRow]:
        """Return the newest audit of each box of a site, by device."""
        query = f"{_ROW}WHERE d.site = ? AND {_NEWEST} ORDER BY d.name"
        with snapshot(self._path) as connection:
            return [AuditRow(*row) for row in connection.execute(query, (site,))]

    def keep(self, row: AuditRow) -> bool:
        """Keep an audit; see `Audits.keep`."""
        opened = open_writer(self._path, size_mib_max=self._size_mib_max, synchronous="FULL")
        values = (
            row.site,
            row.device,
            row.began_ms,
            row.imported_ms,
            row.auditor,
            row.brought_by,
            row.content,
        )
        with translated(self._path), closing(opened) as connection:
            return connection.execute(_KEEP, values).rowcount == 1

    def sent(self, site: str, device: str) -> Sent:
        """Return how many messages of each kind a box has sent; none of one that is not known."""
        with snapshot(self._path) as connection:
            query = "SELECT id, reports FROM device WHERE site = ? AND name = ?"
            row = connection.execute(query, (site, device)).fetchone()
            if row is None:
                return Sent(0, 0, 0, ())
            device_id, reports = int(row[0]), int(row[1])
            others = connection.execute(_OTHERS, (device_id,)).fetchone()[0]
            checkpoints = connection.execute(_CHECKPOINTS, (device_id,)).fetchone()[0]
            refused = connection.execute(_REFUSED, (site, device)).fetchall()
        return Sent(
            reports,
            max(int(others) - reports, 0),
            int(checkpoints),
            tuple(Refused(one[0], bool(one[1]), int(one[2])) for one in refused),
        )
