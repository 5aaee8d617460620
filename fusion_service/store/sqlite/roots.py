# SPDX-License-Identifier: Apache-2.0
"""The root of a stream's tree at any size that the centre holds.

It is made of the hashes kept beside its entries.
"""

import sqlite3

from wire_contract.merkle import HASH_BYTES, frontier


class _UnknownHashError(Exception):
    """A hash inside a run that has never come."""


def stream_root(connection: sqlite3.Connection, stream_id: int, size: int) -> bytes | None:
    """Return the root over the first `size` entries of a stream with a tree.

    `size` is at most its `upto`.

    None where it lies inside a run that is lost: its roots are not known. Raises DecodeError where
    the kept hashes are not what this software writes.
    """

    def node(level: int, end: int) -> bytes:
        query = "SELECT substr(hashes, ?, ?) FROM entry WHERE stream_id = ? AND sequence = ?"
        row = connection.execute(
            query, (HASH_BYTES * level + 1, HASH_BYTES, stream_id, end)
        ).fetchone()
        if row is not None and row[0]:
            return bytes(row[0])
        query = "SELECT hash FROM anchor WHERE stream_id = ? AND sequence = ? AND level = ?"
        row = connection.execute(query, (stream_id, end, level)).fetchone()
        if row is None:
            raise _UnknownHashError
        return bytes(row[0])

    try:
        return frontier(size, node).root
    except _UnknownHashError:
        return None
