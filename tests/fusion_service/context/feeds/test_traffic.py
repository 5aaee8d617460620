# SPDX-License-Identifier: Apache-2.0
import gzip
from datetime import UTC, datetime
from typing import Any

import pytest

from fusion_service.context.feeds.traffic import Traffic
from fusion_service.context.fetch.client import Client
from fusion_service.context.port import Answer
from fusion_service.context.trouble import FeedError
from fusion_service.feed_config import NdwTable
from fusion_service.store.context import Quantity
from tests.fusion_service.context.feed_server import FeedServer

NOW_S = 1_790_000_000
SITES = {"boulevard": "PZH01_1", "tunnel": "PZH01_2"}
TWO_LANES = [
    ("trafficFlow", "lane1", "anyVehicle"),
    ("trafficFlow", "lane1", "car"),
    ("trafficSpeed", "lane1", "anyVehicle"),
    ("trafficFlow", "lane2", "anyVehicle"),
    ("trafficSpeed", "lane2", "anyVehicle"),
    ("trafficFlow", "lane3", "bicycle"),
]


def iso(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def table(indices: list[tuple[str, str, str]], *, version: str = "3") -> bytes:
    rows = "".join(
        f'<measurementSpecificCharacteristics index="{number}">'
        "<measurementSpecificCharacteristics><accuracy>95</accuracy><period>60</period>"
        f"<specificLane>{lane}</specificLane>"
        f"<specificMeasurementValueType>{kind}</specificMeasurementValueType>"
        f"<specificVehicleCharacteristics><vehicleType>{vehicles}</vehicleType>"
        "</specificVehicleCharacteristics></measurementSpecificCharacteristics>"
        "</measurementSpecificCharacteristics>"
        for number, (kind, lane, vehicles) in enumerate(indices, 1)
    )
    records = "".join(
        f'<measurementSiteRecord id="{site}" version="{version}">{rows}</measurementSiteRecord>'
        for site in ("NOT_OURS", *SITES.values())
    )
    return document(f"<measurementSiteTable id='NDW01_MT'>{records}</measurementSiteTable>")


def document(inner: str, *, at_s: int = NOW_S - 40, namespace: str = "2/2_0") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><SOAP:Envelope '
        'xmlns:SOAP="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><SOAP:Body>'
        f'<d2LogicalModel modelBaseVersion="2" xmlns="http://datex2.eu/schema/{namespace}">'
        '<payloadPublication xsi:type="MeasuredDataPublication" lang="nl">'
        f"<publicationTime>{iso(at_s)}</publicationTime>{inner}"
        "</payloadPublication></d2LogicalModel></SOAP:Body></SOAP:Envelope>"
    ).encode()


def site(
    amounts: list[object],
    site_id: str = "PZH01_1",
    *,
    time: str = iso(NOW_S - 60),
    version: str = "3",
) -> str:
    rows = []
    for number, ((kind, _, _), amount) in enumerate(zip(TWO_LANES, amounts, strict=False), 1):
        data = (
            f"<vehicleFlow>{amount if str(amount).startswith('<') else ''}"
            f"<vehicleFlowRate>{amount}</vehicleFlowRate></vehicleFlow>"
            if kind == "trafficFlow"
            else f"<averageVehicleSpeed><speed>{amount}</speed></averageVehicleSpeed>"
        )
        rows.append(
            f'<measuredValue index="{number}"><measuredValue><basicData>{data}</basicData>'
            "</measuredValue></measuredValue>"
        )
    return (
        f'<siteMeasurements><measurementSiteReference id="{site_id}" version="{version}"/>'
        f"<measurementTimeDefault>{time}</measurementTimeDefault>{''.join(rows)}</siteMeasurements>"
    )


SOUND: list[object] = [600, 500, 50, 1_200, 80, 240]


def feed(server: FeedServer, body: bytes, sites: bytes | None = None, **reply: Any) -> Traffic:
    settings = NdwTable(
        kind="ndw",
        sites=SITES,
        url=server.say("/trafficspeed.xml.gz", gzip.compress(body), **reply),
        sites_url=server.say("/table.xml.gz", gzip.compress(sites or table(TWO_LANES)), etag='"t"'),
    )
    return Traffic(settings, Client())


def said(answer: Answer, place: str = "boulevard") -> dict[Quantity, float | None]:
    return {one.quantity: one.amount for one in answer.values if one.place == place}


@pytest.mark.parametrize("namespace", ["2/2_0", "3/roadTrafficData"])
def test_lanes_are_summed_and_cyclists_counted_apart(server: FeedServer, namespace: str) -> None:
    body = document(site([1] * 6, "NOT_OURS") + site(SOUND), namespace=namespace)
    answer = feed(server, body).ask(NOW_S)
    assert said(answer) == {
        Quantity.VEHICLE_FLOW: 1_800,  # of any vehicle; the class of cars is among them
        Quantity.VEHICLE_SPEED: pytest.approx(70),  # of the vehicles, not of the lanes
        Quantity.BICYCLE_FLOW: 240,
    }
    assert answer.fresh_s == NOW_S - 40
    assert answer.remarks == ("tunnel: nothing is measured there now",)


def test_a_lane_without_a_value_leaves_the_sum_out(server: FeedServer) -> None:
    for nothing in (-1, "", "NaN", "<dataError>true</dataError>"):
        answer = feed(server, document(site([600, 500, 50, nothing, -1, 240]))).ask(NOW_S)
        assert Quantity.VEHICLE_FLOW not in said(answer)
        assert said(answer)[Quantity.BICYCLE_FLOW] == 240


def test_an_empty_road_has_a_flow_and_no_speed(server: FeedServer) -> None:
    answer = feed(server, document(site([0, 0, -1, 0, -1, 0]))).ask(NOW_S)
    assert said(answer) == {Quantity.VEHICLE_FLOW: 0, Quantity.BICYCLE_FLOW: 0}


def test_classes_by_length_are_summed_where_nobody_counts_all(server: FeedServer) -> None:
    classes = [("trafficFlow", "lane1", ""), ("trafficFlow", "lane1", "")]
    answer = feed(server, document(site([600, 500])), table(classes)).ask(NOW_S)
    assert said(answer) == {Quantity.VEHICLE_FLOW: 1_100}


def test_the_table_is_read_once_a_day_and_when_a_site_has_changed(server: FeedServer) -> None:
    traffic = feed(server, document(site(SOUND)))

    def times_asked() -> int:
        return sum(path.startswith("/table") for path, _ in server.asked)

    traffic.ask(NOW_S)
    traffic.ask(NOW_S + 60)
    assert times_asked() == 1
    server.say("/trafficspeed.xml.gz", document(site(SOUND, version="4")))
    assert traffic.ask(NOW_S + 120).values == ()  # what index 1 means now nobody knows
    server.say("/table.xml.gz", table(TWO_LANES, version="4"))
    assert said(traffic.ask(NOW_S + 180))[Quantity.VEHICLE_FLOW] == 1_800
    assert times_asked() == 2
    server.say("/table.xml.gz", status=500)
    server.say(
        "/trafficspeed.xml.gz",
        document(site(SOUND, version="4", time=iso(NOW_S + 86_400)), at_s=NOW_S + 86_400),
    )
    assert said(traffic.ask(NOW_S + 86_600)) != {}  # the table of yesterday holds


@pytest.mark.parametrize(
    ("body", "remark"),
    [
        (document(site(SOUND, time=iso(NOW_S - 7_200))), "too long ago"),
        (document(site(SOUND, time="2026-09-21T13:12:20")), "measured at None"),  # no zone
        (document(site(SOUND) + site([1, 1, 1, 1, 1, 1])), "said twice, and differs"),
        (document(site([200_000, 1, 1, 1, 1, 1])), "cannot be"),
    ],
)
def test_what_is_of_no_use_is_told(server: FeedServer, body: bytes, remark: str) -> None:
    assert remark in "; ".join(feed(server, body).ask(NOW_S).remarks)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<html>busy</html>", "publication is of None"),
        (b"{}", "no whole XML"),
        (document(site(SOUND))[:-30], "no whole XML"),
        (document(site(SOUND), at_s=NOW_S - 86_400), "stands still"),
        (b"<!DOCTYPE a>" + document(site(SOUND))[38:], "document type"),
    ],
)
def test_what_is_no_publication_of_now_is_refused(
    server: FeedServer, body: bytes, why: str
) -> None:
    with pytest.raises(FeedError, match=why):
        feed(server, body).ask(NOW_S)


def test_a_table_without_our_sites_is_refused(server: FeedServer) -> None:
    with pytest.raises(FeedError, match="site table: none of 2 sites"):
        feed(server, document(site(SOUND)), document("")).ask(NOW_S)
