# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

from edge_agent.config.sections.detector import Detector
from edge_agent.models.added import Added, record_path
from edge_agent.models.card import read_card
from edge_agent.operations.models.advice import (
    BETTER_MODEL,
    DEFAULT_MODEL,
    model_warnings,
    warnings_of,
)

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "firmware_configs/examples/vtest.toml"


def test_the_default_model_says_what_it_misses_and_what_sees_more() -> None:
    [said] = model_warnings(EXAMPLE, ())
    assert said.startswith("the default model, person-ssdlite, misses many people seen from above")
    assert "edge-agent model add rtmdet-nano FILE" in said
    assert Detector().model == DEFAULT_MODEL
    assert read_card(ROOT / "models" / BETTER_MODEL).accuracy


def test_a_model_that_was_measured_needs_no_word() -> None:
    assert model_warnings(EXAMPLE, ("detector.model=rtmdet-nano",)) == ()
    assert model_warnings(EXAMPLE, ("detector.model=yolox-nano",)) == ()


def test_a_model_that_nobody_measured_says_so(tmp_path: Path) -> None:
    card, onnx = read_card(ROOT / "models/yolox-s"), tmp_path / "yolox-s.onnx"
    record_path(onnx).write_text(Added("ab" * 32, 1, "2026-11-30").text())
    [said] = warnings_of(card, onnx)
    assert said.startswith("the model yolox-s is unmeasured, hash as added on 2026-11-30")


def test_what_cannot_be_read_is_told_elsewhere(tmp_path: Path) -> None:
    assert model_warnings(tmp_path / "none.toml", ()) == ()
    assert model_warnings(EXAMPLE, ("detector.model=no-such-model",)) == ()
