# SPDX-License-Identifier: Apache-2.0
"""The supervisor with real children.

In which order they lock, are measured and begin, and what stops the box.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge_agent.channel import RECORD_BYTES
from edge_agent.config.schema import load
from edge_agent.config.sections.purpose import Purpose
from edge_agent.confinement.enter import NOT_CONFINED_EXIT
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.probe import Expected, Measured
from edge_agent.confinement.process_exit import NOT_INSTALLED_EXIT
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import CameraFault, ProcessError
from edge_agent.keys import generate
from edge_agent.process_settings import Source
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.supervision.child import Child
from edge_agent.processes.supervision.handshake import Handshake
from edge_agent.processes.supervision.supervisor import Supervisor
from wire_contract.messages.report import Level

CLONE = Path(__file__).parents[4]
EXAMPLE = CLONE / "firmware_configs" / "examples" / "vtest.toml"
ROOT = namespaces.may_separate()
BEST_HERE = Level.STANDARD if ROOT else Level.PROCESS


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor that has started nothing; what a test starts is stopped."""
    if (
        not (CLONE / "var" / "clips" / "vtest.avi").exists()
        or not (CLONE / "var" / "models" / "person-ssdlite.onnx").exists()
    ):
        pytest.skip("the clip or the model is not there; run scripts/test, which fetches both")
    generate(tmp_path / "keys")
    settings = (
        f"store.directory={tmp_path / 'box'}",
        f"keys.directory={tmp_path / 'keys'}",
        "window.clock=replay",
    )
    one = Supervisor(load(EXAMPLE, settings))
    one._starting.lay_out_store()
    yield one
    for child in (one._camera.sensor, one._gate, one._uplink):
        child.stop(within_s=0.5)
    os.close(one._starting.channel_in)
    os.close(one._starting.channel_out)


def locked(child: Child) -> Measured:
    until_s = time.monotonic() + 60
    while (seen := child.measured()) is None:
        assert time.monotonic() < until_s
        assert child.ended() is None
        time.sleep(0.02)
    return seen


def readable(descriptor: int, *, within_s: float) -> bool:
    return bool(select.select([descriptor], [], [], within_s)[0])


def test_the_sensor_locks_is_measured_and_says_nothing_before_the_gate_is_there(
    box: Supervisor,
) -> None:
    box._start(box._camera.sensor)
    seen = locked(box._camera.sensor)
    assert seen.level is BEST_HERE
    box._admit(box._camera.sensor, seen)
    assert not readable(box._starting.channel_out, within_s=1.0)
    assert camera_state.told(box._config.store.directory) is None
    assert box._camera.sensor.process is not None
    descriptors = Path(f"/proc/{box._camera.sensor.process.pid}/fd")
    if ROOT:
        assert {str((descriptors / number).readlink()) for number in "012"} == {"/dev/null"}
        others = {str(path.readlink()).split(":")[0] for path in descriptors.iterdir()} - {
            "/dev/null"
        }
        assert others == {"pipe", "anon_inode", str(CLONE / "var" / "clips" / "vtest.avi")}
    box._start(box._gate)
    box._admit(box._gate, locked(box._gate))
    assert box._gate.process is not None
    box._gate.process.kill()
    assert camera_state.told(box._config.store.directory).word == CameraState.OPEN
    assert readable(box._starting.channel_out, within_s=60.0)
    assert len(os.read(box._starting.channel_out, 4096)) == RECORD_BYTES


@pytest.mark.skipif(not ROOT, reason="only root can give the children users of their own")
def test_each_child_has_a_user_of_its_own_and_the_best_level_there_is(box: Supervisor) -> None:
    box._level = BEST_HERE
    uids = {}
    for child in (box._camera.sensor, box._gate, box._uplink):
        box._start(child)
        seen = locked(child)
        assert (seen.level, seen.missing) == (BEST_HERE, ())
        assert child.process is not None
        uids[child.role] = Path(f"/proc/{child.process.pid}").stat().st_uid
    assert uids == {
        Role.SENSOR: visible_files.SENSOR_UID,
        Role.GATE: visible_files.GATE_UID,
        Role.UPLINK: visible_files.UPLINK_UID,
    }


def test_a_level_below_the_minimum_stops_the_box_and_names_what_is_missing(box: Supervisor) -> None:
    with pytest.raises(ProcessError, match=r"level unconfined.*no new privileges"):
        box._admit(box._camera.sensor, Measured(Level.UNCONFINED, (), ("no new privileges",)))


@pytest.mark.parametrize("role", [Role.SENSOR, Role.GATE, Role.UPLINK])
def test_a_child_that_comes_back_with_less_than_the_box_has_told_stops_it(
    box: Supervisor, role: Role
) -> None:
    box._level = Level.STANDARD
    child = {Role.SENSOR: box._camera.sensor, Role.GATE: box._gate, Role.UPLINK: box._uplink}[role]
    with pytest.raises(ProcessError, match=r"level process.*standard or better.*a user of its own"):
        box._admit(child, Measured(Level.PROCESS, (), ("a user of its own",)))


def test_of_a_network_camera_no_box_tells_more_than_its_feeder_reaches(box: Supervisor) -> None:
    camera = box._config.camera.model_copy(update={"source": Source("http")})
    box._config = box._config.model_copy(update={"camera": camera})
    box._admit(box._gate, Measured(Level.STANDARD, (), ()))
    assert box._level is Level.NETWORK_CAMERA
    box._admit(box._uplink, Measured(Level.STANDARD, (), ()))
    with pytest.raises(ProcessError, match=r"level process.*network-camera or better"):
        box._admit(box._camera.sensor, Measured(Level.PROCESS, (), ()))


def test_nobody_begins_before_the_gate_was_measured_and_what_reaches_less_than_the_gate_never(
    box: Supervisor,
) -> None:
    box._admit(box._uplink, Measured(Level.STANDARD, (), ()))
    box._admit(box._camera.sensor, Measured(Level.PROCESS, (), ("no capability",)))
    assert not box._uplink.admitted
    assert not box._camera.sensor.admitted
    with pytest.raises(ProcessError, match=r"level process.*standard or better.*no capability"):
        box._admit(box._gate, Measured(Level.STANDARD, (), ()))


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (3, "lost"),
        (32, "missing"),
        (35, "busy"),
        (41, "no entry"),
        (1, "ended"),
        (-signal.SIGSYS, "ended"),
    ],
)
def test_how_the_sensor_ended_is_how_the_camera_stands(
    box: Supervisor, code: int, word: str
) -> None:
    box._camera.note_end(box._camera.sensor, code)
    box._camera.note_end(box._gate, 1)
    told = camera_state.told(box._config.store.directory)
    assert told is not None
    assert told.word == word


def test_outside_its_hours_gate_and_uplink_begin_and_the_camera_is_not_opened(
    box: Supervisor,
) -> None:
    now = datetime.now().astimezone()
    hours = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    purpose = Purpose(
        controller="A city",
        purpose="To see how full it is",
        legal_basis="GDPR 6(1)(e)",
        dpia_reference="none, a test",
        contact="nobody@example.org",
        active_hours=hours,
        end_date=now.date() + timedelta(days=9),
    )
    box._camera._config = box._config.model_copy(update={"purpose": purpose})
    box._start(box._gate)
    until_s = time.monotonic() + 60
    while not box._gate.admitted:
        assert box._look_after(time.monotonic()) is None
        assert time.monotonic() < until_s
    assert (box._camera.sensor.process, box._camera.sensor.start_at_s) == (None, None)
    told = camera_state.told(box._config.store.directory)
    assert told is not None
    assert told.word == CameraState.RESTING
    box._camera._config = box._config.model_copy(
        update={"purpose": purpose.model_copy(update={"active_hours": "00:00-23:59"})}
    )
    assert box._look_after(time.monotonic()) is None
    assert box._camera.sensor.process is not None


def test_a_child_waits_less_for_the_time_that_it_was_at_work(box: Supervisor) -> None:
    def waited_s(good_s: float | None) -> float:
        box._camera.sensor._begun_s = None if good_s is None else 1000.0 - good_s
        box._camera.sensor.plan_restart(1000.0, code=3)
        assert box._camera.sensor.start_at_s is not None
        return box._camera.sensor.start_at_s - 1000.0

    assert [waited_s(None) for _ in range(8)] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert [waited_s(61.0), waited_s(None), waited_s(10.0), waited_s(10.0)] == [1.0, 2.0, 2.0, 2.0]


def test_a_camera_that_hangs_is_ended_and_tried_again_and_the_box_goes_on(
    box: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    box._camera._resting = False
    for child in (box._camera.sensor, box._gate):
        locked_fd, held_fd = os.pipe()
        child.process = subprocess.Popen(["/bin/sleep", "60"], pass_fds=(held_fd,))
        child._handshake = Handshake(
            Expected(child.role, None), locked_fd=locked_fd, go_fd=os.open(os.devnull, os.O_WRONLY)
        )
        child._handshake._lock_until_s = time.monotonic() - 1.0
        os.close(held_fd)
    with pytest.raises(ProcessError, match="gate: not locked within"):
        box._look_after(100.0)
    assert box._camera.sensor.process is not None
    assert box._camera.sensor.process.wait(10) == -signal.SIGKILL
    assert "sensor: not locked within 120 s of its start" in caplog.text
    box._gate.stop(within_s=0.5)
    box._gate.process = None
    assert box._look_after(101.0) is None
    assert box._camera.sensor.start_at_s == 102.0


def test_a_child_that_could_not_be_confined_is_not_started_again(box: Supervisor) -> None:
    with pytest.raises(ProcessError, match="sensor: could not be confined"):
        box._camera.sensor.plan_restart(0.0, code=NOT_CONFINED_EXIT)


def test_a_child_whose_libraries_are_not_installed_is_not_started_again(box: Supervisor) -> None:
    with pytest.raises(
        ProcessError,
        match=r"sensor: a library that it needs cannot be loaded; its own line above says which",
    ):
        box._camera.sensor.plan_restart(0.0, code=NOT_INSTALLED_EXIT)


@pytest.mark.parametrize(
    ("source", "path", "ends"), [("file", "", True), ("v4l2", "/dev/video0", False)]
)
def test_a_sensor_that_ends_as_if_done_ends_the_box_of_a_file_and_comes_back_at_a_camera(
    box: Supervisor, caplog: pytest.LogCaptureFixture, source: str, path: str, *, ends: bool
) -> None:
    camera = box._config.camera
    one = (
        camera if ends else camera.model_copy(update={"source": Source(source), "path": Path(path)})
    )
    box._config = box._config.model_copy(update={"camera": one})
    box._camera._resting = False
    box._camera.sensor.process = subprocess.Popen([sys.executable, "-I", "-c", ""])
    box._camera.sensor.process.wait()
    assert box._look_after(100.0) == (0 if ends else None)
    assert (box._camera.sensor.start_at_s is None) == ends
    assert ("sensor ended with exit code 0, as if all were done" in caplog.text) != ends


def test_a_file_that_is_not_whole_ends_the_box_as_failed_and_is_named(
    box: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    box._camera._resting = False
    code = int(CameraFault.LOST)
    box._camera.sensor.process = subprocess.Popen(
        [sys.executable, "-I", "-c", f"raise SystemExit({code})"]
    )
    box._camera.sensor.process.wait()
    assert box._look_after(100.0) == 1
    assert f"{box._config.camera.path}: could not be read, or not all of it" in caplog.text
    assert "edge-agent replay says what came and what was wanted" in caplog.text


def test_a_child_that_the_kernel_ended_at_a_forbidden_call_is_told_as_such(
    box: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    box._camera.sensor.plan_restart(0.0, code=-signal.SIGSYS)
    assert "at a system call that its policy forbids" in caplog.text


def test_a_gate_waits_for_the_word_and_ends_without_it(box: Supervisor) -> None:
    box._start(box._gate)
    locked(box._gate)
    assert box._gate.process is not None
    box._gate._forget_lock()
    assert box._gate.process.wait(20) == 0
