# SPDX-License-Identifier: Apache-2.0
"""The entries of a ledger as they lie on a box's disk, read with nothing but SQLite and JSON."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry of a ledger as it lies on disk.

    It says what it holds, and when the gate signed it (unix milliseconds).

    drawn_ms and drawn_run name its window's noise: the monotonic start, None where there is no
    noise, or that of several windows, and the gate's run, None in what was signed before runs were
    in the name.
    """

    channel: str
    payload: dict[str, Any]
    signed_utc_ms: int
    payload_bytes: int
    drawn_ms: int | None
    drawn_run: str | None = None


def stream_of(store: Path) -> str:
    """Return the stream of a gate's ledger."""
    with closing(sqlite3.connect(f"{(store / 'ledger.db').as_uri()}?mode=ro", uri=True)) as ledger:
        return str(ledger.execute("SELECT id FROM stream").fetchone()[0])


def read_entries(store: Path) -> list[StoredEntry]:
    """Return the entries of a ledger's file, in order, read with nothing but SQLite and JSON."""
    parted = [(row[0], row[1].rpartition(b"\n")[0], row[2], row[3], row[4]) for row in _rows(store)]
    read = [
        (channel, json.loads(payload), signed, len(payload), ms, run)
        for channel, payload, signed, ms, run in parted
    ]
    # What says that a run was purged goes on the topic of reports and is none.
    return [
        StoredEntry(said.get("kind", channel), said, signed, size, ms, run)
        for channel, said, signed, size, ms, run in read
    ]


def read_envelopes(store: Path) -> list[tuple[str, bytes]]:
    """Return the channel and the signed bytes of each entry of a ledger, in order."""
    return [(channel, envelope) for channel, envelope, *_ in _rows(store)]


def _rows(store: Path) -> list[tuple[str, bytes, int, int | None, str | None]]:
    try:
        with closing(
            sqlite3.connect(f"{(store / 'ledger.db').as_uri()}?mode=ro", uri=True)
        ) as ledger:
            columns = {row[1] for row in ledger.execute("PRAGMA table_info(entry)")}
            run = (
                "drawn_run" if "drawn_run" in columns else "NULL"
            )  # not in a ledger that no gate of this release has opened
            query = (
                f"SELECT channel, envelope, signed_utc_ms, drawn_ms, {run} FROM entry ORDER "  # noqa: S608
                "BY sequence"
            )
            rows = ledger.execute(query).fetchall()
    except sqlite3.Error as error:
        raise OSError(f"{store / 'ledger.db'}: {error}") from error
    return [
        (str(channel), bytes(envelope), int(signed), *drawn)
        for channel, envelope, signed, *drawn in rows
    ]
