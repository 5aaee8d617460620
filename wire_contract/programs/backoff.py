# SPDX-License-Identifier: Apache-2.0
"""How long to wait before trying again: longer each time, and at random. The law of both sides.

At random, because a fleet would come back at once, and so would the feeds of a centre.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with full jitter (Brooker 2015).

    >>> Backoff(base_s=1.0, max_s=60.0).ceiling_s(3)
    8.0
    """

    base_s: float
    max_s: float

    def ceiling_s(self, attempt: int) -> float:
        """Return the longest wait after `attempt` failures in a row (0 for the first)."""
        return min(self.max_s, self.base_s * 2.0 ** min(attempt, 32))

    def wait_s(self, attempt: int, random: Random) -> float:
        """Draw a wait between nothing and the ceiling."""
        return random.uniform(0.0, self.ceiling_s(attempt))
