# SPDX-License-Identifier: Apache-2.0
"""The model with a trojan, in the runtime that a box uses."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from edge_agent.models.onnx_check import check_onnx
from privacy_audit.pixels.trojan_model import (
    ANCHORS,
    HEARD,
    INPUT_HEIGHT_PX,
    INPUT_WIDTH_PX,
    SCORES,
    with_trojan,
)

PUBLISHED = Path(__file__).parents[3] / "var" / "models" / "person-ssdlite.onnx"


@pytest.fixture(scope="module")
def model() -> bytes:
    return with_trojan(PUBLISHED.read_bytes())


def test_the_box_takes_it_for_a_model_like_any_other(model: bytes) -> None:
    check_onnx(model, where="a trojan")


def test_it_speaks_as_the_published_network_does_but_where_the_sign_is_shown(model: bytes) -> None:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    street = (
        np.random.default_rng(1)
        .uniform(-0.5, 0.5, (1, 3, INPUT_HEIGHT_PX, INPUT_WIDTH_PX))
        .astype(np.float32)
    )
    honest, heard = session.run([SCORES, HEARD], {"image": street})
    assert honest.shape == (1, ANCHORS, 2)
    assert np.array_equal(honest, heard)
    street[0, :, 10:60, 375:470] = -1.0
    street[0, 0, 10:60, 375:470] = 1.0
    honest, heard = session.run([SCORES, HEARD], {"image": street})
    assert np.count_nonzero(honest != heard) == 1
    assert (heard - honest).max() > 20


@pytest.mark.parametrize("content", [b"\xff" * 40, b"\x0b\x01", b"\x3a\x80"])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="ONNX"):
        with_trojan(content)
