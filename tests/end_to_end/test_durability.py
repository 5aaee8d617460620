# SPDX-License-Identifier: Apache-2.0
"""A box long without its broker, and what a window costs its card.

The bars, measured on real processes and a disk of their own.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from development.chaos.disk import no_disk
from tests.patience import patient

ROOT = Path(__file__).parents[2]


def measured(bench: str, *arguments: str) -> dict[str, Any]:
    if missing := no_disk():
        pytest.skip(missing)
    command = [sys.executable, "-m", f"development.bench.{bench}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr[-800:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_after_an_outage_nothing_is_lost_and_a_live_window_is_there_at_once() -> None:
    figures = measured("outage", "--hours", "3")
    assert (figures["windows"], figures["lost"], figures["twice"], figures["sums_equal"]) == (
        180,
        0,
        0,
        True,
    )
    assert figures["live_after_s"] < patient(2.0)


@pytest.mark.campaign
def test_three_days_of_windows_drain_at_two_hundred_a_second() -> None:
    figures = measured("outage", "--hours", "72")
    assert (figures["windows"], figures["lost"], figures["twice"], figures["sums_equal"]) == (
        4320,
        0,
        0,
        True,
    )
    assert figures["live_after_s"] < patient(2.0)
    assert figures["windows_per_s"] >= 200


@pytest.mark.campaign
def test_a_window_costs_the_card_at_most_thirty_two_kilobytes() -> None:
    assert measured("wear", "--windows", "100")["bytes_per_window"] <= 32_000
