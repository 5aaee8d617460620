# SPDX-License-Identifier: Apache-2.0
"""The supervisor with real children: in which order they lock, are measured and begin, and what stops the box."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.channel import RECORD_BYTES
from edge_agent.config import load
from edge_agent.confinement import namespaces, views
from edge_agent.confinement.enter import NOT_CONFINED_EXIT
from edge_agent.confinement.leave import NOT_INSTALLED_EXIT
from edge_agent.confinement.policy import Role
from edge_agent.confinement.probe import Measured
from edge_agent.errors import ProcessError
from edge_agent.handover import Source
from edge_agent.keys import generate
from edge_agent.supervisor import Child, Supervisor
from wire_contract.report import Level

CLONE = Path(__file__).parents[2]
EXAMPLE = CLONE / "firmware_configs" / "examples" / "vtest.toml"
ROOT = namespaces.may_separate()
BEST_HERE = Level.STANDARD if ROOT else Level.PROCESS


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor that has started nothing; what a test starts is stopped."""
    if not (CLONE / "var" / "clips" / "vtest.avi").exists() or not (CLONE / "var" / "models" / "person-ssdlite.onnx").exists():
        pytest.skip("the clip or the model is not there; run scripts/test, which fetches both")
    generate(tmp_path / "keys")
    settings = (f"store.directory={tmp_path / 'box'}", f"keys.directory={tmp_path / 'keys'}", "window.clock=replay")
    one = Supervisor(load(EXAMPLE, settings))
    one._lay_out_store()
    yield one
    for child in (one._sensor, one._gate, one._uplink):
        child.stop(within_s=0.5)
    os.close(one._channel_in)
    os.close(one._channel_out)


def locked(child: Child) -> Measured:
    until_s = time.monotonic() + 60
    while (seen := child.measured()) is None:
        assert time.monotonic() < until_s
        assert child.ended() is None
        time.sleep(0.02)
    return seen


def readable(descriptor: int, *, within_s: float) -> bool:
    return bool(select.select([descriptor], [], [], within_s)[0])


def test_the_sensor_locks_is_measured_and_says_nothing_before_the_gate_is_there(box: Supervisor) -> None:
    box._start(box._sensor)
    seen = locked(box._sensor)
    assert seen.level is BEST_HERE
    box._admit(box._sensor, seen)
    assert not readable(box._channel_out, within_s=1.0)
    assert box._gate.process is not None
    assert box._sensor.process is not None
    descriptors = Path(f"/proc/{box._sensor.process.pid}/fd")
    if ROOT:
        assert {str((descriptors / number).readlink()) for number in "012"} == {"/dev/null"}
        others = {str(path.readlink()).split(":")[0] for path in descriptors.iterdir()} - {"/dev/null"}
        assert others == {"pipe", "anon_inode", str(CLONE / "var" / "clips" / "vtest.avi")}
    box._admit(box._gate, locked(box._gate))
    box._gate.process.kill()
    assert readable(box._channel_out, within_s=20.0)
    assert len(os.read(box._channel_out, 4096)) == RECORD_BYTES


@pytest.mark.skipif(not ROOT, reason="only root can give the children users of their own")
def test_each_child_has_a_user_of_its_own_and_the_best_level_there_is(box: Supervisor) -> None:
    box._level = BEST_HERE
    uids = {}
    for child in (box._sensor, box._gate, box._uplink):
        box._start(child)
        seen = locked(child)
        assert (seen.level, seen.missing) == (BEST_HERE, ())
        assert child.process is not None
        uids[child.role] = Path(f"/proc/{child.process.pid}").stat().st_uid
    assert uids == {Role.SENSOR: views.SENSOR_UID, Role.GATE: views.GATE_UID, Role.UPLINK: views.UPLINK_UID}


def test_a_level_below_the_minimum_stops_the_box_and_names_what_is_missing(box: Supervisor) -> None:
    with pytest.raises(ProcessError, match=r"level unconfined.*no new privileges"):
        box._admit(box._sensor, Measured(Level.UNCONFINED, (), ("no new privileges",)))


@pytest.mark.parametrize("role", [Role.SENSOR, Role.GATE, Role.UPLINK])
def test_a_child_that_comes_back_with_less_than_the_box_has_told_stops_it(box: Supervisor, role: Role) -> None:
    box._level = Level.STANDARD
    child = {Role.SENSOR: box._sensor, Role.GATE: box._gate, Role.UPLINK: box._uplink}[role]
    with pytest.raises(ProcessError, match=r"level process.*standard or better.*a user of its own"):
        box._admit(child, Measured(Level.PROCESS, (), ("a user of its own",)))


def test_a_child_that_could_not_be_confined_is_not_started_again(box: Supervisor) -> None:
    with pytest.raises(ProcessError, match="sensor: could not be confined"):
        box._sensor.plan_restart(0.0, code=NOT_CONFINED_EXIT)


def test_a_child_whose_libraries_are_not_installed_is_not_started_again(box: Supervisor) -> None:
    with pytest.raises(ProcessError, match=r"sensor: a library that it needs cannot be loaded; its own line above says which"):
        box._sensor.plan_restart(0.0, code=NOT_INSTALLED_EXIT)


@pytest.mark.parametrize(("source", "path", "ends"), [("file", "", True), ("v4l2", "/dev/video0", False)])
def test_a_sensor_that_ends_as_if_all_were_done_ends_the_box_of_a_file_and_is_started_again_at_a_live_camera(
    box: Supervisor, caplog: pytest.LogCaptureFixture, source: str, path: str, *, ends: bool
) -> None:
    camera = box._config.camera
    one = camera if ends else camera.model_copy(update={"source": Source(source), "path": Path(path)})
    box._config = box._config.model_copy(update={"camera": one})
    box._sensor.process = subprocess.Popen([sys.executable, "-I", "-c", ""])
    box._sensor.process.wait()
    assert box._watch(100.0) == (0 if ends else None)
    assert (box._sensor.start_at_s is None) == ends
    assert ("sensor ended with exit code 0, as if all were done" in caplog.text) != ends


def test_a_child_that_the_kernel_ended_at_a_forbidden_call_is_told_as_such(
    box: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    box._sensor.plan_restart(0.0, code=-signal.SIGSYS)
    assert "at a system call that its policy forbids" in caplog.text


def test_a_gate_waits_for_the_word_and_ends_without_it(box: Supervisor) -> None:
    with pytest.raises(ProcessError, match="nothing has been measured yet"):
        box._start(box._gate)
    box._level = BEST_HERE
    box._start(box._gate)
    locked(box._gate)
    assert box._gate.process is not None
    box._gate._forget_lock()
    assert box._gate.process.wait(20) == 0
