# SPDX-License-Identifier: Apache-2.0
"""The rows of the access log, and how texts of it and of the shift's log are found and erased.

Each call is made inside a commit of its caller.
"""

import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fusion_service.ledger.access_log import (
    DAY_MS,
    ORIGIN,
    RETENTION_DAYS,
    SALT_BYTES,
    TEXT_MAX,
    Draft,
    Entry,
    Text,
    commitment_of,
    hash_of_entry,
)
from fusion_service.store.access import Place

READ_AT_ONCE = 500
RETENTION = "retention"
"""Who erases a text whose time is over."""


@dataclass(frozen=True, slots=True)
class LogTables:
    """Where a log and its texts are kept. about: which entries are of somebody, or about them."""

    entry: str
    text: str
    about: str


ACCESS = LogTables("access_entry", "access_text", "e.actor = :actor OR e.object = :actor")
SHIFT = LogTables("shift_entry", "shift_text", "e.actor = :actor")
_ENTRY = "id, at_ms, actor, action, outcome, object, organisation, retention, hash"
_TEXT = "entry_id, field, commitment, salt, content, erased_ms, erased_by"


def append(connection: sqlite3.Connection, draft: Draft) -> None:
    """Add an entry over the last one."""
    last = connection.execute(
        "SELECT id, hash FROM access_entry ORDER BY id DESC LIMIT 1"
    ).fetchone()
    last_id, previous = (0, ORIGIN) if last is None else (int(last[0]), bytes(last[1]))
    entry = Entry(
        last_id + 1,
        draft.at_ms,
        draft.actor,
        draft.action,
        draft.outcome,
        draft.object,
        draft.organisation,
        draft.retention,
        b"",
        tuple(new_text(field, content) for field, content in sorted(draft.texts) if content),
    )
    entry = replace(entry, hash=hash_of_entry(previous, entry))
    connection.execute(
        f"INSERT INTO access_entry ({_ENTRY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
        (
            entry.id,
            entry.at_ms,
            entry.actor,
            entry.action,
            entry.outcome,
            entry.object,
            entry.organisation,
            entry.retention,
            entry.hash,
        ),
    )
    connection.executemany(
        f"INSERT INTO access_text ({_TEXT}) VALUES (?, ?, ?, ?, ?, NULL, NULL)",  # noqa: S608 - constants
        [(entry.id, one.field, one.commitment, one.salt, one.content) for one in entry.texts],
    )


def entries(connection: sqlite3.Connection, where: str, *values: object) -> list[Entry]:
    """Return the entries of a condition, which orders and limits them, with their texts."""
    query = f"SELECT {_ENTRY} FROM access_entry WHERE {where}"  # noqa: S608 - written in this room
    rows = connection.execute(query, values).fetchall()
    marks = ", ".join("?" * len(rows))
    texts: dict[int, list[Text]] = defaultdict(list)
    for row in connection.execute(
        f"SELECT {_TEXT} FROM access_text WHERE entry_id IN ({marks}) ORDER BY entry_id, field",  # noqa: S608 - constants
        [row[0] for row in rows],
    ):
        texts[row[0]].append(Text(*row[1:]))
    return [Entry(*[*row, tuple(texts[row[0]])]) for row in rows]


def whole(connection: sqlite3.Connection) -> Iterator[Entry]:
    """Yield every entry, the oldest first."""
    after = 0
    while page := entries(connection, "id > ? ORDER BY id LIMIT ?", after, READ_AT_ONCE):
        yield from page
        after = page[-1].id


def found(connection: sqlite3.Connection, place: Place) -> list[bytes]:
    """Return the commitments of texts that are still there, of both logs or of the one named."""
    where, values = "content IS NOT NULL", list[object]()
    if place.entry_id is not None:
        where, values = f"{where} AND entry_id = ?", [*values, place.entry_id]
    if place.field is not None:
        where, values = f"{where} AND field = ?", [*values, place.field]
    commitments = []
    for log in logs_in(connection):
        if place.entry_id is not None and (log.text == SHIFT.text) is not place.of_shift:
            continue
        query = f"SELECT commitment, content FROM {log.text} WHERE {where}"  # noqa: S608 - constants
        rows = connection.execute(query, values)
        # LIKE knows capitals of ASCII only; casefold() knows all.
        words = (place.containing or "").casefold()
        commitments += [bytes(row[0]) for row in rows if words in str(row[1]).casefold()]
    return commitments


def found_of_actor(connection: sqlite3.Connection, actor: str) -> list[bytes]:
    """Return the commitments of texts in the entries of an actor, or about them."""
    return [
        bytes(row[0])
        for log in logs_in(connection)
        for row in connection.execute(
            f"SELECT t.commitment FROM {log.text} t JOIN {log.entry} e ON e.id = t.entry_id WHERE "  # noqa: S608 - constants
            f"t.content IS NOT NULL AND ({log.about})",
            {"actor": actor},
        )
    ]


def found_expired(connection: sqlite3.Connection, now_ms: int) -> list[bytes]:
    """Return the commitments of texts whose time is over."""
    return [
        bytes(row[0])
        for log in logs_in(connection)
        for retention, days in RETENTION_DAYS.items()
        for row in connection.execute(
            f"SELECT t.commitment FROM {log.text} t JOIN {log.entry} e ON e.id = t.entry_id WHERE "  # noqa: S608 - constants
            "t.content IS NOT NULL AND e.retention = ? AND e.at_ms < ?",
            (retention, now_ms - days * DAY_MS),
        )
    ]


def erase(connection: sqlite3.Connection, commitment: bytes, at_ms: int, by: str) -> bool:
    """Erase a text, with its salt; False where it was gone."""
    return any(
        connection.execute(
            f"UPDATE {log.text} SET content = NULL, salt = NULL, erased_ms = ?, erased_by = ? "  # noqa: S608 - constants
            "WHERE commitment = ? AND content IS NOT NULL",
            (at_ms, by, commitment),
        ).rowcount
        for log in logs_in(connection)
    )


def logs_in(connection: sqlite3.Connection) -> list[LogTables]:
    """Return the logs that a store has; a copy of an earlier release may have fewer."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    return [log for log in (ACCESS, SHIFT) if log.text in there]


def new_text(field: str, content: str) -> Text:
    """Return a text with a salt of its own, cut where it is too long."""
    salt, content = secrets.token_bytes(SALT_BYTES), content[:TEXT_MAX]
    return Text(field, commitment_of(salt, content), salt, content)
