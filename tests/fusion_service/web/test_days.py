# SPDX-License-Identifier: Apache-2.0
"""Sums by site and local day, over a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fusion_service.box import line
from tests.fusion_service.web.test_api import Site
from wire_contract.quality import QualityCode

CHANGED = int(datetime(2026, 3, 28, 23, 0, tzinfo=UTC).timestamp())
"""Midnight in The Hague at the beginning of 29 March 2026, a day of 23 hours."""
DAYS = "/v1/sites/beach/days"


@pytest.fixture(name="site")
def _site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path / "fusion.sqlite")
    with made.store:
        yield made


def test_a_day_goes_from_local_midnight_to_local_midnight(site: Site) -> None:
    starts = (CHANGED - 60, CHANGED, CHANGED + 23 * 3_600 - 60, CHANGED + 23 * 3_600)
    site.keep(
        *(
            site.box.report(n, start_s=start_s, lines=(line(in_count=10**n, out_count=n),))
            for n, start_s in enumerate(starts)
            if n
        ),
        site.box.report(9, start_s=starts[0], lines=(line(in_count=1, out_count=0),)),
    )
    asked = {"from_": "2026-03-28", "to": "2026-03-31", "timezone": "Europe/Amsterdam"}
    days = site.get(DAYS, **asked)["days"]
    assert [day["in_sum"] for day in days] == [1, 110, 1_000]
    assert (days[1]["start"], days[1]["end"]) == ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    assert days[1]["lines"] == [
        {
            "device": "pier-1",
            "line": "door",
            "windows": 2,
            "not_counted": 0,
            "in_sum": 110,
            "out_sum": 3,
        }
    ]
    assert [
        day["in_sum"] for day in site.get(DAYS, from_="2026-03-28", to="2026-03-30")["days"]
    ] == [
        11,
        1_100,
    ], "without a drawing by UTC"


def test_what_was_not_counted_or_withheld_is_no_zero(site: Site) -> None:
    site.keep(
        site.box.report(1, start_s=CHANGED, code=QualityCode.BLOCKED, lines=(line(in_count=7),)),
        site.box.report(2, start_s=CHANGED + 60, lines=(line(in_count=None, out_count=-2),)),
    )
    first, second = site.get(DAYS, from_="2026-03-28", to="2026-03-30")["days"]
    assert (first["windows"], first["not_counted"]) == (1, 1)
    assert (first["in_sum"], first["out_sum"]) == (None, -2)
    assert (second["windows"], second["in_sum"], second["lines"]) == (0, None, [])


def test_days_are_paged_to_their_end(site: Site) -> None:
    start, seen = "2026-01-01", []
    while start is not None:
        page = site.get(DAYS, from_=start, to="2026-04-01")
        seen += [day["day"] for day in page["days"]]
        start = page["next"]
    assert len(seen) == len(set(seen)) == 90


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/v1/sites/nowhere/days", {}, 404),
        (DAYS, {"timezone": "Mars/Olympus"}, 404),
        (DAYS, {"timezone": "../../etc/passwd"}, 400),
        (DAYS, {"from_": "2026-02-30"}, 400),
        (DAYS, {"from_": "1767225600"}, 400),
        (DAYS, {"from_": "0000-01-01", "to": "0001-01-01"}, 200),
        (DAYS, {"from_": "9999-12-31", "to": "9999-12-31"}, 200),
        (DAYS, {"to": "2025-01-01"}, 200),  # there is no day between
    ],
)
def test_questions_about_days(site: Site, path: str, query: dict[str, object], status: int) -> None:
    site.get(path, status, **{"from_": "2026-01-01", "to": "2026-01-03", **query})
