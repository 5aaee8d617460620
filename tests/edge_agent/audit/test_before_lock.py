# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

from edge_agent.audit import before_lock
from edge_agent.audit.early_bird import CASES
from edge_agent.audit.finding import Verdict


def test_the_production_lock_refuses_closes_and_kills_and_without_it_everything_gets_out(tmp_path: Path) -> None:
    (finding,) = before_lock.look(tmp_path)
    assert finding.verdict is Verdict.TWIN, finding.detail
    assert finding.refused == finding.controls == finding.attacks
    assert finding.attacks >= len(CASES) - 1  # a kernel without 32-bit calls has one case less
