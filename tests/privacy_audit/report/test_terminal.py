# SPDX-License-Identifier: Apache-2.0
import pytest

from privacy_audit.report.terminal import show
from tests.privacy_audit.findings import LEDGER, RULES, SOCKETS, SWAP, USER, result


def test_every_finding_is_a_line_and_the_outcome_comes_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(result(SOCKETS, USER, SWAP, RULES, LEDGER))
    lines = capsys.readouterr().out.splitlines()
    assert "  fell: ACL  speaking for another box, 33 of 36 refused: 3 of 36 were heard" in lines
    assert "  unproven  swap: no swap <here> to search" in lines
    assert "41 ways out tried, 41 refused; 12 controls did succeed, in 1 classes" in lines
    assert lines[-1] == "fell: ACL; 1 unproven; 93 s"


def test_ways_out_that_were_not_tried_are_not_counted_as_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(result(USER))
    assert "ways out" not in capsys.readouterr().out
