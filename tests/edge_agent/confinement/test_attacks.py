# SPDX-License-Identifier: Apache-2.0
"""What a sensor gone bad gets done inside the lock, each attempt beside the same attempt outside it."""

import errno
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.edge_agent.confinement.attacks import CLIP, FRAMES, ROOT, SEEN

PROGRAM = Path(__file__).with_name("attacks.py")
MODEL = ROOT / "var" / "models" / "person-ssdlite.onnx"
COUNTED = 0xFFFF
NO_SUCH_THING_HERE = {
    errno.ENOSYS, errno.EAFNOSUPPORT, errno.ENOPROTOOPT, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EOPNOTSUPP,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    control: dict[str, int]
    locked: dict[str, int]
    frames: int
    taken: bool


def names() -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-I", PROGRAM, "names", folder], capture_output=True, check=True, timeout=60)
    return [str(name) for name in json.loads(done.stdout)]


NAMES = names()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    if not MODEL.exists() or not CLIP.exists():
        pytest.skip("the model or the clip is not there; run scripts/test, which fetches both")
    free, closed = tmp_path_factory.mktemp("free"), tmp_path_factory.mktemp("closed")
    done = subprocess.run([sys.executable, "-I", PROGRAM, "control", free], capture_output=True, text=True, check=True, timeout=300)
    told, telling = os.pipe2(os.O_DIRECT)
    process = subprocess.Popen([sys.executable, "-I", PROGRAM, "locked", closed, str(telling)], pass_fds=[telling])
    os.close(telling)
    records = []
    while raw := os.read(told, 4096):
        if len(raw) == SEEN.size:
            records.append(SEEN.unpack(raw))
    os.close(told)
    assert process.wait(60) == 0
    frames = dict(zip(*zip(*((index, number) for index, number, _ in records), strict=True), strict=True)).pop(COUNTED, 0)
    locked = {NAMES[index]: number for index, number, _ in records if index < len(NAMES)}
    return Seen(json.loads(done.stdout), locked, frames, (closed / "taken").exists())


@pytest.mark.parametrize("name", NAMES)
def test_inside_the_lock_it_is_refused_and_outside_it_works(seen: Seen, name: str) -> None:
    # 116 answers alone would prove nothing: a call with bad arguments fails anywhere.
    assert seen.locked[name] in {errno.EPERM, errno.ENOSYS}, name
    control = seen.control[name]
    if control in NO_SUCH_THING_HERE:
        pytest.skip(f"this kernel has no such thing: {os.strerror(control)}")
    if name.endswith("(root)") and os.geteuid() != 0:
        pytest.skip("outside the lock this works for root only")
    assert control == 0, f"{name}: the control fails with {control}: {os.strerror(control) if control > 0 else 'a signal'}"


def test_the_locked_process_still_counts(seen: Seen) -> None:
    assert seen.frames == FRAMES


def test_no_file_was_written_from_inside_the_lock(seen: Seen) -> None:
    assert not seen.taken
