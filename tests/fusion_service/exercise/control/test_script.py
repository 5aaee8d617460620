# SPDX-License-Identifier: Apache-2.0
"""The lines of a script: each at its time, or when somebody says so."""

from hypothesis import given
from hypothesis import strategies as st

from fusion_service.exercise.control.script import LineState, Script
from fusion_service.exercise.scenario import MINUTE_S, Inject, InjectKind

FAILS = Inject(InjectKind.BOXES_FAIL, 300, 900, devices=("box-1",))
CLOSES = Inject(InjectKind.GATE_CLOSES, 600, 1200, links=("gate",))


def states(script: Script) -> list[LineState]:
    return [one.state(script.next_s) for one in script.lines()]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 30)), max_size=6),
    st.integers(0, 60),
)
def test_where_nobody_does_anything_the_lines_are_those_of_the_file(
    spans: list[tuple[int, int]], minute: int
) -> None:
    injects = [
        Inject(InjectKind.BOXES_FAIL, at * MINUTE_S, (at + length) * MINUTE_S)
        for at, length in spans
    ]
    script = Script(injects, 0)
    holding, ended = script.draw(minute * MINUTE_S)
    assert [one.inject for one in holding] == [one for one in injects if one.holds(minute * 60)]
    assert [one.inject for one in ended] == [one for one in injects if one.until_s == minute * 60]
    assert script.injects() == tuple(injects)


def test_a_line_goes_from_to_come_to_over() -> None:
    script, seen = Script([FAILS], 0), []
    for start_s in range(0, 1200, MINUTE_S):
        script.draw(start_s)
        seen.append(states(script)[0])
    begun = seen.index(LineState.UNDER_WAY)
    assert seen[:begun] == [LineState.TO_COME] * begun
    assert seen[-1] is LineState.OVER
    assert begun * MINUTE_S == FAILS.at_s, "shown with the minute that is drawn"


def test_a_line_that_somebody_has_begin_holds_from_the_next_minute_on_and_as_long() -> None:
    script = Script([FAILS, CLOSES], 0)
    script.draw(0)
    begun = script.begin(2)
    assert begun is not None
    assert (begun.inject.at_s, begun.inject.until_s, begun.by_hand) == (60, 660, True)
    assert script.begin(2) is not None, "it has not begun: the minute is not drawn yet"
    holding, _ = script.draw(60)
    assert [one.number for one in holding] == [2]
    assert script.begin(2) is None, "it is under way"
    assert script.next_line_s() == FAILS.at_s


def test_a_line_that_is_over_can_begin_again_and_lasts_as_long_as_it_would() -> None:
    script = Script([FAILS], 0)
    script.draw(300)
    ended = script.end(1)
    assert ended is not None
    assert (ended.inject.until_s, ended.is_ended_by_hand) == (360, True)
    assert script.draw(360)[0] == ()
    again = script.begin(1)
    assert again is not None
    assert again.inject.until_s - again.inject.at_s == 600


def test_a_line_that_is_left_out_does_not_happen_unless_somebody_has_it_begin() -> None:
    script = Script([FAILS], 0)
    script.draw(0)
    assert script.end(1) is None, "it is not under way"
    assert script.leave_out(1) is not None
    assert script.draw(300) == ((), ())
    assert (states(script), script.next_line_s()) == ([LineState.LEFT_OUT], None)
    assert script.begin(1) is not None
    assert [one.number for one in script.draw(360)[0]] == [1]
    assert script.leave_out(1) is None, "it has begun"


def test_a_line_that_is_not_there_is_none() -> None:
    script = Script([FAILS], 0)
    assert (script.begin(2), script.leave_out(0), script.end(7)) == (None, None, None)
