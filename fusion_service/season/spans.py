# SPDX-License-Identifier: Apache-2.0
"""Spans of time in which something held, and which of them belong together. Pure.

A span is of unix seconds, its end not within it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fusion_service.registry.site import Level

AHEAD_S = 3_600
"""A level may stand so long before its crowd: a proposal looks no further ahead."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A zone's level from a moment on. by_forecast: of a proposal, whether what comes asked for it.

    expected_s: when the crowd was expected, where anybody expected one.
    """

    at_s: int
    level: Level
    by_forecast: bool = False
    expected_s: int | None = None


def spells(changes: Sequence[Change], level: Level, within: Span) -> list[Span]:
    """Return when a zone stood at a level or above; changes by time. Cut off at both ends."""
    begins, ends = within
    found: list[Span] = []
    since: int | None = None
    for one in changes:
        if one.level >= level and since is None:
            since = one.at_s
        elif one.level < level and since is not None:
            found.append((since, one.at_s))
            since = None
    if since is not None:
        found.append((since, ends))
    cut = ((max(first, begins), min(last, ends)) for first, last in found)
    return [(first, last) for first, last in cut if first < last]


def first_reaching(spans: Sequence[Span], episode: Span) -> Span | None:
    """Return the first span that stands while an episode does, whether it began before or after."""
    return next((one for one in spans if one[0] < episode[1] and one[1] > episode[0]), None)


def comes_within(episodes: Iterable[Span], span: Span, *, ahead_s: int = AHEAD_S) -> bool:
    """Say whether an episode falls into a span, or begins soon after it."""
    return any(first < span[1] + ahead_s and last > span[0] for first, last in episodes)


def length_s(spans: Iterable[Span]) -> int:
    """Return how long spans are together."""
    return sum(last - first for first, last in spans)
