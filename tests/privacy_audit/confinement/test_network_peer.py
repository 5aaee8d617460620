# SPDX-License-Identifier: Apache-2.0
"""Whom a feeder reaches, with and without the firewall that its user must have.

Tried by a program that holds a connection as its user.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from development.fakes.town import CAMERA, STRANGER, Listener, Town, missing
from edge_agent.confinement.firewall import Firewall, Peer
from edge_agent.confinement.tables.policy import Role
from edge_agent.confinement.tables.visible_files import FEEDER_UID
from privacy_audit.confinement.network_peer import only_peer
from privacy_audit.confinement.status import CheckedProcess, CheckResult, threads
from tests.privacy_audit.bare_box import bare_box

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))
PORT = 8554
HOLDER = """
import os, socket, sys
os.setgid({uid}); os.setuid({uid})
held = socket.socket()
held.settimeout(10)
held.connect((sys.argv[1], {port}))
print("connected", flush=True)
sys.stdin.read()
"""


@contextmanager
def connected_to(host: str) -> Iterator[int]:
    """A process of the feeder's user with one connection."""
    command = [sys.executable, "-I", "-c", HOLDER.format(uid=FEEDER_UID, port=PORT), host]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "connected\n"
        yield holder.pid
        holder.kill()


def look(folder: Path, pid: int) -> CheckResult:
    camera = (
        "source=http",
        "path=none",
        f"host={CAMERA}",
        f"port={PORT}",
        "url_path=/stream",
        "fps=7",
    )
    box = bare_box(
        folder, *(f"camera.{setting}" for setting in camera), "confinement.level_min=network-camera"
    )
    return only_peer(CheckedProcess(box, Role.FEEDER, pid, threads(pid), separated=True))


def test_behind_its_firewall_it_reaches_its_camera_and_nobody_else(tmp_path: Path) -> None:
    with Town() as town, Listener(town, "camera", CAMERA, PORT):
        firewall = Firewall(Peer(CAMERA, PORT), uid=FEEDER_UID)
        firewall.lay()
        try:
            with connected_to(CAMERA) as pid:
                seen = look(tmp_path, pid)
        finally:
            firewall.remove()
    assert (seen.faults, seen.unproven) == ((), "")
    assert seen.attacks == seen.controls == 2


def test_without_a_firewall_and_with_another_peer_it_falls(tmp_path: Path) -> None:
    with Town() as town, Listener(town, "stranger", STRANGER, PORT), connected_to(STRANGER) as pid:
        seen = look(tmp_path, pid)
    assert seen.faults == (
        f"is connected to {STRANGER} port {PORT}",
        "its user reaches a port of this machine over tcp",
        "its user reaches a port of this machine over udp",
    )
