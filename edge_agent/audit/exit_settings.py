# SPDX-License-Identifier: Apache-2.0
"""What the audit hands to its trial of the exit classes, and the trial to the twin: plain values on a descriptor."""

from dataclasses import dataclass

from edge_agent.audit.attacks.grip import Means
from edge_agent.handover import SensorSettings


@dataclass(frozen=True, slots=True)
class TwinSettings:
    """What the twin needs besides a sensor's settings: its means, and the number that the channel has in production."""

    sensor: SensorSettings
    means: Means
    channel_fd: int
    camera_fd: int | None
    frames: int


@dataclass(frozen=True, slots=True)
class TrialSettings:
    """What to try. plan is a descriptor with the plan of the twin's place, as the supervisor makes it."""

    folder: str
    plan: int
    sensor: SensorSettings
    channel_fd: int
    camera_fd: int | None
    frames: int
    owner: int
    only: tuple[str, ...]
    """Names of exit classes; none for all."""
