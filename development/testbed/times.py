# SPDX-License-Identifier: Apache-2.0
"""Read the times of the API."""

from datetime import datetime


def unix_ms(text: str) -> int:
    """Return a time of the API in unix milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1_000)


def unix_s(text: str) -> int:
    """Return a time of the API in unix seconds, of which it has no part."""
    return unix_ms(text) // 1_000
