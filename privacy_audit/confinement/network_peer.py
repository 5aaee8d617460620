# SPDX-License-Identifier: Apache-2.0
"""Whom the feeder of a network camera reaches.

Looked at are its one connection as the kernel lists it, and what its user is refused.
"""

import ipaddress
import socket
import subprocess
import sys
from pathlib import Path

from privacy_audit.confinement.status import CheckedProcess, CheckResult
from privacy_audit.release.byte_accounting import TcpConnection, connections
from privacy_audit.target.box import is_root

NOBODY_UID = 65_498
"""A user of no process here: the control."""
HEARD_WITHIN_S = 0.3
_KINDS = ("tcp", "udp")
_KNOCK = """
import os, socket, sys
kind, uid, host, port = sys.argv[1:]
os.setgroups([])
os.setgid(int(uid))
os.setuid(int(uid))
way = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
with socket.socket(socket.AF_INET, way) as knocking:
    knocking.settimeout(2)
    knocking.connect((host, int(port)))
    knocking.send(b"knock")
"""


def only_peer(subject: CheckedProcess) -> CheckResult:
    """Check that there is one connection, to the camera, and that its user reaches nobody else.

    Another program of the feeder's user must be heard nowhere on this machine.

    Whether it was heard is told by who listens. The same program of another user is the control.
    """
    if not is_root():
        why = "only root sees its connection, and can knock as its user; run the audit as root"
        return CheckResult(unproven=why)
    ours, theirs = (Path(f"/proc/{who}/ns/net") for who in ("thread-self", subject.pid))
    if ours.readlink() != theirs.readlink():
        return CheckResult(
            unproven="the audit stands in another network than the box; run it where the box runs"
        )
    uid, camera = int(subject.threads[0]["Uid"].split()[0]), subject.box.config.camera
    wanted = (str(camera.host), camera.port)
    reached = [_peer(one) for one in connections(subject.pid)]
    faults = [
        f"is connected to {host} port {port}" for host, port in reached if (host, port) != wanted
    ]
    if len(reached) != 1:
        faults.append(f"holds {len(reached)} connections, wanted the one to its camera")
    faults += [
        f"its user reaches a port of this machine over {kind}"
        for kind in _KINDS
        if _is_heard(kind, uid)
    ]
    controls = sum(_is_heard(kind, NOBODY_UID) for kind in _KINDS)
    if controls < len(_KINDS):
        why = "" if faults else "the control was not heard either: something else refuses it"
        return CheckResult(tuple(faults), unproven=why)
    figures = (
        f"connected to {wanted[0]} port {wanted[1]} and to nobody else; its user is not heard on "
        "this machine, another is"
    )
    return CheckResult(tuple(faults), figures, attacks=len(_KINDS), controls=controls)


def _peer(connection: TcpConnection) -> tuple[str, int]:
    raw, port = connection.there
    return str(ipaddress.ip_address(raw[:4] if connection.family == socket.AF_INET else raw)), port


def _is_heard(kind: str, uid: int) -> bool:
    """Let a program of this user knock at a port of ours; say whether it was heard there."""
    with socket.socket(
        socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    ) as door:
        door.bind(("127.0.0.1", 0))
        if kind == "tcp":
            door.listen(1)
        host, port = door.getsockname()
        # It becomes the user when it has loaded what it needs: the folder of this Python may be
        # closed to others.
        command = [sys.executable, "-I", "-S", "-c", _KNOCK, kind, str(uid), host, str(port)]
        subprocess.run(command, cwd=("/"), capture_output=True, check=False)  # noqa: S603 - our own words
        door.settimeout(HEARD_WITHIN_S)
        try:
            door.accept()[0].close() if kind == "tcp" else door.recv(len(b"knock"))
        except TimeoutError:
            return False
        return True
