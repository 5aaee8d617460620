# SPDX-License-Identifier: Apache-2.0
"""Guess from the code `unfamiliar` whether one person was there.

The attacker knows everybody else, and everybody else is chosen so that the one person matters the
most: just so many people half seen that one more tips the judgement of the hour. The box's own
judge decides, with noise from a seed, so that every audit sees the same hours.
"""

import math
import random

from edge_agent.counting.familiarity.evidence import LOOKS_MAX, Evidence
from edge_agent.counting.familiarity.judge import CLEAR_OF_NOISE, EPSILON, HOUR_S, DetectorJudge
from privacy_audit.finding import Finding, Verdict
from privacy_audit.oracles.binomial import interval
from privacy_audit.release.membership_findings import finding_of

SEED = 20_261_130
HOURS = 4_000
CONFIDENCE, MARGIN = 0.999, 0.06
CROWD = round(CLEAR_OF_NOISE / EPSILON) - 1
"""So many half seen, and one more reaches the bound where there is no noise."""
_SUBJECT = "the sensor's own judge, in the audit"


def look() -> list[Finding]:
    """Mark the attacker on hours with the noise, and as a control without it."""
    rng = random.Random(SEED)  # noqa: S311 - seeded, so that every audit sees the same hours
    right = sum(_is_right(rng, noisy=True) for _ in range(HOURS))
    control = sum(_is_right(rng, noisy=False) for _ in range(HOURS)) / HOURS
    low, high = interval(right, HOURS, confidence=CONFIDENCE)
    allowed = 1.0 / (1.0 + math.exp(-EPSILON))
    detail = (
        f"{HOURS:,} hours, half of them with one person more: an attacker who knows all others is "
        f"right in {right / HOURS:.3f} (99.9 % interval {low:.3f} to {high:.3f}); epsilon "
        f"{EPSILON:g} allows {allowed:.3f}; without the noise they are right in {control:.3f}"
    )
    verdict = Verdict.TWIN
    if low > allowed:
        verdict = Verdict.FELL
    elif high > allowed + MARGIN or control < 1.0:
        verdict = Verdict.UNPROVEN
    return [finding_of("the code unfamiliar", _SUBJECT, verdict, detail)]


def _is_right(rng: random.Random, *, noisy: bool) -> bool:
    """Let an hour pass with the person or without, and guess that they were there where it is said.

    That is the best guess: the code is likelier with them, whatever the noise.
    """
    present = rng.random() < 0.5  # noqa: PLR2004 - a fair coin
    judge = DetectorJudge(rng.random if noisy else lambda: 0.0)
    judge.observe_evidence(Evidence(half_seen=LOOKS_MAX * (CROWD + present)), 0.0)
    judge.close_window(HOUR_S, well_seen=True)
    return judge.unfamiliar == present
