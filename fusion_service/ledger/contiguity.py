# SPDX-License-Identifier: Apache-2.0
"""How far a stream is complete. Pure."""

from collections.abc import Iterable


def contiguous(upto: int, above: Iterable[int]) -> int:
    """Return the highest n such that everything from 1 to n is disposed of.

    `upto` is that n so far; `above` are the disposed sequences beyond it, rising. Reading stops at
    the first gap.
    """
    for sequence in above:
        if sequence != upto + 1:
            break
        upto = sequence
    return upto
