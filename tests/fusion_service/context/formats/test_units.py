# SPDX-License-Identifier: Apache-2.0
import pytest

from fusion_service.context.formats.instants import instant_s, unix_s
from fusion_service.context.formats.json_shape import number
from fusion_service.context.formats.units import converted, is_plausible
from fusion_service.store.context import Quantity


@pytest.mark.parametrize(
    ("amount", "unit", "quantity", "ours"),
    [
        (20.0, "°C", Quantity.TEMPERATURE, 20.0),
        (68.0, "°F", Quantity.TEMPERATURE, 20.0),
        (293.15, "K", Quantity.TEMPERATURE, 20.0),
        (36.0, "km/h", Quantity.WIND_SPEED, 10.0),
        (1.0, "inch", Quantity.PRECIPITATION, 25.4),
        (4.0, "octa", Quantity.CLOUD_COVER, 50.0),
        (3.0, None, Quantity.TEMPERATURE, 3.0),  # says none: its documentation holds
        (3.0, "furlong", Quantity.WIND_SPEED, None),
        (3.0, "mm", Quantity.TEMPERATURE, None),
    ],
)
def test_a_unit_is_turned_into_ours_or_refused(
    amount: float, unit: str | None, quantity: Quantity, ours: float | None
) -> None:
    found = converted(amount, unit, quantity)
    assert found == (None if ours is None else pytest.approx(ours))


@pytest.mark.parametrize("code", [-1.0, -9999.0, 1e9])
def test_a_code_for_nothing_is_no_flow(code: float) -> None:
    assert not is_plausible(code, Quantity.VEHICLE_FLOW)


@pytest.mark.parametrize(
    ("found", "amount"),
    [
        (3, 3.0),
        ("3.5", 3.5),
        (None, None),
        (True, None),
        ("", None),
        ("3,5", None),
        ([3], None),
        (float("nan"), None),
        ("inf", None),
        (10**400, None),
        ("9" * 100, None),
    ],
)
def test_a_number_is_read_from_what_stands_there(found: object, amount: float | None) -> None:
    assert number(found) == amount


@pytest.mark.parametrize(
    ("text", "at_s"),
    [
        ("2026-03-29T01:59:59+01:00", 1_774_745_999),
        ("2026-03-29T03:00:00+02:00", 1_774_746_000),  # a second later: summer time begins
        ("2026-10-25T02:30:00+02:00", 1_792_888_200),
        ("2026-10-25T02:30:00+01:00", 1_792_891_800),  # the same on the wall, an hour later
        ("2026-03-29T03:00:00", None),  # no time zone
        ("now", None),
        (1_774_746_000, None),
    ],
)
def test_a_moment_has_a_time_zone_or_is_none(text: object, at_s: int | None) -> None:
    assert instant_s(text) == at_s


def test_seconds_and_milliseconds_are_told_apart() -> None:
    assert unix_s(1_774_746_000.0) == unix_s(1_774_746_000_123.0) == 1_774_746_000
    assert unix_s(-1.0) is unix_s(None) is unix_s(1e15) is None
