# SPDX-License-Identifier: Apache-2.0
"""What a process is given to see and told, from the config."""

from pathlib import Path

import pytest

from edge_agent.config.paths import weights_directory
from edge_agent.config.schema import load
from edge_agent.processes.launch import is_tallied, model_paths
from tests.edge_agent.config.test_schema import GOOD, ZONE

EXAMPLE = Path(__file__).parents[3] / "firmware_configs/examples/vtest.toml"
TALLY = "bias_permille = {bias}\nspread_permille = 20\n"
OTHER_LINE = '[[lines]]\nid = "other"\na = [0, 0]\nb = [9, 9]\n'


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("person-ssdlite", ["person-ssdlite.onnx"]),  # its card has the hash
        ("yolox-s", ["yolox-s.added.toml", "yolox-s.onnx"]),  # its hash was given when it was added
    ],
)
def test_the_sensor_sees_its_model_and_what_its_hash_is_held_to(
    model: str, wanted: list[str]
) -> None:
    config = load(EXAMPLE, (f"detector.model={model}",))
    weights = [Path(path) for path in model_paths(config)]
    assert sorted(path.name for path in weights if path.parent == weights_directory()) == wanted


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
