# SPDX-License-Identifier: Apache-2.0
"""The root of a stream's tree at any size that the centre holds, out of the hashes kept beside its entries."""

import sqlite3

from wire_contract.merkle import HASH_BYTES, frontier


def stream_root(connection: sqlite3.Connection, stream_id: int, size: int) -> bytes:
    """Return the root over the first `size` entries of a stream with a tree; `size` is at most its `upto`.

    Raises DecodeError where the kept hashes are not what this software writes.
    """

    def node(level: int, end: int) -> bytes:
        query = "SELECT substr(hashes, ?, ?) FROM entry WHERE stream_id = ? AND sequence = ?"
        return bytes(connection.execute(query, (HASH_BYTES * level + 1, HASH_BYTES, stream_id, end)).fetchone()[0])

    return frontier(size, node).root
