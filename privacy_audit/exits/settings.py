# SPDX-License-Identifier: Apache-2.0
"""What the audit hands to its trial of the exit classes, and the trial to the twin.

Plain values on a descriptor.
"""

from dataclasses import dataclass

from edge_agent.process_settings import SensorSettings
from privacy_audit.exits.attacks.resources import Means


@dataclass(frozen=True, slots=True)
class Numbers:
    """The descriptors that the running sensor's filter names.

    film_fd: its file or feed, None with a camera device.

    go_fd: where it heard the word to begin, closed since. sense_fds: what it may read besides. The
    last three are unknown, -1 or none, where the filter cannot be read.
    """

    channel_fd: int
    camera_fd: int | None
    film_fd: int | None
    go_fd: int
    sense_fds: tuple[int, ...]

    @property
    def reads(self) -> tuple[int, ...]:
        """What may be read, in the order of the sensor's policy."""
        return (*(() if self.film_fd is None else (self.film_fd,)), self.go_fd, *self.sense_fds)


@dataclass(frozen=True, slots=True)
class TwinSettings:
    """What the twin needs besides a sensor's settings.

    These are its means, and the numbers that its descriptors have in production.
    """

    sensor: SensorSettings
    means: Means
    numbers: Numbers
    frames: int


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """What to try.

    plan: a descriptor with the plan of the twin's place, as the supervisor makes it.
    """

    folder: str
    plan: int
    sensor: SensorSettings
    numbers: Numbers
    frames: int
    owner: int
    only: tuple[str, ...]
    """Names of exit classes; none for all."""
