# SPDX-License-Identifier: Apache-2.0
"""How long to wait before trying again: longer each time, and every such wait of a box.

At random where a fleet would come back at once.
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


RECONNECT = Backoff(base_s=2.0, max_s=8.0)
"""To the broker, at random. Short enough that what waits is sent within ten seconds of a broker's
return; a fleet comes over seconds."""
RESEND = Backoff(base_s=10.0, max_s=300.0)
"""Of a report on which the centre is silent."""
ASK_AGAIN = Backoff(base_s=60.0, max_s=900.0)
"""How often a box that holds asks whether the centre can use now what it could not."""
TRY_BROKER = Backoff(base_s=300.0, max_s=3600.0)
"""Of another broker, after a trial that failed."""
RESTART = Backoff(base_s=1.0, max_s=60.0)
"""Of a process of the box that has ended."""
