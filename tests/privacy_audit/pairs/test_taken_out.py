# SPDX-License-Identifier: Apache-2.0
"""Each mechanism that keeps two processes apart, taken out of a copy of the source.

Its audit falls and names what carries.

Where the supervisor would see it first, it is blinded too, so that only the audit is left to
notice. In every run several are taken out at once before twins alone; the campaign takes out each
alone before a whole box.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.privacy_audit.copied import ROOT, Change, Copied

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root starts the twins that the audit needs; run as root"
)

ALLOWED, SPACES = (
    "edge_agent/confinement/tables/allowed.py",
    "edge_agent/confinement/kernel/namespaces.py",
)
WITHIN_S = 240
LOCK, VIEWS = "edge_agent/confinement/lock.py", "edge_agent/confinement/tables/visible_files.py"
HIDES = 'words = b"hidepid=invisible" if machine else b"hidepid=invisible,subset=pid"'
BLIND = Change(
    "edge_agent/confinement/probe.py",
    "if level == Level.UNCONFINED or order.index(level) > order.index(minimum):",
    "if False:",
)


@dataclass(frozen=True)
class Out:
    """A mechanism that is gone: the changes, what falls by name, and what that must say."""

    mechanism: str
    words: tuple[str, ...]
    changes: tuple[Change, ...]


OUT = {
    "a futex may be shared": Out(
        "shared objects",
        ("futex: FUTEX_WAKE, seen by woken: FUTEX_WAKE",),
        (
            Change(
                ALLOWED,
                "    futex = exactly(1, *private,",
                "    futex = exactly(1, _WAIT, _WAKE, *private,",
            ),
        ),
    ),
    "the words are not emptied": Out(
        "process view",
        ("sensor shows", "bytes of arguments"),
        (
            Change(
                "edge_agent/confinement/appearance.py",
                "    if not may_be_emptied(kernel):",
                "    if kernel:",
            ),
            BLIND,
        ),
    ),
    "processes of the box see one another": Out(
        "process view",
        ("threads that end, seen by",),
        (
            Change(SPACES, '    kernel.demand("own process numbers", "unshare", NEW_PIDS)\n', ""),
            Change(SPACES, HIDES, 'words = b"hidepid=0"'),
            Change(VIEWS, '_OF_ITSELF = ("stat", "status", "smaps", "fd")', "_OF_ITSELF = ()"),
            BLIND,
        ),
    ),
    "the uplink sees all of /proc that is no process": Out(
        "process view",
        ("sensor and uplink", "seen by /proc/"),
        (
            Change(VIEWS, '_OF_ITSELF = ("stat", "status", "smaps", "fd")', "_OF_ITSELF = ()"),
            Change(SPACES, HIDES, 'words = b"hidepid=invisible"'),
        ),
    ),
    "the uplink sees of /proc what is under its own number": Out(
        "process view",
        ("feeder and uplink", "bytes on its one connection, seen by /proc/self/net"),
        (Change(VIEWS, '_OF_ITSELF = ("stat", "status", "smaps", "fd")', "_OF_ITSELF = ()"),),
    ),
    "the lock does not look at memory": Out(
        "shared objects",
        (
            "a mapping that is kept",
            "shared and read, of a file opened for writing: its file was written to",
        ),
        (
            Change(
                LOCK,
                '    if found:\n        raise ProcessError(f"{role}: shared',
                '    if not role:\n        raise ProcessError(f"{role}: shared',
            ),
        ),
    ),
    "the uplink may ask for a page without waiting": Out(
        "process view",
        ("a page of a cold file, seen by page cache: preadv2",),
        (
            Change(
                "edge_agent/confinement/tables/allowed_files.py",
                '"read lseek fstat pread64 pwrite64',
                '"read lseek fstat preadv2 pread64 pwrite64',
            ),
        ),
    ),
    "a locked process may lock files": Out(
        "shared objects",
        ("flock",),
        (
            Change(ALLOWED, 'allow("nanosleep poll', 'allow("flock nanosleep poll'),
            Change(
                LOCK,
                "        if number not in keep:\n",
                "        if number not in keep and number > 63:\n",
            ),
            BLIND,
        ),
    ),
}
TOGETHER = (
    "a futex may be shared",
    "processes of the box see one another",
    "the lock does not look at memory",
)
"""Those that do not hide each other, and are seen without a whole box."""
# Twins of a copy's sensor and uplink, by the copy's own code.
PROGRAM = """
import json, tempfile
from dataclasses import asdict
from pathlib import Path
from privacy_audit.pairs import trial, verdicts
from privacy_audit.pairs.carriers import OF_ACTION
from privacy_audit.pairs.disk import folder_on_disk
from privacy_audit.pairs.means import kept
from edge_agent.confinement.tables.policy import Role
with tempfile.TemporaryDirectory(dir=folder_on_disk()) as made:
    Path(made).chmod(0o755)
    one = trial.run(Path(made, "walled"), Role.SENSOR, (Role.UPLINK,), walled=True)
    found = verdicts.judge("sensor", one, set(OF_ACTION), hidden=False, slots=trial.SLOTS)
    print(json.dumps([asdict(finding) for finding in [*found, kept.look(Path(made), "pairs")]]))
"""


@pytest.mark.parametrize("name", OUT)
def test_what_is_taken_out_stands_in_the_source_once(name: str) -> None:
    counts = {
        change.before: change.places((ROOT / change.file).read_text())
        for change in OUT[name].changes
    }
    assert counts == dict.fromkeys(counts, 1)


def test_with_several_taken_out_the_twins_fall_and_each_is_named(copied: Copied) -> None:
    copied.change(*dict.fromkeys(change for name in TOGETHER for change in OUT[name].changes))
    python = copied._venv / "bin" / "python"
    done = subprocess.run(
        [python, "-I", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        timeout=WITHIN_S,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    must_name(json.loads(done.stdout), *(OUT[name] for name in TOGETHER))


@pytest.mark.campaign
@pytest.mark.parametrize("name", OUT)
def test_with_one_taken_out_the_audit_falls_and_names_it(copied: Copied, name: str) -> None:
    check(copied, OUT[name])


@pytest.mark.campaign
def test_of_an_honest_copy_nothing_falls_and_only_hidepid_may_be_missing(copied: Copied) -> None:
    _, printed = copied.audit("pairs")
    assert printed["fell"] == []
    left = [
        finding["detail"] for finding in printed["findings"] if finding["verdict"] == "unproven"
    ]
    assert [detail for detail in left if not detail.startswith("missing: /proc")] == []


def check(copied: Copied, *outs: Out) -> None:
    """Take these out and audit the copy."""
    copied.change(*dict.fromkeys(change for out in outs for change in out.changes))
    code, printed = copied.audit("pairs")
    assert code == 1, [
        (finding["name"], finding["verdict"], finding["detail"]) for finding in printed["findings"]
    ]
    must_name(printed["findings"], *outs)


def must_name(findings: list[dict[str, Any]], *outs: Out) -> None:
    """All of the words of each must stand in what fell, by its mechanism."""
    fallen = [finding for finding in findings if finding["verdict"] == "fell"]
    for out in outs:
        said = " ".join(
            f"{one['name']}: {one['detail']}" for one in fallen if one["mechanism"] == out.mechanism
        )
        assert [word for word in out.words if word not in said] == [], fallen
