# SPDX-License-Identifier: Apache-2.0
"""What counters of other makers send, in the shapes of their documents, and the tables for them."""

import json
from typing import Any

from fusion_service.registry.site import CountSource
from fusion_service.registry.source_file import read_sources, source_mistakes, source_of

WINDOW_S = 1_784_471_640
"""2026-07-19T14:34:00Z."""
ALL = {
    "provenance": "The shopkeepers' association, door of the kiosk",
    "licence": "Agreement of 2026-05-01, for this event",
    "technology": "camera",
}

AXIS_TABLE: dict[str, Any] = {
    **ALL,
    "id": "kiosk-axis",
    "kind": "json",
    "counters": [{"line": "door", "at_zone": "pier"}],
    "mapping": {
        "rows": "data.measurements[kind=people-counts]",
        "time": "data.measurements[kind=people-counts].utcFrom",
        "until": "data.measurements[kind=people-counts].utcTo",
        "in": "data.measurements[kind=people-counts].items[direction=in].count",
        "out": "data.measurements[kind=people-counts].items[direction=out].count",
    },
}
"""AXIS P8815-2 3D people counter API, report by HTTPS push."""

AXIS_MESSAGE: dict[str, Any] = {
    "apiName": "Axis Retail Data",
    "apiVersion": "0.4",
    "utcSent": "2026-07-19T14:35:12Z",
    "localSent": "2026-07-19T16:35:12",
    "data": {
        "utcFrom": "2026-07-19T14:34:00Z",
        "utcTo": "2026-07-19T14:35:00Z",
        "localFrom": "2026-07-19T16:34:00",
        "localTo": "2026-07-19T16:35:00",
        "measurements": [
            {
                "kind": "people-counts",
                "utcFrom": "2026-07-19T14:34:00Z",
                "utcTo": "2026-07-19T14:35:00Z",
                "localFrom": "2026-07-19T16:34:00",
                "localTo": "2026-07-19T16:35:00",
                "items": [
                    {"direction": "in", "count": 12, "adults": 9},
                    {"direction": "out", "count": 7, "adults": 6},
                ],
            }
        ],
    },
    "sensor": {"application": "AXIS P8815-2 3D People Counter", "serial": "00:40:8c:18:82:27"},
}

XOVIS_TABLE: dict[str, Any] = {
    **ALL,
    "id": "arcade-xovis",
    "kind": "json",
    "counters": [
        {"line": "line-0", "at_link": "middle-pier", "in_toward": "pier"},
        {"zone": "hall", "at_zone": "middle", "share": 0.2},
    ],
    "mapping": {
        "rows": "logics_data.logics[].records[]",
        "time": "logics_data.logics[].records[].from",
        "until": "logics_data.logics[].records[].to",
        "time_format": "unix_ms",
        "counter": "logics_data.logics[].name",
        "names": {"Line 0": "line-0", "Hall": "hall"},
        "in": "logics_data.logics[].records[].counts[name=fw].value",
        "out": "logics_data.logics[].records[].counts[name=bw].value",
        "people": "logics_data.logics[].records[].counts[name=balance].value",
    },
}
"""Xovis firmware 5, data push of logics."""


def xovis_record(minute: int, **counts: int) -> dict[str, Any]:
    start_ms = (WINDOW_S + 60 * minute) * 1000
    values = [
        {"id": number, "name": name, "value": value}
        for number, (name, value) in enumerate(counts.items())
    ]
    return {"from": start_ms, "to": start_ms + 60_000, "counts": values}


XOVIS_MESSAGE: dict[str, Any] = {
    "logics_data": {
        "package_info": {"version": "5.0", "id": 9, "agent_id": 1000},
        "sensor_info": {"serial_number": "80:1F:12:00:00:01", "type": "SINGLE_SENSOR"},
        "logics": [
            {
                "id": 1,
                "name": "Hall",
                "info": "XLT_4X_ZONE_COUNT",
                "geometries": [{"id": 1, "type": "ZONE", "name": "Zone 0"}],
                "records": [xovis_record(0, balance=31), xovis_record(1, balance=33)],
            },
            {
                "id": 2,
                "name": "Line 0",
                "info": "XLT_4X_LINE_IN_OUT_COUNT",
                "geometries": [{"id": 2, "type": "LINE", "name": "Line 0"}],
                "records": [xovis_record(0, fw=4, bw=1), xovis_record(1, fw=0, bw=2)],
            },
            {"id": 3, "name": "Staff door", "info": "", "records": [xovis_record(0, fw=1, bw=1)]},
        ],
    }
}

CSV_TABLE: dict[str, Any] = {
    **ALL,
    "id": "car-park",
    "kind": "csv",
    "technology": "tickets",
    "counters": [{"zone": "all", "at_zone": "harbour", "share": 0.1}],
    "mapping": {
        "time": "tijd",
        "time_zone": "Europe/Amsterdam",
        "length_s": 300,
        "time_is_end": True,
        "people": "aantal",
        "delimiter": ";",
    },
}
CSV_MESSAGE = "tijd;aantal\r\n2026-07-19 16:35:00;41\r\n2026-07-19 16:40:00;\r\n"

PERSON_TABLE: dict[str, Any] = {
    **ALL,
    "id": "steward-a",
    "kind": "person",
    "technology": "person",
    "counters": [
        {"zone": "harbour", "at_zone": "harbour"},
        {"zone": "pier", "at_zone": "pier"},
    ],
}


def source(table: dict[str, Any]) -> CountSource:
    (read,) = read_sources([table])
    assert list(source_mistakes([read])) == []
    return source_of(read)


def body(message: object) -> bytes:
    return json.dumps(message).encode()
