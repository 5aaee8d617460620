# SPDX-License-Identifier: Apache-2.0
"""Read moments. One without a time zone is no moment: which hour it means nobody knows. Pure."""

from datetime import datetime

UNIX_MS_FROM = 10**11
"""Seconds are below this until the year 5138, milliseconds above it since 1973."""
UNIX_S_MAX = 4_102_444_800
"""The year 2100."""


def instant_s(text: object) -> int | None:
    """Return UTC seconds of ISO 8601 with a time zone; None for anything else."""
    if not isinstance(text, str) or len(text) > 40:  # noqa: PLR2004 - no moment is as long
        return None
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else _in_range(int(moment.timestamp()))
    except (ValueError, OverflowError):
        return None


def unix_s(amount: float | None) -> int | None:
    """Return UTC seconds of a number of seconds or milliseconds; None where it is neither."""
    if amount is None:
        return None
    return _in_range(int(amount / 1000 if amount >= UNIX_MS_FROM else amount))


def _in_range(at_s: int) -> int | None:
    return at_s if 0 < at_s < UNIX_S_MAX else None
