# SPDX-License-Identifier: Apache-2.0
"""How long to wait before trying again.

Longer each time, at random, so that a fleet does not come back at once.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with full jitter (Brooker 2015).

    >>> Backoff(base_s=1.0, most_s=60.0).ceiling_s(3)
    8.0
    """

    base_s: float
    most_s: float

    def ceiling_s(self, attempt: int) -> float:
        """Return the longest wait after `attempt` failures in a row (0 for the first)."""
        return min(self.most_s, self.base_s * 2.0 ** min(attempt, 32))

    def wait_s(self, attempt: int, random: Random) -> float:
        """Draw a wait between nothing and the ceiling."""
        return random.uniform(0.0, self.ceiling_s(attempt))
