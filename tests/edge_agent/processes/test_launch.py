# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from edge_agent.config.schema import load
from edge_agent.processes.launch import is_tallied
from tests.edge_agent.config.test_schema import GOOD, ZONE

TALLY = "bias_permille = {bias}\nspread_permille = 20\n"
OTHER_LINE = '[[lines]]\nid = "other"\na = [0, 0]\nb = [9, 9]\n'


@pytest.mark.parametrize(
    ("text", "tallied"),
    [
        ("", False),  # no tally
        (TALLY.format(bias=900), True),  # the line's own interval has what is missed
        (TALLY.format(bias=900) + OTHER_LINE, False),  # nobody counted at the other line
        (TALLY.format(bias=200) + ZONE, True),  # few are missed at the line, so in the zone too
        (TALLY.format(bias=900) + ZONE, False),  # a zone has no tally, and most are missed
    ],
)
def test_tallies_at_every_line_lift_the_judgement_of_the_detector(
    tmp_path: Path,
    text: str,
    tallied: bool,  # noqa: FBT001 - a column of the table
) -> None:
    file = tmp_path / "box.toml"
    begin, end = GOOD.split("[store]")
    file.write_text(f"{begin}{text}\n[store]{end}")
    assert is_tallied(load(file)) is tallied
