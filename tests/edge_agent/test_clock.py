# SPDX-License-Identifier: Apache-2.0
import uuid

from hypothesis import given
from hypothesis import strategies as st

from development.fakes.clock import FakeClock
from edge_agent.clock import Slots, StepDetector, boot_id


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


def test_a_clock_that_runs_has_not_been_set() -> None:
    clock = FakeClock()
    detector = StepDetector(clock)
    for _ in range(5):
        clock.advance(60)
        assert not detector.look()
    assert detector.steps == 0


def test_a_clock_set_back_shows_times_again_until_it_is_past_them() -> None:
    clock = FakeClock(utc_s=1_750_000_000.0)
    detector = StepDetector(clock)
    detector.look()
    clock.set_utc(clock.utc_s() - 86_400)
    assert detector.look()
    clock.advance(86_399)
    assert detector.look()
    clock.advance(2)
    assert not detector.look()
    assert detector.steps == 1


def test_a_clock_set_forward_is_told_once() -> None:
    clock = FakeClock()
    detector = StepDetector(clock)
    detector.look()
    clock.set_utc(clock.utc_s() + 86_400)
    assert detector.look()
    clock.advance(1)
    assert not detector.look()


def test_coming_to_know_the_time_is_no_step_and_of_a_clock_that_does_not_nothing_is_said() -> None:
    clock = FakeClock(utc_s=12.0, synchronised=False)
    detector = StepDetector(clock)
    assert not detector.look()
    clock.set_utc(1_750_000_000.0)
    assert not detector.look()
    assert detector.steps == 0
