# SPDX-License-Identifier: Apache-2.0
"""A town of network namespaces: a box, its camera, and a stranger, each with a cable to the box.

Made as root, gone at the end.

Inside `with Town() as town` this thread, and every process it starts, stands at the box; `at` says
how to start one elsewhere. Version 6 of the protocol is switched off on the cables, so that nothing
speaks there by itself and every byte counts.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Self

from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.kernel.namespaces import NEW_NETWORK

BOX_TO_CAMERA, CAMERA = "10.77.0.1", "10.77.0.2"
BOX_TO_STRANGER, STRANGER = "10.78.0.1", "10.78.0.2"
SINK = Path(__file__).with_name("sink.py")
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def missing() -> str | None:
    """Say what this machine lacks for a town, None where nothing."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    lacks = [name for name in ("ip", "nft") if shutil.which(name, path=_PATH) is None]
    return f"{', '.join(lacks)} missing: apt-get install iproute2 nftables" if lacks else None


class Town:
    """Three namespaces and two cables."""

    def __init__(self) -> None:
        self._names = {
            place: f"pc-{os.getpid()}-{place}" for place in ("box", "camera", "stranger")
        }
        self._before = -1

    def __enter__(self) -> Self:
        for name in self._names.values():
            ip("netns", "add", name)
        for place, here, there in (
            ("camera", BOX_TO_CAMERA, CAMERA),
            ("stranger", BOX_TO_STRANGER, STRANGER),
        ):
            box, other = self._names["box"], self._names[place]
            ip(
                "-n",
                box,
                "link",
                "add",
                place,
                "type",
                "veth",
                "peer",
                "name",
                "box",
                "netns",
                other,
            )
            for name, device, address in ((box, place, here), (other, "box", there)):
                sysctl = f"/proc/sys/net/ipv6/conf/{device}/disable_ipv6"
                ip("netns", "exec", name, "sh", "-c", f"echo 1 > {sysctl}")
                ip("-n", name, "address", "add", f"{address}/24", "dev", device)
                ip("-n", name, "link", "set", device, "up")
                ip("-n", name, "link", "set", "lo", "up")
        self._before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        with Path(f"/run/netns/{self._names['box']}").open() as namespace:
            Kernel().call("setns", namespace.fileno(), NEW_NETWORK)
        return self

    def __exit__(self, *_: object) -> None:
        Kernel().call("setns", self._before, NEW_NETWORK)
        os.close(self._before)
        for name in self._names.values():
            ip("netns", "delete", name)

    def at(self, place: str) -> list[str]:
        """Return what a command begins with so that it runs at `place`."""
        return [str(shutil.which("ip", path=_PATH)), "netns", "exec", self._names[place]]

    def sent_bytes(self, place: str) -> int:
        """Return how many bytes the box has sent to `place`, as the kernel counts them."""
        rows = Path("/proc/thread-self/net/dev").read_text().splitlines()
        return next(
            int(row.split(":")[1].split()[8]) for row in rows if row.strip().startswith(f"{place}:")
        )


def ip(*arguments: str) -> None:
    subprocess.run(
        [str(shutil.which("ip", path=_PATH)), *arguments],
        check=True,
        capture_output=True,
        timeout=30,
    )


class Listener:
    """A sink at a place of the town, from `with` to the call of `heard`."""

    def __init__(self, town: Town, place: str, host: str, *ports: int) -> None:
        command = [
            *(town.at(place) if place != "box" else ()),
            sys.executable,
            "-I",
            SINK,
            host,
            *map(str, ports),
        ]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def heard(self) -> dict[str, int]:
        """End it, and return what it counted."""
        out, _ = self._process.communicate(timeout=30)
        return dict(json.loads(out))


def nft(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run nft at the box."""
    program = str(shutil.which("nft", path=_PATH))
    return subprocess.run(
        [program, *arguments], input=text, capture_output=True, text=True, check=False, timeout=30
    )
