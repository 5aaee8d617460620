# SPDX-License-Identifier: Apache-2.0

import threading
import time
from collections.abc import Iterator

import pytest

from fusion_service.ingest.examined import Received
from fusion_service.ingest.inbox import Delivery, WaitingRoom


def message(number: int) -> Delivery:
    return Delivery(Received("topic", b"%d" % number, 0), number, 1, 1)


def numbers(batch: list[Delivery]) -> list[int]:
    return [delivery.mid for delivery in batch]


class Bringer:
    """A network thread with messages to bring."""

    def __init__(self, room: WaitingRoom, count: int) -> None:
        self.brought = 0
        self._thread = threading.Thread(target=self._bring, args=(room, count))
        self._thread.start()

    def _bring(self, room: WaitingRoom, count: int) -> None:
        for number in range(count):
            room.put(message(number))
            self.brought += 1

    def settles_at(self, number: int) -> bool:
        """Say whether it comes to so many and then waits."""
        until_s = time.monotonic() + 5.0
        while self.brought < number and time.monotonic() < until_s:
            time.sleep(0.005)
        time.sleep(0.1)
        return self.brought == number

    def join(self) -> bool:
        self._thread.join(5.0)
        return not self._thread.is_alive()


@pytest.fixture
def room() -> Iterator[WaitingRoom]:
    room = WaitingRoom(10)
    yield room
    room.close()


def test_who_brings_more_than_there_is_room_for_waits(room: WaitingRoom) -> None:
    bringer = Bringer(room, 25)
    assert bringer.settles_at(10)
    taken: list[int] = []
    while len(taken) < 25:
        assert len(room) <= 10
        taken += numbers(room.next_batch(4, first_wait_s=5.0, batch_wait_s=0.0))
    assert taken == list(range(25))
    assert bringer.join()


def test_a_batch_is_full_or_its_time_is_over(room: WaitingRoom) -> None:
    for number in range(3):
        room.put(message(number))
    begun_s = time.monotonic()
    assert (
        len(room.next_batch(3, first_wait_s=5.0, batch_wait_s=30.0)) == 3
    )  # full: it does not wait for more
    assert time.monotonic() - begun_s < 30.0
    room.put(message(3))
    assert numbers(room.next_batch(3, first_wait_s=5.0, batch_wait_s=0.2)) == [3]
    assert time.monotonic() - begun_s >= 0.2


def test_a_batch_larger_than_the_room_does_not_wait_for_what_cannot_come(room: WaitingRoom) -> None:
    bringer = Bringer(room, 10)
    begun_s = time.monotonic()
    assert len(room.next_batch(100, first_wait_s=5.0, batch_wait_s=30.0)) == 10
    assert time.monotonic() - begun_s < 30.0
    assert bringer.join()


def test_while_a_batch_is_worked_on_nobody_brings_more(room: WaitingRoom) -> None:
    with room.alone():
        bringer = Bringer(room, 3)
        assert bringer.settles_at(0)
    assert bringer.join()
    assert numbers(room.next_batch(5, first_wait_s=0.0, batch_wait_s=0.0)) == [0, 1, 2]


def test_a_closed_room_lets_go_whoever_waits_and_keeps_what_it_has(room: WaitingRoom) -> None:
    bringer = Bringer(room, 12)
    assert bringer.settles_at(10)
    room.close()
    assert bringer.join()
    assert room.closed
    assert numbers(room.next_batch(20, first_wait_s=0.0, batch_wait_s=0.0)) == list(range(10))
    assert room.next_batch(20, first_wait_s=0.05, batch_wait_s=0.0) == []
