# SPDX-License-Identifier: Apache-2.0
"""What every feed is: how often it is asked, the asking, and whose its values are."""

from collections.abc import Callable
from dataclasses import dataclass

from fusion_service.store.context import ContextValue, Quantity

VALUES_MAX = 5_000
"""In one answer: a week of hours of six quantities at four places."""
REMARKS_MAX = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a feed says now.

    fresh_s: UTC, as of when its source stands; None where nothing is new and nothing confirms what
    was said before. remarks: what in it was of no use, for people. is_all: it holds all that its
    source says of the time to come, so that what it said before and says no more is withdrawn.
    is_same: its source says again all that it said the last time.
    """

    values: tuple[ContextValue, ...]
    fresh_s: int | None
    remarks: tuple[str, ...] = ()
    is_all: bool = False
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whose the values are: what must be said wherever they are shown, and under which licence."""

    source: str
    licence: str
    attribution: str
    documentation: str


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: what it is, how often it is asked, and the asking.

    name: its own in fusion.toml. stale_after_s: how long what it said is good without anything new.
    gives: what it may say. ask: asks its source once, at a time (UTC, s); raises FeedError.
    end: cuts that off, by any thread; nothing is asked any more.
    """

    name: str
    kind: str
    provenance: Provenance
    every_s: int
    stale_after_s: int
    gives: tuple[Quantity, ...]
    ask: Callable[[int], Answer]
    end: Callable[[], None]
