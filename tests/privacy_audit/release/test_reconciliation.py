# SPDX-License-Identifier: Apache-2.0
"""Trails that lie, made with real keys and real signatures.

The trail of a running box is followed in test_on_a_box.py.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacy_audit.finding import Verdict
from privacy_audit.oracles.merkle import root
from privacy_audit.release import reconciliation
from tests.privacy_audit.bare_box import bare_box
from wire_contract.codec import seal
from wire_contract.messages.checkpoint import Checkpoint, Head, sign_checkpoint
from wire_contract.topics import Channel

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
STREAM = "6f1e4f5c-2f3d-4f0e-9a51-0d5f3a7a9c11"


def entry(sequence: int, said: int = 0) -> tuple[str, bytes]:
    payload = json.dumps(
        {"stream": STREAM, "sequence": sequence, "said": said}, separators=(",", ":")
    ).encode()
    return "report", seal(Channel.REPORT, payload, KEY.sign)


def head(entries: tuple[tuple[str, bytes], ...]) -> bytes:
    checkpoint = Checkpoint(
        "beach", "pier-1", Head(STREAM, len(entries), root([one for _, one in entries])), None
    )
    return sign_checkpoint(checkpoint, PUBLIC, KEY.sign)


ENTRIES = tuple(entry(number) for number in range(1, 6))
GOOD = reconciliation.Trail(
    published=ENTRIES,
    heads=(head(ENTRIES[:3]), head(ENTRIES)),
    states=(),
    strangers=(),
    logged=ENTRIES,
)


def faults(lie: reconciliation.Trail) -> list[str]:
    return reconciliation.faults(lie, key=PUBLIC, site="beach", device="pier-1")


def test_a_trail_that_fits_has_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("lie", "what"),
    [
        (
            replace(GOOD, logged=ENTRIES[:4], heads=()),
            "a report was published that is no entry of the ledger",
        ),
        (
            replace(GOOD, published=(*ENTRIES[:3], ENTRIES[4])),
            "entry 4 of the ledger was never published",
        ),
        (
            replace(GOOD, published=(*ENTRIES, entry(3, said=1))),
            "a report was published that is no entry of the ledger",
        ),
        (
            replace(GOOD, heads=(head(ENTRIES[1:]),)),
            "a checkpoint is not the box's signature over what was published",
        ),
        (
            replace(GOOD, heads=(head(ENTRIES).replace(b"\n5\n", b"\n4\n"),)),
            "a checkpoint is not the box's signature",
        ),
        (
            replace(GOOD, states=(b'{"v":1,"link":"online","boot":"my own words"}',)),
            "a state that is not one of the two",
        ),
        (
            replace(GOOD, strangers=("pc/v1/beach/pier-1/more",)),
            "a message on a topic that is not the box's",
        ),
        (
            replace(
                GOOD,
                published=(("meta", ENTRIES[0][1]),),
                logged=(("meta", ENTRIES[0][1]),),
                heads=(),
            ),
            "entry 1 is not signed by the box",
        ),
    ],
)
def test_a_trail_that_does_not_fit_is_named(lie: reconciliation.Trail, what: str) -> None:
    assert any(fault.startswith(what) for fault in faults(lie)), faults(lie)


def test_what_may_still_be_under_way_is_no_fault() -> None:
    # Messages go out in the order of the ledger, so what is missing at its end may come yet.
    late = replace(GOOD, published=ENTRIES[:3])
    assert (faults(late), reconciliation.unheard(late), reconciliation.unheard(GOOD)) == ([], 2, 0)
    assert reconciliation.unheard(replace(GOOD, published=())) == len(ENTRIES)


def test_a_box_that_ran_before_anyone_listened_is_unproven(tmp_path: Path) -> None:
    [finding] = reconciliation.look(bare_box(tmp_path))
    assert finding.verdict is Verdict.UNPROVEN
