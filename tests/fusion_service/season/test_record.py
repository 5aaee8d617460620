# SPDX-License-Identifier: Apache-2.0
"""What a log says of a period: who was asked to look and when, what was done and taken back."""

from dataclasses import dataclass, field

import pytest

from fusion_service.ledger.access_log import Retention
from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level, Measure, Site
from fusion_service.season.alarms import alarm_figures
from fusion_service.season.boxes import boxes_of
from fusion_service.season.figures import Figure
from fusion_service.season.measures import askings_of
from fusion_service.season.numbers import LEVELS, ZonePast
from fusion_service.season.record import Record, record_of
from fusion_service.shift.causes import Kind
from fusion_service.shift.measures import measure_id
from fusion_service.store.estimates import HeardRow
from tests.fusion_service.estimate.sites import zone_of

WITHIN = (1_000, 100_000)
STEWARDS = Measure(Level.YELLOW, "Stewards", "city", ())
GATE = Measure(Level.ORANGE, "Gate", "police", ("deck",))
SITE = Site("s", "s", "UTC", (zone_of("deck"),), (), (), (), (STEWARDS, GATE))


@dataclass
class Log:
    """Entries in the order in which they were written."""

    entries: list[ShiftEntry] = field(default_factory=list)

    def add_entry(
        self,
        deed: Deed,
        at_s: int,
        *,
        alarm: int | None = None,
        zone: str = "",
        **detail: str | int,
    ) -> int:
        number, said = len(self.entries) + 1, tuple(sorted(detail.items()))
        kept = Retention.ALARM
        entry = ShiftEntry(
            number, at_s * 1000, "s", "x", deed, "", zone, alarm, said, kept, b"", ()
        )  # fmt: skip
        self.entries.append(entry)
        return number

    def raised(
        self, at_s: int, kind: Kind = Kind.LEVEL, level: int = 1, about: str = "deck"
    ) -> int:
        return self.add_entry(Deed.RAISED, at_s, kind=kind, level=level, about=about)

    def record(self) -> Record:
        return record_of(self.entries, WITHIN)

    def figures(self, *zones: ZonePast) -> dict[tuple[str, str], Figure]:
        return {(one.name, one.of): one for one in alarm_figures(self.record(), zones)}


def asked(log: Log) -> list[list[tuple[int, int, int | None]]]:
    alarms = log.record().alarms.values()
    return [[(one.at_s, one.severity, one.answered_s) for one in each.asked] for each in alarms]


def test_what_gets_worse_after_it_was_seen_is_to_be_looked_at_anew() -> None:
    log = Log()
    alarm = log.raised(2_000)
    log.add_entry(Deed.ACKNOWLEDGED, 2_060, alarm=alarm)
    log.add_entry(Deed.WORSENED, 3_000, alarm=alarm, kind=Kind.LEVEL, about="deck", level=3)
    log.add_entry(Deed.ACKNOWLEDGED, 3_010, alarm=alarm)
    assert asked(log) == [[(2_000, 1, 2_060), (3_000, 3, 3_010)]]


def test_what_gets_worse_unseen_has_waited_since_it_began() -> None:
    log = Log()
    alarm = log.raised(2_000)
    log.add_entry(Deed.WORSENED, 3_000, alarm=alarm, kind=Kind.LEVEL, about="deck", level=3)
    log.add_entry(Deed.ACKNOWLEDGED, 3_010, alarm=alarm)
    assert asked(log) == [[(2_000, 3, 3_010)]]
    assert log.record().alarms[alarm].level is Level.RED


def test_alarms_of_before_and_after_the_period_are_none_of_it() -> None:
    log = Log()
    before = log.raised(500)
    log.add_entry(Deed.ACKNOWLEDGED, 2_000, alarm=before)
    log.add_entry(Deed.DECLARED, 600, zone="deck", level=2)
    log.raised(100_000)
    record = log.record()
    assert (record.alarms, record.entries) == ({}, 1)
    # A level that was declared before stands when the period begins.
    assert record.declared["deck"][0].level is Level.ORANGE


def test_what_nobody_acknowledged_may_have_been_decided() -> None:
    log = Log()
    for at_s, declared_s in ((2_000, 2_500), (4_000, 9_000)):
        alarm = log.raised(at_s)
        log.add_entry(Deed.DECLARED, declared_s, zone="deck", level=1)
        log.add_entry(Deed.ENDED, max(at_s + 900, 2_600), alarm=alarm)
    shelved = log.raised(50_000, Kind.FEED, 0, "knmi")
    log.add_entry(Deed.ACKNOWLEDGED, 50_100, alarm=shelved)
    for _ in range(2):
        log.add_entry(Deed.SHELVED, 50_200, alarm=shelved, until_ms=1)
    log.add_entry(Deed.SKIPPED, 60_000, outlet="mail", entries=7)
    log.add_entry(Deed.TAKEN_OVER, 60_000)
    found = log.figures()
    never = found["never_acknowledged", ""], found["never_acknowledged_but_decided", ""]
    assert [(one.value, one.over) for one in never] == [(2, 3), (1, 2)]
    assert found["shelved", ""].value == 1
    assert found["messages_passed_over", "mail"].value == 7
    assert found["shifts_taken_over", ""].value == 1


@pytest.mark.parametrize(("reached_s", "share"), [(4_000, 0.0), (6_500, 0.0), (6_601, 1.0)])
def test_an_alarm_is_false_where_nothing_came_within_an_hour_after_it(
    reached_s: int, share: float
) -> None:
    log = Log()
    for _ in range(5):
        alarm = log.raised(2_000, level=2)
        log.add_entry(Deed.ENDED, 3_000, alarm=alarm)
    log.raised(2_000, Kind.BOXES, 0, "box-1")
    reached = {Level.YELLOW: ((2_000, 9_000),), Level.ORANGE: ((reached_s, reached_s + 600),)}
    zone = ZonePast("deck", {**reached, Level.RED: ()}, {}, ((0, 10_000),))
    assert log.figures(zone)["alarms_false", ""].value == share
    # Where nobody counted all the while nothing is judged.
    blind = ZonePast("deck", zone.reached, {}, ((0, 2_500),))
    assert log.figures(blind)["alarms_false", ""].over == 0


def test_a_warning_is_of_the_whole_site_and_looks_three_hours_ahead() -> None:
    log = Log()
    for at_s in (2_000, 3_000, 4_000, 5_000, 40_000):
        alarm = log.raised(at_s, Kind.COMING, 2, "pier")
        log.add_entry(Deed.ENDED, at_s + 600, alarm=alarm)
    counted = ((0, 100_000),)
    quiet = ZonePast("pier", dict.fromkeys(LEVELS, ()), {}, counted)
    busy = ZonePast("deck", {**quiet.reached, Level.ORANGE: ((13_000, 14_000),)}, {}, counted)
    found = log.figures(quiet, busy)["warnings_false", ""]
    assert (found.value, found.over) == (0.2, 5)


def test_a_flood_is_told_by_itself() -> None:
    log = Log()
    for at_s in range(2_000, 2_012):
        log.raised(at_s, Kind.FEED, 0, f"feed-{at_s}")
    flood = log.raised(2_012, Kind.FLOOD, 0, "")
    log.add_entry(Deed.ENDED, 2_912, alarm=flood)
    found = log.figures()
    names = ("alarms", "alarms_in_a_flood", "floods", "floods_together")
    assert [found[name, ""].value for name in names] == [12, 12, 1, 900]
    peaks = ("alarms_per_shift_peak", "alarms_per_ten_minutes_peak")
    assert [found[name, ""].value for name in peaks] == [12, 12]


def test_a_measure_is_asked_for_at_its_own_level_and_may_be_taken_back() -> None:
    log = Log()
    stewards, gate = measure_id(STEWARDS), measure_id(GATE)
    log.add_entry(Deed.DECLARED, 2_000, zone="deck", level=1)
    log.add_entry(Deed.DONE, 2_300, zone="deck", measure=stewards)
    log.add_entry(Deed.DONE, 2_400, zone="deck", measure=gate)
    log.add_entry(Deed.DECLARED, 3_000, zone="deck", level=2)
    log.add_entry(Deed.DECLARED, 4_000, zone="deck", level=0)
    log.add_entry(Deed.DECLARED, 5_000, zone="deck", level=1)
    log.add_entry(Deed.DONE, 5_100, zone="deck", measure=stewards)
    log.add_entry(Deed.UNDONE, 5_200, zone="deck", measure=stewards)
    took = [(one.measure.text, one.took_s) for one in askings_of(SITE, log.record())]
    # The gate was closed before it was asked for; of the second evening nothing was done.
    assert took == [("Stewards", 300), ("Gate", 0), ("Stewards", None)]


def test_a_box_that_was_taken_away_is_not_silent() -> None:
    heard = HeardRow("a", 1_000, 40_000, 9, None, ((10_000, 13_900),))
    gone = HeardRow("b", 1_000, 40_000, 9, 40_100_000, ())
    (silent, left) = boxes_of([gone, heard], WITHIN, 10**9)
    assert (silent.device, silent.silences) == ("a", ((10_000, 13_900), (40_000, 100_000)))
    assert silent.share == pytest.approx(1 - 63_900 / 99_000)
    assert (left.share, left.silences) == (1.0, ())
    # While the period still runs, a box is silent until now and no longer.
    (now,) = boxes_of([heard], WITHIN, 41_000)
    assert now.silences == ((10_000, 13_900),)
