# SPDX-License-Identifier: Apache-2.0
"""Which slot a gate begins with, from what its files say of the run before."""

import pytest

from edge_agent.clock import Slots
from edge_agent.signing.open_slots import LONGEST_S, first_slot
from edge_agent.store.release_mark import Released

BOOT, OTHER = "0b0d3f0e-1111-4222-8333-444455556666", "11111111-2222-4333-8444-555555555555"
SLOTS = Slots(1000.0, 60)
NOW_S = 1000.0 + 5 * 60 + 20  # a third into slot 5


def at(slot: float, boot: str = BOOT) -> Released:
    return Released(boot, round(1000 * (SLOTS.origin_s + slot * SLOTS.length_s)))


@pytest.mark.parametrize(
    ("ledger", "pending", "first", "is_known"),
    [
        (at(5), None, 5, True),  # the slot before was released, the running one was not
        (at(2), None, 5, True),  # nor was any for a while
        (at(6), None, 6, True),  # the running one was
        (at(4), at(6), 6, True),  # it waits in pending
        (at(6), at(4), 6, True),  # it was signed at once
        (at(5.001), None, 5, True),  # the two runs read their clocks a moment apart
        (at(4.999), None, 5, True),
        (at(60), None, 60, True),  # the run before had windows of an hour
        (
            at(900, OTHER),
            at(5),
            5,
            True,
        ),  # nothing of this boot has left, and pending knows what waits
        (at(6, OTHER), None, 6, False),  # another boot
        (at(2, OTHER), at(2, OTHER), 6, False),
        (None, at(5), 6, False),  # a ledger that is new says nothing of what has left
        (None, None, 6, False),
        (None, at(9), 9, False),
        (at(5 + 2 * LONGEST_S / 60), None, 6, False),  # no window is so long
    ],
)
def test_the_first_slot_is_one_that_no_run_before_has_released(
    ledger: Released | None, pending: Released | None, first: int, *, is_known: bool
) -> None:
    assert first_slot(SLOTS, now_s=NOW_S, boot=BOOT, ledger=ledger, pending=pending) == (
        first,
        is_known,
    )


@pytest.mark.parametrize(("now_s", "first"), [(1300.0, 5), (1300.4, 5), (1300.6, 6), (1359.9, 6)])
def test_a_slot_that_has_just_begun_is_a_whole_one(now_s: float, first: int) -> None:
    assert first_slot(SLOTS, now_s=now_s, boot=BOOT, ledger=None, pending=None) == (first, False)
