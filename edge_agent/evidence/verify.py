# SPDX-License-Identifier: Apache-2.0
"""Look at a box's ledger: show it, prove that an entry is in it, check all of it.

Reading only, also while the box runs.

Everything is checked against hashes made anew from what the file holds; what the gate wrote beside
them is believed nowhere.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.evidence.counts import Counts, counts_of
from edge_agent.evidence.handed_over import Kept, faults, read_handed_over
from edge_agent.evidence.public_key import PublicKey
from edge_agent.store.layout import LEDGER_FILE
from edge_agent.store.merkle_file import closed_file
from wire_contract.codec import open_envelope
from wire_contract.errors import DecodeError
from wire_contract.merkle import (
    EMPTY,
    HASH_BYTES,
    Frontier,
    consistency_proof,
    frontier,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from wire_contract.messages.checkpoint import Head, open_checkpoint
from wire_contract.topics import Channel

FINDINGS_MAX = 20
"""Faults told at once; the first is the one that counts."""
BUSY_TIMEOUT_S = 5.0
PURGED = b'"kind":"purged"'
"""Stands in an entry that says of a run of others that they were purged, and in no report."""
NOT_SHOWN = (
    "a ledger and an outbox that were taken back together to an earlier state look whole here; "
    "only a checkpoint that somebody kept (--checkpoint), a witness, or the centre's copy can show "
    "that"
)


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry as it is shown: envelope_bytes, channel and time are None where the payload was purged and its hash stays."""

    sequence: int
    leaf: str
    channel: str | None
    signed_utc_ms: int | None
    envelope_bytes: int | None
    purged: bool
    counts: Counts | None
    """What a report said; None of anything else."""

    def in_words(self) -> str:
        """Say it in one line: the counts where it is a report."""
        if self.purged:
            return f"purged, its hash {self.leaf} stays"
        return (
            self.counts.in_words()
            if self.counts
            else f"{self.channel}, {self.envelope_bytes} bytes"
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A ledger at a glance. agreed and differs.

    The largest size at which the centre's root was ours, the smallest at which not.

    frontier is what a witness needs to begin here: hex, left to right.
    """

    stream: str
    follows: str | None
    size: int
    root: str
    frontier: tuple[str, ...]
    payloads: int
    purged: int
    agreed: int
    differs: int | None
    last: tuple[ShownEntry, ...]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A proof that entry `sequence` stands in the tree of `size` entries. Hashes are hex.

    Where the payload was purged, envelope is None: the proof then holds for whoever kept the
    envelope, by its hash, the leaf.
    """

    stream: str
    sequence: int
    size: int
    root: str
    leaf: str
    proof: tuple[str, ...]
    purged: bool
    envelope: str | None


@dataclass(frozen=True, slots=True)
class Consistency:
    """A proof that the tree of `second_size` entries begins with that of `first_size`.

    Hashes are hex.
    """

    stream: str
    first_size: int
    first_root: str
    second_size: int
    second_root: str
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, and the entry where it lies; None where it concerns the whole."""

    sequence: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the whole ledger came to. Good where there are no findings.

    Of a purged entry only its hash is checked: that it stands where it stood. Payloads are purged
    oldest first, so one that is gone after one that is still there was not purged but taken out,
    and is a finding.
    """

    stream: str
    size: int
    root: str
    payloads_checked: int
    purged: int
    agreed: int
    differs: int | None
    acknowledged: int | None
    published: int | None
    """How far the centre has acknowledged, and the largest checkpoint published, by the outbox;
    None where it was not asked."""
    findings: tuple[Finding, ...]


def show(store: Path, *, last: int = 10) -> Shown:
    """Show a box's ledger and its last entries."""
    with opened(store) as ledger:
        size = ledger.size()
        tree = ledger.tree(size)
        agreed, differs = ledger.compared()
        return Shown(
            stream=ledger.stream(),
            follows=ledger.follows(),
            size=size,
            root=tree.root.hex(),
            frontier=tuple(one.hex() for one in tree.hashes),
            payloads=ledger.payloads(),
            purged=size - ledger.payloads(),
            agreed=agreed,
            differs=differs,
            last=ledger.last(last),
        )


def prove(store: Path, sequence: int, *, size: int | None = None) -> Inclusion:
    """Prove that an entry is in the ledger as it was at `size` (now, where None).

    Raises StoreError where it is not.
    """
    with opened(store) as ledger:
        size = ledger.bounded(size)
        if not 1 <= sequence <= size:
            raise StoreError(f"{store}: got entry {sequence}, wanted one from 1 to {size}")
        leaf, root = ledger.node(0, sequence), ledger.tree(size).root
        proof = inclusion_proof(sequence, size, ledger.node)
        if not verify_inclusion(leaf, sequence, size, proof, root):
            raise StoreError(
                f"{store}: the hashes on the way to entry {sequence} do not fit; run edge-agent "
                "ledger verify"
            )
        envelope = ledger.envelope(sequence)
        return Inclusion(
            stream=ledger.stream(),
            sequence=sequence,
            size=size,
            root=root.hex(),
            leaf=leaf.hex(),
            proof=tuple(one.hex() for one in proof),
            purged=envelope is None,
            envelope=None if envelope is None else envelope.decode("ascii", "replace"),
        )


def prove_consistency(store: Path, first_size: int, *, size: int | None = None) -> Consistency:
    """Prove that the ledger at `size` (now, where None) begins with what it was at `first_size`.

    Raises StoreError where it does not have so many entries, or where it does not begin so.
    """
    with opened(store) as ledger:
        size = ledger.bounded(size)
        if not 0 <= first_size <= size:
            raise StoreError(f"{store}: got size {first_size}, wanted one from 0 to {size}")
        first, second = ledger.tree(first_size).root, ledger.tree(size).root
        proof = consistency_proof(first_size, size, ledger.node)
        if not verify_consistency((first_size, first), (size, second), proof):
            raise StoreError(
                f"{store}: the hashes from {first_size} to {size} do not fit; run edge-agent "
                "ledger verify"
            )
        return Consistency(
            ledger.stream(),
            first_size,
            first.hex(),
            size,
            second.hex(),
            tuple(one.hex() for one in proof),
        )


def verify(
    store: Path, public_key: Path, *, checkpoint: Path | None = None, outbox: Path | None = None
) -> Verified:
    """Check every entry, every hash and every signature that is still there, and a checkpoint that someone kept.

    With the box's outbox: that the ledger is not shorter than, and no other than, what was handed
    over and acknowledged. Raises StoreError where the ledger, the key, the outbox or the
    checkpoint's file cannot be read at all.
    """
    key = PublicKey.read(public_key)
    # Before the ledger: what is in the outbox by then was in the ledger before that.
    handed = None if outbox is None else read_handed_over(outbox)
    with opened(store) as ledger:
        findings, tree, checked = _walk(ledger, key)
        agreed, differs = ledger.compared()
        if differs is not None:
            where = (
                f"entry {agreed + 1}"
                if differs == agreed + 1
                else f"entries {agreed + 1} to {differs}"
            )
            findings.append(
                Finding(
                    agreed + 1, f"the centre's root differs from size {differs} on: look at {where}"
                )
            )
        if checkpoint is not None:
            findings += _check_checkpoint(ledger, key, checkpoint)
        if handed is not None:
            findings += [Finding(*fault) for fault in faults(ledger.kept(store), handed, key)]
        stream = ledger.stream()
        return Verified(
            stream=stream,
            size=tree.size,
            root=tree.root.hex(),
            payloads_checked=checked,
            purged=tree.size - checked,
            agreed=agreed,
            differs=differs,
            acknowledged=None if handed is None else handed.upto(stream),
            published=None if handed is None else handed.published(stream),
            findings=tuple(findings[:FINDINGS_MAX]),
        )


def _walk(ledger: "_LedgerReader", key: PublicKey) -> tuple[list[Finding], Frontier, int]:
    """Grow the tree anew from the leaves and compare everything that is kept with it."""
    findings: list[Finding] = []
    tree, checked, stream = EMPTY, 0, ledger.stream()
    for sequence, hashes, channel, envelope in ledger.leaves():
        if sequence != tree.size + 1:
            findings.append(Finding(tree.size + 1, f"entry {tree.size + 1} is missing"))
            break
        leaf = hashes[:HASH_BYTES] if envelope is None else leaf_hash(envelope)
        if b"".join(tree.completed(leaf)) != hashes:
            findings.append(
                Finding(
                    sequence,
                    f"the hashes of entry {sequence} are not those of what it follows and holds",
                )
            )
        if envelope is None and checked:
            findings.append(
                Finding(
                    sequence,
                    f"the payload of entry {sequence} is gone, and older ones are not: it was "
                    "taken out",
                )
            )
        if envelope is not None:
            checked += 1
            findings += _check_envelope(key, stream, sequence, channel, envelope)
        tree = tree.append(hashes[:HASH_BYTES])
        if len(findings) >= FINDINGS_MAX:
            break
    extra = ledger.entries_without_leaf()
    return (
        findings + [Finding(number, f"entry {number} has no hash") for number in extra],
        tree,
        checked,
    )


def _check_envelope(
    key: PublicKey, stream: str, sequence: int, channel: str | None, envelope: bytes
) -> list[Finding]:
    try:
        value = json.loads(open_envelope(Channel(channel or ""), envelope, key.verify))
    except (DecodeError, ValueError) as error:
        return [Finding(sequence, f"entry {sequence}: {error}")]
    if (value.get("stream"), value.get("sequence")) != (stream, sequence):
        return [Finding(sequence, f"entry {sequence}: its payload names another place")]
    return []


def _check_checkpoint(ledger: "_LedgerReader", key: PublicKey, path: Path) -> list[Finding]:
    try:
        kept = open_checkpoint(path.read_bytes(), key.raw, key.verify)
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror}; name a file with a checkpoint of this box"
        ) from error
    except DecodeError as error:
        return [Finding(None, f"{path}: {error}")]
    head = kept.head
    if head.stream != ledger.stream():
        return [
            Finding(
                None,
                f"{path}: is of stream {head.stream}, this ledger is {ledger.stream()}; was it "
                "closed?",
            )
        ]
    if head.size > ledger.size():
        return [
            Finding(
                ledger.size() + 1,
                f"{path}: has {head.size} entries, this ledger {ledger.size()}: the rest was cut "
                "off",
            )
        ]
    if ledger.tree(head.size).root != head.root:
        return [
            Finding(
                None,
                f"{path}: another root was signed for size {head.size}: a fork, or the ledger was "
                "changed",
            )
        ]
    return []


@contextmanager
def opened(store: Path) -> Iterator["_LedgerReader"]:
    """Open a ledger for reading. Raises StoreError, naming the file, where it cannot be read."""
    path = store / LEDGER_FILE
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
        ) as connection:
            connection.execute("BEGIN")
            yield _LedgerReader(path, connection)
    except sqlite3.Error as error:
        raise StoreError(
            f"{path}: {error}; name the store of a box that has run, as a user who may read it"
        ) from error


class _LedgerReader:
    """One snapshot of a ledger file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._execute = path, connection.execute

    def stream(self) -> str:
        return str(self._execute("SELECT id FROM stream").fetchone()[0])

    def follows(self) -> str | None:
        row = self._execute("SELECT stream, size, root FROM follows").fetchone()
        return None if row is None else f"{row[0]} at {row[1]} with {Head(*row).root.hex()}"

    def kept(self, store: Path) -> Kept:
        """Return what an outbox is compared with. A closed ledger's file is named by its stream."""
        row = self._execute("SELECT stream FROM follows").fetchone()
        closed = (path.name.split(".")[1] for path in store.glob(closed_file(Path(), "*").name))
        return Kept(
            stream=self.stream(),
            size=self.size(),
            root=lambda size: self.tree(size).root.hex(),
            envelope=self.envelope,
            others=frozenset((*closed, *(row or ()))),
        )

    def size(self) -> int:
        return int(self._execute("SELECT COALESCE(MAX(sequence), 0) FROM leaf").fetchone()[0])

    def bounded(self, size: int | None) -> int:
        now = self.size()
        if size is not None and size > now:
            raise StoreError(f"{self._path}: got size {size}, wanted at most {now}")
        return now if size is None else size

    def node(self, level: int, end: int) -> bytes:
        row = self._execute("SELECT hashes FROM leaf WHERE sequence = ?", (end,)).fetchone()
        found = b"" if row is None else bytes(row[0])[HASH_BYTES * level : HASH_BYTES * (level + 1)]
        if len(found) != HASH_BYTES:
            raise StoreError(
                f"{self._path}: no hash of level {level} at entry {end}; run edge-agent ledger "
                "verify"
            )
        return found

    def tree(self, size: int) -> Frontier:
        return frontier(size, self.node)

    def payloads(self) -> int:
        return int(self._execute("SELECT COUNT(*) FROM entry").fetchone()[0])

    def envelope(self, sequence: int) -> bytes | None:
        row = self._execute("SELECT envelope FROM entry WHERE sequence = ?", (sequence,)).fetchone()
        return None if row is None else bytes(row[0])

    def reports(self) -> Iterator[bytes]:
        """Yield the envelopes of the reports that are still there, in the order of signing."""
        # What says that a run was purged goes on the topic of reports and is none.
        query = (
            "SELECT envelope FROM entry WHERE channel = 'report' AND instr(envelope, ?) = 0 ORDER "
            "BY sequence"
        )
        for (envelope,) in self._execute(query, (PURGED,)):
            yield bytes(envelope)

    def compared(self) -> tuple[int, int | None]:
        query = (
            "SELECT MAX(CASE WHEN agrees THEN size END), MIN(CASE WHEN NOT agrees THEN size END) "
            "FROM compared"
        )
        agreed, differs = self._execute(query).fetchone()
        return agreed or 0, differs

    def last(self, number: int) -> tuple[ShownEntry, ...]:
        query = (
            "SELECT l.sequence, lower(hex(substr(l.hashes, 1, 32))), e.channel, e.signed_utc_ms, "
            "e.envelope FROM leaf l LEFT JOIN entry e ON e.sequence = l.sequence ORDER BY "
            "l.sequence DESC LIMIT ?"
        )
        found = reversed(self._execute(query, (number,)).fetchall())
        return tuple(
            ShownEntry(
                sequence=sequence,
                leaf=leaf,
                channel=channel,
                signed_utc_ms=signed_ms,
                envelope_bytes=None if envelope is None else len(envelope),
                purged=envelope is None,
                counts=counts_of(bytes(envelope)) if channel == Channel.REPORT else None,
            )
            for sequence, leaf, channel, signed_ms, envelope in found
        )

    def leaves(self) -> Iterator[tuple[int, bytes, str | None, bytes | None]]:
        query = (
            "SELECT l.sequence, CAST(l.hashes AS BLOB), e.channel, e.envelope FROM leaf l LEFT "
            "JOIN entry e ON e.sequence = l.sequence ORDER BY l.sequence"
        )
        yield from self._execute(query)

    def entries_without_leaf(self) -> list[int]:
        query = (
            "SELECT sequence FROM entry WHERE sequence NOT IN (SELECT sequence FROM leaf) ORDER BY "
            "sequence LIMIT ?"
        )
        return [row[0] for row in self._execute(query, (FINDINGS_MAX,))]
