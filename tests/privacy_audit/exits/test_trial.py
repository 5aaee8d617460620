# SPDX-License-Identifier: Apache-2.0
"""Without the wall each kind of success leaves the sign that the witness looks for."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from edge_agent.confinement.kernel import namespaces
from privacy_audit.exits.verdicts import Attempt

ROOT = namespaces.may_separate()
pytestmark = pytest.mark.skipif(
    not ROOT, reason="the controls change places that only root may change"
)
# A free process tries one attack of each sign; it must be seen by that sign. Run in a process of
# its own, because it forks.
PROGRAM = """
import json, os, platform, sys
from dataclasses import asdict
from pathlib import Path
from privacy_audit.exits.attacks.table import attacks_for
from privacy_audit.exits.trial import _SUBREAPER, _control, _end_orphans
from edge_agent.confinement.kernel.calls import Kernel
Kernel().call("prctl", _SUBREAPER, 1, 0, 0, 0)
folder, wanted = Path(sys.argv[1]), sys.argv[2:]
seen = {}
for index, (exit_class, attack) in enumerate(attacks_for(platform.machine())):
    if attack.name in wanted:
        seen[attack.name] = asdict(_control(folder / str(index), index, attack, root=True))
_end_orphans(but=0)
own = {f"taken-{entry.stat().st_ino}" for entry in folder.iterdir()}
left = sorted(own & {path.name for path in Path("/dev/shm").iterdir()})
children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")
print(json.dumps({"seen": seen, "left": left, "children": children}))
"""
SIGNS = {
    "memfd_create": "descriptors of the attacker",
    "linkat": "watched files",
    "sendto on a connected socket": "what reached somebody else",
    "ask the resolver": "what reached somebody else",
    "hand over by sendmsg": "what reached somebody else",
    "clone, a brother": "processes and threads",
    "prctl, a name": "status and limits",
    "execve": "namespaces, root, mounts, program",
    "shmat": "shared and executable memory",
    "process_vm_writev": "another process",
    "msgsnd": "names, keys and messages of the system",
    "sethostname": "names, keys and messages of the system",
}


TOLD = ("process_vm_readv", "statx")
LEAVING = ("a file in /dev/shm", "setpgid of another", "posix_spawn", "fork")


LOOKS_MAX = 3


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Try each, and again what was not seen as it should be.

    A control that is root sees what other programs of root mount and which keys they make, and a
    busy machine may lose a question to a name server. What is blind to a sign misses it each time.
    """
    found = tried(tmp_path_factory.mktemp("free"), (*SIGNS, *TOLD, *LEAVING))
    for _ in range(LOOKS_MAX - 1):
        again = [name for name in (*SIGNS, *TOLD) if not is_as_it_should_be(name, found["seen"])]
        if again:
            found["seen"] |= tried(tmp_path_factory.mktemp("free"), again)["seen"]
    return found


def tried(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    command = [sys.executable, "-I", "-c", PROGRAM, str(folder), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return dict(json.loads(done.stdout))


def is_as_it_should_be(name: str, seen: dict[str, Any]) -> bool:
    one = seen[name]
    return (one["told"] and not one["signs"]) if name in TOLD else SIGNS[name] in one["signs"]


@pytest.fixture(scope="module")
def seen(told: dict[str, Any]) -> dict[str, Attempt]:
    return {
        name: Attempt(one["errno"], tuple(one["signs"]), one["told"])
        for name, one in told["seen"].items()
    }


@pytest.mark.parametrize("name", SIGNS)
def test_what_works_is_seen_by_its_sign(seen: dict[str, Attempt], name: str) -> None:
    assert SIGNS[name] in seen[name].signs


@pytest.mark.parametrize("name", TOLD)
def test_a_secret_told_back_counts_and_leaves_no_other_sign(
    seen: dict[str, Attempt], name: str
) -> None:
    assert (seen[name].told, seen[name].signs) == (True, ())


def test_nothing_of_a_control_stays_behind(told: dict[str, Any]) -> None:
    assert [name for name in LEAVING if not told["seen"][name]["signs"]] == []
    assert (told["left"], told["children"]) == ([], "")
