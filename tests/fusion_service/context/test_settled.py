# SPDX-License-Identifier: Apache-2.0
from fusion_service.context.formats.json_shape import Remarks
from fusion_service.context.port import REMARKS_MAX, VALUES_MAX
from fusion_service.context.settled import AHEAD_S, answer_of, is_of_now
from fusion_service.store.context import ContextValue, Quality, Quantity

NOW_S = 1_790_000_000


def warm(at_s: int, amount: float = 20.0) -> ContextValue:
    return ContextValue("p", Quantity.TEMPERATURE, at_s, NOW_S, amount)


def test_an_answer_is_in_the_order_of_time_and_says_each_thing_once() -> None:
    remarks = Remarks()
    answer = answer_of([warm(3), warm(1), warm(3), warm(2, 99.0)], remarks, fresh_s=NOW_S)
    assert [one.valid_s for one in answer.values] == [1, 3]
    assert answer.remarks == ("p: temperature of 99 cannot be",)


def test_what_is_said_twice_and_differs_is_the_last_and_suspect() -> None:
    (value,) = answer_of([warm(1, 20.0), warm(1, 21.0)], Remarks(), fresh_s=NOW_S).values
    assert (value.amount, value.quality) == (21.0, Quality.SUSPECT)


def test_more_than_an_answer_may_hold_is_left_out_and_told() -> None:
    said = (warm(at_s) for at_s in range(VALUES_MAX + 10))
    answer = answer_of(said, Remarks(), fresh_s=NOW_S)
    assert len(answer.values) == VALUES_MAX
    assert answer.remarks == (f"more than {VALUES_MAX} values: the rest is left out (10 times)",)


def test_remarks_are_few_and_counted() -> None:
    remarks = Remarks()
    for number in range(100):
        remarks.note(f"remark {number}")
        remarks.note("remark 0")
    told = remarks.told()
    assert len(told) == REMARKS_MAX
    assert told[0] == "remark 0 (101 times)"


def test_a_moment_is_of_now_unless_it_is_too_old_or_to_come() -> None:
    bounds = (NOW_S - 901, NOW_S - 900, NOW_S + AHEAD_S, NOW_S + AHEAD_S + 1)
    assert [is_of_now(at_s, NOW_S, 900) for at_s in bounds] == [False, True, True, False]
    assert not is_of_now(None, NOW_S, 900)
