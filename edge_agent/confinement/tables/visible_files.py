# SPDX-License-Identifier: Apache-2.0
"""What of the machine each process gets to see.

The interpreter and its libraries, and what its role is about.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from edge_agent.confinement.kernel.namespaces import View, existing

THERMAL = "/sys/class/thermal/thermal_zone0/temp"
"""Where the board says how warm it is."""
SENSOR_UID, GATE_UID, UPLINK_UID, FEEDER_UID = 65101, 65102, 65103, 65104
SURVEYOR_UID, PAGE_UID = 65105, 65106
"""The users of the processes: numbers without an entry anywhere, in the range that Debian's policy
keeps free."""
OUTBOX_GID = 65110
"""The group that gate and uplink share: it owns the outbox, and nothing else."""

_LIBRARIES = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/possible",
)
_PROCESSORS = "/sys/devices/system/cpu"
"""What the inference library asks of the processors. It counts their rests too, by which others
would see the sensor at work: so nobody else has it."""
_DEVICES = ("/dev/null", "/dev/urandom")
_RESOLVER = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
)
_OF_ITSELF = ("stat", "status", "smaps", "fd")
"""What a lock reads of its own process in /proc. Who sees counts or speaks sees no more of it: what
else stands there counts what the process that sees pictures does."""
_OPENSSL = ("/etc/ssl/openssl.cnf", "/usr/lib/ssl")


def software() -> tuple[str, ...]:
    """Return what any of the processes needs to run at all: Python, its packages, the C libraries.

    Never the rest of a clone.
    """
    packages = Path(__file__).resolve().parents[3]
    ours = (str(packages / "edge_agent"), str(packages / "wire_contract"))
    return existing((sys.base_prefix, sys.prefix, sys.executable, *ours, *_LIBRARIES))


def sensor_view(*, reads: Iterable[str], camera_device: str | None, is_live: bool = False) -> View:
    """Return the view of a process that sees pixels: nothing in it can be written.

    With a live camera it may feel the heat.
    """
    devices = (*_DEVICES, camera_device) if camera_device else _DEVICES
    heat = existing((THERMAL,)) if is_live else ()
    # onnxruntime chooses its code by /proc/cpuinfo, before the lock; after it a sensor opens
    # nothing.
    return View(
        readable=(*software(), *existing((_PROCESSORS, *reads)), *heat),
        devices=existing(devices),
        machine=True,
    )


def feeder_view(*, credentials: Iterable[str]) -> View:
    """Return the view of the process that holds a network camera's stream.

    It sees its credentials, and can write nothing.
    """
    return View(readable=software(), secrets=existing(credentials), devices=existing(_DEVICES))


def page_view(*, tls: Iterable[str]) -> View:
    """Return the view of the process that shows an installer's page.

    It sees copies of its certificate and key. No store, no camera, no model, nothing to write to.
    """
    return View(
        readable=(*software(), *existing(_OPENSSL)),
        secrets=existing(tls),
        devices=existing(_DEVICES),
        of_itself=_OF_ITSELF,
    )


def gate_view(*, store: str, keys: Iterable[str]) -> View:
    """Return the view of the process that signs.

    It sees its store, with the outbox in it, and copies of its keys.
    """
    return View(
        readable=(*software(), *existing((THERMAL,))),
        writable=(store,),
        secrets=existing(keys),
        devices=existing(_DEVICES),
        of_itself=_OF_ITSELF,
    )


def uplink_view(*, outbox: str, tls: Iterable[str]) -> View:
    """Return the view of the process that talks to the broker.

    It sees the outbox, copies of its TLS files, and what resolves names.
    """
    return View(
        readable=(*software(), *existing((*_RESOLVER, *_OPENSSL))),
        writable=(outbox,),
        secrets=existing(tls),
        devices=existing(_DEVICES),
        of_itself=_OF_ITSELF,
    )
