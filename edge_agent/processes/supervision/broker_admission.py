# SPDX-License-Identifier: Apache-2.0
"""Have what the uplink heard of another broker admitted, while a box runs.

By a process of its own, for each news once.
"""

import contextlib
import logging
import subprocess
import sys

from edge_agent.config.schema import Config
from edge_agent.processes.admit_broker import AdmissionPlaces
from edge_agent.processes.launch import outbox_path
from edge_agent.uplink.broker_files import ADMITTED, SIGNED, stamp

AGAIN_S = 10.0
"""How soon after one admission the next may begin: an uplink that writes on and on starts no more
than that."""
WITHIN_S = 30.0
log = logging.getLogger("edge_agent.processes.supervision.supervisor")


def places_of(config: Config) -> AdmissionPlaces | None:
    """Return what an admission goes by.

    None of a box without a root, which can believe no signature.
    """
    broker = config.broker
    if broker.ca_file is None:
        return None
    outbox, store = str(outbox_path(config).parent), str(config.store.directory)
    return AdmissionPlaces(
        config.site, config.device, store, outbox, str(broker.ca_file), broker.host, broker.port
    )


class BrokerAdmission:
    """Looks whether the uplink has written something down.

    The process that it starts ends by itself.
    """

    def __init__(self, config: Config) -> None:
        self._places = places_of(config)
        self._signed, self._record = (
            outbox_path(config).parent / SIGNED,
            config.store.directory / ADMITTED,
        )
        self._seen = (0, 0, 0)
        self._next_at_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Before the uplink starts: open the firewall for what was admitted before.

        Nothing where nothing ever was.
        """
        if self._places is not None and stamp(self._record) != (0, 0, 0):
            self._seen = stamp(self._signed)
            self._start(self._places)
            self.end()

    def turn(self, now_s: float) -> None:
        """Start an admission where there is news."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        if self._places is None or self._process is not None or now_s < self._next_at_s:
            return
        found = stamp(self._signed)
        if found != self._seen:
            self._seen, self._next_at_s = found, now_s + AGAIN_S
            self._start(self._places)

    def end(self) -> None:
        """Wait for the one that runs."""
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(WITHIN_S)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _start(self, places: AdmissionPlaces) -> None:
        command = [sys.executable, "-I", "-m", "edge_agent.processes.admit_broker", places.text]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own module
        except OSError as error:
            log.warning("a signed config cannot be looked at: %s", error)
