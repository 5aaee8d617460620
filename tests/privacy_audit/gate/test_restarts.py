# SPDX-License-Identifier: Apache-2.0
"""A gate that is started again and again in one slot, and what two values of it are called."""

from pathlib import Path
from typing import Any

import pytest

from privacy_audit.finding import Verdict
from privacy_audit.gate import restarts
from privacy_audit.target.stored_entries import StoredEntry
from tests.privacy_audit.bare_box import bare_box


def report(start_s: int, count: int) -> StoredEntry:
    payload: dict[str, Any] = {
        "boot": "a",
        "start": start_s,
        "lines": [{"id": "north", "in": count, "out": 0}],
        "zones": [],
    }
    return StoredEntry("report", payload, 0, 0, None)


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ([report(60, 3)], Verdict.PROVEN),
        ([report(60, 3), report(120, 3)], Verdict.PROVEN),  # two slots
        ([report(60, 3), report(60, 4)], Verdict.FELL),  # other noise, or another count
        ([report(60, 3), report(60, 3)], Verdict.FELL),
        ([], Verdict.UNPROVEN),  # nothing was released, so nothing was released twice
    ],
)
def test_two_values_of_a_number_of_one_slot_fall(
    entries: list[StoredEntry], verdict: Verdict
) -> None:
    assert restarts.judge(entries, Verdict.PROVEN).verdict is verdict


@pytest.mark.campaign
def test_a_gate_beside_the_box_lets_one_value_out_however_often_it_starts(tmp_path: Path) -> None:
    finding = restarts.look(bare_box(tmp_path), tmp_path / "again")
    assert "1 values of a number left" in finding.detail, finding.detail
