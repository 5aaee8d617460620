# SPDX-License-Identifier: Apache-2.0
"""Install a model file that somebody brings, once it is known to be its card's file and to run."""

from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.load import Model, check_content, read_bounded
from edge_agent.operations.models.weights import write_atomically
from edge_agent.vision.detector import Detector

_IOU_MAX = 0.5


def add_model(card: Card, file: Path, weights_dir: Path) -> Path:
    """Check a file against its card, run it once on noise, copy it into the folder of weights.

    Return its path there. Checked: size, sha256, no weights in other files, no operators outside
    standard ONNX, names and shapes of input and outputs. Raises ModelError naming what is wrong;
    nothing is written then.
    """
    if not file.is_file():
        raise ModelError(
            f"{file}: not a file, wanted the weights of {card.name}, to be had from {card.source}"
        )
    content = read_bounded(card, file)
    check_content(card, content, where=str(file))
    run_once(Model(card, content))
    path = weights_dir / card.onnx_name
    write_atomically(path, content)
    return path


def run_once(model: Model) -> None:
    """Run a model at the recommended size on noise.

    Raises ModelError where it does not take or give what its card says.
    """
    detector = Detector(
        model,
        input_width_px=model.card.input.width_px,
        input_height_px=model.card.input.height_px,
        confidence_min=model.card.recommended_confidence,
        iou_max=_IOU_MAX,
        threads=1,
    )
    detector.warm_up(1)
