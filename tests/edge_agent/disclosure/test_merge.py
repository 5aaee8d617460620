# SPDX-License-Identifier: Apache-2.0
"""One window for several: what is kept of the numbers."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from development.fakes.messages import RUN, STREAM
from edge_agent.channel import Schema
from edge_agent.disclosure.gate import Gate
from edge_agent.disclosure.window import Sender
from edge_agent.store.pending_window import (
    DAY_S,
    DROPPED_RUN,
    follows,
    group_neighbours,
    mark_dropped,
    merge_windows,
)
from tests.edge_agent.waiting import (
    BEGIN_S,
    FINE,
    LENGTH_S,
    as_version_1,
    inside,
    line,
    waiting,
    zone,
)
from wire_contract.codec import decode
from wire_contract.messages.report import ClockQuality, Report, Rule, RuleName
from wire_contract.quality import QualityCode, Validity, validity


def test_what_stands_for_fifteen_windows_says_when_for_how_long_and_the_sum() -> None:
    windows = [
        waiting(number, line(number, -1), zone(10 + number % 3, 20 + number))
        for number in range(15)
    ]
    whole = merge_windows(windows, LENGTH_S)
    assert whole is not None
    assert (whole.id, whole.start_s, whole.length_s, whole.run) == (1, BEGIN_S, 900, 1)
    [north], [sand] = inside(whole).lines, inside(whole).zones
    assert (north.in_count, north.out_count) == (105, -15)
    assert (sand.mean, sand.peak, sand.speed, sand.standing) == (11, 34, 3, 2)
    assert north.in_low is not None
    assert north.in_high is not None
    assert north.in_low < 105 < north.in_high


def test_it_goes_through_the_report_as_any_window() -> None:
    whole = merge_windows([waiting(number, line(), zone()) for number in range(15)], LENGTH_S)
    assert whole is not None
    sender = Sender("beach", "pier-1", STREAM, inside(whole).provenance)
    gate = Gate(
        sender,
        schema=Schema((255,), (255,)),
        line_ids=("north",),
        zone_ids=("sand",),
        noise_key=b"n" * 32,
        run=RUN,
    )
    payload = gate.report(
        whole.body,
        sequence=1,
        start_s=whole.start_s,
        length_s=whole.length_s,
        quality=ClockQuality.SYNCHRONISED,
    )
    report = decode(Report, payload)
    assert (report.length_s, report.lines[0].in_count) == (900, 45)


def test_a_quarter_merged_twice_is_the_quarter_merged_once() -> None:
    windows = [
        waiting(number, line(number, 2 * number), zone(number, number)) for number in range(60)
    ]
    quarters = [merge_windows(windows[first : first + 15], LENGTH_S) for first in range(0, 60, 15)]
    twice, once = (
        merge_windows([one for one in quarters if one], LENGTH_S),
        merge_windows(windows, LENGTH_S),
    )
    assert twice is not None
    assert once is not None
    assert (twice.start_s, twice.length_s) == (once.start_s, once.length_s)
    [a], [b] = inside(twice).lines, inside(once).lines
    assert (a.in_count, a.out_count) == (b.in_count, b.out_count)
    ends = zip((a.in_low, a.in_high), (b.in_low, b.in_high), strict=True)
    assert all(
        one is not None and other is not None and abs(one - other) <= 4 for one, other in ends
    )  # whole numbers, twice


@given(st.lists(st.tuples(st.integers(-30, 300), st.integers(-30, 300)), min_size=2, max_size=15))
def test_the_sum_of_what_was_released_is_kept_to_the_last_one(
    counts: list[tuple[int, int]],
) -> None:
    whole = merge_windows(
        [waiting(number, line(*pair)) for number, pair in enumerate(counts)], LENGTH_S
    )
    assert whole is not None
    assert [(one.in_count, one.out_count) for one in inside(whole).lines] == [
        tuple(map(sum, zip(*counts, strict=True)))
    ]


def test_a_window_that_was_not_counted_makes_the_whole_a_lower_bound() -> None:
    blocked = replace(FINE, code=int(QualityCode.BLOCKED))
    whole = merge_windows(
        [
            waiting(0, line(9, 9), zone(8, 9)),
            waiting(1, image_quality=blocked),
            waiting(2, line(2, 2), zone(4, 9)),
        ],
        LENGTH_S,
    )
    assert whole is not None
    window = inside(whole)
    assert validity(window.image_quality.code, window.image_quality.observed) is Validity.AT_LEAST
    assert (window.image_quality.code, window.image_quality.observed) == (
        QualityCode.BLOCKED,
        1,
    ) or window.image_quality.code == QualityCode.FINE
    [north], [sand] = window.lines, window.zones
    assert (north.in_count, north.in_high, sand.mean, sand.mean_high) == (11, None, 6, None)
    assert sand.mean_low is not None
    assert sand.mean_low < 4  # where nothing was seen, nobody may have been


def test_the_quality_says_the_code_that_held_longest_and_all_blind_stays_blind() -> None:
    dark, moved = (replace(FINE, code=int(code)) for code in (QualityCode.DARK, QualityCode.MOVED))
    whole = merge_windows(
        [
            waiting(0, line(), image_quality=dark),
            waiting(1, line()),
            waiting(2, image_quality=moved),
        ],
        LENGTH_S,
    )
    blind = merge_windows(
        [waiting(0, image_quality=moved), waiting(1, image_quality=moved)], LENGTH_S
    )
    assert whole is not None
    assert blind is not None
    assert inside(whole).image_quality.code == QualityCode.DARK
    assert (inside(blind).image_quality.code, inside(blind).lines) == (QualityCode.MOVED, ())


def test_a_withheld_number_adds_nothing_and_takes_the_high_end_away() -> None:
    rule = Rule(RuleName.SUPPRESS_BELOW, (10,))
    whole = merge_windows(
        [waiting(0, line(12, None), rule=rule), waiting(1, line(None, None), rule=rule)], LENGTH_S
    )
    assert whole is not None
    [north] = inside(whole).lines
    assert (north.in_count, north.in_high, north.out_count, north.out_low) == (12, None, None, None)


def test_a_line_that_was_silent_in_one_window_is_a_lower_bound() -> None:
    whole = merge_windows(
        [waiting(0, line(5, 5), line(4, 4, name="south")), waiting(1, line(5, 5))], LENGTH_S
    )
    assert whole is not None
    north, south = inside(whole).lines
    assert north.in_high is not None
    assert (south.in_count, south.in_high) == (4, None)


def test_classes_that_differ_are_not_stated() -> None:
    whole = merge_windows(
        [
            waiting(0, zone(speed=3)),
            waiting(1, zone(speed=2), image_quality=replace(FINE, difficulty=3)),
        ],
        LENGTH_S,
    )
    assert whole is not None
    assert (
        inside(whole).zones[0].speed,
        inside(whole).zones[0].standing,
        inside(whole).image_quality.difficulty,
    ) == (0, 2, 0)


def test_a_sum_that_no_report_can_say_is_not_made() -> None:
    assert (
        merge_windows([waiting(0, line(900_000, 0)), waiting(1, line(900_000, 0))], LENGTH_S)
        is None
    )


def test_what_is_dropped_says_when_and_how_long_and_no_number() -> None:
    gone = mark_dropped([waiting(0, line(), zone()), waiting(1, line(), zone())])
    window = inside(gone)
    assert (gone.run, gone.start_s, gone.length_s) == (DROPPED_RUN, BEGIN_S, 2 * LENGTH_S)
    assert (window.image_quality.code, window.lines, window.zones) == (QualityCode.DROPPED, (), ())
    assert (
        validity(window.image_quality.code, window.image_quality.observed) is Validity.NOT_COUNTED
    )
    assert follows(gone, waiting(2), DAY_S)
    assert list(group_neighbours([gone, waiting(2)], 900)) == []


def test_windows_from_before_and_after_an_upgrade_go_together_and_can_be_dropped() -> None:
    windows = [waiting(0, line(9, 9), zone(8, 9)), waiting(1, line(2, 2), zone(4, 5))]
    before = [replace(windows[0], body=as_version_1(windows[0].body)), windows[1]]
    assert merge_windows(before, LENGTH_S) == merge_windows(windows, LENGTH_S)
    assert mark_dropped([before[0]]).body == mark_dropped([windows[0]]).body
