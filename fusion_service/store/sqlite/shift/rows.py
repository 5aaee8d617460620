# SPDX-License-Identifier: Apache-2.0
"""The rows of the shift's log. Each call is made inside a commit or a snapshot of its caller."""

import json
import sqlite3
from collections import defaultdict
from dataclasses import replace

from fusion_service.ledger.access_log import ORIGIN, Text
from fusion_service.ledger.shift_log import Detail, ShiftDraft, ShiftEntry
from fusion_service.store.sqlite.access.log import new_text

_ENTRY = "id, at_ms, site, actor, deed, organisation, zone, alarm, detail, retention, hash"
_TEXT = "entry_id, field, commitment, salt, content, erased_ms, erased_by"


def append(connection: sqlite3.Connection, draft: ShiftDraft) -> ShiftEntry:
    """Add an entry over the last one, and return it."""
    last = connection.execute(
        "SELECT id, hash FROM shift_entry ORDER BY id DESC LIMIT 1"
    ).fetchone()
    last_id, previous = (0, ORIGIN) if last is None else (int(last[0]), bytes(last[1]))
    entry = ShiftEntry(
        last_id + 1,
        draft.at_ms,
        draft.site,
        draft.actor,
        draft.deed,
        draft.organisation,
        draft.zone,
        draft.alarm,
        tuple(sorted(draft.detail)),
        draft.retention,
        b"",
        tuple(new_text(field, content) for field, content in sorted(draft.texts) if content),
    )
    entry = replace(entry, hash=entry.hash_over(previous))
    connection.execute(
        f"INSERT INTO shift_entry ({_ENTRY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
        (
            entry.id,
            entry.at_ms,
            entry.site,
            entry.actor,
            entry.deed,
            entry.organisation,
            entry.zone,
            entry.alarm,
            json.dumps(dict(entry.detail), ensure_ascii=True, separators=(",", ":")),
            entry.retention,
            entry.hash,
        ),
    )
    connection.executemany(
        f"INSERT INTO shift_text ({_TEXT}) VALUES (?, ?, ?, ?, ?, NULL, NULL)",  # noqa: S608 - constants
        [(entry.id, one.field, one.commitment, one.salt, one.content) for one in entry.texts],
    )
    return entry


def entries(connection: sqlite3.Connection, where: str, *values: object) -> list[ShiftEntry]:
    """Return the entries of a condition, which orders and limits them, with their texts."""
    query = f"SELECT {_ENTRY} FROM shift_entry WHERE {where}"  # noqa: S608 - written in this room
    rows = connection.execute(query, values).fetchall()
    marks = ", ".join("?" * len(rows))
    texts: dict[int, list[Text]] = defaultdict(list)
    for row in connection.execute(
        f"SELECT {_TEXT} FROM shift_text WHERE entry_id IN ({marks}) ORDER BY entry_id, field",  # noqa: S608 - constants
        [row[0] for row in rows],
    ):
        texts[row[0]].append(Text(*row[1:]))
    return [
        ShiftEntry(*[*row[:8], _detail(row[8]), *row[9:], tuple(texts[row[0]])]) for row in rows
    ]


def _detail(text: str) -> Detail:
    found: dict[str, str | int] = json.loads(text)
    return tuple(sorted(found.items()))
