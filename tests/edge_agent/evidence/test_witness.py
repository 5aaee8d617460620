# SPDX-License-Identifier: Apache-2.0
"""A witness over real files and a real broker: what it swears to, and what it does not let pass."""

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from development.fakes.messages import REPORT, STREAM, Signer
from edge_agent.errors import StoreError
from edge_agent.evidence.public_key import PublicKey
from edge_agent.evidence.seen_streams import STREAMS_MAX
from edge_agent.evidence.witness import EARLY_MAX, Fault, Witness, WitnessLink, follow
from tests.broker import Broker
from wire_contract.merkle import EMPTY, Frontier, leaf_hash
from wire_contract.messages.checkpoint import (
    Checkpoint,
    Head,
    cosigned_at,
    open_checkpoint,
    sign_checkpoint,
)
from wire_contract.topics import Channel, DeviceTopic

NEXT = "7f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11"
NAME = "witness.example/w1"
NOW_S = 1_750_000_000


class Box:
    """A box and the tree that it grows."""

    def __init__(self, stream: str = STREAM, signer: Signer | None = None) -> None:
        self.stream, self.signer, self.trees = stream, signer or Signer(), [EMPTY]

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.signer.key.public_key().public_bytes_raw())

    def entry(self, sequence: int, start_s: int = 0) -> bytes:
        return self.signer.seal(
            Channel.REPORT, replace(REPORT, stream=self.stream, sequence=sequence, start_s=start_s)
        )

    def log(self, number: int) -> list[bytes]:
        envelopes = [
            self.entry(sequence) for sequence in range(len(self.trees), len(self.trees) + number)
        ]
        for envelope in envelopes:
            self.trees.append(self.trees[-1].append(leaf_hash(envelope)))
        return envelopes

    def head(self, size: int = -1) -> Head:
        return Head(self.stream, self.trees[size].size, self.trees[size].root)

    def checkpoint(self, head: Head | None = None, follows: Head | None = None) -> bytes:
        checkpoint = Checkpoint("beach", "pier-1", head or self.head(), follows)
        return sign_checkpoint(checkpoint, self.public.raw, self.signer.key.sign)


class Eyes:
    """A witness and its key."""

    def __init__(self, folder: Path, box: Box) -> None:
        self.folder, self.box, self.signer = folder, box, Signer()
        self.witness = self.open()

    def open(self) -> Witness:
        return Witness(
            self.folder,
            site="beach",
            device="pier-1",
            box=self.box.public,
            name=NAME,
            key=self.signer.key,
            now_s=lambda: NOW_S,
        )

    def hear(self, *envelopes: bytes) -> list[Fault | None]:
        return [self.witness.judge(Channel.REPORT, envelope) for envelope in envelopes]

    def see(self, note: bytes) -> Fault | None:
        return self.witness.judge(Channel.CHECKPOINT, note)

    def sworn(self, stream: str = STREAM) -> int:
        """Return how many entries the witness has co-signed."""
        path = self.folder / f"{stream}.checkpoint"
        if not path.exists():
            return 0
        note, key = path.read_bytes(), self.signer.key.public_key().public_bytes_raw()
        assert cosigned_at(note, name=NAME, public_key=key, verify=self.signer.verify) == NOW_S
        return open_checkpoint(note, self.box.public.raw, self.box.signer.verify).head.size


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def eyes(tmp_path: Path, box: Box) -> Eyes:
    return Eyes(tmp_path / "witness", box)


def test_what_was_seen_to_grow_is_co_signed(box: Box, eyes: Eyes) -> None:
    assert eyes.hear(*box.log(5)) == [None] * 5
    assert eyes.see(box.checkpoint()) is None
    assert eyes.sworn() == 5
    assert eyes.witness.verifier_key.startswith(f"{NAME}+")


def test_a_checkpoint_waits_for_its_entries_in_whatever_order_they_come(
    box: Box, eyes: Eyes
) -> None:
    envelopes = box.log(5)
    assert eyes.see(box.checkpoint()) is None
    assert eyes.hear(*envelopes[2:]) == [None] * 3
    assert eyes.sworn() == 0
    assert eyes.hear(*envelopes[:2]) == [None] * 2
    assert eyes.sworn() == 5


def test_memory_survives_a_restart(box: Box, eyes: Eyes) -> None:
    eyes.hear(*box.log(3))
    eyes.see(box.checkpoint())
    eyes.witness.close()
    eyes.witness = eyes.open()
    eyes.hear(*box.log(2))
    assert eyes.see(box.checkpoint()) is None
    assert eyes.sworn() == 5
    assert "fork" in str(eyes.see(box.checkpoint(replace(box.head(3), root=bytes(32)))))


def test_a_fork_is_shown_with_both_checkpoints(box: Box, eyes: Eyes) -> None:
    eyes.hear(*box.log(5))
    truth, lie = box.checkpoint(), box.checkpoint(replace(box.head(), root=bytes(32)))
    assert eyes.see(truth) is None
    fault = eyes.see(lie)
    assert fault is not None
    assert (fault.what, fault.notes) == (
        "fork: two roots are signed for the first 5 entries",
        (truth, lie),
    )
    assert eyes.sworn() == 5


def test_a_root_that_is_not_that_of_the_published_entries_is_a_fault(box: Box, eyes: Eyes) -> None:
    eyes.hear(*box.log(5))
    eyes.see(box.checkpoint(box.head(3)))
    fault = eyes.see(box.checkpoint(replace(box.head(), root=bytes(32))))
    assert fault is not None
    assert "root signed for 5 entries" in fault.what
    assert len(fault.notes) == 2
    assert eyes.sworn() == 3


def test_two_entries_under_one_sequence_are_a_fault(box: Box, eyes: Eyes) -> None:
    eyes.hear(*box.log(2))
    [fault] = eyes.hear(box.entry(2, start_s=99))
    assert fault is not None
    assert "sequence 2" in fault.what
    assert eyes.hear(box.entry(2)) == [None]


def test_a_new_ledger_must_carry_the_end_of_the_one_before(box: Box, eyes: Eyes) -> None:
    eyes.hear(*box.log(3))
    eyes.see(box.checkpoint())
    fresh = Box(NEXT, box.signer)
    eyes.hear(*fresh.log(2))
    assert "broken history" in str(eyes.see(fresh.checkpoint()))
    assert "closed as it never was" in str(eyes.see(fresh.checkpoint(follows=box.head(2))))
    assert "closed as it never was" in str(
        eyes.see(fresh.checkpoint(follows=replace(box.head(), root=bytes(32))))
    )
    assert eyes.see(fresh.checkpoint(follows=box.head())) is None
    assert eyes.sworn(NEXT) == 2


def test_who_comes_late_begins_at_a_frontier(box: Box, eyes: Eyes) -> None:
    box.log(6)
    known: Frontier = box.trees[6]
    shown = {"stream": STREAM, "size": 6, "frontier": [one.hex() for one in known.hashes]}
    eyes.witness.begin_at(json.dumps(shown))
    eyes.hear(*box.log(5))
    assert eyes.see(box.checkpoint()) is None
    assert eyes.sworn() == 11
    for nonsense in ("", "[]", "{}", '{"stream":"x","size":6,"frontier":[]}'):
        with pytest.raises(StoreError, match="baseline"):
            eyes.witness.begin_at(nonsense)


def test_what_the_box_did_not_sign_changes_nothing(box: Box, eyes: Eyes) -> None:
    stranger = Box(signer=Signer())
    eyes.hear(*stranger.log(3))
    assert eyes.see(stranger.checkpoint()) is None
    other = sign_checkpoint(
        Checkpoint("beach", "pier-9", box.head(), None), box.public.raw, box.signer.key.sign
    )
    assert eyes.see(other) is None
    for nonsense in (b"", b"\n", b"\xff" * 99, box.signer.seal(Channel.META, REPORT)):
        assert eyes.hear(nonsense) == [None]
        assert eyes.see(nonsense) is None
    assert list(eyes.folder.glob("*.db")) == []


def test_nothing_grows_without_end(box: Box, eyes: Eyes) -> None:
    for sequence in range(2, EARLY_MAX + 10):
        eyes.hear(box.entry(sequence))
    assert len(eyes.witness._early) == EARLY_MAX
    eyes.witness.close()
    for number in range(STREAMS_MAX):
        eyes.witness._streams._trees.setdefault(str(number), eyes.witness._streams._trees[STREAM])
    assert eyes.see(Box(NEXT, box.signer).checkpoint(Head(NEXT, 0, EMPTY.root))) is None
    assert not (eyes.folder / f"{NEXT}.db").exists()


def test_over_a_broker_it_follows_and_a_fork_ends_it_with_1(
    tmp_path: Path, broker: Broker, box: Box
) -> None:
    eyes = Eyes(tmp_path / "witness", box)
    link = WitnessLink(broker.host, broker.port, "witness-1", None)
    codes: list[int] = []
    stopping: list[int] = []
    follower = threading.Thread(
        target=lambda: codes.append(
            follow(eyes.witness, link, site="beach", device="pier-1", stopping=stopping)
        )
    )
    follower.start()
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(broker.host, broker.port)
    client.loop_start()

    def say(channel: Channel, payload: bytes) -> None:
        topic = DeviceTopic("beach", "pier-1", channel).text
        client.publish(
            topic, payload, qos=1, retain=channel is Channel.CHECKPOINT
        ).wait_for_publish(10)

    try:
        envelopes, deadline_s = box.log(4), time.monotonic() + 20
        while eyes.sworn() != 4:
            assert time.monotonic() < deadline_s
            for envelope in envelopes:
                say(Channel.REPORT, envelope)
            say(Channel.CHECKPOINT, box.checkpoint())
            time.sleep(0.1)
        say(Channel.CHECKPOINT, box.checkpoint(replace(box.head(), root=bytes(32))))
        follower.join(20)
    finally:
        stopping.append(15)
        follower.join(20)
        client.disconnect()
        client.loop_stop()
    assert codes == [1]


def test_it_waits_for_a_broker_that_is_not_there_and_ends_when_told(
    tmp_path: Path, broker: Broker, box: Box
) -> None:
    broker.stop()
    eyes = Eyes(tmp_path / "witness", box)
    stopping: list[int] = []
    timer = threading.Timer(0.5, lambda: stopping.append(15))
    timer.start()
    link = WitnessLink(broker.host, broker.port, "witness-1", None)
    assert follow(eyes.witness, link, site="beach", device="pier-1", stopping=stopping) == 0
