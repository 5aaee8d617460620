# SPDX-License-Identifier: Apache-2.0
import copy
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.sources.mapping import BODY_BYTES_MAX, read_counts
from fusion_service.sources.refusal import SourceRefusedError
from fusion_service.store.sources import SourceCount
from tests.fusion_service.sources.shapes import (
    AXIS_MESSAGE,
    AXIS_TABLE,
    CSV_MESSAGE,
    CSV_TABLE,
    WINDOW_S,
    XOVIS_MESSAGE,
    XOVIS_TABLE,
    body,
    source,
)

NOW_S = WINDOW_S + 400


def test_what_an_axis_people_counter_pushes_is_read() -> None:
    read = read_counts(body(AXIS_MESSAGE), source(AXIS_TABLE), NOW_S)
    assert read.counts == (SourceCount("door", WINDOW_S, 60, entered=12.0, gone=7.0),)


def test_an_axis_message_without_measurements_says_nothing_and_is_no_mistake() -> None:
    trial: dict[str, Any] = copy.deepcopy(AXIS_MESSAGE)
    trial["data"]["measurements"] = []
    assert read_counts(body(trial), source(AXIS_TABLE), NOW_S).counts == ()


def test_what_a_xovis_sensor_pushes_is_read_line_and_zone_alike() -> None:
    read = read_counts(body(XOVIS_MESSAGE), source(XOVIS_TABLE), NOW_S)
    assert read.counts == (
        SourceCount("hall", WINDOW_S, 60, people=31.0),
        SourceCount("hall", WINDOW_S + 60, 60, people=33.0),
        SourceCount("line-0", WINDOW_S, 60, entered=4.0, gone=1.0),
        SourceCount("line-0", WINDOW_S + 60, 60, entered=0.0, gone=2.0),
    )


def test_a_name_that_the_site_does_not_know_is_told_and_passed_over() -> None:
    read = read_counts(body(XOVIS_MESSAGE), source(XOVIS_TABLE), NOW_S)
    assert read.unknown == ("Staff door",)


def test_a_csv_is_read_by_its_column_names_in_local_time() -> None:
    text = CSV_MESSAGE.replace("2026-07-19 16:40:00;\r\n", "2026-07-19 16:40:00;44\r\n")
    read = read_counts(text.encode(), source(CSV_TABLE), NOW_S)
    assert read.counts == (
        SourceCount("all", WINDOW_S + 60 - 300, 300, people=41.0),
        SourceCount("all", WINDOW_S + 60, 300, people=44.0),
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("unix_s", WINDOW_S),
        ("unix_ms", WINDOW_S * 1000),
        ("iso", "2026-07-19T16:34:00+02:00"),
        ("iso", "2026-07-19T14:34:00Z"),
        ("compact", "20260719143400"),
    ],
)
def test_a_time_is_read_as_the_mapping_says(written: str, told: str | int) -> None:
    table = {**AXIS_TABLE, "mapping": {"time": "at", "length_s": 60, "in": "i", "out": "o"}}
    table["mapping"]["time_format"] = written
    read = read_counts(body({"at": told, "i": 1, "o": 2}), source(table), NOW_S)
    assert read.counts[0].start_s == WINDOW_S


REFUSED = [
    # What of a good message is replaced; what the refusal says.
    ("2026-07-19T14:34:00Z", "noon", "row 1, time: got 'noon', wanted a time, iso"),
    ("2026-07-19T14:35:00Z", "2026-07-19T14:33:00Z", "row 1, until: got -60 s, wanted a window"),
    ("2026-07-19T", "2036-07-19T", "wanted a time within the last year; see time_format"),
    ("2026-07-19T", "1970-01-01T", "wanted a time within the last year"),
    ('"count": 12', '"count": "many"', "row 1, in: got 'many', wanted a number of at most"),
    ('"count": 12', '"count": true', "row 1, in: got True, wanted a number"),
    ('"count": 12', '"count": 1e300', "row 1, in: got 1e+300, wanted a number"),
    ('"count": 12', '"count": NaN', "row 1, in: got nan, wanted a number"),
    ('"count": 12', '"count": null', "row 1, in: got nothing, wanted both in and out, of door"),
    ('"direction": "out"', '"direction": "up"', "got nothing, wanted both in and out, of door"),
    ("{", "[", "body: got no JSON"),
]


@pytest.mark.parametrize(("good", "bad", "said"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_cannot_be_read_is_refused_by_name(good: str, bad: str, said: str) -> None:
    text = json.dumps(AXIS_MESSAGE)
    assert good in text
    with pytest.raises(SourceRefusedError) as told:
        read_counts(text.replace(good, bad).encode(), source(AXIS_TABLE), NOW_S)
    assert said in str(told.value)


def test_an_empty_cell_refuses_the_table_so_that_nothing_is_lost_without_a_word() -> None:
    with pytest.raises(SourceRefusedError, match="row 2, people: got nothing, wanted how many"):
        read_counts(CSV_MESSAGE.encode(), source(CSV_TABLE), NOW_S)


def test_a_message_is_bounded_in_bytes_and_in_counts() -> None:
    with pytest.raises(SourceRefusedError, match="wanted at most 262144"):
        read_counts(b" " * (BODY_BYTES_MAX + 1), source(AXIS_TABLE), NOW_S)
    rows = "tijd;aantal\n" + "2026-07-19 16:35:00;1\n" * 5_001
    with pytest.raises(SourceRefusedError, match="at most 5000 in one message"):
        read_counts(rows.encode(), source(CSV_TABLE), NOW_S)


def test_deep_brackets_are_refused() -> None:
    with pytest.raises(SourceRefusedError, match="no JSON"):
        read_counts(b"[" * 100_000, source(AXIS_TABLE), NOW_S)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_the_answer_is_counts_or_a_refusal(raw: bytes) -> None:
    for table in (AXIS_TABLE, CSV_TABLE, XOVIS_TABLE):
        with suppress(SourceRefusedError):
            read_counts(raw, source(table), NOW_S)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "measurements", "kind", "items", "utcFrom", "count"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_whatever_the_json_is_the_answer_is_counts_or_a_refusal(value: object) -> None:
    with suppress(SourceRefusedError):
        read_counts(body(value), source(AXIS_TABLE), NOW_S)
