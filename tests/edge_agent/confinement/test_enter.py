# SPDX-License-Identifier: Apache-2.0
"""What a process sees and may do once it has entered its plan, asked of a process that did."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge_agent.confinement.enter import Plan, read_plan, write_plan
from edge_agent.confinement.kernel import landlock, namespaces
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import User, View
from edge_agent.confinement.tables import visible_files
from edge_agent.errors import ProcessError

ROOT = namespaces.may_separate()
needs_root = pytest.mark.skipif(not ROOT, reason="only root can give a process a view of its own")
USER = User(visible_files.GATE_UID, visible_files.GATE_UID, (visible_files.OUTBOX_GID,))
PRELUDE = """
import json, os, sys, socket
from edge_agent.confinement.enter import enter, read_plan
enter(read_plan(int(sys.argv[1])))
def tries(action):
    try:
        return action() or 'done'
    except OSError as error:
        return error.strerror
"""


def inside(plan: Plan, question: str) -> Any:
    """Enter the plan in a process of its own and return its answer to `question`, an expression."""
    descriptor = write_plan(plan)
    command = [
        sys.executable,
        "-I",
        "-c",
        f"{PRELUDE}print(json.dumps({question}))",
        str(descriptor),
    ]
    with namespaces.own_processes(Kernel()):
        process = subprocess.Popen(
            command,
            pass_fds=[descriptor],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    os.close(descriptor)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return json.loads(out)


def plan(view: View, *, network: bool = False) -> Plan:
    return Plan(view=view, user=USER, network=network, umask=0o007)


def gate_plan(folder: Path) -> Plan:
    store, keys = folder / "store", folder / "keys"
    for path in (store, keys):
        path.mkdir(mode=0o700)
    (keys / "signing.key").write_text("secret")
    (keys / "signing.key").chmod(0o600)
    namespaces.hand_over(str(store), user=USER, mode=0o700, file_mode=0o600)
    return plan(visible_files.gate_view(store=str(store), keys=(str(keys / "signing.key"),)))


def test_a_plan_survives_the_way_to_its_process() -> None:
    one = plan(View(("/a",), ("/b",), ("/c",), ("/d",), machine=True), network=True)
    assert read_plan(write_plan(one)) == one
    other = Plan(view=View(("/a",)), user=None, network=False, umask=0o077)
    assert read_plan(write_plan(other)) == other


@needs_root
def test_it_is_its_own_user_without_any_power(tmp_path: Path) -> None:
    seen = inside(
        gate_plan(tmp_path),
        "[os.getresuid(), os.getresgid(), os.getgroups(), open('/proc/self/status').read()]",
    )
    assert seen[:3] == [[USER.uid] * 3, [USER.gid] * 3, [visible_files.OUTBOX_GID]]
    powers = [row.split()[1] for row in seen[3].splitlines() if row.startswith("Cap")]
    assert {int(power, 16) for power in powers} == {0}


@needs_root
def test_it_may_write_its_store_and_nothing_else(tmp_path: Path) -> None:
    places = [
        str(tmp_path / "store" / "x"),
        "/x",
        "/dev/shm/x",  # noqa: S108 - the very places
        "/tmp/x",  # noqa: S108 - the very places
        "/proc/sys/x",
        str(tmp_path / "x"),
        "/usr/lib/x",
    ]
    seen = inside(
        gate_plan(tmp_path), f"[tries(lambda: open(path, 'w').close()) for path in {places}]"
    )
    assert seen[0] == "done"
    assert "done" not in seen[1:]
    assert (tmp_path / "store" / "x").stat().st_uid == USER.uid


@needs_root
def test_a_secret_is_a_copy_that_its_user_can_read_and_the_original_stays_as_it_is(
    tmp_path: Path,
) -> None:
    key = tmp_path / "keys" / "signing.key"
    seen = inside(
        gate_plan(tmp_path),
        f"[open('{key}').read(), oct(os.stat('{key}').st_mode), os.stat('{key}').st_uid]",
    )
    assert seen == ["secret", "0o100400", USER.uid]
    assert (key.read_text(), key.stat().st_uid, key.stat().st_mode & 0o777) == ("secret", 0, 0o600)


@needs_root
def test_a_home_that_is_closed_to_others_does_not_close_what_is_named_in_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "clone").mkdir(parents=True)
    (home / "clone" / "clip").write_text("pixels")
    (home / "private").write_text("mine")
    (home / "way").symlink_to("clone/clip")
    home.chmod(0o700)
    view = visible_files.sensor_view(reads=(str(home / "way"),), camera_device=None)
    seen = inside(
        plan(view),
        f"[open('{home}/way').read(), os.path.exists('{home}/private'), "
        f"oct(os.stat('{home}').st_mode)]",
    )
    assert seen == ["pixels", False, "0o40755"]
    assert home.stat().st_mode & 0o777 == 0o700


@needs_root
def test_links_across_the_tree_lead_where_they_led(tmp_path: Path) -> None:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "real" / "deep" / "model").write_text("weights")
    (tmp_path / "absolute").symlink_to(tmp_path / "real")
    (tmp_path / "relative").symlink_to("absolute/deep/../deep")
    view = visible_files.sensor_view(
        reads=(str(tmp_path / "relative" / "model"),), camera_device=None
    )
    assert inside(plan(view), f"open('{tmp_path}/relative/model').read()") == "weights"


@needs_root
def test_it_sees_no_other_process_and_no_network(tmp_path: Path) -> None:
    processes = "sorted(int(name) for name in os.listdir('/proc') if name.isdigit())"
    question = f"[{processes}, [name for _, name in socket.if_nameindex()], os.getpid()]"
    assert inside(gate_plan(tmp_path), question) == [[1], ["lo"], 1]
    control = inside(
        plan(visible_files.gate_view(store=str(tmp_path / "store"), keys=()), network=True),
        "socket.if_nameindex()",
    )
    assert len(control) == len(os.listdir("/sys/class/net"))  # noqa: PTH208 - a count


@needs_root
def test_how_busy_the_machine_is_shows_to_what_opens_nothing_after_its_lock_only(
    tmp_path: Path,
) -> None:
    # What sees pixels makes work for the processor; what decides and what sends are not to read it
    # there.
    question = (
        "[os.path.exists(f'/proc/{name}') for name in ('stat', 'meminfo', 'loadavg', 'locks', "
        "'cpuinfo', 'self/status')]"
    )
    assert inside(gate_plan(tmp_path), question) == [False] * 5 + [True]
    assert (
        inside(plan(visible_files.sensor_view(reads=(), camera_device=None)), question)
        == [True] * 6
    )


@needs_root
def test_what_its_user_may_not_read_is_said_before_it_runs(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    clip.write_text("pixels")
    clip.chmod(0o600)
    descriptor = write_plan(plan(visible_files.sensor_view(reads=(str(clip),), camera_device=None)))
    command = [
        sys.executable,
        "-I",
        "-m",
        "edge_agent.confinement.enter",
        str(descriptor),
        "edge_agent.processes.sensor",
    ]
    with namespaces.own_processes(Kernel()):
        process = subprocess.Popen(
            command, pass_fds=[descriptor], stderr=subprocess.PIPE, text=True
        )
    os.close(descriptor)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert f"{clip}: the process's own user" in err
    assert "chmod o+r" in err


def test_without_root_landlock_alone_still_closes_the_files(tmp_path: Path) -> None:
    if landlock.version(Kernel()) == 0:
        pytest.skip("this kernel has no Landlock")
    (tmp_path / "store").mkdir()
    (tmp_path / "other").write_text("x")
    one = Plan(
        view=visible_files.gate_view(store=str(tmp_path / "store"), keys=()),
        user=None,
        network=False,
        umask=0o007,
    )
    descriptor = write_plan(one)
    question = (
        f"[tries(lambda: open(path, mode).close()) for path, mode in (('{tmp_path}/store/x', 'w'), "
        f"('{tmp_path}/other', 'r'), ('{tmp_path}/x', 'w'), ('/dev/shm/x', 'w'))]"
    )
    code = f"{PRELUDE}print(json.dumps({question}))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(descriptor)],
        pass_fds=[descriptor],
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(descriptor)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        "done",
        "Permission denied",
        "Permission denied",
        "Permission denied",
    ]


@needs_root
def test_a_folder_that_holds_anything_else_is_not_given_away(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "ledger.db").write_text("")
    (tmp_path / "passwd").write_text("")
    with pytest.raises(ProcessError, match=r"passwd.*a folder of the box's own"):
        namespaces.hand_over(str(tmp_path), user=USER, mode=0o700, file_mode=0o600)
    assert {path.stat().st_uid for path in (tmp_path, *tmp_path.iterdir())} == {0}
    (tmp_path / "passwd").unlink()
    namespaces.hand_over(str(tmp_path), user=USER, mode=0o700, file_mode=0o600)
    assert {path.stat().st_uid for path in (tmp_path, *tmp_path.iterdir())} == {USER.uid}
