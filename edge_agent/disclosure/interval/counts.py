# SPDX-License-Identifier: Apache-2.0
"""Put released numbers and their intervals together to a line's or a zone's count.

Only released numbers come in here, and what is said of the window as a whole.
"""

from collections.abc import Mapping

from edge_agent.disclosure.interval.interval import Calibration, Ends, Quantity, interval
from wire_contract.messages.report import ImageQuality, LineCount, Rule, RuleName, ZoneCount
from wire_contract.quality import Validity, validity


class ReleasedCounts:
    """Make counts with intervals under one rule; calibrations by line id."""

    def __init__(self, rule: Rule, calibrations: Mapping[str, Calibration]) -> None:
        self._rule = rule
        self._calibrations = calibrations

    def line(
        self,
        name: str,
        released: tuple[int | None, int | None],
        *,
        count_max: int,
        quality: ImageQuality,
    ) -> LineCount:
        """Return a line's count; released: in, out."""
        entered, left = released
        calibration = self._calibrations.get(name)
        in_ends = self._ends(entered, Quantity.LINE, quality, count_max, calibration)
        out_ends = self._ends(left, Quantity.LINE, quality, count_max, calibration)
        return LineCount(name, entered, left, *in_ends, *out_ends)

    def zone(
        self,
        name: str,
        released: tuple[int | None, int | None],
        classes: tuple[int, int],
        *,
        count_max: int,
        quality: ImageQuality,
    ) -> ZoneCount:
        """Return a zone's count; released: mean, peak; classes: speed, standing."""
        mean, peak = released
        mean_ends = self._ends(mean, Quantity.MEAN, quality, count_max)
        peak_ends = self._ends(peak, Quantity.PEAK, quality, count_max)
        return ZoneCount(name, mean, peak, *classes, *mean_ends, *peak_ends)

    def _ends(
        self,
        released: int | None,
        quantity: Quantity,
        quality: ImageQuality,
        count_max: int,
        calibration: Calibration | None = None,
    ) -> Ends:
        # A class that was drawn at random would widen or narrow the interval for no reason.
        is_exact = self._rule.name is RuleName.EXACT
        return interval(
            released,
            quantity,
            self._rule,
            difficulty=quality.difficulty if is_exact else 0,
            at_least=validity(quality.code, quality.observed) is Validity.AT_LEAST,
            count_max=count_max,
            calibration=calibration,
        )
