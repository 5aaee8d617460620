# SPDX-License-Identifier: Apache-2.0
"""A column whose values are said ahead and said anew, each time with when that became known.

A weather forecast of Sunday is another one on Friday than on Wednesday. A target's row reads the
newest of what its own origin knew, so a model learns how far such a forecast can be trusted so long
ahead, and nothing that was put right afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers, Panel

HOURS = 24
DAY_HOURS_MIN = 12
"""Hours of a day that must be known for its mean."""
_APART = 1 << 32


@dataclass(frozen=True, slots=True)
class Revised:
    """What a feed said of each hour, (R,) revisions in the order of `hour` and then of `known`.

    hour: the step at which the hour begins that a value is of. known: the first origin that knows
    it, the step in which it became known. missing: (T,), whether at an origin all of it was too
    old, and so unknown. Yields the value of the target's hour, and the mean of the target's day.
    """

    name: str
    hour: Integers
    known: Integers
    amounts: Floats
    missing: NDArray[np.bool_]

    def read(
        self,
        panel: Panel,
        ratio: Floats,  # noqa: ARG002 - as of every column
        targets: Integers,
        horizons: Integers,
    ) -> Iterator[tuple[str, Floats]]:
        """Yield what the origins knew of the targets' hours and of their days."""
        origins = targets - horizons
        begin = targets - (targets + panel.offset) % panel.hour
        yield f"{self.name}.hour", self._known_at(begin, origins)[:, None]
        midnight = targets - panel.time_of_day(targets)
        each = [self._known_at(midnight + one * panel.hour, origins) for one in range(HOURS)]
        yield f"{self.name}.day", _mean(np.stack(each))[:, None]

    def cut(self, first: int, end: int) -> "Revised":
        """Return the revisions of steps from the day of `first` on that became known before `end`.

        That day's hours before `first` stay, below 0, for its mean.
        """
        chosen = self.known < end
        return replace(
            self,
            hour=self.hour[chosen] - first,
            known=np.maximum(self.known[chosen] - first, 0),
            amounts=self.amounts[chosen],
            missing=self.missing[first:end],
        )

    def scrambled(self, origin: int, rng: np.random.Generator) -> "Revised":
        """Return it with other amounts of all that became known after `origin`."""
        later = self.known > origin
        other = self.amounts + later * rng.normal(50.0, 10.0, self.amounts.shape)
        missing = self.missing.copy()
        missing[origin + 1 :] = ~missing[origin + 1 :]
        return replace(self, amounts=other.astype(np.float32), missing=missing)

    def _known_at(self, hours: Integers, origins: Integers) -> Floats:
        """Return the newest that each origin knew of each hour, (N,); NaN where it knew nothing."""
        if not len(self.hour):
            return np.full(len(hours), np.nan, dtype=np.float32)
        order = self.hour * _APART + self.known
        place = np.searchsorted(order, hours * _APART + np.maximum(origins, 0), side="right") - 1
        found = np.maximum(place, 0)
        is_known = (place >= 0) & (self.hour[found] == hours) & (origins >= 0)
        is_known &= ~self.missing[np.clip(origins, 0, len(self.missing) - 1)]
        return np.where(is_known, self.amounts[found], np.nan).astype(np.float32)


def revised(
    name: str,
    said: tuple[Integers, Integers, Floats],
    missing: NDArray[np.bool_],
) -> Revised:
    """Put what was said, (hour, known, amount) in any order, into the order that is read.

    Of what was said twice by one origin of one hour the last stands. What is from before the first
    step is known to every origin.
    """
    hour, known, amounts = said
    known = np.maximum(known, 0)
    order = np.lexsort((np.arange(len(hour)), known, hour))
    hour, known, amounts = hour[order], known[order], amounts[order]
    last = np.ones(len(hour), dtype=np.bool_)
    last[:-1] = (hour[1:] != hour[:-1]) | (known[1:] != known[:-1])
    return Revised(name, hour[last], known[last], amounts[last], missing)


def _mean(hours: Floats) -> Floats:
    known = np.isfinite(hours)
    number = known.sum(axis=0)
    total = np.where(known, hours, 0.0).sum(axis=0)
    return np.asarray(
        np.where(number >= DAY_HOURS_MIN, total / np.maximum(number, 1), np.nan), dtype=np.float32
    )
