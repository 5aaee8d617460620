# SPDX-License-Identifier: Apache-2.0
"""The access log: entries in a chain of hashes, and their texts beside it. Pure.

Rule 1: an entry holds ids, words of this list and times; a name, an address or a comment is a text.
Rule 2: the chain holds of each text a commitment, SHA-256 over a random salt and the text. A text
is erased with its salt: what is left says nothing of it, and the chain still verifies. Rule 3: each
entry says whose it is and how long its texts are kept.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

SALT_BYTES = 32
ORIGIN = bytes(32)
"""What stands before the first entry."""
CENTRE = "centre"
"""The organisation of what belongs to none that a person or key has."""
COMMAND = "command"
"""The actor of what somebody did with a command on the centre's machine; a text says who."""
DAY_MS = 86_400_000
TEXT_MAX = 500


class Action(StrEnum):
    """What was done, or asked."""

    LOG_IN = "log in"
    LOG_OUT = "log out"
    BREAK_GLASS = "break glass"
    PAIR = "pair a screen"
    USE_KEY = "use a key"
    DENIED = "denied"
    ADD_PERSON = "add a person"
    DISABLE_PERSON = "disable a person"
    RESET_PERSON = "reset a person"
    ADD_KEY = "add a key"
    REVOKE_KEY = "revoke a key"
    DRAW = "change a site's file"
    ERASE = "erase"
    AUDIT = "bring in an audit"


class Outcome(StrEnum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"


class Retention(StrEnum):
    """How long the texts of an entry are kept; the entry itself stays."""

    USE = "use"
    CHANGE = "change"
    ALARM = "alarm"


RETENTION_DAYS = {Retention.USE: 90, Retention.CHANGE: 1_095, Retention.ALARM: 365}
RETENTION_OF = {
    Action.BREAK_GLASS: Retention.ALARM,
    Action.DENIED: Retention.ALARM,
    **dict.fromkeys(
        (
            Action.ADD_PERSON,
            Action.DISABLE_PERSON,
            Action.RESET_PERSON,
            Action.ADD_KEY,
            Action.REVOKE_KEY,
            Action.DRAW,
            Action.ERASE,
            Action.AUDIT,
        ),
        Retention.CHANGE,
    ),
}
"""Every other action is a use."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that is not yet kept. actor: an id, or `command`; texts: by field."""

    at_ms: int
    actor: str
    action: Action
    outcome: Outcome
    object: str
    organisation: str
    texts: tuple[tuple[str, str], ...] = ()

    @property
    def retention(self) -> Retention:
        """How long its texts are kept."""
        if self.outcome is Outcome.REFUSED:
            return Retention.ALARM
        return RETENTION_OF.get(self.action, Retention.USE)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of an entry. content, salt: None once erased; then erased_ms and erased_by say so."""

    field: str
    commitment: bytes
    salt: bytes | None
    content: str | None
    erased_ms: int | None = None
    erased_by: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is kept."""

    id: int
    at_ms: int
    actor: str
    action: str
    outcome: str
    object: str
    organisation: str
    retention: str
    hash: bytes
    texts: tuple[Text, ...]

    def hash_over(self, previous: bytes) -> bytes:
        """Return the hash of this entry over the one before; its own `hash` is not read."""
        return hash_of_entry(previous, self)


class Chained(Protocol):
    """An entry of a log that is a chain, whichever log it is."""

    @property
    def id(self) -> int:
        """Its place, from 1."""

    @property
    def hash(self) -> bytes:
        """What was kept as its hash."""

    @property
    def texts(self) -> tuple[Text, ...]:
        """Its texts."""

    def hash_over(self, previous: bytes) -> bytes:
        """Return its hash over the one before."""


def commitment_of(salt: bytes, content: str) -> bytes:
    """Return what the chain holds of a text."""
    return hashlib.sha256(salt + content.encode("utf-8", "surrogatepass")).digest()


def hash_of_entry(previous: bytes, entry: Entry) -> bytes:
    """Return the hash of an entry, over the one before it; its own `hash` is not read."""
    said = [
        entry.id,
        entry.at_ms,
        entry.actor,
        entry.action,
        entry.outcome,
        entry.object,
        entry.organisation,
        entry.retention,
        [[text.field, text.commitment.hex()] for text in entry.texts],
    ]
    body = json.dumps(said, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return hashlib.sha256(previous + body).digest()


def fault_of_chain(entries: Iterable[Chained]) -> str | None:
    """Return the first thing in a log, oldest first, that is not as it was written; else None."""
    previous, expected = ORIGIN, 1
    for entry in entries:
        if entry.id != expected:
            return f"entry {expected} is missing"
        if entry.hash_over(previous) != entry.hash:
            return f"entry {entry.id} was changed, or what stands before it"
        for text in entry.texts:
            if text.content is None:
                if text.erased_ms is None:
                    return f"entry {entry.id}: {text.field} is gone without a tombstone"
            elif text.salt is None or commitment_of(text.salt, text.content) != text.commitment:
                return f"entry {entry.id}: {text.field} was changed"
        previous, expected = entry.hash, expected + 1
    return None
