# SPDX-License-Identifier: Apache-2.0
"""What other users see of a process is read as one of them.

Where /proc hides processes they see nothing.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.confinement.kernel import namespaces
from privacy_audit.pairs.others import hides_processes

# Run in a mount namespace of its own, where /proc is a new one that hides processes; the machine's
# own stays as it is.
PROGRAM = """
import json, sys, tempfile
from pathlib import Path
from privacy_audit.pairs import others, verdicts
from privacy_audit.pairs.carriers import OF_ACTION
from privacy_audit.pairs.crew import OUTSIDER
from privacy_audit.pairs.disk import folder_on_disk
from privacy_audit.pairs.trial import SLOTS, run
from edge_agent.confinement.tables.policy import Role
with tempfile.TemporaryDirectory(dir=folder_on_disk()) as made:
    Path(made).chmod(0o755)
    hidden = others.hides_processes()
    trial = run(Path(made, "trial"), Role.SENSOR, (OUTSIDER,), walled=True)
    found = verdicts.judge("sensor", trial, set(OF_ACTION), hidden=hidden, slots=SLOTS)
    print(json.dumps([hidden, [[one.name, str(one.verdict), one.detail] for one in found]]))
"""
MOUNT = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
WITHIN_S = 240


def test_a_table_of_mounts_says_whether_processes_are_hidden(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    for options, hidden in (
        ("rw,relatime", False),
        ("rw,hidepid=invisible", True),
        ("rw,gid=7,hidepid=2", True),
        ("rw,hidepid=1", False),
    ):
        mounts.write_text(f"sysfs /sys sysfs rw 0 0\nproc /proc proc {options} 0 0\n")
        assert hides_processes(mounts) is hidden


@pytest.mark.skipif(not namespaces.may_separate(), reason="only root mounts /proc")
def test_with_hidepid_no_view_of_a_process_carries_to_other_users() -> None:
    mounted = f'mount -t proc -o hidepid=invisible proc /proc && exec "{sys.executable}" -I -c "$0"'
    done = subprocess.run(
        [*MOUNT, mounted, PROGRAM], capture_output=True, text=True, check=False, timeout=WITHIN_S
    )
    assert done.returncode == 0, done.stderr[-2000:]
    hidden, found = json.loads(done.stdout)
    assert hidden
    assert [one for one in found if one[1] != "proven on a twin only"] == []
    assert len(found) == 2
