# SPDX-License-Identifier: Apache-2.0
"""Mosquitto on a loopback port: plain, or exactly as firmware_configs/broker ships it.

A port stays the same over restarts, so that clients find it again.
"""

import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from development.testbed.identities import Identities
from development.testbed.program import (
    HOST,
    Program,
    StageError,
    find_program,
    free_port,
    listens,
    until,
)

SHIPPED = Path(__file__).resolve().parents[2] / "firmware_configs" / "broker"
LISTENER = "listener 8883\n"
RUNNING, RELOADING = " running\n", "Reloading config"


class Mosquitto:
    """One mosquitto with a config file that stands already."""

    def __init__(self, config: Path, log: Path, port: int) -> None:
        self.host, self.port = HOST, port
        self.program = Program([find_program("mosquitto"), "-c", config], log)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """All that it said."""
        return self.program.words()

    def start(self) -> None:
        """Start it, and return once it listens."""
        self.program.start()
        self.program.wait_until(lambda: listens(self.port))

    def stop(self) -> None:
        """End it as a service manager would; one with persistence saves first."""
        self.program.stop()

    def kill(self) -> None:
        """End it without a chance to save anything."""
        self.program.kill()

    def restart(self) -> None:
        """Stop it and start it on the same port."""
        self.stop()
        self.start()


class PlainBroker(Mosquitto):
    """A broker that lets everybody in.

    `persistence` keeps sessions and retained messages over a stop; a kill loses them, as a real one
    does. `lines` go into the config file as they are, for example the certificates of a TLS
    listener.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        persistence: bool = False,
        lines: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        port = port or free_port()
        settings = [
            f"listener {port} {HOST}",
            "allow_anonymous true",
            "max_queued_messages 0",  # the default drops what an absent subscriber should have
            f"persistence {'true' if persistence else 'false'}",
            f"persistence_location {folder}/",
            "log_dest stderr",
        ]
        if os.geteuid() == 0:
            settings.append("user root")  # another one could not read this folder
        config = folder / "mosquitto.conf"
        config.write_text("\n".join([*settings, *lines]) + "\n", "utf-8")
        super().__init__(config, folder / "mosquitto.log", port)


class ShippedBroker(Mosquitto):
    """A broker with the shipped config and access list: placeholders and address are filled in.

    Started by root it gives root up, as in the field, and so its folder, which goes with it, is
    apart and belongs to its own user.
    """

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self.folder = Path(tempfile.mkdtemp(prefix="people-count-broker-"))
        port = free_port()
        identities.broker(self.folder)
        text = (SHIPPED / "mosquitto.conf").read_text("utf-8")
        if text.count(LISTENER) != 1:
            raise StageError(f"{SHIPPED}/mosquitto.conf: wanted one line {LISTENER.strip()!r}")
        text = text.replace("@DIRECTORY@", str(self.folder)).replace("@STATE@", str(self.folder))
        text = text.replace(LISTENER, f"listener {port} {HOST}\n")
        (self.folder / "mosquitto.conf").write_text(text, "utf-8")
        shutil.copy(SHIPPED / "acl", self.folder / "acl")
        self._own()
        super().__init__(self.folder / "mosquitto.conf", self.folder / "log", port)

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.remove()

    def remove(self) -> None:
        """Remove its folder, once it is stopped."""
        shutil.rmtree(self.folder)

    def forget(self) -> None:
        """Take away, while it is stopped, what it keeps of sessions and retained messages."""
        (self.folder / "mosquitto.db").unlink(missing_ok=True)

    @property
    def pid_file(self) -> Path:
        """Where it writes its process id."""
        return self.folder / "mosquitto.pid"

    def start(self) -> None:
        """Start it, and return once it says that it runs."""
        starts = self.log.count(RUNNING)
        self.program.start()
        self.program.wait_until(lambda: self.log.count(RUNNING) > starts)

    def reload(self) -> None:
        """Tell it to read its files again, and wait until it has."""
        before = self.log.count(RELOADING)
        self.program.send_signal(signal.SIGHUP)
        until(lambda: self.log.count(RELOADING) > before, "the broker to read its files again")

    def copy_revocation_list(self) -> None:
        """Give it the authority's list of what was revoked."""
        shutil.copy(self._identities.ca / "crl.pem", self.folder / "crl.pem")
        self._own()

    def _own(self) -> None:
        if os.geteuid() == 0:
            user = pwd.getpwnam("mosquitto")
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)
