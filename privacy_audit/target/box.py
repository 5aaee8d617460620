# SPDX-License-Identifier: Apache-2.0
"""The box that is looked at, running, and what the audit has beside it.

Every part gets this and nothing else.

Rule: it is the same for all parts, which may look at it side by side; a part that must break
something breaks a thing of its own.
"""

import json
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_agent.config.schema import Config
from edge_agent.confinement.appearance import word
from edge_agent.confinement.kernel.seccomp_programs import read_filters
from edge_agent.confinement.tables.policy import Role
from privacy_audit.target.named_config import NamedConfig
from privacy_audit.timing import Wait

if TYPE_CHECKING:
    from privacy_audit.outside.tap import Tap

MESSAGES_MAX = 100_000
"""A capture ends here and says so: hours of a box at its shortest windows, and at most 600 MB."""


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """One MQTT message as the broker delivered it.

    received_s is monotonic. retained: it was kept from before we listened.
    """

    topic: str
    payload: bytes
    qos: int
    retained: bool
    received_s: float


class BrokerCapture:
    """Every message that the audit's observer was delivered since before the box started.

    Safe for threads.
    """

    def __init__(self) -> None:
        self._messages: list[DeliveredMessage] = []
        self._grown = threading.Condition()
        self.overflowed = False
        """More than MESSAGES_MAX came; what is here is then not all."""

    def append_message(self, message: DeliveredMessage) -> None:
        """Keep one more."""
        with self._grown:
            if len(self._messages) < MESSAGES_MAX:
                self._messages.append(message)
            else:
                self.overflowed = True
            self._grown.notify_all()

    def messages(self) -> tuple[DeliveredMessage, ...]:
        """Return what has come so far, in order."""
        with self._grown:
            return tuple(self._messages)

    def wait_for(
        self, holds: Callable[[tuple[DeliveredMessage, ...]], bool], *, within_s: float
    ) -> bool:
        """Wait until what has come makes `holds` true; say whether it did in time."""
        with self._grown:
            return self._grown.wait_for(lambda: holds(tuple(self._messages)), within_s)


@dataclass(frozen=True, slots=True)
class Access:
    """How to come in at the broker.

    Loopback, TLS 1.3, the observer's own certificate, which may hear all and say nothing.
    """

    host: str
    port: int
    ca_file: Path
    certificate_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class Marker:
    """The picture that stands in every frame of the synthetic clip.

    Height x width x 3 bytes, BGR, rows from the top.
    """

    bgr: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class AuditCentre:
    """A fusion-service of the audit's own. url: http://127.0.0.1:PORT."""

    url: str
    key_file: Path

    def ask(self, path: str) -> dict[str, Any]:
        """Ask its API by the key of its machine. Raises OSError or ValueError."""
        key = self.key_file.read_text("ascii").strip()
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.url}{path}", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            told: dict[str, Any] = json.load(answer)
            return told


@dataclass(frozen=True, slots=True)
class AuditedBox:
    """The box that is looked at, running, and what the audit has beside it.

    started: the audit started it, with a broker, a centre and a synthetic clip of its own; False:
    it was running already, and then the audit has no capture, no centre, no clip and no log of it.
    pids: the running production processes as this process numbers them; none where one was down at
    the moment of looking.
    """

    config_path: Path
    settings: tuple[str, ...]
    """KEY=VALUE, as they were laid over the file; `config` has them in it."""
    config: Config
    folder: Path
    """The audit's own work folder, mode 0700, removed at its end. Parts make folders of their own
    in it."""
    supervisor_pid: int
    pids: Mapping[Role, int]
    filters: Mapping[Role, Mapping[int, tuple[bytes, ...]] | None]
    """The seccomp programs of every thread, oldest first, by thread; None where the kernel or our
    rights do not show them.

    Dumped once, before any part looks: a thread can be stopped by one part only."""
    started: bool
    log: Path | None
    """What the box wrote to stdout and stderr."""
    broker: Access | None
    capture: BrokerCapture | None
    centre: AuditCentre | None
    """A fusion-service that has this box enrolled."""
    clip: Path | None
    marker: Marker | None
    tap: "Tap | None" = None
    """Who stands between the box and its broker and keeps every byte that the box says there."""
    named: NamedConfig | None = None
    """The config that was given, None where the box is the audit's own."""


def processes_of(supervisor_pid: int) -> dict[Role, int]:
    """Return the process ids of sensor, gate and uplink that a supervisor runs at this moment."""
    found, roles = {}, {word(role): role for role in Role}
    children = (
        Path(f"/proc/{supervisor_pid}/task/{supervisor_pid}/children").read_text("ascii").split()
    )
    for child in children:
        try:
            name = Path(f"/proc/{child}/comm").read_text("utf-8", "replace").rstrip("\n")
        except OSError:
            continue
        if name in roles:
            found[roles[name]] = int(child)
    return found


def filters_of(pids: Mapping[Role, int]) -> dict[Role, Mapping[int, tuple[bytes, ...]] | None]:
    """Dump the programs of every thread of these processes; one that ends meanwhile has none."""
    found: dict[Role, Mapping[int, tuple[bytes, ...]] | None] = {}
    for role, pid in pids.items():
        try:
            found[role] = read_filters(pid)
        except OSError:
            found[role] = None
    return found


def until(holds: Callable[[], bool], *, within_s: float, every_s: float = 0.05) -> bool:
    """Wait until something holds; say whether it did within so many seconds of an idle machine."""
    wait = Wait(within_s)
    while not holds():
        if wait.over():
            return False
        time.sleep(every_s)
    return True


def is_root() -> bool:
    """Say whether the audit may see and do all that it needs to prove everything."""
    return os.geteuid() == 0
