# SPDX-License-Identifier: Apache-2.0
"""Keep who may get in, in the store's own file.

Rule 1: what was erased, revoked or disabled stands in the list beside the store before the store
changes, and is applied again whenever the store is opened. Rule 2: erased bytes are overwritten.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fusion_service.ledger.access_log import CENTRE, Action, Draft, Entry, Outcome
from fusion_service.store.access import Credentials, KeyRow, PersonRow, Place, SessionRow
from fusion_service.store.sqlite.access import erasures, holders, log
from fusion_service.store.sqlite.access.erasures import Erasure, Kind
from fusion_service.store.sqlite.errors import translated
from fusion_service.store.sqlite.part import StorePart


class AccessFile(StorePart):
    """See `AccessKeeper`. Each question has its own connection, and one lock is for writing."""

    def __init__(self, path: Path, *, size_mib_max: int) -> None:
        super().__init__(path, size_mib_max=size_mib_max, synchronous="FULL")
        try:
            with translated(path):
                self._connection.execute("PRAGMA secure_delete = ON")
            known = erasures.read(erasures.list_beside(path))
            if known:
                with self._commit() as connection:
                    erasures.apply(connection, known)
        except BaseException:
            self._connection.close()
            raise

    # --- people

    def person(self, login: str) -> PersonRow | None:
        """Return who has a login and is not disabled."""
        with self._snapshot() as connection:
            found = holders.persons(connection, "login = ? AND disabled_ms IS NULL", login)
        return found[0] if found else None

    def person_by_id(self, person_id: str) -> PersonRow | None:
        """Return a person."""
        with self._snapshot() as connection:
            found = holders.persons(connection, "id = ?", person_id)
        return found[0] if found else None

    def persons(self) -> list[PersonRow]:
        """Return everybody, by login."""
        with self._snapshot() as connection:
            return holders.persons(connection, "TRUE ORDER BY login, id")

    def keep_person(self, row: PersonRow) -> bool:
        """Add a person."""
        with self._commit() as connection:
            return holders.keep_person(connection, row)

    def give_credentials(self, person_id: str, given: Credentials) -> None:
        """Replace what a person gets in with."""
        with self._commit() as connection:
            holders.give_credentials(connection, person_id, given)

    def disable_person(self, person_id: str, at_ms: int) -> bool:
        """Let a person in no more."""
        self._write_down(Erasure(Kind.DISABLED, person_id, at_ms, ""))
        with self._commit() as connection:
            return holders.disable_person(connection, person_id, at_ms)

    def spend_step(self, person_id: str, step: int) -> bool:
        """Use a one-time code of a step."""
        query = "UPDATE person SET totp_step = ? WHERE id = ? AND totp_step < ?"
        with self._commit() as connection:
            return bool(connection.execute(query, (step, person_id, step)).rowcount)

    def spend_recovery(self, person_id: str, sha256: bytes) -> bool:
        """Use a recovery code."""
        with self._commit() as connection:
            return holders.spend_recovery(connection, person_id, sha256)

    def break_seal(self, person_id: str, at_ms: int) -> None:
        """Note that a sealed account was used."""
        query = "UPDATE person SET opened_ms = ?, password = NULL WHERE id = ?"
        with self._commit() as connection:
            connection.execute(query, (at_ms, person_id))

    def broken_seals(self) -> list[PersonRow]:
        """Return the sealed accounts that were used."""
        where = "opened_ms IS NOT NULL AND disabled_ms IS NULL ORDER BY opened_ms"
        with self._snapshot() as connection:
            return holders.persons(connection, where)

    # --- keys

    def key(self, sha256: bytes) -> KeyRow | None:
        """Return a key by its hash."""
        with self._snapshot() as connection:
            found = holders.keys(connection, "sha256 = ?", sha256)
        return found[0] if found else None

    def key_by_id(self, key_id: str) -> KeyRow | None:
        """Return a key."""
        with self._snapshot() as connection:
            found = holders.keys(connection, "id = ?", key_id)
        return found[0] if found else None

    def all_keys(self) -> list[KeyRow]:
        """Return every key, by name."""
        with self._snapshot() as connection:
            return holders.keys(connection, "TRUE ORDER BY name, added_ms")

    def keep_key(self, row: KeyRow) -> bool:
        """Add a key."""
        with self._commit() as connection:
            return holders.keep_key(connection, row)

    def revoke_key(self, key_id: str, at_ms: int) -> bool:
        """Let a key open nothing more."""
        self._write_down(Erasure(Kind.KEY, key_id, at_ms, ""))
        with self._commit() as connection:
            return holders.revoke_key(connection, key_id, at_ms)

    def use_key(self, key_id: str, at_ms: int) -> None:
        """Note when a key was used."""
        with self._commit() as connection:
            connection.execute("UPDATE access_key SET used_ms = ? WHERE id = ?", (at_ms, key_id))

    def pair(self, key_id: str, session: SessionRow) -> bool:
        """Use a screen's key for its session."""
        query = "UPDATE access_key SET paired_ms = ? WHERE id = ? AND paired_ms IS NULL"
        with self._commit() as connection:
            is_first = bool(connection.execute(query, (session.begun_ms, key_id)).rowcount)
            if is_first:
                holders.begin_session(connection, session)
            return is_first

    # --- sessions

    def begin_session(self, row: SessionRow) -> None:
        """Keep a session."""
        with self._commit() as connection:
            holders.begin_session(connection, row)

    def session(self, sha256: bytes) -> SessionRow | None:
        """Return a session."""
        with self._snapshot() as connection:
            return holders.session(connection, sha256)

    def use_session(self, sha256: bytes, at_ms: int) -> None:
        """Note when a session was used."""
        query = "UPDATE session SET used_ms = ? WHERE sha256 = ?"
        with self._commit() as connection:
            connection.execute(query, (at_ms, sha256))

    def end_session(self, sha256: bytes) -> bool:
        """End a session."""
        query = "DELETE FROM session WHERE sha256 = ?"
        with self._commit() as connection:
            return bool(connection.execute(query, (sha256,)).rowcount)

    # --- the log

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log."""
        with self._commit() as connection:
            for draft in drafts:
                log.append(connection, draft)

    def entries(
        self, *, before_id: int, limit: int, organisation: str | None = None
    ) -> list[Entry]:
        """Return entries, the last first."""
        where, values = "id < ?", list[object]([before_id])
        if organisation is not None:
            where, values = f"{where} AND organisation = ?", [*values, organisation]
        with self._snapshot() as connection:
            return log.entries(connection, f"{where} ORDER BY id DESC LIMIT ?", *values, limit)

    def whole_log(self) -> Iterator[Entry]:
        """Yield every entry, the oldest first, of one state."""
        with self._snapshot() as connection:
            yield from log.whole(connection)

    def erase_texts(self, place: Place, *, at_ms: int, by: str) -> int:
        """Erase texts, each with a tombstone."""
        with self._snapshot() as connection:
            commitments = log.found(connection, place)
        where = "texts" if place.entry_id is None else f"entry {place.entry_id}"
        return self._erase([_text(one, at_ms, by) for one in commitments], where, at_ms, by)

    def erase_person(self, person_id: str, *, at_ms: int, by: str) -> int:
        """Erase who a person was."""
        row = self.person_by_id(person_id)
        if row is None:
            return 0
        with self._snapshot() as connection:
            commitments = set(log.found_of_actor(connection, person_id))
            if row.login:
                commitments |= set(log.found(connection, Place(containing=row.login)))
        lines = [_text(one, at_ms, by) for one in sorted(commitments)]
        person = Erasure(Kind.PERSON, person_id, at_ms, by)
        return self._erase([person, *lines], person_id, at_ms, by) - 1

    def expire(self, now_ms: int) -> int:
        """Erase texts whose time is over, and sessions that have ended."""
        over = "ends_ms <= ? OR used_ms + idle_ms <= ?"
        with self._snapshot() as connection:
            commitments = log.found_expired(connection, now_ms)
            ended = connection.execute(f"SELECT 1 FROM session WHERE {over} LIMIT 1", (now_ms,) * 2)  # noqa: S608 - constants
            has_ended = ended.fetchone() is not None
        if has_ended:
            with self._commit() as connection:
                connection.execute(f"DELETE FROM session WHERE {over}", (now_ms,) * 2)  # noqa: S608 - constants
        if commitments:
            # Not in the list: a copy that is put back has texts as old, and they expire again.
            with self._commit() as connection:
                for one in commitments:
                    log.erase(connection, one, now_ms, log.RETENTION)
        return len(commitments)

    def _erase(self, lines: list[Erasure], what: str, at_ms: int, by: str) -> int:
        if not lines:
            return 0
        self._write_down(*lines)
        with self._commit() as connection:
            erased = erasures.apply(connection, lines)
            log.append(
                connection, Draft(at_ms, by, Action.ERASE, Outcome.DONE, what, organisation=CENTRE)
            )
        with translated(self._path), self._turn:
            # What the log of SQLite still holds of them; a reader may keep a part of it for now.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased

    def _write_down(self, *lines: Erasure) -> None:
        with self._turn:
            erasures.write(erasures.list_beside(self._path), lines)


def _text(commitment: bytes, at_ms: int, by: str) -> Erasure:
    return Erasure(Kind.TEXT, commitment.hex(), at_ms, by)
