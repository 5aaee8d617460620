# SPDX-License-Identifier: Apache-2.0
import json
from typing import Any

import pytest

from fusion_service.context.feeds.weather_forecast import WeatherForecast, read_forecast
from fusion_service.context.fetch.client import Client
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import OpenMeteoTable
from fusion_service.store.context import Quality, Quantity
from tests.fusion_service.context.feed_server import FeedServer

HOUR_S = 3_600
CHANGE_S = 1_792_890_000 - 1_792_890_000 % HOUR_S  # 2026-10-25T01:00Z, the end of summer time
NOW_S = CHANGE_S - 2 * HOUR_S


def forecast(**changed: Any) -> bytes:
    hours = {
        "time": [CHANGE_S + number * HOUR_S for number in range(-1, 3)],
        "temperature_2m": [10.0, 11.0, 12.0, None],
        "precipitation": [0.0, 0.4, 0.0, 0.0],
        "wind_speed_10m": [3.0, 4.0, 5.0, 6.0],
    }
    units = {"temperature_2m": "°C", "precipitation": "mm", "wind_speed_10m": "m/s"}
    return json.dumps(
        {
            "latitude": 52.11,
            "utc_offset_seconds": 0,
            "hourly_units": units | changed.pop("units", {}),
            "hourly": hours | changed,
        }
    ).encode()


def amounts(body: bytes, quantity: Quantity) -> list[float | None]:
    answer = read_forecast(body, "beach", NOW_S)
    return [one.amount for one in answer.values if one.quantity is quantity]


def test_a_forecast_is_asked_for_in_utc(server: FeedServer) -> None:
    table = OpenMeteoTable(kind="open-meteo", latitude=52.11, longitude=4.28, url=server.url + "/f")
    feed = WeatherForecast(table, Client())
    server.say("/f", forecast(), etag='"1"')
    answer = feed.ask(NOW_S)
    assert len(answer.values) == 3 + 4 + 4
    assert {one.issued_s for one in answer.values} == {answer.fresh_s} == {NOW_S}
    for word in ("timezone=GMT", "timeformat=unixtime", "latitude=52.1100"):
        assert word in server.asked[0][0]
    again = feed.ask(NOW_S + 60)
    assert (again.values, again.fresh_s) == ((), NOW_S + 60)  # the same is said again


def test_rain_is_of_the_hour_before_and_an_hour_at_the_end_is_not_known_yet() -> None:
    answer = read_forecast(forecast(), "beach", NOW_S)
    wet = next(one for one in answer.values if one.amount == 0.4)
    assert (wet.valid_s, wet.length_s) == (CHANGE_S - HOUR_S, HOUR_S)
    assert amounts(forecast(), Quantity.TEMPERATURE) == [10, 11, 12]


def test_the_hour_that_is_said_twice_in_autumn_is_two_hours() -> None:
    # As the source says local time where it is asked for it: 02:00 stands there twice.
    local = ["2026-10-25T02:00", "2026-10-25T02:00", "2026-10-25T03:00", "2026-10-25T04:00"]
    shifted = json.loads(forecast(time=local))
    with pytest.raises(FeedError, match="no hour in UTC"):
        read_forecast(json.dumps(shifted | {"utc_offset_seconds": 7_200}).encode(), "beach", NOW_S)
    utc = ["2026-10-25T00:00", "2026-10-25T01:00", "2026-10-25T02:00", "2026-10-25T03:00"]
    assert len({one.valid_s for one in read_forecast(forecast(time=utc), "b", NOW_S).values}) == 5


def test_the_hour_that_is_missing_in_spring_is_missed_by_nobody() -> None:
    spring_s = 1_774_746_000  # 2026-03-29T01:00Z: 02:00 becomes 03:00
    times = [spring_s + number * HOUR_S for number in range(-1, 3)]
    found = read_forecast(forecast(time=times), "beach", spring_s).values
    assert sorted({one.valid_s for one in found if one.quantity is Quantity.WIND_SPEED}) == times


def test_a_unit_that_changes_is_understood_or_told() -> None:
    assert amounts(forecast(units={"wind_speed_10m": "km/h"}), Quantity.WIND_SPEED) == [
        pytest.approx(one / 3.6) for one in (3, 4, 5, 6)
    ]
    odd = forecast(units={"wind_speed_10m": "Bft"})
    assert amounts(odd, Quantity.WIND_SPEED) == []
    told = read_forecast(odd, "beach", NOW_S).remarks
    assert told[0].startswith("not said: apparent_temperature")
    assert told[1:] == ("wind_speed_10m: its unit 'Bft' is not known",)


def test_hours_in_another_order_or_twice_are_the_same_hours() -> None:
    straight = json.loads(forecast())
    turned = json.dumps(
        straight | {"hourly": {name: column[::-1] for name, column in straight["hourly"].items()}}
    ).encode()
    assert read_forecast(turned, "b", NOW_S) == read_forecast(forecast(), "b", NOW_S)
    double = json.dumps(
        straight | {"hourly": {name: column * 2 for name, column in straight["hourly"].items()}}
    ).encode()
    assert read_forecast(double, "b", NOW_S) == read_forecast(forecast(), "b", NOW_S)
    differs = forecast(time=[CHANGE_S] * 4)
    assert {one.quality for one in read_forecast(differs, "b", NOW_S).values} >= {Quality.SUSPECT}


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": true, "reason": "Daily API request limit exceeded."}',
        b"<html>busy</html>",
        b'{"hourly": null}',
        b'{"hourly": {"time": []}}',
        b'{"hourly": {"time": ["2026"]}}',
        forecast(temperature_2m=[], precipitation=["wet"] * 4, wind_speed_10m=[None] * 4),
        forecast()[:99],
    ],
)
def test_what_is_no_forecast_is_refused(body: bytes) -> None:
    with pytest.raises(FeedError):
        read_forecast(body, "beach", NOW_S)
