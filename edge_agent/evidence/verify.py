# SPDX-License-Identifier: Apache-2.0
"""Check a box's ledger: every entry, every hash, every signature. Reading only.

Everything is checked against hashes made anew from what the file holds; what the gate wrote beside
them is believed nowhere.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import StoreError
from edge_agent.evidence.handed_over import faults, read_handed_over
from edge_agent.evidence.ledger_reader import LedgerReader, opened
from edge_agent.evidence.public_key import PublicKey
from wire_contract.codec import open_envelope
from wire_contract.errors import DecodeError
from wire_contract.merkle import EMPTY, HASH_BYTES, Frontier, leaf_hash
from wire_contract.messages.checkpoint import open_checkpoint
from wire_contract.topics import Channel

FINDINGS_MAX = 20
"""Faults told at once; the first is the one that counts."""
NOT_SHOWN = (
    "a ledger and an outbox that were taken back together to an earlier state look whole here; "
    "only a checkpoint that somebody kept (--checkpoint), a witness, or the centre's copy can show "
    "that"
)


@dataclass(frozen=True, slots=True)
class LedgerFinding:
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
    findings: tuple[LedgerFinding, ...]


def verify(
    store: Path, public_key: Path, *, checkpoint: Path | None = None, outbox: Path | None = None
) -> Verified:
    """Check every entry, every hash and every signature that is still there.

    And a checkpoint that someone kept. With the box's outbox: that the ledger is not shorter than,
    and no other than, what was handed over and acknowledged. Raises StoreError where the ledger,
    the key, the outbox or the checkpoint's file cannot be read at all.
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
                LedgerFinding(
                    agreed + 1, f"the centre's root differs from size {differs} on: look at {where}"
                )
            )
        if checkpoint is not None:
            findings += _check_checkpoint(ledger, key, checkpoint)
        if handed is not None:
            findings += [LedgerFinding(*fault) for fault in faults(ledger.kept(store), handed, key)]
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


def _walk(ledger: LedgerReader, key: PublicKey) -> tuple[list[LedgerFinding], Frontier, int]:
    """Grow the tree anew from the leaves and compare everything that is kept with it."""
    findings: list[LedgerFinding] = []
    tree, checked, stream = EMPTY, 0, ledger.stream()
    for sequence, hashes, channel, envelope in ledger.leaves():
        if sequence != tree.size + 1:
            findings.append(LedgerFinding(tree.size + 1, f"entry {tree.size + 1} is missing"))
            break
        leaf = hashes[:HASH_BYTES] if envelope is None else leaf_hash(envelope)
        if b"".join(tree.completed(leaf)) != hashes:
            findings.append(
                LedgerFinding(
                    sequence,
                    f"the hashes of entry {sequence} are not those of what it follows and holds",
                )
            )
        if envelope is None and checked:
            findings.append(
                LedgerFinding(
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
    extra = ledger.entries_without_leaf(FINDINGS_MAX)
    return (
        findings + [LedgerFinding(number, f"entry {number} has no hash") for number in extra],
        tree,
        checked,
    )


def _check_envelope(
    key: PublicKey, stream: str, sequence: int, channel: str | None, envelope: bytes
) -> list[LedgerFinding]:
    try:
        value = json.loads(open_envelope(Channel(channel or ""), envelope, key.verify))
    except (DecodeError, ValueError) as error:
        return [LedgerFinding(sequence, f"entry {sequence}: {error}")]
    if (value.get("stream"), value.get("sequence")) != (stream, sequence):
        return [LedgerFinding(sequence, f"entry {sequence}: its payload names another place")]
    return []


def _check_checkpoint(ledger: LedgerReader, key: PublicKey, path: Path) -> list[LedgerFinding]:
    try:
        kept = open_checkpoint(path.read_bytes(), key.raw, key.verify)
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror}; name a file with a checkpoint of this box"
        ) from error
    except DecodeError as error:
        return [LedgerFinding(None, f"{path}: {error}")]
    head = kept.head
    if head.stream != ledger.stream():
        return [
            LedgerFinding(
                None,
                f"{path}: is of stream {head.stream}, this ledger is {ledger.stream()}; was it "
                "closed?",
            )
        ]
    if head.size > ledger.size():
        return [
            LedgerFinding(
                ledger.size() + 1,
                f"{path}: has {head.size} entries, this ledger {ledger.size()}: the rest was cut "
                "off",
            )
        ]
    if ledger.tree(head.size).root != head.root:
        return [
            LedgerFinding(
                None,
                f"{path}: another root was signed for size {head.size}: a fork, or the ledger was "
                "changed",
            )
        ]
    return []
