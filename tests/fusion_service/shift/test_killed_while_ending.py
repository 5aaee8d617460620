# SPDX-License-Identifier: Apache-2.0
"""A centre that is killed in the act of ending an alarm: it ended once, and nothing is lost."""

import os
import signal
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest

from fusion_service.ledger.access_log import fault_of_chain
from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.publish.alerts.outlets import Teller
from fusion_service.publish.alerts.webhook import Webhook
from fusion_service.shift.desk import Actor, Desk, Refusal, Step
from fusion_service.shift.monitor import ShiftMonitor, Sources
from fusion_service.store.sqlite.estimates import EstimateReader
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.fusion_service.estimate.sites import site_of

BEGAN_MS = 1_800_000_000_000
WHO = Actor("p1", "Zelden-Gehoord", "police")


@dataclass
class Centre:
    """As much of a centre as raises an alarm and ends it: the broker is away, and comes back."""

    keeper: ShiftFile
    path: Path
    now_ms: int
    broker: str = ""

    def __post_init__(self) -> None:
        self.desk = Desk(self.keeper, lambda: self.now_ms)
        sources = Sources(
            EstimateReader(self.path),
            Reader(self.path),
            lambda: {"s": (1, site_of(("deck",), ()))},
            lambda: self.broker,
        )
        self.monitor = ShiftMonitor(self.desk, sources)

    def look(self, after_ms: int) -> None:
        self.now_ms += after_ms
        self.monitor.turn()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def live_until_killed(path: Path, point: str) -> None:
    """Raise, acknowledge and end an alarm, and die at a point of ending it."""
    with ShiftFile(path, size_mib_max=64) as keeper:
        keeper.outlet("webhook")
        centre = Centre(keeper, path, BEGAN_MS, "nobody answers")
        centre.look(0)
        (alarm,) = centre.desk.site("s").open.values()
        seen = Step(Deed.ACKNOWLEDGED, "I look")
        done = centre.desk.act("s", alarm.id, seen, who=WHO, seen=alarm.version)
        assert not isinstance(done, Refusal)
        centre.broker = ""
        centre.look(60_000)
        if point == "told":
            centre.desk.listen(lambda _entries: die())
        else:
            keeper._connection.set_trace_callback(
                lambda said: die() if said.startswith(point) else None
            )
        centre.look(130_000)
    os._exit(0)


def deeds(entries: list[ShiftEntry]) -> list[str]:
    return [one.deed for one in entries]


@pytest.mark.parametrize(
    ("point", "is_kept"),
    [
        ("BEGIN", False),
        ("INSERT INTO shift_entry", False),
        ("COMMIT", False),
        ("told", True),  # on disk, and nobody was told
    ],
)
def test_an_alarm_ends_once_wherever_its_end_is_cut_off(
    tmp_path: Path, *, point: str, is_kept: bool
) -> None:
    path = tmp_path / "fusion.sqlite"
    child = get_context("fork").Process(target=live_until_killed, args=(path, point))
    child.start()
    child.join(30)
    assert child.exitcode == -signal.SIGKILL
    before = [Deed.RAISED, Deed.ACKNOWLEDGED]
    with ShiftFile(path, size_mib_max=64) as keeper:
        assert fault_of_chain(keeper.whole_log()) is None
        assert deeds(list(keeper.whole_log())) == [*before, *([Deed.ENDED] if is_kept else [])]
        centre = Centre(keeper, path, BEGAN_MS + 200_000)
        (alarm,) = [*centre.desk.site("s").open.values(), *centre.desk.site("s").closed]
        assert (alarm.is_open, alarm.acknowledged) == (not is_kept, 2)
        # What the webhook was to hear waits as before.
        waiting = list(Teller(centre.desk, Webhook("http://127.0.0.1:9/", b"s"))._waiting(0))
        assert [one.entry for one in waiting] == [1]
        for _ in range(3):
            centre.look(130_000)
        assert deeds(list(keeper.whole_log())) == [*before, Deed.ENDED]
        assert fault_of_chain(keeper.whole_log()) is None
        assert not centre.desk.site("s").open
