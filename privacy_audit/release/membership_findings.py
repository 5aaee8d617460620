# SPDX-License-Identifier: Apache-2.0
"""Findings of membership inference: can one person's presence be told from what is released?"""

from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.timing import too_slow

PART = "guessing"


def unproven_in_time(name: str, subject: str, what: str) -> Finding:
    """Return the finding of what time alone has kept from being seen."""
    return too_slow(PART, name, Mechanism.NOISE_KEY, subject, what)


def finding_of(name: str, subject: str, verdict: Verdict, detail: str) -> Finding:
    """Return a finding.

    A guess is a measurement, not an attempt that something refused: nothing counts as refused.
    """
    return Finding(PART, name, Mechanism.NOISE_KEY, subject, verdict, detail)
