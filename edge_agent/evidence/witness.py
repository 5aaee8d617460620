# SPDX-License-Identifier: Apache-2.0
"""A second party's small program.

It follows one box over the broker and swears only to what it has seen grow.

It hears every entry and every checkpoint, grows a tree of its own, and co-signs a checkpoint whose
root is that tree's: who has followed every leaf needs no proof of consistency. Two checkpoints that
cannot both be true are a fault, and both are named. It starts with a stream's first entry, or from
the `frontier` that `edge-agent ledger show --json` prints: a false one never fits the next
checkpoint. While it is away the broker keeps what it misses (persistent session).
"""

import json
import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.errors import LinkError, StoreError
from edge_agent.evidence.public_key import PublicKey
from edge_agent.evidence.seen_streams import SeenStreams
from edge_agent.store.merkle_file import TreeFile
from wire_contract.codec import open_envelope
from wire_contract.errors import ContractError
from wire_contract.merkle import HASH_BYTES, Frontier, leaf_hash
from wire_contract.messages.checkpoint import (
    Checkpoint,
    SignatureType,
    cosign,
    open_checkpoint,
    verifier_key,
)
from wire_contract.topics import Channel, DeviceTopic

FOLLOWED = (Channel.REPORT, Channel.META, Channel.CHECKPOINT)
EARLY_MAX = 1024
"""Entries held that came before one that they follow; a box has at most 64 under way. Beyond it the
latest are dropped."""
NOTES_KEPT = 10_000
"""Checkpoints remembered of a stream: a week at one a minute. Older sizes are judged by the tree
alone."""
TURN_S = 0.2
RECONNECT_S = 2.0
log = logging.getLogger("edge_agent.evidence.witness")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a box signed that cannot be true, and the signed checkpoints that show it."""

    what: str
    notes: tuple[bytes, ...]


class Witness:
    """What has been seen of one box. Judges bytes; the broker is someone else's."""

    def __init__(
        self,
        store: Path,
        *,
        site: str,
        device: str,
        box: PublicKey,
        name: str,
        key: Ed25519PrivateKey,
        now_s: Callable[[], float],
    ) -> None:
        self._site, self._device, self._box = site, device, box
        self._name, self._key, self._now_s = name, key, now_s
        self._public = key.public_key().public_bytes_raw()
        self._early: dict[tuple[str, int], bytes] = {}
        self._waiting: dict[str, tuple[Checkpoint, bytes]] = {}
        self._streams = SeenStreams(store)

    @property
    def verifier_key(self) -> str:
        """The key by which others check this witness."""
        return verifier_key(self._name, self._public, SignatureType.COSIGNATURE)

    def begin_at(self, shown: str) -> None:
        """Begin a stream at the frontier that `edge-agent ledger show --json` printed.

        Raises StoreError where it cannot.
        """
        try:
            value = json.loads(shown)
            stream, known = (
                str(value["stream"]),
                Frontier(value["size"], tuple(map(bytes.fromhex, value["frontier"]))),
            )
        except (ValueError, KeyError, TypeError, ContractError) as error:
            raise StoreError(
                f"baseline: {error!r}; give what edge-agent ledger show --json prints"
            ) from error
        tree = self._streams.tree(stream)
        if tree.size() == 0:
            tree.begin_at(known)

    def judge(self, channel: Channel, payload: bytes) -> Fault | None:
        """Judge one message of the box.

        What it did not sign is passed over: anyone may publish nonsense.
        """
        try:
            if channel is Channel.CHECKPOINT:
                checkpoint = open_checkpoint(
                    payload, self._box.raw, self._box.verify, signatures_max=1
                )
                return self._judge_checkpoint(checkpoint, payload)
            value = json.loads(open_envelope(channel, payload, self._box.verify))
            return self._judge_entry(str(value["stream"]), int(value["sequence"]), payload)
        except (ContractError, ValueError, KeyError, TypeError) as error:
            log.warning("%s: passed over: %s", channel, error)
            return None

    def close(self) -> None:
        """Close the files."""
        self._streams.close()

    def _judge_entry(self, stream: str, sequence: int, envelope: bytes) -> Fault | None:
        tree = self._streams.tree(stream)
        row = tree.row(
            "SELECT substr(hashes, 1, ?) FROM leaf WHERE sequence = ?", (HASH_BYTES, sequence)
        )
        if row is not None and row[0] not in {
            leaf_hash(envelope),
            bytes(HASH_BYTES),
        }:  # zeros: from before the baseline
            return Fault(f"fork: two signed entries hold sequence {sequence} of {stream}", ())
        if sequence > tree.size() and len(self._early) < EARLY_MAX:
            self._early.setdefault((stream, sequence), envelope)
        while (following := self._early.pop((stream, tree.size() + 1), None)) is not None:
            with tree.transaction():
                tree.grow(tree.size() + 1, following)
        waiting = self._waiting.get(stream)
        return (
            None
            if waiting is None or waiting[0].head.size > tree.size()
            else self._cosign(tree, *waiting)
        )

    def _judge_checkpoint(self, checkpoint: Checkpoint, note: bytes) -> Fault | None:
        if (checkpoint.site, checkpoint.device) != (self._site, self._device):
            log.warning("checkpoint: of %s, passed over", checkpoint.origin)
            return None
        tree, head = self._streams.tree(checkpoint.head.stream), checkpoint.head
        row = tree.row("SELECT note FROM seen WHERE size = ?", (head.size,))
        if (
            row is not None
            and open_checkpoint(row[0], self._box.raw, self._box.verify).head.root != head.root
        ):
            return Fault(
                f"fork: two roots are signed for the first {head.size} entries",
                (bytes(row[0]), note),
            )
        if (
            tree.row("SELECT 1 FROM seen") is None
            and (fault := self._broken(checkpoint, note)) is not None
        ):
            return fault
        tree.change("INSERT OR IGNORE INTO seen VALUES (?, ?)", (head.size, note))
        tree.change("DELETE FROM seen WHERE size < (SELECT MAX(size) FROM seen) - ?", (NOTES_KEPT,))
        if head.size <= tree.size():
            return self._cosign(tree, checkpoint, note)
        self._waiting[head.stream] = (checkpoint, note)
        log.info("checkpoint %d waits: %d entries seen", head.size, tree.size())
        return None

    def _cosign(self, tree: TreeFile, checkpoint: Checkpoint, note: bytes) -> Fault | None:
        """Hold a checkpoint against the tree that we grew, and co-sign it where they agree."""
        self._waiting.pop(checkpoint.head.stream, None)
        if tree.tree(checkpoint.head.size).root != checkpoint.head.root:
            others = tree.row(
                "SELECT note FROM seen WHERE size <> ? ORDER BY size DESC", (checkpoint.head.size,)
            )
            what = (
                f"the root signed for {checkpoint.head.size} entries is not that of the "
                f"{checkpoint.head.size} published"
            )
            return Fault(what, (note, *(bytes(one) for one in others or ())))
        signed = cosign(
            note,
            name=self._name,
            public_key=self._public,
            sign=self._key.sign,
            now_s=round(self._now_s()),
        )
        self._streams.keep_checkpoint(checkpoint.head.stream, signed)
        log.info("co-signed %d entries of %s", checkpoint.head.size, checkpoint.head.stream)
        return None

    def _broken(self, checkpoint: Checkpoint, note: bytes) -> Fault | None:
        """Say what is wrong with how a new stream continues the one before it."""
        before = self._streams.before(checkpoint.head.stream)
        if before is None:
            return None
        last = before.row("SELECT note FROM seen ORDER BY size DESC")
        notes = (note, *(bytes(one) for one in last or ()))
        follows = checkpoint.follows
        if follows is None or follows.stream != before.stream:
            return Fault(
                f"broken history: a new ledger without the signed end of {before.stream}", notes
            )
        if before.size() > follows.size or (
            before.size() == follows.size and before.tree(follows.size).root != follows.root
        ):
            return Fault(f"broken history: {before.stream} was closed as it never was", notes)
        return None


@dataclass(frozen=True, slots=True)
class WitnessLink:
    """Where the broker is, and how to be let in; tls None is plain text, for loopback."""

    host: str
    port: int
    client_id: str
    tls: ssl.SSLContext | None


def follow(
    witness: Witness, link: WitnessLink, *, site: str, device: str, stopping: list[int]
) -> int:
    """Follow the box until a signal (exit code 0) or a fault (1).

    A fault is logged with both checkpoints.
    """
    faults: list[Fault] = []
    client = _client(witness, link, site, device, faults)
    try:
        while not stopping and not faults:
            try:
                client.connect(link.host, link.port)
                while (
                    not stopping
                    and not faults
                    and client.loop(TURN_S) is MQTTErrorCode.MQTT_ERR_SUCCESS
                ):
                    pass
            except (OSError, LinkError) as error:
                log.warning("broker %s:%d: %s; trying again", link.host, link.port, error)
            if not stopping and not faults:
                time.sleep(RECONNECT_S)
        client.disconnect()
    finally:
        witness.close()
    for fault in faults:
        log.error("%s\n%s", fault.what, "\n".join(note.decode() for note in fault.notes))
    return 1 if faults else 0


def _client(
    witness: Witness, link: WitnessLink, site: str, device: str, faults: list[Fault]
) -> Client:
    channels = {DeviceTopic(site, device, channel).text: channel for channel in FOLLOWED}
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=link.client_id,
        protocol=MQTTv311,
        clean_session=False,
    )

    def on_connect(
        client: Client,
        _user: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _: Properties | None,
    ) -> None:
        if reason.is_failure:
            raise LinkError(f"refused the connection: {reason}")
        client.subscribe([(topic, 1) for topic in channels])

    def on_message(_client: Client, _user: object, message: MQTTMessage) -> None:
        fault = witness.judge(channels[message.topic], bytes(message.payload))
        if fault is not None:
            faults.append(fault)

    client.on_connect = on_connect
    client.on_message = on_message
    if link.tls is not None:
        client.tls_set_context(link.tls)
    return client
