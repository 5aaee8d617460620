# SPDX-License-Identifier: Apache-2.0
"""A listener of the shift is told each entry once, and is let go where it does not keep up."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.desk import Desk
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.web.shift.listeners import WAITING_MAX, ShiftListener, ShiftStream

FEED = Cause(Kind.FEED, "weather")


@pytest.fixture(name="stream")
def _stream(tmp_path: Path) -> Iterator[ShiftStream]:
    with ShiftFile(tmp_path / "fusion.sqlite", size_mib_max=64) as keeper:
        yield ShiftStream(Desk(keeper, lambda: 1_800_000_000_000), clients_max=1)


async def told(stream: ShiftStream, after_id: int | None, *sites: str) -> list[bytes]:
    """Listen to the beach, have alarms raised at sites, and return what came until the end."""
    listener = ShiftListener("beach", asyncio.get_running_loop())
    missed = stream.listen(listener, after_id)
    assert not stream.takes_more()
    for site in sites:
        stream.desk.raise_alarm(site, FEED)
    await asyncio.sleep(0)
    found = [
        line.partition(b"\n")[0]
        async for line in _ending(stream, listener, missed)
        if line.startswith(b"id: ")
    ]
    assert stream.listeners == 0
    return found


async def _ending(
    stream: ShiftStream, listener: ShiftListener, missed: list[ShiftEntry]
) -> AsyncIterator[bytes]:
    """Let the listener go at the first moment at which nothing comes."""
    async for line in stream.lines(listener, missed, 0.05):
        if line.startswith(b":"):
            stream.end()
        yield line


def test_what_was_missed_comes_first_and_nothing_twice(stream: ShiftStream) -> None:
    for _ in range(3):
        stream.desk.raise_alarm("beach", FEED)
    found = asyncio.run(told(stream, 1, "beach", "pier", "beach"))
    assert found == [b"id: 2", b"id: 3", b"id: 4", b"id: 6"]


def test_who_is_new_is_told_what_comes(stream: ShiftStream) -> None:
    stream.desk.raise_alarm("beach", FEED)
    assert asyncio.run(told(stream, None, "beach")) == [b"id: 2"]


def test_who_does_not_keep_up_is_let_go(stream: ShiftStream) -> None:
    assert asyncio.run(told(stream, None, *["beach"] * (WAITING_MAX + 1))) == []
