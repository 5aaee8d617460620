# SPDX-License-Identifier: Apache-2.0
"""What a centre's store has, read by SQL of another hand than its own."""

import contextlib
import sqlite3
from pathlib import Path


def entries(store: Path) -> set[tuple[str, int]]:
    """Return every stream and sequence that the centre has disposed of."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return set(
            connection.execute(
                "SELECT s.uuid, e.sequence FROM entry e JOIN stream s ON s.id = e.stream_id"
            )
        )
