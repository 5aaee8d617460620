# SPDX-License-Identifier: Apache-2.0
import uuid

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clock import Slots, boot_id


@given(st.floats(0, 1e6), st.integers(1, 3600), st.floats(0, 1e6))
def test_a_moment_lies_in_its_slot(origin_s: float, length_s: int, since_s: float) -> None:
    slots = Slots(origin_s, length_s)
    slot = slots.at(origin_s + since_s)
    assert slots.start_s(slot) - 1e-6 <= origin_s + since_s < slots.end_s(slot) + 1e-6


def test_a_slot_ends_where_the_next_begins() -> None:
    slots = Slots(3.5, 10)
    assert slots.end_s(4) == slots.start_s(5) == 53.5


def test_before_the_origin_there_is_only_the_first_slot() -> None:
    assert Slots(100.0, 10).at(12.0) == 0


def test_the_boot_has_one_identity() -> None:
    assert boot_id() == boot_id() == str(uuid.UUID(boot_id()))
