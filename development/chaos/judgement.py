# SPDX-License-Identifier: Apache-2.0
"""What a campaign of faults cost: lost, counted twice, altered."""

import contextlib
import sqlite3
import time
from collections import Counter

from development.chaos.box import DEVICE, LINE, SITE
from development.chaos.campaign import Campaign
from development.chaos.committed import entries

SETTLE_S = 20.0
WINDOWS_A_DEATH = 2
"""What the death of a gate may cost: the window that it collected, and one that its next start
passes over, because no window is released twice."""


PASSED_AT_START = 1
"""A gate whose store is empty passes over the window in which it begins."""


def series(campaign: Campaign) -> tuple[int, int]:
    """Return how many windows the series of this box has, and their sum, over all its time."""
    with contextlib.closing(
        sqlite3.connect(f"file:{campaign.store}?mode=ro", uri=True)
    ) as connection:
        first, last = connection.execute(
            "SELECT min(start_s), max(start_s) FROM report WHERE set_apart IS NULL"
        ).fetchone()
    if first is None:
        return 0, 0
    query = f"site={SITE}&device={DEVICE}&line={LINE}&from={first}&to={last + 1}&step=3600"
    steps = campaign.centre.get(f"/v1/series/lines?{query}")["steps"]
    return sum(step["in_windows"] for step in steps), sum(step["out_sum"] or 0 for step in steps)


def judge(campaign: Campaign) -> dict[str, object]:
    """Compare what the witness journalled with what the centre holds."""
    witness, store = campaign.witness, campaign.store
    # The gate goes on, so what it announces from here on is not judged, and what it has announced
    # gets the time to come in.
    announced = set(witness.announced)
    until_s = time.monotonic() + SETTLE_S
    while announced - entries(store) and time.monotonic() < until_s:
        time.sleep(0.2)
    query = (
        "SELECT l.in_count, l.out_count, r.set_apart IS NOT NULL FROM report r JOIN line_count l "
        "ON l.report_id = r.id"
    )
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        windows = connection.execute(query).fetchall()
        rejected = connection.execute("SELECT sum(rejected) FROM stream").fetchone()[0]
    held, numbers = entries(store), Counter(number for number, _, _ in windows)
    apart = [count for _, count, is_apart in windows if is_apart]
    in_series, series_sum = series(campaign)
    committed_sum = sum(count for _, count, _ in windows)
    lost = announced - held
    altered = sum(witness.emitted.get(number) != count for number, count, _ in windows)
    all_in = (in_series + len(apart), series_sum + sum(apart)) == (len(windows), committed_sum)
    deaths = campaign.box.gate.deaths
    missing = len(witness.emitted) - len(numbers)
    twice = sum(times - 1 for times in numbers.values()) + witness.announced_twice
    return {
        "emitted": len(witness.emitted),
        "announced": sum(channel == "report" for channel in witness.announced.values()),
        "committed": len(windows),
        "lost": len(lost),
        "double_counted": twice,
        "faults": sum(campaign.faults.values()),
        "kinds": dict(sorted(campaign.faults.items())),
        "altered": altered,
        "emitted_sum": sum(
            witness.emitted[number] for number in numbers if number in witness.emitted
        ),
        "committed_sum": committed_sum,
        "in_series": in_series,
        "set_apart": len(apart),
        "gate_deaths": deaths,
        "emitted_never_announced": missing,
        "rejected": rejected,
        "ok": not lost
        and not twice
        and not altered
        and not rejected
        and missing <= WINDOWS_A_DEATH * deaths + PASSED_AT_START
        and all_in,
    }
