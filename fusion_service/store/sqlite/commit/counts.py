# SPDX-License-Identifier: Apache-2.0
"""The store's own counts: how messages ended, what came late, what was dropped."""

import sqlite3
from collections.abc import Mapping


def add_to_outcomes(
    connection: sqlite3.Connection, outcomes: Mapping[tuple[str, str], int]
) -> None:
    """Add to how many messages of a channel ended how."""
    connection.executemany(
        "INSERT INTO outcome_count VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET total = total + "
        "?3",
        [(*ended, number) for ended, number in outcomes.items()],
    )


def add_to_counts(connection: sqlite3.Connection, counts: Mapping[str, int]) -> None:
    """Add to the store's other counts, by name; a number of zero is no row."""
    connection.executemany(
        "INSERT INTO store_count VALUES (?1, ?2) ON CONFLICT DO UPDATE SET total = total + ?2",
        [(name, number) for name, number in counts.items() if number],
    )
