# SPDX-License-Identifier: Apache-2.0
"""Check a proof that somebody hands over.

With the box's public key and signed checkpoints, on any machine, without the box.

A proof is what `ledger prove` or `ledger prove-consistency` print with --json. Nothing of it is
believed: the root that it leads to counts only where the box's key has signed that root for that
size in a checkpoint that came by another way.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.errors import StoreError
from edge_agent.evidence.counts import counts_of
from edge_agent.evidence.public_key import PublicKey
from wire_contract.codec import open_envelope
from wire_contract.errors import DecodeError
from wire_contract.merkle import HASH_BYTES, leaf_hash, verify_consistency, verify_inclusion
from wire_contract.messages.checkpoint import Checkpoint, open_checkpoint
from wire_contract.topics import Channel

PROOF_BYTES_MAX = 65_536
HASHES_MAX = 128
_SIGNED = (Channel.REPORT, Channel.META)
Hashes = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof came to.

    holds: all of it; says: what that means, or each thing that is wrong.
    """

    holds: bool
    says: tuple[str, ...]


class _FaultError(Exception):
    """The proof does not show what it claims."""


def check_proof(
    proof: Path, public_key: Path, checkpoints: tuple[Path, ...], *, envelope: Path | None = None
) -> Checked:
    """Check an inclusion proof against one checkpoint, or a consistency proof against two.

    Two stand in the order of their sizes.

    envelope is the entry as somebody kept it, where the proof has none because the payload was
    purged. Raises StoreError where a file cannot be read, or where there are too few or too many
    checkpoints.
    """
    key, told = PublicKey.read(public_key), _read(proof)
    kinds: dict[str, tuple[int, str]] = {"sequence": (1, "entry"), "first_size": (2, "consistency")}
    kind = next((name for name in kinds if name in told), None)
    if kind is None:
        raise StoreError(
            f"{proof}: got neither an inclusion nor a consistency proof; make one with edge-agent "
            "ledger prove --json"
        )
    wanted = kinds[kind][0]
    if len(checkpoints) != wanted:
        raise StoreError(
            f"{proof}: got {len(checkpoints)} checkpoints, wanted {wanted}; name each with "
            "--checkpoint FILE"
        )
    try:
        heads = [_open(path, key) for path in checkpoints]
        if kind == "sequence":
            kept = None if envelope is None else _bytes_of(envelope).rstrip(b"\n")
            return Checked(holds=True, says=_inclusion(told, key, heads[0], kept))
        return Checked(holds=True, says=_consistency(told, heads[0], heads[1]))
    except _FaultError as fault:
        return Checked(holds=False, says=(str(fault),))


def _inclusion(
    told: dict[str, Any], key: PublicKey, signed: Checkpoint, kept: bytes | None
) -> tuple[str, ...]:
    sequence, size, leaf = _number(told, "sequence"), _number(told, "size"), _hash(told, "leaf")
    _is_signed(told, "stream", "size", "root", signed)
    if not verify_inclusion(leaf, sequence, size, _path(told), signed.head.root):
        raise _FaultError(
            f"the hashes do not lead from entry {sequence} to the root of {size} entries"
        )
    place = (
        f"entry {sequence} stands in the ledger {signed.head.stream} of "
        f"{signed.site}/{signed.device}"
    )
    says = [f"{place}, which had {size} entries when its checkpoint was signed"]
    envelope = kept if kept is not None else _envelope(told)
    if envelope is None:
        return (
            *says,
            (
                "what it says is not here: of its payload only the hash was proved; name the entry "
                "with --envelope FILE"
            ),
        )
    if leaf_hash(envelope) != leaf:
        raise _FaultError(
            f"entry {sequence} has the hash {leaf.hex()}, and these bytes have another"
        )
    return (*says, *_content(envelope, key, signed, sequence))


def _content(envelope: bytes, key: PublicKey, signed: Checkpoint, sequence: int) -> tuple[str, ...]:
    """Say what an entry holds that its box signed and that names this place itself."""
    for channel in _SIGNED:
        try:
            payload = json.loads(open_envelope(channel, envelope, key.verify))
        except (DecodeError, ValueError):
            continue
        if (payload.get("stream"), payload.get("sequence")) != (signed.head.stream, sequence):
            raise _FaultError(f"entry {sequence}: its payload names another place")
        counts = counts_of(envelope)
        return (f"the box has signed it as a {channel}", *((counts.in_words(),) if counts else ()))
    raise _FaultError(f"entry {sequence}: the box has not signed its payload")


def _consistency(told: dict[str, Any], first: Checkpoint, second: Checkpoint) -> tuple[str, ...]:
    _is_signed(told, "stream", "first_size", "first_root", first)
    _is_signed(told, "stream", "second_size", "second_root", second)
    sizes = first.head.size, second.head.size
    if not verify_consistency(
        (sizes[0], first.head.root), (sizes[1], second.head.root), _path(told)
    ):
        raise _FaultError(
            f"the hashes do not show that the ledger of {sizes[1]} entries begins with that of "
            f"{sizes[0]}: a fork"
        )
    owner = f"{second.site}/{second.device}"
    return (
        (
            f"the ledger {second.head.stream} of {owner} with {sizes[1]} entries begins with the "
            f"one of {sizes[0]} entries"
        ),
    )


def _is_signed(told: dict[str, Any], stream: str, size: str, root: str, signed: Checkpoint) -> None:
    """Refuse a proof whose head is not the one of the checkpoint."""
    head = signed.head
    if told.get(stream) != head.stream:
        raise _FaultError(
            f"the proof is of stream {told.get(stream)}, the checkpoint of {head.stream}"
        )
    if _number(told, size) != head.size:
        raise _FaultError(
            f"the proof is for {told.get(size)} entries, the checkpoint for {head.size}; prove it "
            "for that size"
        )
    if _hash(told, root) != head.root:
        raise _FaultError(
            f"the proof leads to {told.get(root)}, and the box has signed another root for "
            f"{head.size} entries"
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(_bytes_of(path))
    except ValueError as error:
        raise StoreError(
            f"{path}: not JSON; name what edge-agent ledger prove --json printed"
        ) from error
    if not isinstance(told, dict):
        raise StoreError(
            f"{path}: got no JSON object; name what edge-agent ledger prove --json printed"
        )
    return told


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(PROOF_BYTES_MAX + 1)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; name a file that can be read") from error
    if len(content) > PROOF_BYTES_MAX:
        raise StoreError(f"{path}: got more than {PROOF_BYTES_MAX} bytes; no proof is so long")
    return content


def _open(path: Path, key: PublicKey) -> Checkpoint:
    try:
        return open_checkpoint(_bytes_of(path), key.raw, key.verify)
    except DecodeError as error:
        raise _FaultError(f"{path}: {error}") from error


def _number(told: dict[str, Any], name: str) -> int:
    value = told.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise _FaultError(f"{name}: got {value!r}, wanted a whole number")
    return value


def _hash(told: dict[str, Any], name: str) -> bytes:
    return _unhex(told.get(name), name)


def _unhex(value: object, name: str) -> bytes:
    try:
        raw = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        raw = b""
    if len(raw) != HASH_BYTES:
        raise _FaultError(f"{name}: got {str(value)[:80]!r}, wanted {HASH_BYTES} bytes in hex")
    return raw


def _path(told: dict[str, Any]) -> Hashes:
    hashes = told.get("proof")
    if not isinstance(hashes, list) or len(hashes) > HASHES_MAX:
        raise _FaultError(f"proof: wanted a list of at most {HASHES_MAX} hashes")
    return tuple(_unhex(one, "proof") for one in hashes)


def _envelope(told: dict[str, Any]) -> bytes | None:
    value = told.get("envelope")
    return value.encode("utf-8") if isinstance(value, str) else None
