# SPDX-License-Identifier: Apache-2.0
"""Why entries of a stream count as lost for good, and when a gap may be passed. Pure.

Rule: that a loss is ours is said only where something shows it: a restore on record that the stream
has not been level since, or an acknowledgement beyond what is here. Else the box withholds.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from fusion_service.ledger.gaps import Gap
from wire_contract.merkle import Frontier

GO_ON_AFTER_MS = 5_000
"""How old a gap must be before it counts as never to come: what is under way comes out of order."""


class Why(StrEnum):
    """Why entries are counted as lost."""

    RESTORED = "the store was restored"
    ACKNOWLEDGED = "acknowledged before"
    """The broker kept an acknowledgement that goes beyond what this store holds."""
    BY_HAND = "gone on by hand"
    WITHHELD = "withheld by the box"
    """Nothing shows that a centre ever had them. Honest boxes purge what was acknowledged."""


def reasons_of(
    gaps: Iterable[Gap], *, is_restored: bool, acknowledged: int
) -> Iterator[tuple[Gap, Why]]:
    """Say why each gap is lost; one that is acknowledged in part is told as two.

    is_restored: the store was put back, and the stream has not been level since. acknowledged: how
    far the broker shows the stream to have been; 0 where it shows nothing.
    """
    for gap in gaps:
        if is_restored:
            yield gap, Why.RESTORED
        elif gap.last <= acknowledged or gap.first > acknowledged or not gap.whole:
            yield gap, Why.ACKNOWLEDGED if gap.last <= acknowledged else Why.WITHHELD
        else:
            first, last, since_ms = gap.first, gap.last, gap.since_ms
            known = acknowledged - first + 1
            yield Gap(first, acknowledged, known, since_ms), Why.ACKNOWLEDGED
            yield Gap(acknowledged + 1, last, last - acknowledged, since_ms), Why.WITHHELD


def may_pass(last: int, *, acknowledged: int, age_ms: int) -> bool:
    """Say whether a gap up to `last` may be passed: acknowledged, and not young.

    age_ms may be negative, where our clock was set back: then it is old.
    """
    return last <= acknowledged and not 0 <= age_ms < GO_ON_AFTER_MS


def anchors_of(tree: Frontier, *, after: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield end, level and hash of the subtrees of a frontier that end behind `after`.

    No entry of ours can give them: they end in a run that has never come.
    """
    end = 0
    for one in tree.hashes:
        level = (tree.size - end).bit_length() - 1
        end += 1 << level
        if end > after:
            yield end, level, one
