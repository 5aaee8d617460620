# SPDX-License-Identifier: Apache-2.0
"""What a process is given to see and told, from the config."""

from pathlib import Path

import pytest

from edge_agent.config.paths import weights_directory
from edge_agent.config.schema import load
from edge_agent.processes.launch import model_paths

EXAMPLE = Path(__file__).parents[3] / "firmware_configs/examples/vtest.toml"


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
