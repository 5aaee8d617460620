# SPDX-License-Identifier: Apache-2.0
"""Load one build of the inference library and one model, and stay for a while.

It stays as a sensor does between its frames.

Run by telemetry, in a place where the network is empty: `python -I -m
privacy_audit.pixels.inference_run WALL FOLDER MODEL SECONDS`. WALL is `free`, `locked` (the
sensor's first lock, with its KILL), or `spared` (the same lock, but a socket is only refused).
FOLDER holds the build, or is `own` for the one that a sensor imports. The switch that the box sets
against telemetry is not set.
"""

import resource
import sys
import time
from dataclasses import replace

from edge_agent.confinement import lock
from edge_agent.confinement.kernel.bpf import compile_policy
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import NEW_NETWORK
from edge_agent.confinement.kernel.seccomp import install
from edge_agent.confinement.tables.policy import Call, Role, Verdict, stage_a

FREE, LOCKED, SPARED = "free", "locked", "spared"
OWN = "own"
READY = "ready"
ALIVE_EVERY_S = 0.5


def _refuse_sockets(call: Call) -> Call:
    return replace(call, verdict=Verdict.EPERM) if call.name == "socket" else call


def main(wall: str, folder: str, model: str, seconds: float) -> None:
    """Lock as told, load, say so, and wait; the library's own threads do what they do."""
    if wall == FREE:
        # What it would say reaches nobody.
        Kernel().demand("an empty network", "unshare", NEW_NETWORK)
    elif wall == LOCKED:
        lock.begin(Role.SENSOR)
    elif wall == SPARED:
        kernel = Kernel()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        policy = stage_a(Role.SENSOR)
        install(
            kernel,
            compile_policy(
                replace(policy, calls=tuple(map(_refuse_sockets, policy.calls))), kernel.machine
            ),
        )
    if folder != OWN:
        sys.path.insert(0, folder)
    import onnxruntime  # noqa: PLC0415 - behind the lock

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    sys.stdout.write(f"{READY} {onnxruntime.__version__}\n")
    sys.stdout.flush()
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        time.sleep(ALIVE_EVERY_S)
    del session


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
