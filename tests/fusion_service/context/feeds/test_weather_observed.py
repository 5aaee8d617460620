# SPDX-License-Identifier: Apache-2.0
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from fusion_service.context.feeds.weather_observed import WeatherObserved, read_coverages
from fusion_service.context.fetch.client import Client
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import KnmiTable
from fusion_service.store.context import Quantity
from tests.fusion_service.context.feed_server import FeedServer

NOW_S = 1_774_750_000  # 2026-03-29T02:06:40Z, the night of summer time
TIMES = ["2026-03-29T01:40:00Z", "2026-03-29T01:50:00Z"]
PLACE = "0-20000-0-06330"


def coverage(**ranges: list[Any]) -> dict[str, Any]:
    return {
        "type": "Coverage",
        "domain": {
            "type": "Domain",
            "domainType": "PointSeries",
            "axes": {"x": {"values": [4.12]}, "y": {"values": [51.99]}, "t": {"values": TIMES}},
        },
        "ranges": {
            name: {"type": "NdArray", "dataType": "float", "axisNames": ["t"], "values": values}
            for name, values in ranges.items()
        },
    }


def collection(*coverages: dict[str, Any], **units: str) -> bytes:
    return json.dumps(
        {
            "type": "CoverageCollection",
            "parameters": {
                name: {"type": "Parameter", "unit": {"symbol": {"value": unit}}}
                for name, unit in units.items()
            },
            "coverages": list(coverages),
        }
    ).encode()


def said(body: bytes) -> dict[tuple[str, int], float | None]:
    answer = read_coverages(body, PLACE, NOW_S)
    return {(one.quantity.value, one.issued_s): one.amount for one in answer.values}


def station(tmp_path: Path, server: FeedServer) -> WeatherObserved:
    key = tmp_path / "knmi.key"
    key.write_text("abc123\n")
    table = KnmiTable(kind="knmi", location=PLACE, key_file=key, url=server.url)
    return WeatherObserved(table, Client())


PATH = f"/collections/10-minute-in-situ-meteorological-observations/locations/{PLACE}"


def test_a_station_is_asked_with_the_key_of_its_file(tmp_path: Path, server: FeedServer) -> None:
    server.say_packed(
        PATH, collection(coverage(ta=[9.1, 9.3], ff=[4.0, None]), ta="°C"), etag='"7"'
    )
    feed = station(tmp_path, server)
    answer = feed.ask(NOW_S)
    assert [(one.quantity, one.amount) for one in answer.values] == [
        (Quantity.TEMPERATURE, 9.1),
        (Quantity.WIND_SPEED, 4.0),
        (Quantity.TEMPERATURE, 9.3),
    ]
    assert answer.fresh_s == 1_774_749_000
    path, headers = server.asked[0]
    assert headers["Authorization"] == "abc123"
    assert "abc123" not in path
    assert feed.ask(NOW_S + 60).values == ()  # the same address within the hour, nothing new
    assert stat.S_IMODE((tmp_path / "knmi.key").stat().st_mode) == 0o600


def test_a_key_that_is_not_there_is_named(tmp_path: Path, server: FeedServer) -> None:
    feed = station(tmp_path, server)
    for wrong in (b"", b"\xff\xfe", b"a\nb"):
        (tmp_path / "knmi.key").write_bytes(wrong)
        with pytest.raises(FeedError, match=r"knmi\.key"):
            feed.ask(NOW_S)
    (tmp_path / "knmi.key").unlink()
    with pytest.raises(FeedError, match="No such file"):
        feed.ask(NOW_S)
    assert server.asked == []


def test_a_lone_coverage_is_read_as_one_of_a_collection() -> None:
    assert said(json.dumps(coverage(ta=[9.1, None])).encode()) == said(
        collection(coverage(ta=[9.1, None]))
    )


def test_rain_is_of_the_hour_before() -> None:
    (value,) = read_coverages(collection(coverage(R1H=[None, 1.2])), PLACE, NOW_S).values
    assert (value.valid_s, value.length_s) == (1_774_749_000 - 3_600, 3_600)


@pytest.mark.parametrize(
    ("body", "remark"),
    [
        (collection(coverage(ta=[9.1, "warm"])), "ta: no number"),
        (collection(coverage(ta=[9.1, True])), "ta: no number"),
        (collection(coverage(ta=[9.1])), "1 values at 2 times"),
        (collection(coverage(ta=[9.1, -9999])), "-9999 cannot be"),
        (collection(coverage(ta=[48.4, 9.1]), ta="Reaumur"), "unit 'Reaumur' is not known"),
        (collection(coverage(ta=[9.1, 9.2]), coverage(ta=[9.1, 8.0])), "said twice, and differs"),
    ],
)
def test_what_is_of_no_use_is_told(body: bytes, remark: str) -> None:
    assert remark in "; ".join(read_coverages(body, PLACE, NOW_S).remarks)


def test_a_time_without_a_zone_or_to_come_is_no_time() -> None:
    for times in (["2026-03-29T01:40:00", "2026-03-29T01:50:00"], ["2026-03-30T01:40:00Z"] * 2):
        one = coverage(ta=[9.1, 9.2])
        one["domain"]["axes"]["t"]["values"] = times
        answer = read_coverages(collection(one), PLACE, NOW_S)
        assert answer.values == ()
        assert answer.fresh_s is None


def test_a_unit_that_changes_is_understood() -> None:
    found = said(collection(coverage(ta=[282.25, None], n=[4, 8]), ta="K"))
    assert found["temperature", 1_774_748_400] == pytest.approx(9.1)
    assert found["cloud_cover", 1_774_749_000] == 100


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html>log in</html>",
        b"{",
        b"[]",
        b'{"type": "FeatureCollection"}',
        b'{"type": 3}',
        collection(coverage(ta=[1, 2]))[:-40],
        b"[" * 100_000,
    ],
)
def test_what_is_no_coverage_is_refused(body: bytes) -> None:
    with pytest.raises(FeedError):
        read_coverages(body, PLACE, NOW_S)
