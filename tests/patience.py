# SPDX-License-Identifier: Apache-2.0
"""How long a test may wait for what takes a moment, on a machine that does much else besides."""

import os


def patient(seconds: float) -> float:
    """Return a bar of wall time, longer by the load on each processor."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
