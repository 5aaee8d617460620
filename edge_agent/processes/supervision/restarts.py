# SPDX-License-Identifier: Apache-2.0
"""How long to wait before a process of the box is started again.

Longer each time, and shorter again for time that went well.

Pure: times come in as arguments.
"""

from collections import deque

from edge_agent.backoff import RESTART

DOUBLINGS_MAX = 6
"""After so many the longest wait is reached."""
GOOD_S = 10.0
"""So long at work takes back one doubling: a good minute takes back all, and what ends every ten
seconds keeps its short wait."""
RESTARTS_MAX = 10
"""Restarts of one process within RESTARTS_WITHIN_S; beyond it the box gives up and says why. A lost
camera is exempt."""
RESTARTS_WITHIN_S = 600.0


class Restarts:
    """The history of one process: how often it has ended, and how well it went in between."""

    def __init__(self, ended: tuple[float, ...] = (), doublings: int = 0) -> None:
        """ended: when it ended (monotonic), oldest first; doublings: of the wait, so far."""
        self._ended: deque[float] = deque(ended, maxlen=RESTARTS_MAX)
        self._doublings = doublings

    @property
    def history(self) -> tuple[tuple[float, ...], int]:
        """Return what another one would be made of that goes on from here."""
        return tuple(self._ended), self._doublings

    def too_often(self, now_s: float) -> bool:
        """Say whether an end at now_s (monotonic) is one too many."""
        return len(self._ended) == RESTARTS_MAX and now_s - self._ended[0] < RESTARTS_WITHIN_S

    def count(self, now_s: float) -> None:
        """Count an end that speaks against the process."""
        self._ended.append(now_s)

    def wait_s(self, good_s: float) -> float:
        """Return how long to wait after an end.

        Good_s is how long the process was at work before it, seconds.
        """
        self._doublings = max(0, self._doublings - int(good_s // GOOD_S))
        wait_s = RESTART.ceiling_s(self._doublings)
        self._doublings = min(self._doublings + 1, DOUBLINGS_MAX)
        return wait_s
