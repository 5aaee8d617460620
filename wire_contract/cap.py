# SPDX-License-Identifier: Apache-2.0
"""Whether a released number is at its cap: one judgement for box and centre, from what both know.

Pure.

A sensor can say no more than `count_max` of the meta. A number that reached it is a lower bound: so
many were counted, and how many more there were nobody knows. It is told by the released number and
never by the exact one, which would say without noise what the noise hides.
"""


def at_the_cap(released: int | None, count_max: int | None, windows: int = 1) -> bool:
    """Say whether a released number has reached the most that its window could say.

    None: the number was withheld, or its cap is not known. windows is how many windows a sum stands
    for: see `windows_of`. A mean and a peak of several windows have the cap of one.
    """
    return released is not None and count_max is not None and released >= count_max * windows


def windows_of(length_s: int, window_s: int) -> int:
    """Return how many windows of window_s a report of length_s stands for; a cut one is one."""
    return max(1, length_s // window_s)
