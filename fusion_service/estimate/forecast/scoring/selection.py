# SPDX-License-Identifier: Apache-2.0
"""Whether a new model goes live: only where it was better than the old one on the last weeks."""

from dataclasses import dataclass

from fusion_service.estimate.forecast.inputs.panel import Floats, Integers
from fusion_service.estimate.forecast.scoring.score import Ratio, mae_ratio

WORSE_MAX = 1.02
"""The upper end of the interval: what wins by chance on few days does not go live."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether the new model goes live, and the ratio of its MAE to the old one's."""

    is_new: bool
    ratio: Ratio


def choose(counts: Floats, new: Floats, old: Floats, days: Integers) -> Choice:
    """Compare medians of both, (N, S), on targets that neither was fitted to; days: (N,)."""
    ratio = mae_ratio(counts, new, old, days)
    return Choice(ratio.ratio < 1.0 and ratio.high <= WORSE_MAX, ratio)
