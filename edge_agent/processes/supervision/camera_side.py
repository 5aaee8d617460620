# SPDX-License-Identifier: Apache-2.0
"""What holds the camera: the sensor, behind a feeder at a network camera, and their hours."""

import logging
from collections.abc import Callable
from datetime import datetime

from edge_agent.config.schema import Config
from edge_agent.config.site_rules import may_be_open
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import CameraFault
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.supervision.child import Child
from edge_agent.processes.supervision.feed import Feed

log = logging.getLogger("edge_agent.processes.supervision.supervisor")


class CameraSide:
    """The processes between the camera and the channel, and how the camera stands."""

    def __init__(self, config: Config, child: Callable[[Role], Child]) -> None:
        self._config = config
        self.sensor = child(Role.SENSOR)
        self.feed = Feed(config) if config.camera.source.is_network else None
        self._word: str = CameraState.OPENING
        self._resting: bool | None = None
        """Whether the camera is shut because of the hour; None before the first look."""

    def children(self) -> tuple[Child, ...]:
        """Return the processes in the order of the trip."""
        return (self.sensor,) if self.feed is None else (self.feed.child, self.sensor)

    def turn(self, now_s: float) -> None:
        """Shut the camera outside its stated hours and after its last day, and open it again.

        And look after the feeder's firewall.
        """
        open_now = may_be_open(self._config, datetime.now().astimezone())
        if not open_now and not self._resting:
            log.info("the camera is not to be open now; it is closed until its hours come")
            self.shut()
            self._tell(CameraState.RESTING)
        elif open_now and self._resting is not False:
            if self._resting:
                log.info("the camera's hours have come; it is opened")
            self._open()
        self._resting = not open_now
        if self.feed is not None:
            self.feed.look(now_s)

    def _open(self) -> None:
        """Let start what comes first.

        The feeder where there is one, whose sensor follows once it has been measured.
        """
        self._tell(CameraState.OPENING)
        self.sensor.start_at_s = 0.0
        if self.feed is not None:
            self.feed.child.start_at_s = 0.0

    def shut(self) -> None:
        """End what holds the camera. The sensor says what it has counted before its feed ends."""
        self.sensor.stop()
        self.sensor.process, self.sensor.start_at_s = None, None
        if self.feed is not None:
            self.feed.stop()

    def may_start(self, child: Child) -> bool:
        """Say whether a process may start now.

        A sensor behind a feeder needs a feed that nobody has read from.
        """
        return self.feed is None or child is not self.sensor or self.feed.is_fresh()

    def note_begun(self) -> None:
        """Note that the sensor has been let begin."""
        if self._word != CameraState.OPEN:
            self._tell(CameraState.OPEN)

    def note_end(self, child: Child, code: int) -> None:
        """Say what the end of a process means for the camera.

        Where feeder and sensor end together, the first end says more: the other is only left alone.
        """
        if child not in self.children():
            return
        follows = self._word == CameraState.ENDED or (
            child is self.sensor and self._word != CameraState.OPEN
        )
        if self.feed is None or code != CameraFault.LOST or not follows:
            self._tell(camera_state.word_of(code))

    def forget(self) -> None:
        """Forget how the camera stands: the box ends."""
        camera_state.forget(self._config.store.directory)

    def _tell(self, word: str) -> None:
        self._word = word
        camera_state.tell_now(self._config.store.directory, word, log)
