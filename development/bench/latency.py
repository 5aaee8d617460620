# SPDX-License-Identifier: Apache-2.0
"""Time the way from release to commit over many live windows.

A real box, broker and centre on loopback.

Release is when the gate has signed a window, by the ledger; commit is when the centre has it on
disk, by its API. Both clocks are this machine's. The last line is one JSON object.
"""

import argparse
import contextlib
import json
import shutil
import statistics
import sys
import time

from development.demo import (
    BIN,
    CLIP,
    CONFIG,
    EXAMPLES,
    STAGE,
    Api,
    DemoError,
    broker,
    centre,
    free_port,
    last_words,
    process,
)
from development.demo_film import of_example
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
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    broker_port, http_port = free_port(), free_port()
    # The clip is played slowly enough to last: what is timed is the way of the numbers, not their
    # truth.
    fps = CLIP_FRAMES / (arguments.windows * LENGTH_S)
    played = of_example(EXAMPLES / "vtest.toml", CLIP, broker_port=broker_port, fast=False)
    CONFIG.write_text(played.config, "utf-8")
    command = [str(BIN / "edge-agent"), "run", str(CONFIG)]
    for setting in (
        f"window.length_s={LENGTH_S}",
        f"camera.fps={fps}",
        "disclosure.capacity_bits_per_minute_max=10000",
    ):
        command += ["--set", setting]
    with contextlib.ExitStack() as stage:
        stage.enter_context(broker(broker_port))
        stage.enter_context(centre(broker_port, http_port, played.device))
        api = Api(f"http://127.0.0.1:{http_port}", played.device)
        api.wait_until_up()
        box = stage.enter_context(process("box", command))
        while box.poll() is None:
            time.sleep(1.0)
        if box.returncode != 0:
            raise DemoError(
                f"the box ended with exit code {box.returncode}; its last words:\n"
                f"{last_words('box')}"
            )
        committed = {window["sequence"]: window["committed_ms"] for window in api.windows()}
        total = len(api.windows())
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
    result = {
        "released": len(released),
        "committed": len(committed),
        "missing": len(released.keys() - committed.keys()),
        "twice": total - len(committed),
        "p50_ms": round(statistics.median(delays_ms)),
        "p95_ms": delays_ms[int(0.95 * (len(delays_ms) - 1))],
        "max_ms": delays_ms[-1],
    }
    print(json.dumps(result))
    return 0 if result["missing"] == result["twice"] == 0 and released else 1


if __name__ == "__main__":
    sys.exit(main())
