# SPDX-License-Identifier: Apache-2.0
"""The feeder of a network camera, the pipe from it to the sensor, and the firewall around it."""

import fcntl
import logging
import os

from edge_agent.config.schema import Config
from edge_agent.confinement.firewall import Firewall, Peer
from edge_agent.confinement.kernel import namespaces
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.processes.launch import feeder_place, feeder_settings
from edge_agent.processes.supervision.child import Child

FEED_PIPE_BYTES = 1_048_576
"""As large as any user's pipe may be: fewer turns between feeder and sensor for each frame."""
FIREWALL_LOOK_S = 5.0
"""How often the feeder's firewall is looked at while it runs."""
log = logging.getLogger("edge_agent.processes.supervision.supervisor")


class Feed:
    """A feeder and what belongs to it.

    Each feeder has a pipe of its own, and each pipe one reader: where either end goes, the other
    ends as for a lost camera, and both are started anew.
    """

    def __init__(self, config: Config) -> None:
        if not namespaces.may_separate():
            raise ProcessError(
                "feeder: a network camera needs root: its process gets a user, namespaces and a "
                "firewall of its own"
            )
        self._config = config
        self._firewall = Firewall(
            Peer(str(config.camera.host), int(config.camera.port or 0)),
            uid=visible_files.FEEDER_UID,
        )
        self._look_at_s = 0.0
        self._fresh = False
        self.child = Child(Role.FEEDER)
        self.reading_fd: int | None = None

    def start(self) -> None:
        """Lay the firewall and start the feeder with a new pipe.

        Raises ProcessError where the firewall cannot be laid.
        """
        self.forget()
        self._firewall.lay()
        self.reading_fd, writing_fd = os.pipe()
        fcntl.fcntl(writing_fd, fcntl.F_SETPIPE_SZ, FEED_PIPE_BYTES)
        place = feeder_place(self._config, feed_fd=writing_fd, firewall=self._firewall)
        self.child.start(feeder_settings(self._config, feed_fd=writing_fd), place, writing_fd)
        os.close(writing_fd)
        self._fresh = True

    def is_fresh(self) -> bool:
        """Say whether a measured feeder waits for its sensor."""
        return self._fresh and self.child.admitted and self.child.ended() is None

    def handed(self) -> tuple[int, ...]:
        """Return the pipe's reading end, for the one process that gets it."""
        return () if self.reading_fd is None else (self.reading_fd,)

    def forget(self) -> None:
        """Close our own reading end, so that the feeder sees it when its sensor goes."""
        self._fresh = False
        if self.reading_fd is not None:
            os.close(self.reading_fd)
            self.reading_fd = None

    def look(self, now_s: float) -> None:
        """Look now and then whether the firewall still stands.

        Without it the feeder is ended, and started behind a new one.
        """
        if now_s < self._look_at_s or self.child.process is None or self.child.ended() is not None:
            return
        self._look_at_s = now_s + FIREWALL_LOOK_S
        if not self._firewall.holds():
            log.error(
                "feeder: its firewall is not as it was laid; the feeder is stopped, and started "
                "behind a new one"
            )
            self.child.process.kill()

    def stop(self) -> None:
        """End the feeder, and only then take its firewall away."""
        self.child.stop()
        self.child.process, self.child.start_at_s = None, None
        self.forget()
        if self._firewall.is_laid:
            self._firewall.remove()
