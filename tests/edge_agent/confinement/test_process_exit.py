# SPDX-License-Identifier: Apache-2.0
"""How the locked processes end.

By their own exit code, whatever their threads do, on each Python that a box may have.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.edge_agent.confinement import debian13

PROGRAM = Path(__file__).with_name("exits.py")
CLONE = Path(__file__).parents[3]
WITHIN_S = 240
# Role, how it ends, and the code.
ENDS = [
    ("sensor", "ended", 0),
    ("sensor", "asked", 0),
    ("sensor", "fault", 1),
    ("sensor", "lost", 3),
    ("feeder", "asked", 0),
    ("feeder", "lost", 3),
    ("gate", "ended", 0),
    ("gate", "asked", 0),
    ("gate", "fault", 1),
    ("uplink", "asked", 0),
    ("uplink", "fault", 1),
]
EVERY_RUN = {("sensor", "fault"), ("gate", "ended"), ("uplink", "fault"), ("feeder", "lost")}
campaign = pytest.mark.campaign
needs_the_model = pytest.mark.skipif(
    not (CLONE / "var" / "models" / "person-ssdlite.onnx").exists(),
    reason="the model is not there; run scripts/test",
)


def ends(
    command: list[str], role: str, way: str, threads: int, folder: Path
) -> tuple[int, list[int]]:
    done = subprocess.run(
        [*command, str(PROGRAM), role, way, str(threads), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )
    assert done.returncode == 0, done.stderr[-800:]
    said = json.loads(done.stdout.splitlines()[-1])
    return said["code"], said["python"]


@needs_the_model
@pytest.mark.parametrize(("role", "way", "code"), [one for one in ENDS if one[:2] in EVERY_RUN])
def test_a_locked_process_ends_with_its_own_code(
    role: str, way: str, code: int, tmp_path: Path
) -> None:
    assert ends([sys.executable, "-I"], role, way, 1, tmp_path) == (
        code,
        list(sys.version_info[:2]),
    )


@campaign
@needs_the_model
@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize(("role", "way", "code"), ENDS)
def test_a_locked_process_ends_with_its_own_code_with_one_thread_and_with_four(
    role: str, way: str, code: int, threads: int, tmp_path: Path
) -> None:
    assert ends([sys.executable, "-I"], role, way, threads, tmp_path) == (
        code,
        list(sys.version_info[:2]),
    )


@campaign
@needs_the_model
@pytest.mark.skipif(bool(debian13.why_not()), reason=debian13.why_not() or "it can be made")
@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize(("role", "way", "code"), ENDS)
def test_on_a_debian_13_it_does_too(role: str, way: str, code: int, threads: int) -> None:
    if missing := debian13.make():
        pytest.skip(missing)
    with debian13.entered() as command:
        assert ends(command, role, way, threads, Path(debian13.OWN, "box")) == (code, [3, 13])
