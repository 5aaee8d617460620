# SPDX-License-Identifier: Apache-2.0
"""Dead letters, over the connection of one transaction."""

import sqlite3

from fusion_service.store.rows import DeadLetter, KeptLetter


class Letters:
    """Messages that came to nothing: kept once each, up to a bound of each kind."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def keep(self, letter: DeadLetter) -> None:
        """Keep a dead letter; of one that is there already its times and its last time change."""
        key = (letter.sha256, letter.site, letter.device, letter.channel, letter.reason)
        shown = (letter.payload is not None, letter.detail, letter.length, letter.head)
        self._execute(
            "INSERT INTO dead_letter (sha256, site, device, channel, reason, authentic, detail, "
            "length, head, payload, first_ms, last_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
            "?10, ?11, ?11) ON CONFLICT (sha256, site, device, channel, reason) DO UPDATE SET "
            "times = times + 1, last_ms = ?11",
            (*key, *shown, letter.payload, letter.received_ms),
        )

    def authentic(self, *, after_id: int, limit: int) -> list[KeptLetter]:
        """Return dead letters with their payload, the oldest first, those after the id."""
        query = (
            "SELECT id, site, device, channel, payload, first_ms FROM dead_letter WHERE authentic "
            "= 1 AND id > ? ORDER BY id LIMIT ?"
        )
        return [KeptLetter(*row) for row in self._execute(query, (after_id, limit))]

    def end(self, letter_id: int) -> None:
        """Delete a dead letter that is none any more."""
        self._execute("DELETE FROM dead_letter WHERE id = ?", (letter_id,))

    def trim(self, kept_max: int) -> int:
        """Drop the oldest dead letters beyond the bound, of each kind; return how many."""
        return sum(
            self._execute(
                "DELETE FROM dead_letter WHERE authentic = ?1 AND id <= (SELECT id FROM "
                "dead_letter WHERE authentic = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                (authentic, kept_max),
            ).rowcount
            for authentic in (0, 1)
        )
