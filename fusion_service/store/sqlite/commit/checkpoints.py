# SPDX-License-Identifier: Apache-2.0
"""Keep the checkpoints of a stream, and judge each as soon as our own tree reaches it."""

import sqlite3
from collections.abc import Sequence

from fusion_service.ledger.comparison import CHECKPOINTS_WAITING_MAX, against_our_tree
from fusion_service.ledger.status import CheckpointVerdict
from fusion_service.store.batch import NewCheckpoint
from fusion_service.store.rows import Compared
from fusion_service.store.sqlite.roots import stream_root


class Comparison:
    """Checkpoints of one commit, over the connection of its transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._execute = connection.execute

    def keep(self, stream_id: int, new: NewCheckpoint) -> None:
        """Keep a checkpoint; `compare` judges it.

        Of those that wait for entries the newest is kept, and the oldest up to the bound.
        """
        insert = "INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)"
        row = (stream_id, new.size, new.root, new.note, new.verdict, new.received_ms)
        self._execute(insert, row)
        self._execute(
            "DELETE FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2 AND size < (SELECT "
            "max(size) FROM checkpoint WHERE stream_id = ?1) AND size NOT IN (SELECT size FROM "
            "checkpoint WHERE stream_id = ?1 AND verdict = ?2 ORDER BY size LIMIT ?3)",
            (stream_id, CheckpointVerdict.PENDING, CHECKPOINTS_WAITING_MAX - 1),
        )

    def compare(self, stream_id: int, *, asked: bool) -> Compared | None:
        """Judge each checkpoint that our tree now reaches, and drop those that say nothing more.

        Returns how far that is; None where nothing was judged now, unless `asked`.
        """
        waiting = self._execute(
            "SELECT c.size, c.root, s.frontier IS NOT NULL FROM checkpoint c JOIN stream s ON "
            "s.id = c.stream_id WHERE c.stream_id = ? AND c.verdict = ? AND (c.size <= s.upto OR "
            "s.frontier IS NULL) ORDER BY c.size",
            (stream_id, CheckpointVerdict.PENDING),
        ).fetchall()
        if not waiting and not asked:
            return None
        self._judge(stream_id, waiting)
        if waiting:
            self._prune(stream_id)
        judged, contradicted = self._execute(
            "SELECT max(size), count(CASE WHEN verdict IN (?2, ?3) THEN 1 END) FROM checkpoint "
            "WHERE stream_id = ?1 AND verdict <> ?4",
            (
                stream_id,
                CheckpointVerdict.DIFFERS,
                CheckpointVerdict.FORK,
                CheckpointVerdict.PENDING,
            ),
        ).fetchone()
        return Compared(judged or 0, contradicted)

    def _judge(self, stream_id: int, waiting: Sequence[tuple[int, bytes, int]]) -> None:
        """Judge checkpoints by our tree, the smallest first, and write what becomes of each."""
        agreed = self._newest(stream_id, CheckpointVerdict.AGREES)
        for size, root, has_tree in waiting:
            verdict = CheckpointVerdict.UNKNOWN
            if has_tree:
                ours = stream_root(self._connection, stream_id, size)
                if ours is None:  # inside a run that is lost: the next one must agree
                    delete = "DELETE FROM checkpoint WHERE stream_id = ? AND size = ? AND root = ?"
                    self._execute(delete, (stream_id, size, root))
                    continue
                verdict = against_our_tree(size, bytes(root), ours, agreed=agreed)
                agreed = max(agreed, size) if verdict is CheckpointVerdict.AGREES else agreed
            update = (
                "UPDATE checkpoint SET verdict = ? WHERE stream_id = ? AND size = ? AND root = ?"
            )
            self._execute(update, (verdict, stream_id, size, root))

    def _prune(self, stream_id: int) -> None:
        """Keep what still says something.

        The newest checkpoint that agrees, the first of each kind that does not, and the newest.
        """
        for verdict in (CheckpointVerdict.AGREES, CheckpointVerdict.UNKNOWN):
            delete = "DELETE FROM checkpoint WHERE stream_id = ? AND verdict = ? AND size < ?"
            self._execute(delete, (stream_id, verdict, self._newest(stream_id, verdict)))
        for verdict in (CheckpointVerdict.DIFFERS, CheckpointVerdict.FORK):
            self._execute(
                "DELETE FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2 AND size > (SELECT "
                "min(size) FROM checkpoint WHERE stream_id = ?1 AND verdict = ?2) AND size < "
                "(SELECT max(size) FROM checkpoint WHERE stream_id = ?1)",
                (stream_id, verdict),
            )

    def _newest(self, stream_id: int, verdict: CheckpointVerdict) -> int:
        query = "SELECT ifnull(max(size), 0) FROM checkpoint WHERE stream_id = ? AND verdict = ?"
        return int(self._execute(query, (stream_id, verdict)).fetchone()[0])
