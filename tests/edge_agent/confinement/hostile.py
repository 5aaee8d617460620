# SPDX-License-Identifier: Apache-2.0
"""A process of a network camera's box that has gone bad and wants to get bytes out.

Usage: hostile.py feeder|sensor WALL TARGETS SECONDS. TARGETS is JSON, a list of [host, port]; the
first is the camera. WALL is `open`: nothing holds it; `user`: a feeder with its user only, so that
the firewall stands alone; `place`: a sensor in its own namespaces and view, without its filter;
`locked`: the sensor's filter too, every KILL made an EPERM so that it can try everything. Says a
JSON object, what it tried to how many bytes it got rid of as far as it can tell, where it can still
say anything; its exit code is 1 where that is more than none.
"""

import contextlib
import json
import os
import socket
import sys
import time

from edge_agent.confinement.enter import Plan, enter
from edge_agent.confinement.kernel.bpf import compile_policy
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import User
from edge_agent.confinement.kernel.seccomp import install
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role, stage_a, stage_b, twin

CHUNK = b"pixels" * 10_000
CONNECT_S = 1.0


def connect(host: str, port: int, seconds: float) -> int:
    """Open a connection and push, again and again, until the time is over.

    Return the bytes that the kernel took.
    """
    until_s, sent = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        with contextlib.suppress(OSError), socket.socket() as one:
            one.settimeout(CONNECT_S)
            one.connect((host, port))
            one.settimeout(0.2)
            again_s = min(until_s, time.monotonic() + seconds / 3)
            while time.monotonic() < again_s:
                with contextlib.suppress(TimeoutError):
                    sent += one.send(CHUNK)
        time.sleep(0.05)
    return sent


def throw(host: str, port: int) -> int:
    """Send datagrams; return the bytes that the kernel took."""
    sent = 0
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for _ in range(100):
            with contextlib.suppress(PermissionError):
                sent += one.sendto(CHUNK[:1400], (host, port))
    return sent


def others() -> int:
    """Try the families that need no address of the town."""
    sent = 0
    for family, kind, protocol in (
        (1, 2, 0),
        (16, 3, 0),
        (17, 3, 3),
        (17, 2, 3),
        (2, 3, 255),
        (10, 2, 0),
        (40, 1, 0),
        (38, 5, 0),
    ):
        with contextlib.suppress(OSError), socket.socket(family, kind, protocol) as one:
            if family == socket.AF_PACKET:
                for _, device in socket.if_nameindex():
                    sent += one.sendto(CHUNK[:1400], (device, 0x0800, 0, 0, b"\xff" * 6))
    return sent


def wall_off(role: str, wall: str) -> None:
    if wall == "user":
        os.setgroups([])
        os.setresgid(visible_files.FEEDER_UID, visible_files.FEEDER_UID, visible_files.FEEDER_UID)
        os.setresuid(visible_files.FEEDER_UID, visible_files.FEEDER_UID, visible_files.FEEDER_UID)
    if wall in {"place", "locked"}:
        user = User(visible_files.SENSOR_UID, visible_files.SENSOR_UID)
        enter(
            Plan(
                view=visible_files.sensor_view(reads=(), camera_device=None),
                user=user,
                network=False,
                umask=0o077,
            )
        )
    if wall == "locked":
        assert role == "sensor"
        kernel = Kernel()
        for policy in (stage_a(Role.SENSOR), stage_b(Role.SENSOR, channel_fd=1)):
            install(kernel, compile_policy(twin(policy), kernel.machine))


def main(role: str, wall: str, targets: list[tuple[str, int]], seconds: float) -> None:
    # What a name look-up or a message would load later is loaded now, so that nothing fails for
    # want of a file.
    "localhost".encode("idna")
    wall_off(role, wall)
    found = {f"tcp {host} {port}": connect(host, port, seconds) for host, port in targets}
    found |= {f"udp {host} {port}": throw(host, port) for host, port in targets}
    found["others"] = others()
    if wall != "locked":
        sys.stdout.write(json.dumps(found))
        sys.stdout.flush()
    os._exit(1 if any(found.values()) else 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), float(sys.argv[4]))
