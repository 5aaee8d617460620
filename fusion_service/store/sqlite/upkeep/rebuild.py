# SPDX-License-Identifier: Apache-2.0
"""Build every tree of a store again, leaf by leaf; compare the roots with those kept and signed."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.ledger.status import CheckpointVerdict
from fusion_service.store.sqlite.connection import check_current, open_reader
from fusion_service.store.sqlite.errors import translated
from wire_contract.errors import ContractError
from wire_contract.merkle import HASH_BYTES, Frontier

EARLIER = "take an earlier copy"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a store holds. compared: signed checkpoints whose root came out again.

    not_rebuilt: streams of which entries lie elsewhere, or that began before trees were kept.
    """

    devices: int
    reports: int
    entries: int
    streams: int
    rebuilt: int
    not_rebuilt: int
    compared: int
    newest_ms: int | None


def rebuild(path: Path) -> Rebuilt:
    """Count what a store holds, and build its trees.

    Raises StoreError naming the first stream that is not what it was.
    """
    with translated(path), closing(open_reader(path)) as connection:
        check_current(connection, path)
        connection.execute("BEGIN")  # one state for all questions
        devices, reports, entries = (
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - these three names
            for table in ("device", "report", "entry")
        )
        (newest_ms,) = connection.execute("SELECT max(received_ms) FROM report").fetchone()
        query = "SELECT id, uuid, upto, frontier FROM stream ORDER BY id"
        streams = connection.execute(query).fetchall()
        found = [_rebuild_stream(connection, path, *stream) for stream in streams]
    rebuilt = [number for number in found if number is not None]
    return Rebuilt(
        devices,
        reports,
        entries,
        len(streams),
        len(rebuilt),
        len(streams) - len(rebuilt),
        sum(rebuilt),
        newest_ms,
    )


def _rebuild_stream(
    connection: sqlite3.Connection,
    path: Path,
    stream_id: int,
    uuid: str,
    upto: int,
    kept: bytes,
) -> int | None:
    """Return how many signed roots came out again; None where not every leaf is here."""
    signed = _signed_roots(connection, stream_id, upto)
    query = (
        "SELECT sequence, substr(hashes, 1, ?) FROM entry WHERE stream_id = ? AND sequence <= ? "
        "ORDER BY sequence"
    )
    rows = connection.execute(query, (HASH_BYTES, stream_id, upto))
    tree, compared = Frontier(0, ()), 0
    for sequence, leaf in rows:
        if sequence != tree.size + 1 or leaf is None:
            return None
        try:
            tree = tree.append(bytes(leaf))
        except ContractError as error:
            raise StoreError(
                f"{path}: stream {uuid}, entry {sequence}: {error}; {EARLIER}"
            ) from error
        if (root := signed.get(tree.size)) is not None:
            if root != tree.root:
                what = f"{tree.size} entries have another root than signed"
                raise StoreError(f"{path}: stream {uuid}: {what}; {EARLIER}")
            compared += 1
    if kept is None or tree.size != upto:
        return None
    if tree.to_bytes() != bytes(kept):
        what = f"its {upto} entries have another root than was kept"
        raise StoreError(f"{path}: stream {uuid}: {what}; {EARLIER}")
    return compared


def _signed_roots(connection: sqlite3.Connection, stream_id: int, upto: int) -> dict[int, bytes]:
    """Return by size the roots that the box signed and that agreed when they came."""
    query = (
        "SELECT size, root FROM checkpoint WHERE stream_id = ? AND verdict = ? AND size BETWEEN 1 "
        "AND ?"
    )
    rows = connection.execute(query, (stream_id, CheckpointVerdict.AGREES, upto))
    return {int(size): bytes(root) for size, root in rows}
