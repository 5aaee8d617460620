# SPDX-License-Identifier: Apache-2.0
"""The limit, shown on a real sensor and a real gate."""

from pathlib import Path

from privacy_audit.finding import Verdict
from privacy_audit.pixels import trojan
from tests.privacy_audit.bare_box import bare_box


def test_a_trojan_counts_wrong_at_its_sign_and_the_audit_says_that_it_cannot_see_it(
    tmp_path: Path,
) -> None:
    [finding] = trojan.look(bare_box(tmp_path))
    assert finding.verdict is Verdict.LIMIT
    assert "this is a limit" in finding.detail
    assert f"{2 * trojan.WINDOWS_EACH} reports signed, 0 faults in the ledger" in finding.detail
