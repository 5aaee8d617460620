# SPDX-License-Identifier: Apache-2.0
"""Judge over hours whether the detector misses so many people that counts are lower bounds.

The evidence of an hour is one number: people half seen or unseen, less a twelfth of the people
seen, where a track is at most one person. Noise is added to it once (two-sided geometric, after
Dwork and Roth 2014, definition 3.3), and everything else is made of such noisy numbers.

**What one person moves.** A track gives at most LOOKS_MAX looks in all its life, each at most one
person / LOOKS_MAX, so with it or without it the numbers of all hours together differ by at most one
person. The judgement of all hours is therefore EPSILON-differentially private for what a track
gives: it adds EPSILON once to what a passage spends, however long the box runs, and no hysteresis
or memory adds to it, because they are made of the noisy numbers alone. Not bounded is what somebody
does to the looks of others: whom they hide, the height that is expected of others, and a window
that they make too crowded to count here. Nor is a person who is lost and found again: they are
several tracks.

Until the evidence of the hours since the last judgement, at most a day of them, is clear of the
noise, the judgement stays. A box that starts anew knows nothing: its windows say `fine`, and their
intervals are those of scenes nobody calibrated on.
"""

import math
from collections.abc import Callable

from edge_agent.counting.familiarity.evidence import LOOKS_MAX, Evidence

HOUR_S = 3600.0
SEEN_EACH = 12
"""One half seen for so many seen is where a count falls short by about a quarter: a thirteenth of
all. Three detectors that count seven tenths of the people and more have 0 to 7 % half seen, before
trees and cars too, and where they count less they have 9 % and more. Five cases of 52 are
otherwise, three of them blind: docs/adr/0031-a-detector-that-knows-the-scene.md."""
EPSILON = 0.2
"""What a track spends on all judgements together."""
CLEAR_OF_NOISE = 10.0
"""So many times the noise's scale, and more by the root of the hours, is clear of it: an hour
without people says so once in 44,000."""
HOURS_MAX = 24
"""Evidence that is not clear after a day is forgotten."""
UNITS = SEEN_EACH * LOOKS_MAX
"""One person, in whole numbers: a look half seen or unseen is SEEN_EACH of these, and one seen
takes 1."""

Draw = Callable[[], float]
"""Draws evenly from 0 to 1, without 1, and nobody outside can tell what comes."""


class DetectorJudge:
    """Add up evidence, and judge at the end of each hour of the box's own run.

    unfamiliar is what the hours so far say of the detector here; False until they say something.
    """

    def __init__(self, draw: Draw) -> None:
        """Take the noise from `draw`."""
        self._draw = draw
        self._window_units = self._hour_units = 0
        self._hour_began_s: float | None = None
        self._units, self._hours = 0, 0
        self.unfamiliar = False

    def observe_evidence(self, evidence: Evidence, now_s: float) -> None:
        """Add the evidence of one frame, captured at `now_s` (never falling), to the window's."""
        if self._hour_began_s is None:
            self._hour_began_s = now_s
        missed = evidence.half_seen + evidence.unseen
        self._window_units += SEEN_EACH * missed - evidence.seen

    def close_window(self, now_s: float, *, well_seen: bool) -> None:
        """Let the window that ends at `now_s` count, where it was well seen.

        In the dark, in rain or in a crowd something else is at fault, and is said.
        """
        if well_seen:
            self._hour_units += self._window_units
        self._window_units = 0
        if self._hour_began_s is not None and now_s - self._hour_began_s >= HOUR_S:
            self._close_hour()
            self._hour_began_s = now_s

    def _close_hour(self) -> None:
        """Add the noisy number of the hour to those before, and judge where it is clear."""
        self._units += self._hour_units + noise_units(self._draw)
        self._hours, self._hour_units = self._hours + 1, 0
        clear = CLEAR_OF_NOISE * UNITS / EPSILON * self._hours**0.5
        if abs(self._units) >= clear:
            self.unfamiliar = self._units > 0
        if abs(self._units) >= clear or self._hours >= HOURS_MAX:
            self._units, self._hours = 0, 0


def noise_units(draw: Draw) -> int:
    """Draw from the two-sided geometric law P(x) ~ exp(-EPSILON |x| / UNITS).

    It is the difference of two geometric numbers. Only on which side of a bound a sum lies leaves
    the box, so the last bits of a float say nothing.
    """
    first, second = (math.floor(math.log1p(-draw()) * -UNITS / EPSILON) for _ in range(2))
    return first - second
