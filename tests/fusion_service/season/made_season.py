# SPDX-License-Identifier: Apache-2.0
"""A made season of a small beach, written by the product's own keepers: twelve busy days."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from fusion_service.estimate.observation import Basis, ZoneCondition, ZoneEstimate
from fusion_service.ledger.shift_log import Deed
from fusion_service.registry.site import Level, Site
from fusion_service.registry.site_file.reading import read_site
from fusion_service.season.evaluation import Season
from fusion_service.season.period import Period
from fusion_service.shift.causes import Cause, Kind
from fusion_service.shift.desk import Actor, Desk, Refusal, Step
from fusion_service.shift.measures import measure_id
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.sources import SourceCount
from fusion_service.store.sqlite.estimates import EstimateFile
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.sources import SourceFile
from fusion_service.store.sqlite.writer import Writer
from tests.fusion_service.box import Box, zone
from tests.fusion_service.keeping import keep

DRAWN = """
id = "beach"
name = "Strand"
time_zone = "Europe/Amsterdam"

[[zones]]
id = "deck"
polygon = [[4.2790, 52.1170], [4.2800, 52.1170], [4.2800, 52.1175], [4.2790, 52.1175]]
usable_m2 = 3800
capacity = 4000
thresholds.yellow = { people = 1000 }
thresholds.orange = { people = 2000 }
thresholds.red = { people = 3000 }

[[devices]]
id = "pier-1"
counters = [{ zone = "square", at_zone = "deck", share = 1.0 }]

[[sources]]
id = "steward"
kind = "person"
technology = "person"
provenance = "Stewards"
licence = "Afspraak"
counters = [{ zone = "all", at_zone = "deck", share = 1.0 }]

[[sources]]
id = "mast"
kind = "json"
technology = "radar"
provenance = "Strandtent"
licence = "Afspraak"
counters = [{ zone = "all", at_zone = "deck", share = 1.0 }]
mapping = { time = "at", length_s = 60, people = "people" }

[[measures]]
level = "yellow"
text = "Stewards sturen"
organisation = "Gemeente"

[[measures]]
level = "orange"
text = "Toegang sluiten"
organisation = "Politie"

[[measures]]
level = "red"
text = "Ontruimen"
organisation = "Politie"
"""
FIRST, LAST = date(2026, 7, 1), date(2026, 7, 12)
NOON_S = int(datetime(2026, 7, 1, 10, 0, tzinfo=UTC).timestamp())
"""Noon of the first day, local."""
DAY_S, STEP_S = 86_400, 120
WHO = Actor("p7", "Zelden-Gehoord", "police")
SECRETS = ("Zelden-Gehoord", "omdat het druk is", "ik kijk al", "hek 2")
"""What people said, which no document of a season may hold."""
MADE = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@dataclass
class MadeSeason:
    """A store with a season in it, and the desk that wrote its log at a clock of its own."""

    folder: Path
    now_s: int = 0
    path: Path = field(init=False)
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        self.path = self.folder / "fusion.sqlite"
        self.site = read_site(DRAWN.encode())
        self._write_windows()
        plans = SqliteSitePlans(self.path, size_mib_max=64)
        assert plans.keep("beach", DRAWN, now_ms=(NOON_S - DAY_S) * 1000) is not None
        random = Random(7)
        with ShiftFile(self.path, size_mib_max=64) as log:
            desk = Desk(log, lambda: self.now_s * 1000)
            for day in range(12):
                self._live_through(desk, NOON_S + day * DAY_S, day, random)
        self._write_numbers()

    def season(self, first: date = FIRST, last: date = LAST) -> Season:
        """Return what is to be looked at."""
        return Season(self.site, 1, Period(first, last, self.site.time_zone), MADE)

    def _live_through(self, desk: Desk, noon_s: int, day: int, random: Random) -> None:
        """Propose, raise, acknowledge, declare, tick and end, each at its own moment.

        On odd days orange is proposed, and reached on days that are 3 more than a multiple of 4.
        """
        level = Level.ORANGE if day % 2 else Level.YELLOW
        self.now_s = noon_s - random.randrange(300, 2400)
        said = (("reasons", "forecast"), ("expected_s", noon_s + random.randrange(-600, 600)))
        desk.propose("beach", "deck", level, said)
        alarm = desk.raise_alarm("beach", Cause(Kind.LEVEL, "deck", level)).id
        if day != 5:  # one that nobody looked at
            self.now_s += random.randrange(20, 400)
            self._acknowledge(desk, alarm)
        self.now_s += random.randrange(60, 900)
        self._declare(desk, level)
        for measure in self.site.measures[: int(level)]:
            self.now_s += random.randrange(60, 1200)
            if random.random() < 0.8:
                self._tick(desk, measure_id(measure), is_done=True)
        self.now_s = noon_s + 3 * 3600
        desk.change_alarm(desk.site("beach").open[alarm], Deed.ENDED)
        desk.propose("beach", "deck", Level.GREEN, ())
        self._declare(desk, Level.GREEN)

    def _acknowledge(self, desk: Desk, alarm: int) -> None:
        version = desk.site("beach").open[alarm].version
        step = Step(Deed.ACKNOWLEDGED, "ik kijk al")
        assert not isinstance(desk.act("beach", alarm, step, who=WHO, seen=version), Refusal)

    def _declare(self, desk: Desk, level: Level) -> None:
        seen = desk.site("beach").zone_version("deck")
        done = desk.declare("beach", "deck", level, "omdat het druk is", who=WHO, seen=seen)
        assert not isinstance(done, Refusal)

    def _tick(self, desk: Desk, measure: str, *, is_done: bool) -> None:
        before = desk.site("beach").ticks.get(("deck", measure))
        seen = 0 if before is None else before.entry
        done = desk.tick("beach", "deck", measure, "hek 2", is_done=is_done, who=WHO, seen=seen)
        assert not isinstance(done, Refusal)

    def _write_numbers(self) -> None:
        """Write a crowd of each day: a hill from 11 to 16, and what somebody saw of it at noon."""
        rows: list[EstimateRow] = []
        for day in range(12):
            top = 1500.0 if day % 4 != 3 else 2600.0
            for step in range(0, 10 * 3600, STEP_S):
                at_s = NOON_S + day * DAY_S - 4 * 3600 + step
                people = max(top * (1 - ((at_s - NOON_S - day * DAY_S - 5400) / 9000) ** 2), 40.0)
                rows.append(EstimateRow("beach", at_s * 1000 + 5, number("deck", at_s, people)))
        with EstimateFile(self.path, size_mib_max=64) as file:
            file.keep(rows, in_place=True)
        with SourceFile(self.path, size_mib_max=64) as others:
            others.add("beach", "steward", b"k" * 32, 0)
            # A machine of others is nobody who looks.
            others.add("beach", "mast", b"m" * 32, 0)
            said = SourceCount("all", NOON_S, 60, people=1.0)
            others.keep("beach", "mast", [said], NOON_S * 1000 + 500)
            for place, row in enumerate(rows[:240:10]):
                seen = row.estimate.people * (1.1 if place % 3 else 1.5)
                count = SourceCount("all", row.estimate.at_s, 60, people=seen)
                others.keep("beach", "steward", [count], row.estimate.at_s * 1000 + 500)

    def _write_windows(self) -> None:
        """Write a window an hour of one box for two days, with a hole of five hours."""
        box = Box()
        start_s = NOON_S - 4 * 3600
        hours = [one for one in range(40) if not 10 <= one < 15]
        reports = [
            box.report(number, start_s=start_s + hour * 3600, length_s=3600, zones=(zone(),))
            for number, hour in enumerate(hours, 1)
        ]
        with Writer(self.path, size_mib_max=64, dead_letters_max=10) as writer:
            writer.add_device("beach", "pier-1", box.public_key, test_site=False, added_ms=0)
            known = writer.registry().find("beach", "pier-1")
            assert known is not None
            keep(writer, known.id, *reports)


def number(name: str, at_s: int, people: float, basis: Basis = Basis.COUNTED) -> ZoneEstimate:
    """Return an estimate whose 80 % interval reaches a fifth to either side."""
    ends = (0.9, 1.1, 0.8, 1.2, 0.7, 1.3)
    wide = (people * one for one in ends)
    condition = ZoneCondition.FINE
    return ZoneEstimate(name, at_s, people, *wide, people / 4000, 0.0, basis, condition, ())
