# SPDX-License-Identifier: Apache-2.0
"""What is seen at a drawn site becomes proposals and alarms, and a restart holds what was held."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from fusion_service.estimate.levels import Ahead, Coming, Reason
from fusion_service.ledger.shift_log import Deed
from fusion_service.registry.site import Level
from fusion_service.shift.causes import Kind
from fusion_service.shift.desk import CENTRE, Desk, Step
from fusion_service.shift.monitor import ShiftMonitor, Sources
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from tests.fusion_service.web.picture.drawn import AT_S, Drawn, estimate

PEOPLE = 5_000.0
"""More than half of what `kurhaus` holds."""


@dataclass
class Seen:
    """A drawn site, and who looks at it."""

    drawn: Drawn
    keeper: ShiftFile
    now_s: int = AT_S
    away: str = ""
    down: tuple[str, ...] = ()
    ahead: dict[str, tuple[Ahead, ...]] = field(default_factory=dict)
    coming: tuple[Coming, ...] = ()
    monitor: ShiftMonitor = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        desk = Desk(self.keeper, lambda: self.now_s * 1000)
        plans = {"scheveningen": (1, self.drawn.site)}
        sources = Sources(
            self.drawn.reader,
            Reader(self.drawn.path),
            lambda: plans,
            lambda: self.away,
            forecast=lambda _site: self.ahead,
            coming=lambda _site: self.coming,
            feeds=lambda _site: self.down,
        )
        self.monitor = ShiftMonitor(desk, sources)

    def look(self, people: float, minutes: int = 1) -> None:
        """Let minutes pass with so many people at the Kurhaus, and look after each."""
        for _ in range(minutes):
            self.now_s += 60
            one = replace(
                estimate("kurhaus", self.now_s, people), trend=0.0, density=people / 5_000
            )
            self.drawn.know(self.now_s * 1000, [one])
            self.monitor.turn()

    @property
    def level(self) -> Level:
        found = self.monitor.seen("scheveningen")
        assert found is not None
        return found.proposals["kurhaus"].level

    def deeds(self) -> list[tuple[str, str]]:
        entries = self.keeper.after(0, limit=100)
        return [(one.deed, one.words("kind") or one.words("level")) for one in entries]


@pytest.fixture(name="seen")
def _seen(tmp_path: Path) -> Iterator[Seen]:
    drawn = Drawn(tmp_path)
    with ShiftFile(drawn.path, size_mib_max=64) as keeper:
        yield Seen(drawn, keeper)


def test_a_level_is_proposed_and_is_an_alarm_until_it_falls(seen: Seen) -> None:
    seen.look(1_000)
    assert seen.deeds() == []
    seen.look(PEOPLE)
    raised = [(Deed.PROPOSED, "2"), (Deed.RAISED, Kind.LEVEL)]
    assert seen.deeds() == raised
    seen.look(1_000, 30)
    assert seen.deeds() == [*raised, (Deed.PROPOSED, "0"), (Deed.ENDED, "")]
    found = seen.monitor.seen("scheveningen")
    assert found is not None
    assert {one.route for one in found.routes} == {"boulevard-lane"}


def test_a_restart_goes_on_from_what_was_proposed_and_raises_nothing_twice(seen: Seen) -> None:
    seen.look(PEOPLE)
    before = seen.deeds()
    seen.restart()
    seen.look(1_000, 10)
    assert (seen.level, seen.deeds()) == (Level.ORANGE, before)


def test_a_broker_that_is_away_is_one_alarm_and_ends_with_it(seen: Seen) -> None:
    seen.away = "nobody answers"
    seen.look(100)
    seen.away = ""
    seen.look(100, 4)
    assert seen.deeds() == [(Deed.RAISED, Kind.BROKER), (Deed.ENDED, "")]


def test_a_shelf_ends_by_itself(seen: Seen) -> None:

    seen.look(PEOPLE)
    (alarm,) = seen.monitor.desk.site("scheveningen").open.values()
    until_ms = (seen.now_s + 90) * 1000
    step = Step(Deed.SHELVED, "busy", (("until_ms", until_ms),))
    seen.monitor.desk.act("scheveningen", alarm.id, step, who=CENTRE, seen=alarm.version)
    seen.look(PEOPLE)
    assert seen.monitor.desk.site("scheveningen").open[alarm.id].shelved is not None
    seen.look(PEOPLE)
    assert seen.monitor.desk.site("scheveningen").open[alarm.id].shelved is None
    assert seen.deeds()[-1][0] == Deed.UNSHELVED


def test_a_feed_that_is_down_is_an_alarm_until_it_is_back(seen: Seen) -> None:
    seen.down = ("weather",)
    seen.look(100, 3)
    seen.down = ()
    seen.look(100, 4)
    assert seen.deeds() == [(Deed.RAISED, Kind.FEED), (Deed.ENDED, "")]


def test_what_is_forecast_within_the_hour_is_proposed_before_it_comes(seen: Seen) -> None:
    seen.look(1_000)
    soon = seen.now_s + 1_800
    seen.ahead = {"kurhaus": (Ahead(soon, PEOPLE, PEOPLE * 0.8, PEOPLE * 1.2),)}
    seen.look(1_000, 5)
    found = seen.monitor.seen("scheveningen")
    assert found is not None
    proposal = found.proposals["kurhaus"]
    assert (proposal.level, proposal.reasons) == (Level.ORANGE, (Reason.FORECAST,))
    assert proposal.expected_s == soon


def test_a_warning_is_an_alarm_for_as_long_as_it_holds(seen: Seen) -> None:
    seen.coming = (Coming(Level.ORANGE, "kurhaus", seen.now_s + 7_200, 0.6),)
    seen.look(1_000, 3)
    assert seen.deeds() == [(Deed.RAISED, Kind.COMING)]
    seen.coming = ()
    seen.look(1_000, 3)
    assert seen.deeds() == [(Deed.RAISED, Kind.COMING), (Deed.ENDED, "")]
