# SPDX-License-Identifier: Apache-2.0
"""A real broker for tests: mosquitto as a child process on a loopback port of its own."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

START_WAIT_S = 60.0
STOP_WAIT_S = 60.0
PORTS = range(12_000, 32_000)


class Broker:
    """One mosquitto. Its port stays the same over restarts, so that clients find it again.

    `persistence` keeps sessions and retained messages over a stop; a kill loses them, as a real one
    does. `lines` go into the config file as they are, for example the certificates of a TLS
    listener.
    """

    def __init__(
        self, folder: Path, *, persistence: bool = False, lines: Sequence[str] = ()
    ) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self._folder = folder
        self._config = folder / "mosquitto.conf"
        self._log = folder / "mosquitto.log"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._config.write_text("\n".join(self._settings(lines, persistence=persistence)) + "\n")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and return once it listens."""
        program = shutil.which(
            "mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
        )
        assert program is not None, "these tests need mosquitto: apt install mosquitto"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(self._config)], stdout=log, stderr=log
            )
        deadline_s = time.monotonic() + START_WAIT_S
        while not self._listens():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline_s, self._log.read_text()
            time.sleep(0.01)

    def stop(self) -> None:
        """End it as a service manager would; with `persistence` it saves first.

        Does nothing where it does not run.
        """
        if self._process is not None:
            self._process.terminate()
            self._process.wait(STOP_WAIT_S)
            self._process = None

    def kill(self) -> None:
        """End it without a chance to save anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_WAIT_S)
            self._process = None

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1.0)
            return probe.connect_ex((self.host, self.port)) == 0

    def _settings(self, lines: Sequence[str], *, persistence: bool) -> list[str]:
        settings = [
            f"listener {self.port} {self.host}",
            "allow_anonymous true",
            "max_queued_messages 0",  # the default drops what an absent subscriber should have
            f"persistence {'true' if persistence else 'false'}",
            f"persistence_location {self._folder}/",
            "log_dest stderr",
        ]
        if os.geteuid() == 0:
            settings.append(
                "user root"
            )  # mosquitto would change to a user that cannot read the test's folder
        return [*settings, *lines]


def free_port() -> int:
    """Return a loopback port that nothing listens on now, below those that the kernel hands to whoever calls out.

    A port of the kernel's own choice may go to the next connection of another test before its
    server has bound it.
    """
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
