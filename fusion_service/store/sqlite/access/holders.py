# SPDX-License-Identifier: Apache-2.0
"""The rows of people, keys and sessions. Each call is made inside a commit of its caller."""

import sqlite3

from fusion_service.store.access import SESSIONS_MAX, Credentials, KeyRow, PersonRow, SessionRow

_HASH_BYTES = 32
_PERSON = (
    "id, ifnull(login, ''), role, organisation, scope, language, password, totp, added_ms, "
    "totp_step, recovery, opened_ms, disabled_ms, erased_ms, erased_by"
)
_KEY = (
    "id, name, sha256, role, organisation, scope, added_ms, ends_ms, revoked_ms, used_ms, paired_ms"
)
_SESSION = "sha256, person_id, key_id, begun_ms, used_ms, ends_ms, idle_ms"


def persons(connection: sqlite3.Connection, where: str, *values: object) -> list[PersonRow]:
    """Return the people of a condition."""
    query = f"SELECT {_PERSON} FROM person WHERE {where}"  # noqa: S608 - written in this room
    rows = connection.execute(query, values).fetchall()
    return [PersonRow(*[*row[:10], _cut(row[10]), *row[11:]]) for row in rows]


def keys(connection: sqlite3.Connection, where: str, *values: object) -> list[KeyRow]:
    """Return the keys of a condition."""
    query = f"SELECT {_KEY} FROM access_key WHERE {where}"  # noqa: S608 - written in this room
    return [KeyRow(*row) for row in connection.execute(query, values)]


def session(connection: sqlite3.Connection, sha256: bytes) -> SessionRow | None:
    """Return a session by its hash."""
    query = f"SELECT {_SESSION} FROM session WHERE sha256 = ?"  # noqa: S608 - constants
    row = connection.execute(query, (sha256,)).fetchone()
    return None if row is None else SessionRow(*row)


def keep_person(connection: sqlite3.Connection, row: PersonRow) -> bool:
    """Add a person; False where somebody has the login."""
    if persons(connection, "login = ? AND disabled_ms IS NULL", row.login):
        return False
    connection.execute(
        "INSERT INTO person (id, login, role, organisation, scope, language, password, totp, "
        "recovery, added_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id,
            row.login,
            row.role,
            row.organisation,
            row.scope,
            row.language,
            row.password,
            row.totp,
            b"".join(row.recovery),
            row.added_ms,
        ),
    )
    return True


def give_credentials(connection: sqlite3.Connection, person_id: str, given: Credentials) -> None:
    """Replace what a person gets in with, and end their sessions."""
    connection.execute(
        "UPDATE person SET password = ?, totp = ?, totp_step = 0, recovery = ?, opened_ms = NULL "
        "WHERE id = ?",
        (given.password, given.totp, b"".join(given.recovery), person_id),
    )
    connection.execute("DELETE FROM session WHERE person_id = ?", (person_id,))


def disable_person(connection: sqlite3.Connection, person_id: str, at_ms: int) -> bool:
    """Let a person in no more; what they got in with goes."""
    changed = connection.execute(
        "UPDATE person SET disabled_ms = ?, password = NULL, totp = NULL, recovery = x'' "
        "WHERE id = ? AND disabled_ms IS NULL",
        (at_ms, person_id),
    ).rowcount
    connection.execute("DELETE FROM session WHERE person_id = ?", (person_id,))
    return bool(changed)


def spend_recovery(connection: sqlite3.Connection, person_id: str, sha256: bytes) -> bool:
    """Use a recovery code once."""
    row = connection.execute("SELECT recovery FROM person WHERE id = ?", (person_id,)).fetchone()
    left = () if row is None else _cut(row[0])
    if sha256 not in left:
        return False
    rest = b"".join(one for one in left if one != sha256)
    connection.execute("UPDATE person SET recovery = ? WHERE id = ?", (rest, person_id))
    return True


def keep_key(connection: sqlite3.Connection, row: KeyRow) -> bool:
    """Add a key; False where a key of this name is in use."""
    if keys(connection, "name = ? AND revoked_ms IS NULL", row.name):
        return False
    connection.execute(
        f"INSERT INTO access_key ({_KEY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
        (
            row.id,
            row.name,
            row.sha256,
            row.role,
            row.organisation,
            row.scope,
            row.added_ms,
            row.ends_ms,
            row.revoked_ms,
            row.used_ms,
            row.paired_ms,
        ),
    )
    return True


def revoke_key(connection: sqlite3.Connection, key_id: str, at_ms: int) -> bool:
    """Let a key open nothing more."""
    changed = connection.execute(
        "UPDATE access_key SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL",
        (at_ms, key_id),
    ).rowcount
    connection.execute("DELETE FROM session WHERE key_id = ?", (key_id,))
    return bool(changed)


def begin_session(connection: sqlite3.Connection, row: SessionRow) -> None:
    """Keep a session, and no more of its holder than so many."""
    connection.execute(
        f"INSERT INTO session ({_SESSION}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
        (
            row.sha256,
            row.person_id,
            row.key_id,
            row.begun_ms,
            row.used_ms,
            row.ends_ms,
            row.idle_ms,
        ),
    )
    connection.execute(
        "DELETE FROM session WHERE sha256 IN (SELECT sha256 FROM session WHERE person_id IS ? AND "
        "key_id IS ? ORDER BY used_ms DESC LIMIT -1 OFFSET ?)",
        (row.person_id, row.key_id, SESSIONS_MAX),
    )


def _cut(hashes: bytes) -> tuple[bytes, ...]:
    return tuple(
        hashes[start : start + _HASH_BYTES] for start in range(0, len(hashes), _HASH_BYTES)
    )
