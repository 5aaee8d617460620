# SPDX-License-Identifier: Apache-2.0
"""Time the way from release to commit over many live windows.

A real box, broker and centre on loopback.

Release is when the gate has signed a window, by the ledger; commit is when the centre has it on
disk, by its API. Both clocks are this machine's. The last line is one JSON object.
"""

import argparse
import json
import statistics
import sys
import time
from typing import Any

from development.demo.film import of_example
from development.demo.stage import CLIP, EXAMPLES, STAGE, clear, playing
from development.testbed.program import free_port
from development.testbed.times import unix_ms
from edge_agent.store.ledger import Ledger

LENGTH_S = 2
CLIP_FRAMES = 795
LEDGER_BYTES = 16_777_216


def main() -> int:
    """Run the measurement; 0 where every released window was committed exactly once."""
    parser = argparse.ArgumentParser(
        prog="python -m development.bench.latency", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--windows", type=int, default=200, help="how many windows of 2 s, about")
    arguments = parser.parse_args()
    clear()
    port = free_port()
    # The clip is played slowly enough to last: what is timed is the way of the numbers, not their
    # truth.
    fps = CLIP_FRAMES / (arguments.windows * LENGTH_S)
    settings = {
        "window.length_s": str(LENGTH_S),
        "camera.fps": str(fps),
        "disclosure.capacity_bits_per_minute_max": "10000",
    }
    played = of_example(EXAMPLES / "vtest.toml", CLIP, broker_port=port, fast=False)
    with playing(played, port, settings) as demonstration:
        while demonstration.is_playing():
            time.sleep(1.0)
        windows = demonstration.windows()
    result = figures(windows)
    print(json.dumps(result))
    return 0 if result["missing"] == result["twice"] == 0 < result["released"] else 1


def figures(windows: list[dict[str, Any]]) -> dict[str, int]:
    """Compare what the centre has with the box's ledger, and return the figures."""
    # Of a window whose commit a power cut hid nothing is said.
    committed = {
        window["sequence"]: window["committed_at"] and unix_ms(window["committed_at"])
        for window in windows
    }
    ledger = Ledger(STAGE / "box" / "ledger.db", bytes_max=LEDGER_BYTES)
    released = {
        entry.sequence: entry.signed_utc_ms
        for entry in ledger.after(0)
        if entry.channel == "report"
    }
    ledger.close()
    delays_ms = sorted(
        committed[sequence] - signed
        for sequence, signed in released.items()
        if committed.get(sequence)
    )
    return {
        "released": len(released),
        "committed": len(committed),
        "missing": len(released.keys() - committed.keys()),
        "twice": len(windows) - len(committed),
        "p50_ms": round(statistics.median(delays_ms)),
        "p95_ms": delays_ms[int(0.95 * (len(delays_ms) - 1))],
        "max_ms": delays_ms[-1],
    }


if __name__ == "__main__":
    sys.exit(main())
