# SPDX-License-Identifier: Apache-2.0
"""What the centre keeps of who may get in, and asks of whatever keeps it.

The rules of store/port.py hold here too. Of every secret a hash is kept, but of the one that makes
one-time codes, which both sides must have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from fusion_service.ledger.access_log import Draft, Entry

SESSIONS_MAX = 20
"""Of one person or key. The one that was used longest ago goes."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who may get in. Times are UTC in ms.

    login: empty once erased. password: argon2id. totp: the secret of one-time codes, None where
    none is asked. recovery: hashes. opened_ms: when the seal of a sealed account was broken.
    """

    id: str
    login: str
    role: str
    organisation: str
    scope: str
    language: str
    password: str | None
    totp: bytes | None
    added_ms: int
    totp_step: int = 0
    recovery: tuple[bytes, ...] = ()
    opened_ms: int | None = None
    disabled_ms: int | None = None
    erased_ms: int | None = None
    erased_by: str | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of a program or a screen. ends_ms: None where it has no end.

    paired_ms: when the screen that it is for was paired; it opens nothing else after.
    """

    id: str
    name: str
    sha256: bytes
    role: str
    organisation: str
    scope: str
    added_ms: int
    ends_ms: int | None = None
    revoked_ms: int | None = None
    used_ms: int | None = None
    paired_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A log-in, by the hash of its cookie's secret. idle_ms: how long it may lie unused."""

    sha256: bytes
    person_id: str | None
    key_id: str | None
    begun_ms: int
    used_ms: int
    ends_ms: int
    idle_ms: int


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person gets in with, from now on."""

    password: str
    totp: bytes | None
    recovery: tuple[bytes, ...]


class AccessKeeper(Protocol):
    """People, keys, sessions and the log. Safe for many threads."""

    def person(self, login: str) -> PersonRow | None:
        """Return who has a login and is not disabled; None for nobody."""

    def person_by_id(self, person_id: str) -> PersonRow | None:
        """Return a person; None where none ever had this id."""

    def persons(self) -> list[PersonRow]:
        """Return everybody, the disabled too, by login."""

    def keep_person(self, row: PersonRow) -> bool:
        """Add a person; False where somebody has the login."""

    def give_credentials(self, person_id: str, given: Credentials) -> None:
        """Replace what a person gets in with, end their sessions, and close a broken seal."""

    def disable_person(self, person_id: str, at_ms: int) -> bool:
        """Let a person in no more, for good; False where it was so."""

    def spend_step(self, person_id: str, step: int) -> bool:
        """Use a one-time code of a step; False where it or a later one was used."""

    def spend_recovery(self, person_id: str, sha256: bytes) -> bool:
        """Use a recovery code; False where it is none, or none any more."""

    def break_seal(self, person_id: str, at_ms: int) -> None:
        """Note that a sealed account was used; its password opens nothing any more."""

    def broken_seals(self) -> list[PersonRow]:
        """Return the sealed accounts that were used and not sealed again."""

    def key(self, sha256: bytes) -> KeyRow | None:
        """Return a key by its hash, a revoked one too."""

    def key_by_id(self, key_id: str) -> KeyRow | None:
        """Return a key; None where none ever had this id."""

    def all_keys(self) -> list[KeyRow]:
        """Return every key, by name."""

    def keep_key(self, row: KeyRow) -> bool:
        """Add a key; False where a key of this name is in use."""

    def revoke_key(self, key_id: str, at_ms: int) -> bool:
        """Let a key open nothing more, for good; False where it was so."""

    def use_key(self, key_id: str, at_ms: int) -> None:
        """Note when a key was used."""

    def pair(self, key_id: str, session: SessionRow) -> bool:
        """Use a screen's key for its session; False where it was used already."""

    def begin_session(self, row: SessionRow) -> None:
        """Keep a session; where its holder has too many, the one used longest ago goes."""

    def session(self, sha256: bytes) -> SessionRow | None:
        """Return a session that has not ended by hand; its times are for the caller to judge."""

    def use_session(self, sha256: bytes, at_ms: int) -> None:
        """Note when a session was used."""

    def end_session(self, sha256: bytes) -> bool:
        """End a session; False where there was none."""

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add entries to the log, in one commit."""

    def entries(
        self, *, before_id: int, limit: int, organisation: str | None = None
    ) -> list[Entry]:
        """Return entries, the last first, those before an id; of one organisation or of all."""

    def whole_log(self) -> Iterator[Entry]:
        """Yield every entry, the oldest first."""

    def erase_texts(self, place: "Place", *, at_ms: int, by: str) -> int:
        """Erase texts, each with a tombstone; return how many. The log gets an entry."""

    def erase_person(self, person_id: str, *, at_ms: int, by: str) -> int:
        """Erase who a person was, here and in every text that names them; return how many texts."""

    def expire(self, now_ms: int) -> int:
        """Erase texts whose time is over, and sessions that have ended; return how many texts."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which texts: of an entry (a field of it, or all), or whatever holds these words.

    of_shift: the entry is one of the shift's log, not of the access log.
    """

    entry_id: int | None = None
    field: str | None = None
    containing: str | None = None
    of_shift: bool = False
