# SPDX-License-Identifier: Apache-2.0
"""Every action stands in the table in words, and the page that readers see is made of it."""

from pathlib import Path

import pytest

from privacy_audit.pairs.carriers import CARRIERS, CarrierKind, kind_of
from privacy_audit.pairs.carriers_page import document
from privacy_audit.pairs.means.sending import actions
from privacy_audit.pairs.side import ORDER, RECORD_BYTES

ROOT = Path(__file__).parents[3]


def test_every_action_is_a_row_of_the_table_or_a_call_without_an_idea() -> None:
    names = [action.name for action in actions()]
    assert len(names) == len(set(names))
    assert {name for name in names if not name.startswith("call: ")} == {
        carrier.action for carrier in CARRIERS
    }


def test_the_answers_and_orders_have_room_for_every_action() -> None:
    assert len(actions()) <= RECORD_BYTES - 1
    assert ORDER.size == RECORD_BYTES


def test_the_page_of_carriers_is_the_table() -> None:
    assert (ROOT / "docs" / "CARRIERS.md").read_text("utf-8") == document(), (
        "run: python -m privacy_audit.pairs.carriers_page > docs/CARRIERS.md"
    )


@pytest.mark.parametrize(
    ("observation", "kind"),
    [
        ("77/status VmSize: 1", CarrierKind.VIEW),
        ("77 getpriority", CarrierKind.VIEW),
        ("/proc/locks 0 3", CarrierKind.OBJECT),
        ("/proc/meminfo MemFree: 1", CarrierKind.MACHINE),
        ("sysinfo: processes", CarrierKind.MACHINE),
        ("woken: FUTEX_WAKE", CarrierKind.OBJECT),
        ("record pipe: bytes in it", CarrierKind.MEANT),
        ("record pipe: size", CarrierKind.OBJECT),
        ("770/status VmSize: 1", CarrierKind.OBJECT),  # another process, so nothing of this one
    ],
)
def test_an_observation_is_of_the_kind_that_its_place_is(
    observation: str, kind: CarrierKind
) -> None:
    assert kind_of(observation, 77) is kind
