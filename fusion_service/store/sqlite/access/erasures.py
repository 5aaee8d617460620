# SPDX-License-Identifier: Apache-2.0
"""What must not come back with a copy of the store: erased texts and people, revoked keys.

The list is a file beside the store, and beside copies of it in their folder: a line for each, with
an id that names nobody. Rule 1: a line is on disk before the store changes. Rule 2: whoever copies
the store carries the list along, and only adds to the one that is there. Rule 3: whoever restores a
copy, and whoever opens a store, applies both lists: the copy's folder's and the store's.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.private_file import give_to_folder_owner
from fusion_service.store.sqlite.access import holders, log

NAME = "erased.jsonl"
log_lines = logging.getLogger(__name__)


class Kind(StrEnum):
    """What must stay as it was made."""

    TEXT = "text"
    PERSON = "person"
    DISABLED = "disabled"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One line. id: of a text its commitment, hex; else the row's id."""

    kind: Kind
    id: str
    at_ms: int
    by: str


def list_beside(store: Path) -> Path:
    """Return where the list of a store or of its copy lies."""
    return store.absolute().parent / NAME


def read(path: Path) -> list[Erasure]:
    """Return the lines of a list; none where there is none. Raises StoreError where it is not one.

    A last line that was cut short by a power cut was never acted on.
    """
    try:
        lines = path.read_text("ascii").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error
    found = []
    for line in lines[:-1]:
        try:
            said = json.loads(line)
            found.append(Erasure(Kind(said["kind"]), said["id"], said["at_ms"], said["by"]))
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path, line[:80]) from error
    return found


def write(path: Path, erasures: Iterable[Erasure]) -> None:
    """Add what is not in a list yet; it is on disk before this returns."""
    known = {(one.kind, one.id) for one in read(path)}
    new = [one for one in erasures if (one.kind, one.id) not in known]
    if not new:
        return
    text = "".join(json.dumps(asdict(one), ensure_ascii=True) + "\n" for one in new)
    try:
        _heal_last_line(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            give_to_folder_owner(descriptor, path.parent)
            os.write(descriptor, text.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror}; free some space, and let this user write it: nothing was "
            "erased"
        ) from error


def carry(source: Path, target: Path) -> None:
    """Add the list beside one store to that beside another."""
    if (erasures := read(list_beside(source))) and list_beside(source) != list_beside(target):
        write(list_beside(target), erasures)


def apply(connection: sqlite3.Connection, erasures: Iterable[Erasure]) -> int:
    """Make a store as its lists say; return how much that changed. Inside the caller's commit."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'access_text'").fetchone():
        return 0  # a copy of before there were any
    return sum(_apply(connection, one) for one in erasures)


def _apply(connection: sqlite3.Connection, one: Erasure) -> bool:
    if one.kind is Kind.TEXT:
        return log.erase(connection, bytes.fromhex(one.id), one.at_ms, one.by)
    if one.kind is Kind.KEY:
        return holders.revoke_key(connection, one.id, one.at_ms)
    if one.kind is Kind.DISABLED:
        return holders.disable_person(connection, one.id, one.at_ms)
    holders.disable_person(connection, one.id, one.at_ms)
    return bool(
        connection.execute(
            "UPDATE person SET login = NULL, erased_ms = ?, erased_by = ? WHERE id = ? AND "
            "erased_ms IS NULL",
            (one.at_ms, one.by, one.id),
        ).rowcount
    )


def _heal_last_line(path: Path) -> None:
    """Cut off a last line that has no end."""
    if not path.exists():
        return
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)
        log_lines.warning("%s: the last line was cut short; it was never acted on", path)


def _damaged(path: Path, got: str) -> StoreError:
    return StoreError(
        f"{path}: got {got!r}, wanted the lines of what was erased; put it back from another copy: "
        "without it a restore may bring back what was erased"
    )
