# SPDX-License-Identifier: Apache-2.0
"""Compare the whole trip (decode, detect, track, count) with bare inference of the same model and input, by processor time.

Bare inference is timed before and after, on noise of the same shape, with one thread; the last line is one JSON object.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from edge_agent.config import load
from edge_agent.places import cards_directory, weights_directory
from edge_agent.sensor_process import open_detector
from edge_agent.settings import detector_settings
from edge_agent.vision.card import read_card
from edge_agent.vision.model import load_model

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
CLIP = ROOT / "var" / "clips" / "vtest.avi"
BARE_RUNS = 100


def bare_s() -> float:
    """Return the processor time of one bare inference, seconds."""
    open_detector(detector_settings(load(CONFIG)))  # Sets the runtime's switches as the box does, before it is imported.
    import onnxruntime  # noqa: PLC0415 - after the switches

    config = load(CONFIG).detector
    card = read_card(cards_directory() / config.model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    model = load_model(card, weights_directory() / card.onnx_name)
    session = onnxruntime.InferenceSession(model.content, options, providers=["CPUExecutionProvider"])
    shape = (1, 3, config.input_height_px or card.input.height_px, config.input_width_px or card.input.width_px)
    noise = np.random.default_rng(1).random(shape, np.float32)
    for _ in range(5):
        session.run(None, {card.input.name: noise})
    started_s = time.process_time()
    for _ in range(BARE_RUNS):
        session.run(None, {card.input.name: noise})
    return (time.process_time() - started_s) / BARE_RUNS


def replay_s() -> float:
    """Return the processor time of the whole trip of one frame, seconds."""
    command = [str(ROOT / ".venv" / "bin" / "edge-agent"), "replay", str(CLIP), "--config", str(CONFIG), "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own program
    summary = json.loads(done.stdout.splitlines()[-1])
    return float(summary["cpu_s"] / summary["frames"])


def main() -> int:
    """Measure and print."""
    before_s, trip_s, after_s = bare_s(), replay_s(), bare_s()
    one_s = (before_s + after_s) / 2
    print(
        json.dumps(
            {
                "frames_per_cpu_s": round(1 / trip_s, 1),
                "bare_per_cpu_s": round(1 / one_s, 1),
                "ratio": round(one_s / trip_s, 3),
                "bare_ms": [round(before_s * 1000, 1), round(after_s * 1000, 1)],
                "trip_ms": round(trip_s * 1000, 1),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
