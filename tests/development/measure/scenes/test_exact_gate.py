# SPDX-License-Identifier: Apache-2.0
from development.measure.scenes.exact_gate import CappedSource, ExactGate
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.window import LineSum, Speed, WindowSums, ZoneSum
from edge_agent.disclosure.interval.interval import Quantity, interval
from edge_agent.processes.counted_window import CountedWindow
from wire_contract.messages.report import Rule, RuleName
from wire_contract.quality import QualityCode

EXACT = Rule(RuleName.EXACT, ())


def window(
    lines: int, *, code: QualityCode = QualityCode.FINE, blind: bool = False
) -> CountedWindow:
    sums = WindowSums(
        observed_s=10.0,
        frames=100,
        lines=tuple(LineSum(number, 2 * number) for number in range(lines)),
        zones=(ZoneSum(mean=3.5, peak=6, speed=Speed.UNKNOWN, standing=0),),
    )
    return CountedWindow(sums, 100, code, Difficulty.EASY, blind=blind)


def test_more_lines_than_a_box_has_are_released_in_their_order() -> None:
    lines = [CappedSource(f"x{number}", 255) for number in range(18)]
    released = ExactGate(lines, [CappedSource("all", 255)], length_s=10).release(3, window(18))
    assert [(line.id, line.in_count, line.out_count) for line in released.lines] == [
        (f"x{number}", number, 2 * number) for number in range(18)
    ]
    assert [(zone.id, zone.mean, zone.peak) for zone in released.zones] == [("all", 4, 6)]


def test_the_intervals_are_those_that_a_box_states() -> None:
    released = ExactGate(
        [CappedSource("x", 255)] * 1, [CappedSource("all", 255)], length_s=10
    ).release(0, window(1))
    (line,), (zone,) = released.lines, released.zones
    easy = int(Difficulty.EASY)
    assert (line.in_low, line.in_high) == interval(
        0, Quantity.LINE, EXACT, difficulty=easy, count_max=255
    )
    assert (zone.peak_low, zone.peak_high) == interval(
        6, Quantity.PEAK, EXACT, difficulty=easy, count_max=255
    )


def test_a_lower_bound_has_no_high_end_and_a_blind_window_no_number() -> None:
    gate = ExactGate([CappedSource("x", 255)], [CappedSource("all", 255)], length_s=10)
    dark = gate.release(0, window(1, code=QualityCode.DARK))
    assert (dark.lines[0].in_high, dark.zones[0].mean_high) == (None, None)
    assert dark.lines[0].in_low is not None
    moved = gate.release(1, window(1, code=QualityCode.MOVED, blind=True))
    assert (moved.lines, moved.zones) == ((), ())
    assert moved.image_quality.code == QualityCode.MOVED
