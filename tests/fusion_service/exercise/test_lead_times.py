# SPDX-License-Identifier: Apache-2.0
"""How long before the crowd a level was proposed, by what is true."""

import subprocess
from pathlib import Path

import pytest

from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.lead_times import LeadTimes
from fusion_service.ledger.access_log import Retention
from fusion_service.ledger.shift_log import Deed, ShiftEntry
from fusion_service.registry.site import Level
from fusion_service.shift.causes import Kind
from tests.fusion_service.centre import PROGRAM
from tests.fusion_service.estimate.sites import site_of
from tests.fusion_service.estimate.test_levels import ZONE

SHIPPED = Path(__file__).parents[3] / "firmware_configs"


def entry(deed: Deed, at_s: int, **detail: str | int) -> ShiftEntry:
    said = tuple(sorted(detail.items()))
    retention = Retention.ALARM
    return ShiftEntry(
        1, at_s * 1000, "s", "centre", deed, "", "deck", None, said, retention, b"", ()
    )


def test_a_lead_is_from_the_proposal_to_the_crowd_and_what_is_passed_over_counts() -> None:
    site = site_of(("deck",), ())
    drawn = type(site)("s", "s", "UTC", (ZONE,), (), (), (), ())
    leads = LeadTimes(drawn)
    leads.note_log([entry(Deed.PROPOSED, 600, level=2), entry(Deed.RAISED, 600, kind=Kind.LEVEL)])
    leads.note_truth(Minute(1140, {"deck": 1100.0}, {}, {}))
    leads.note_truth(Minute(540, {"deck": 1.0}, {}, {}))
    assert leads.lead_s(("deck", Level.YELLOW)) == 600
    assert leads.lead_s(("deck", Level.ORANGE)) is None
    assert leads.lines() == [
        "deck yellow: 10 minutes before the crowd",
        "deck orange: it never came, or nobody drew people",
        "proposed, and never came: yellow 0, orange 1, red 0",
        "alarms: level proposed 1",
    ]


@pytest.mark.campaign
def test_on_a_hot_sunday_levels_are_proposed_before_the_crowd(tmp_path: Path) -> None:
    scenario = SHIPPED / "scenarios" / "hot-sunday.toml"
    site = SHIPPED / "sites" / "scheveningen.toml"
    arguments = ("exercise", scenario, "--site", site, "--store", tmp_path / "x.sqlite")
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=900, check=True
    )
    # Nobody counts at the lighthouse; of every other zone the level comes before the crowd.
    told = [line for line in done.stdout.splitlines() if line.endswith("the crowd")]
    assert len(told) >= 4
    assert all("before the crowd" in line for line in told)
    (alarms,) = [line for line in done.stdout.splitlines() if line.startswith("alarms: ")]
    assert "boxes silent 2" in alarms
