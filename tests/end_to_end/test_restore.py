# SPDX-License-Identifier: Apache-2.0
"""A centre whose store was put back from a copy, copied over, or lost: the box goes on at once, and what is lost is named."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.broker import Broker
from tests.end_to_end.signing_box import SigningBox, committed
from tests.fusion_service.centre import PROGRAM, Centre

LIVE_S = 60.0
"""Within so long, and within one window, live counts are there again."""


class Whole:
    """A box, a broker, and a centre whose store is lost."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder, self.broker = folder, broker
        self.centre = Centre(folder / "centre", broker.port)
        self.box = SigningBox(folder / "box", broker)
        self.enrol()
        self.centre.start()

    def enrol(self) -> None:
        command = ["device", "add", "beach/pier-1", "--public-key", self.box.public_key, "--test-site"]
        self.command(*command)

    def command(self, *words: str | Path) -> str:
        done = [PROGRAM, *words, "--config", self.centre.config]
        return subprocess.run(done, check=True, capture_output=True, text=True).stdout

    def run(self, windows: int) -> None:
        """Count so many windows, and have all of them acknowledged."""
        for begun in range(0, windows, 50):
            self.box.count(min(50, windows - begun))
            self.box.note_signed()
            self.box.turn_until(self.box.is_level, "all to be acknowledged")

    def backup(self) -> Path:
        copy = self.folder / "copy.sqlite"
        self.command("store", "backup", "--out", copy)
        return copy

    def lose(self) -> None:
        """Take the store away from under the centre."""
        self.centre.stop()
        for path in self.centre.store.parent.glob("fusion.sqlite*"):
            path.rename(path.with_name(f"gone-{path.name}"))

    def live(self) -> None:
        """Count one window more and see it in the centre's sums within a minute, without a hand on the box."""
        self.box.count(1)
        self.box.note_signed()
        start_s = max(self.box.said)
        self.box.turn_until(lambda: start_s in committed(self.centre.store), "the live window", LIVE_S)

    def lost(self) -> list[tuple[int, int, str]]:
        return [(one["first"], one["last"], one["why"]) for one in self.centre.get("/v1/lost")["items"]]

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self.centre.get("/v1/devices/beach/pier-1")["ledger"]
        return found

    def sql(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.centre.store)) as file:
            return file.execute(query).fetchall()


@pytest.fixture
def whole(tmp_path: Path, broker: Broker) -> Iterator[Whole]:
    made = Whole(tmp_path, broker)
    yield made
    made.box.end()
    made.centre.__exit__()


def check_rest(whole: Whole, gone: range) -> None:
    """All windows but those of the entries that are gone are in the sums, once, with what the sensor counted."""
    said = whole.box.said
    lost = {start_s for sequence, start_s in whole.box.signed.items() if sequence in gone}
    assert set(whole.box.signed.values()) == set(said)
    assert committed(whole.centre.store) == {start_s: count for start_s, count in said.items() if start_s not in lost}


def restored(whole: Whole, copy: Path) -> None:
    whole.lose()
    whole.command("store", "restore", copy)


def copied_over(whole: Whole, copy: Path) -> None:
    """Put a raw copy of the file back: the same store, an earlier state of it."""
    whole.lose()
    shutil.copy2(copy, whole.centre.store)


def emptied(whole: Whole, _copy: Path) -> None:
    whole.lose()
    whole.enrol()


WINDOWS, MORE = 30, 300


@pytest.mark.parametrize(
    ("takes", "held", "why"),
    [
        (restored, WINDOWS + 1, "the store was restored"),
        pytest.param(copied_over, WINDOWS + 1, "acknowledged before", marks=pytest.mark.campaign),
        pytest.param(emptied, 0, "acknowledged before", marks=pytest.mark.campaign),
    ],
    ids=["restored", "copied over", "emptied"],
)
def test_after_the_store_was_lost_the_box_is_live_at_once_and_what_it_had_purged_is_named(
    whole: Whole, takes: Callable[[Whole, Path], None], held: int, why: str
) -> None:
    whole.run(WINDOWS)
    copy = whole.backup()
    whole.run(MORE)
    first_here = whole.box.oldest()
    gone = range(held + 1, first_here)
    assert len(gone) > 100, "the test wants payloads that the box keeps no longer"
    takes(whole, copy)
    whole.centre.start()
    whole.live()
    whole.box.turn_until(whole.box.is_level, "the box to be level again")
    whole.run(5)
    assert whole.lost() == [(gone[0], gone[-1], why)]
    check_rest(whole, gone)
    ledger = whole.ledger()
    assert (ledger["state"], ledger["first"], ledger["last"]) == ("lost at the centre", gone[0], gone[-1])
    assert whole.sql("SELECT missing FROM stream") == [(0,)]
    assert whole.sql("SELECT verdict FROM checkpoint ORDER BY size DESC LIMIT 1") == [("agrees",)]
