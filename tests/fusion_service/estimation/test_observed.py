# SPDX-License-Identifier: Apache-2.0
"""What a window says as fusion takes it in."""

from dataclasses import replace

import pytest

from fusion_service.estimation.observed import ended, observations_of
from fusion_service.store.rows import LineRow, WindowRow, ZoneRow
from wire_contract.messages.report import Health, ImageQuality, RuleName
from wire_contract.quality import QualityCode, Validity

DOOR = LineRow("door", 7, 3, 5, 9, 1, 5)
SQUARE = ZoneRow("square", 12, 15, 2, 1, 9, 16, 11, 20)
WINDOW = WindowRow(
    id=1,
    site="beach",
    device="pier-1",
    stream="",
    sequence=1,
    start_s=600,
    length_s=60,
    received_ms=0,
    committed_ms=None,
    late=False,
    superseded=False,
    boot=None,
    set_apart=None,
    overlaps=None,
    level="standard",
    clock="live",
    clock_quality="synchronised",
    config_sha256="",
    rule=RuleName.DISCRETE_LAPLACE,
    rule_parameters=(1000,),
    image_quality=ImageQuality(int(QualityCode.FINE), 3, 3, 1),
    health=Health(1, 1, 1, 1),
    lines=(DOOR,),
    zones=(SQUARE,),
)


def test_a_window_says_something_of_each_line_and_zone() -> None:
    door, square = observations_of([WINDOW])
    assert (door.sensor, square.sensor) == ("pier-1/line/door", "pier-1/zone/square")
    assert (door.count, door.net, square.count, square.net) == (10, 4, 12, None)
    assert (square.low, square.high) == (9, 16)
    assert door.low is not None
    assert door.high is not None
    assert door.low < 10 < door.high
    assert door.high - door.low < (9 - 5) + (5 - 1)  # noise adds up as squares do
    assert ended(door) == 660


def test_a_lower_bound_stays_one() -> None:
    open_line = replace(DOOR, in_high=None)
    door, square = observations_of([replace(WINDOW, lines=(open_line,))])
    assert (door.validity, door.high) == (Validity.AT_LEAST, None)
    assert square.validity is Validity.COUNTED


@pytest.mark.parametrize("code", [QualityCode.UNFAMILIAR, QualityCode.DARK, QualityCode.SATURATED])
def test_a_window_that_was_badly_seen_is_a_lower_bound(code: QualityCode) -> None:
    seen = observations_of([replace(WINDOW, image_quality=ImageQuality(int(code), 3, 3, 1))])
    assert {one.validity for one in seen} == {Validity.AT_LEAST}
    assert {one.code for one in seen} == {code}


def test_a_blocked_sensor_says_no_number() -> None:
    blocked = ImageQuality(int(QualityCode.BLOCKED), 3, 3, 1)
    for one in observations_of([replace(WINDOW, image_quality=blocked)]):
        assert one.validity is Validity.NOT_COUNTED
        assert (one.count, one.net, one.low, one.high) == (None, None, None, None)


def test_what_was_withheld_says_what_it_is_less_than() -> None:
    rule = {"rule": RuleName.SUPPRESS_BELOW, "rule_parameters": (5,)}
    hidden = replace(DOOR, out_count=None, out_low=None, out_high=None)
    nobody = replace(SQUARE, mean=None, mean_low=None, mean_high=None)
    door, square = observations_of([replace(WINDOW, lines=(hidden,), zones=(nobody,), **rule)])
    assert (door.count, door.withheld_below) == (None, 12)
    assert (square.count, square.withheld_below) == (None, 5)


def test_a_bucket_is_its_middle_with_its_edges() -> None:
    bucket = replace(SQUARE, mean=10, mean_low=10, mean_high=19)
    rule = {"rule": RuleName.BUCKETS, "rule_parameters": (0, 10, 20)}
    (square,) = observations_of([replace(WINDOW, lines=(), zones=(bucket,), **rule)])
    assert (square.count, square.low, square.high) == (14.5, 10, 19)
