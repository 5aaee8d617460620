# SPDX-License-Identifier: Apache-2.0
"""How fast a backlog may drain: a token bucket. Pure."""


class RateLimit:
    """At most `burst` at once, and `rate_hz` a second over time.

    Rule: what is not allowed now is asked for again later.
    """

    def __init__(self, *, rate_hz: float, burst: int) -> None:
        self._rate_hz, self._burst = rate_hz, burst
        self._tokens = float(burst)
        self._filled_s: float | None = None

    def allow(self, wanted: int, now_s: float) -> int:
        """Return how many of `wanted` may go at `now_s` (monotonic), and count them as gone.

        >>> limit = RateLimit(rate_hz=10.0, burst=5)
        >>> limit.allow(8, 100.0), limit.allow(8, 100.2), limit.allow(8, 100.2)
        (5, 2, 0)
        """
        if self._filled_s is not None:
            self._tokens = min(
                float(self._burst), self._tokens + max(0.0, now_s - self._filled_s) * self._rate_hz
            )
        self._filled_s = now_s
        allowed = min(wanted, int(self._tokens))
        self._tokens -= allowed
        return allowed
