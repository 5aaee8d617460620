# SPDX-License-Identifier: Apache-2.0
"""A proof that is handed over, checked with a public key and checkpoints alone.

Judged by a second implementation.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from edge_agent.errors import StoreError
from edge_agent.evidence.proof_file import Checked, check_proof
from edge_agent.evidence.prove import prove, prove_consistency
from edge_agent.keys import generate
from edge_agent.store.ledger import Ledger
from tests.edge_agent.evidence import rfc6962
from tests.edge_agent.evidence.test_verify import COUNT, SIZE, Box
from wire_contract.messages.checkpoint import Head

PROGRAM = Path(sys.executable).with_name("edge-agent")


class ProvingBox(Box):
    """A box, and what somebody else keeps of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.leaves = [self.envelope(number) for number in range(1, COUNT + 1)]

    def kept(self, size: int) -> Path:
        """Return a signed checkpoint of this size, its root by the second implementation."""
        path = self.store / f"{size}.checkpoint"
        path.write_bytes(
            self.checkpoint(Head(self.stream, size, rfc6962.head(self.leaves[:size]))).read_bytes()
        )
        return path

    def write(self, told: dict[str, Any]) -> Path:
        path = self.store / "proof.json"
        path.write_text(json.dumps(told))
        return path

    def check(self, told: dict[str, Any], *sizes: int, envelope: Path | None = None) -> Checked:
        return check_proof(
            self.write(told), self.public, tuple(map(self.kept, sizes)), envelope=envelope
        )


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> ProvingBox:
    return ProvingBox(tmp_path_factory.mktemp("proving"))


def test_every_entry_at_every_size_is_proved_as_the_definition_says(box: ProvingBox) -> None:
    for size in range(1, COUNT + 1):
        for sequence in range(1, size + 1):
            told = asdict(prove(box.store, sequence, size=size))
            assert told["proof"] == tuple(
                one.hex() for one in rfc6962.path(sequence - 1, box.leaves[:size])
            )
            assert told["root"] == rfc6962.head(box.leaves[:size]).hex()
        assert box.check(told, size).holds


def test_every_pair_of_sizes_is_proved_as_the_definition_says(box: ProvingBox) -> None:
    for size in range(1, COUNT + 1):
        for first in range(1, size + 1):
            told = asdict(prove_consistency(box.store, first, size=size))
            assert told["proof"] == tuple(
                one.hex() for one in rfc6962.proof(first, box.leaves[:size])
            )
        assert box.check(told, first, size).holds


def test_a_proof_says_what_the_entry_holds(box: ProvingBox) -> None:
    checked = box.check(asdict(prove(box.store, 3)), COUNT)
    assert checked.says[0].startswith(f"entry 3 stands in the ledger {box.stream} of beach/pier-1")
    assert checked.says[1] == "the box has signed it as a report"
    assert (
        "rule discrete_laplace 1000; north: in 12, out -1; south: in held back, "
        "out 4; sand: mean 14, peak 21" in checked.says[2]
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: {**told, "sequence": 4}, "the hashes do not lead"),
        (lambda told: {**told, "leaf": "00" * 32}, "the hashes do not lead"),
        (lambda told: {**told, "proof": told["proof"][:-1]}, "the hashes do not lead"),
        (lambda told: {**told, "proof": [*told["proof"], "00" * 32]}, "the hashes do not lead"),
        (lambda told: {**told, "proof": ["xy", *told["proof"][1:]]}, "wanted 32 bytes in hex"),
        (lambda told: {**told, "proof": "no list"}, "wanted a list"),
        (lambda told: {**told, "root": "11" * 32}, "the box has signed another root"),
        (lambda told: {**told, "size": 22}, "prove it for that size"),
        (lambda told: {**told, "size": True}, "wanted a whole number"),
        (lambda told: {**told, "stream": "another"}, "the proof is of stream another"),
        (lambda told: {**told, "envelope": told["envelope"] + " "}, "these bytes have another"),
    ],
)
def test_a_proof_that_was_changed_does_not_hold(box: ProvingBox, change: Any, said: str) -> None:
    checked = box.check(change(json.loads(json.dumps(asdict(prove(box.store, 3))))), COUNT)
    assert not checked.holds
    assert said in checked.says[0]


def test_an_entry_that_is_no_words_of_the_box_does_not_hold_though_its_hash_does(
    tmp_path: Path,
) -> None:
    other = ProvingBox(tmp_path)
    leaves = [other.envelope(1), b"anything", other.envelope(3)]
    note = tmp_path / "three.checkpoint"
    note.write_bytes(other.checkpoint(Head(other.stream, 3, rfc6962.head(leaves))).read_bytes())
    told: dict[str, Any] = {
        "stream": other.stream,
        "sequence": 2,
        "size": 3,
        "envelope": "anything",
    }
    told |= {"root": rfc6962.head(leaves).hex(), "leaf": rfc6962.head([b"anything"]).hex()}
    told |= {"proof": [one.hex() for one in rfc6962.path(1, leaves)]}
    checked = check_proof(other.write(told), other.public, (note,))
    assert (checked.holds, checked.says) == (
        False,
        ("entry 2: the box has not signed its payload",),
    )


def test_a_fork_does_not_hold(box: ProvingBox, tmp_path: Path) -> None:
    told = asdict(prove_consistency(box.store, 9))
    forked = Head(box.stream, 9, rfc6962.head([*box.leaves[:8], b"another"]))
    note = tmp_path / "forked.checkpoint"
    note.write_bytes(box.checkpoint(forked).read_bytes())
    changed = {**told, "first_root": forked.root.hex()}
    checked = check_proof(box.write(changed), box.public, (note, box.kept(COUNT)))
    assert (checked.holds, "a fork" in checked.says[0]) == (False, True)


def test_a_checkpoint_of_another_key_does_not_hold(box: ProvingBox, tmp_path: Path) -> None:
    checked = check_proof(
        box.write(asdict(prove(box.store, 3))), generate(tmp_path / "keys"), (box.kept(COUNT),)
    )
    assert (checked.holds, "signature does not belong" in checked.says[0]) == (False, True)


def test_a_purged_entry_is_proved_with_the_envelope_that_somebody_kept(tmp_path: Path) -> None:
    box = ProvingBox(tmp_path)
    ledger = Ledger(box.store / "ledger.db", bytes_max=SIZE, entries_kept=3)
    ledger.purge(acknowledged=COUNT, signed_before_ms=0)
    ledger.close()
    told, kept = asdict(prove(box.store, 1)), tmp_path / "kept"
    assert "only the hash was proved" in box.check(told, COUNT).says[1]
    kept.write_bytes(box.leaves[0] + b"\n")
    assert "signed it as a report" in box.check(told, COUNT, envelope=kept).says[1]
    kept.write_bytes(box.leaves[1])
    assert not box.check(told, COUNT, envelope=kept).holds


def test_what_is_no_proof_or_lacks_its_checkpoints_is_named(
    box: ProvingBox, tmp_path: Path
) -> None:
    for told, sizes, said in (
        ({"size": 3}, (COUNT,), "neither an inclusion nor a consistency proof"),
        (asdict(prove(box.store, 3)), (), "got 0 checkpoints, wanted 1"),
        (asdict(prove_consistency(box.store, 3)), (COUNT,), "got 1 checkpoints, wanted 2"),
    ):
        with pytest.raises(StoreError, match=said):
            box.check(told, *sizes)
    for content, said in (
        (b"{", "not JSON"),
        (b"[]", "no JSON object"),
        (bytes(70_000), "no proof is so long"),
    ):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(StoreError, match=said):
            check_proof(tmp_path / "bad", box.public, (box.kept(COUNT),))


def test_the_command_needs_nothing_of_the_box(box: ProvingBox, tmp_path: Path) -> None:
    for name, source in (
        ("proof.json", box.write(asdict(prove(box.store, 3)))),
        ("c", box.kept(COUNT)),
        ("p", box.public),
    ):
        (tmp_path / name).write_bytes(source.read_bytes())
    command = [
        PROGRAM,
        "ledger",
        "check-proof",
        "proof.json",
        "--public-key",
        "p",
        "--checkpoint",
        "c",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "holds")
    (tmp_path / "proof.json").write_text(json.dumps({**asdict(prove(box.store, 3)), "sequence": 5}))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "does not hold")
