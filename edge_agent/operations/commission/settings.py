# SPDX-License-Identifier: Apache-2.0
"""What the two processes of a session get: plain values on an inherited descriptor."""

from dataclasses import dataclass

from edge_agent.process_settings import SensorSettings


@dataclass(frozen=True, slots=True)
class SurveyorSettings:
    """What the surveyor needs: all that a sensor does, and when it ends by itself (monotonic)."""

    sensor: SensorSettings
    until_s: float


@dataclass(frozen=True, slots=True)
class PageSettings:
    """What the page needs. token: the path that only who reads the terminal knows."""

    listening_fd: int
    ask_fd: int
    answer_fd: int
    certificate_path: str
    key_path: str
    token: str
    until_s: float
