# SPDX-License-Identifier: Apache-2.0
"""Keep the checkpoints of a stream, and judge each as soon as our own tree reaches it."""

import sqlite3

from fusion_service.ledger.status import Verdict
from fusion_service.store.rows import Compared
from fusion_service.store.sqlite.roots import stream_root
from wire_contract.messages.checkpoint import Checkpoint

CHECKPOINTS_WAITING_MAX = 65
"""Checkpoints of one stream that cover more than we hold: one for each entry that a box lets wait
(64), and one."""


class Comparison:
    """Checkpoints of one commit, over the connection of its transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    def add(self, stream_id: int, checkpoint: Checkpoint, *, note: bytes, received_ms: int) -> bool:
        """Keep a checkpoint that says something new; `compare` judges it.

        Returns False where it does not.

        Of those that wait for entries the newest is kept, and the oldest up to the bound.
        """
        size, root = checkpoint.head.size, checkpoint.head.root
        rows = self._execute(
            "SELECT root, verdict FROM checkpoint WHERE stream_id = ? AND size = ?",
            (stream_id, size),
        ).fetchall()
        forked = self._execute(
            "SELECT 1 FROM checkpoint WHERE stream_id = ? AND verdict = ?",
            (stream_id, Verdict.FORK),
        ).fetchone()
        if any(bytes(row[0]) == root for row in rows) or (rows and forked):
            return False
        verdict = Verdict.FORK if rows else Verdict.PENDING
        insert = "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)"
        self._execute(insert, (stream_id, size, root, note, verdict, received_ms))
        self._execute(
            "DELETE FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2 AND size < (SELECT "
            "max(size) FROM checkpoint WHERE stream_id = ?1) AND size NOT IN (SELECT size FROM "
            "checkpoint WHERE stream_id = ?1 AND verdict = ?2 ORDER BY size LIMIT ?3)",
            (stream_id, Verdict.PENDING, CHECKPOINTS_WAITING_MAX - 1),
        )
        return True

    def compare(self, stream_id: int, *, asked: bool) -> Compared | None:
        """Judge each checkpoint that our tree now reaches, and drop those that say nothing more.

        Returns how far that is; None where nothing was judged now, unless `asked`.
        """
        waiting = self._execute(
            "SELECT c.size, c.root, s.frontier IS NOT NULL FROM checkpoint c JOIN stream s ON "
            "s.id = c.stream_id WHERE c.stream_id = ? AND c.verdict = ? AND (c.size <= s.upto OR "
            "s.frontier IS NULL) ORDER BY c.size",
            (stream_id, Verdict.PENDING),
        ).fetchall()
        if not waiting and not asked:
            return None
        agreed = self._newest(stream_id, Verdict.AGREES)
        for size, root, has_tree in waiting:
            verdict = Verdict.UNKNOWN
            if has_tree:
                ours = stream_root(self._connection, stream_id, size)
                if ours is None:  # inside a run that is lost: the next one must agree
                    delete = "DELETE FROM checkpoint WHERE stream_id = ? AND size = ? AND root = ?"
                    self._execute(delete, (stream_id, size, root))
                    continue
                agrees = ours == bytes(root)
                verdict = (
                    Verdict.AGREES
                    if agrees
                    else Verdict.FORK
                    if size <= agreed
                    else Verdict.DIFFERS
                )
                agreed = max(agreed, size) if agrees else agreed
            update = (
                "UPDATE checkpoint SET verdict = ? WHERE stream_id = ? AND size = ? AND root = ?"
            )
            self._execute(update, (verdict, stream_id, size, root))
        if waiting:
            self._prune(stream_id)
        judged, contradicted = self._execute(
            "SELECT max(size), count(CASE WHEN verdict IN (?2, ?3) THEN 1 END) FROM checkpoint "
            "WHERE stream_id = ?1 AND verdict <> ?4",
            (stream_id, Verdict.DIFFERS, Verdict.FORK, Verdict.PENDING),
        ).fetchone()
        return Compared(judged or 0, contradicted)

    def _prune(self, stream_id: int) -> None:
        """Keep the newest checkpoint that agrees, the first of each kind that does not, and the newest of all."""
        for verdict in (Verdict.AGREES, Verdict.UNKNOWN):
            delete = "DELETE FROM checkpoint WHERE stream_id = ? AND verdict = ? AND size < ?"
            self._execute(delete, (stream_id, verdict, self._newest(stream_id, verdict)))
        for verdict in (Verdict.DIFFERS, Verdict.FORK):
            self._execute(
                "DELETE FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2 AND size > (SELECT "
                "min(size) FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2) AND size < "
                "(SELECT max(size) FROM checkpoint WHERE stream_id = ?1)",
                (stream_id, verdict),
            )

    def _newest(self, stream_id: int, verdict: Verdict) -> int:
        query = "SELECT ifnull(max(size), 0) FROM checkpoint WHERE stream_id = ? AND verdict = ?"
        return int(self._execute(query, (stream_id, verdict)).fetchone()[0])
