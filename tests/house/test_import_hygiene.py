# SPDX-License-Identifier: Apache-2.0
"""What each process of the box really loads, asked of a fresh interpreter."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIXELS = {"cv2", "lap", "numpy", "onnxruntime"}
SETTINGS = {"click", "edge_agent.config.schema", "pydantic", "rich", "typer"}
NETWORK = {"asyncio", "http", "paho", "socket", "ssl", "urllib.request"}


DENIED = {
    # The gate sees counts before disclosure and holds the signing key: no network at all.
    "edge_agent.processes.gate": PIXELS
    | SETTINGS
    | NETWORK
    | {"edge_agent.counting", "edge_agent.uplink", "edge_agent.vision"},
    # The uplink holds the socket: nothing from before disclosure.
    "edge_agent.processes.uplink": PIXELS
    | SETTINGS
    | {
        "cryptography",
        "edge_agent.channel",
        "edge_agent.counting",
        "edge_agent.disclosure",
        "edge_agent.keys",
        "edge_agent.vision",
    },
    # The sensor sees pixels: no network, no key. Its libraries load neither socket nor ssl
    # (measured).
    "edge_agent.processes.sensor": SETTINGS
    | NETWORK
    | {
        "cryptography",
        "edge_agent.disclosure",
        "edge_agent.store.outbox",
        "edge_agent.uplink",
        "edge_agent.keys",
        "onnx",
        "sqlite3",
        "wire_contract.codec",
    },
    # Both sides stand on it, so it may cost them nothing.
    "wire_contract.codec": PIXELS
    | SETTINGS
    | NETWORK
    | {"cryptography", "edge_agent", "fusion_service"},
}


@pytest.mark.parametrize("module", DENIED)
def test_a_process_loads_nothing_that_it_is_denied(module: str) -> None:
    # What the interpreter had before is left out: the finder of an editable installation loads some
    # of it.
    code = (
        f"import sys; own = set(sys.modules); import {module}, json; "
        "print(json.dumps(sorted(set(sys.modules) - own)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert DENIED[module] & set(json.loads(done.stdout)) == set()


def test_a_check_of_a_config_loads_neither_decoder_nor_network() -> None:
    # Whoever writes a config may check it on a machine that has neither; numpy alone is allowed.
    config = ROOT / "firmware_configs" / "examples" / "vtest.toml"
    code = (
        "import json, sys; from edge_agent.cli import main\n"
        f"sys.argv = ['edge-agent', 'check', {str(config)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    *told, loaded = done.stdout.splitlines()
    assert told, "the check said nothing"
    assert {"cv2", "lap", "onnxruntime"} & set(json.loads(loaded)) == set()
