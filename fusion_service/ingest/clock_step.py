# SPDX-License-Identifier: Apache-2.0
"""Notice that the centre's own clock was behind, and is set ahead once a time server has answered.

Known by the monotonic clock, which nobody sets. One that is wrong for a whole run shows nowhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

STEP_MS = 60_000
"""A step that is smaller moves no report over the hour that its box's clock may be ahead."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What came from `since_ms` to `until_ms`, by the wrong clock, came `ahead_ms` later."""

    since_ms: int
    until_ms: int
    ahead_ms: int


class ClockStep:
    """Looks at both clocks each time that it is asked."""

    def __init__(self, now_ms: Callable[[], int], monotonic_ms: Callable[[], int]) -> None:
        self._now_ms, self._monotonic_ms = now_ms, monotonic_ms
        self._since_ms = now_ms()
        self._offset_ms = self._since_ms - monotonic_ms()
        self._behind: Behind | None = None

    def behind(self) -> Behind | None:
        """Return the step ahead that is not dealt with yet, if there is one."""
        now_ms = self._now_ms()
        ahead_ms = now_ms - self._monotonic_ms() - self._offset_ms
        if abs(ahead_ms) >= STEP_MS:
            if ahead_ms > 0:
                self._behind = Behind(self._since_ms, now_ms - ahead_ms, ahead_ms)
            self._since_ms, self._offset_ms = now_ms, self._offset_ms + ahead_ms
        return self._behind

    def done(self) -> None:
        """All that came before the step has been judged again."""
        self._behind = None
