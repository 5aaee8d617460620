# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

from privacy_audit.exits import pre_lock
from privacy_audit.exits.pre_lock_attacker import CASES
from privacy_audit.finding import Verdict


def test_the_production_lock_refuses_closes_and_kills_and_without_it_everything_gets_out(
    tmp_path: Path,
) -> None:
    (finding,) = pre_lock.look(tmp_path)
    assert finding.verdict is Verdict.TWIN, finding.detail
    assert finding.refused == finding.controls == finding.attacks
    assert finding.attacks >= len(CASES) - 1  # a kernel without 32-bit calls has one case less
