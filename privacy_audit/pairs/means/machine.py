# SPDX-License-Identifier: Apache-2.0
"""What the machine itself carries between two processes on it.

No wall of software shuts it, so it is measured and listed.

A processor that one uses is missing to the other; so is the way to memory. A locked twin of the
sensor loads them, or not, by bits drawn here; a locked twin of the uplink, and another user of the
machine, measure how fast their own work goes meanwhile. And the machine's own counters (of memory,
switches, pages read) are open to every user outside the box.
"""

import secrets
import struct
import tempfile
from pathlib import Path

import numpy as np

from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pairs import verdicts
from privacy_audit.pairs.crew import OUTSIDER, Side
from privacy_audit.pairs.judging import SURE, capacity, fewest, foretold
from privacy_audit.pairs.look import NOT_ROOT
from privacy_audit.pairs.side import KINDS, LOAD, MEASURE, RECORD_BYTES
from privacy_audit.pairs.trial import SLOTS, run, started
from privacy_audit.target.box import AuditedBox

PART = "shared hardware"
SLOT_MS, LOADS_TRIED = 40, 80
RECEIVERS = (Role.UPLINK, OUTSIDER)
LISTED_MAX = 6
_SAID = "this is a limit, not a fault found: two processes on one machine share it"


def look(box: AuditedBox) -> list[Finding]:  # noqa: ARG001 - twins of any box share a machine alike
    """Measure each load between each two, and list what the machine's counters tell others."""
    if not namespaces.may_separate():
        return [_finding("all of it", Verdict.UNPROVEN, NOT_ROOT)]
    with tempfile.TemporaryDirectory(prefix="people-count-machine-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        try:
            return [*_loads(folder / "loads"), _counters(folder / "counters")]
        except (ProcessError, OSError) as error:
            return [_finding("all of it", Verdict.UNPROVEN, str(error))]


def _loads(folder: Path) -> list[Finding]:
    with started(folder, Role.SENSOR, RECEIVERS, walled=True) as (sender, receivers, absent):
        findings = [
            _finding(f"sensor and {name}", Verdict.UNPROVEN, why) for name, why in absent.items()
        ]
        for name, side in receivers.items():
            for index, kind in enumerate(KINDS):
                errors, tried = _one(sender, side, index)
                rate, maximum = capacity(errors / tried), capacity(fewest(errors, tried))
                a_second = 1000 / SLOT_MS
                detail = (
                    f"{rate * a_second:.1f} bits a second measured beside whatever else runs here, "
                    f"at most {maximum * a_second:.1f} at this pace ({SURE:.0%}); {errors} of "
                    f"{tried} bits wrong: {_SAID}"
                )
                findings.append(
                    _finding(f"sensor and {name}: load on the {kind}", Verdict.TWIN, detail)
                )
    return findings


def _one(sender: Side, receiver: Side, kind: int) -> tuple[int, int]:
    """Return how many of the bits that were tried the receiver got wrong."""
    bits = np.frombuffer(secrets.token_bytes(LOADS_TRIED), np.uint8) & 1
    done = []
    for bit in bits:
        sender.order(LOAD, SLOT_MS if bit else 0, bytes([kind]))
        sender.hear(RECORD_BYTES)
        receiver.order(MEASURE, SLOT_MS, bytes([kind]))
        done.append(struct.unpack("<I", receiver.hear(4))[0])
    return foretold(bits.astype(np.bool_), np.array(done, np.float64))


def _counters(folder: Path) -> Finding:
    """List what the machine's own counters told others, in step and so slower than it could be."""
    trial = run(folder, Role.SENSOR, (OUTSIDER,), walled=True)
    found = verdicts.machine([("sensor", trial)], slots=SLOTS)
    told = "; ".join(one.told() for _, one in found[:LISTED_MAX]) or "nothing was seen to follow"
    said = f"to another user of this machine: {told}. Inside the box no process sees them: {_SAID}"
    return _finding("the machine's own counters", Verdict.TWIN, said)


def _finding(name: str, verdict: Verdict, detail: str) -> Finding:
    return Finding(PART, name, Mechanism.PROCESS_VIEW, verdicts.TWINS, verdict, detail)
