# SPDX-License-Identifier: Apache-2.0
"""Judge a checkpoint: by those of its stream that are kept, and by our own tree. Pure."""

from collections.abc import Iterable

from fusion_service.ledger.status import CheckpointVerdict

CHECKPOINTS_WAITING_MAX = 65
"""Checkpoints of one stream that cover more than we hold: one for each entry that a box lets wait
(64), and one."""


def on_arrival(
    kept: Iterable[tuple[int, bytes, CheckpointVerdict]], size: int, root: bytes
) -> CheckpointVerdict | None:
    """Say what a checkpoint is when it comes: pending, or a fork; None where it says nothing new.

    kept: size, root and verdict of those of its stream that are there. One fork is enough.
    """
    rows = list(kept)
    same_size = [row for row in rows if row[0] == size]
    if any(row[1] == root for row in same_size):
        return None
    if not same_size:
        return CheckpointVerdict.PENDING
    forked = any(row[2] is CheckpointVerdict.FORK for row in rows)
    return None if forked else CheckpointVerdict.FORK


def against_our_tree(size: int, root: bytes, ours: bytes, *, agreed: int) -> CheckpointVerdict:
    """Judge a checkpoint by our own root over as many entries.

    agreed: the largest size at which a checkpoint of the stream agreed. What differs below it
    contradicts what the box signed itself.
    """
    if ours == root:
        return CheckpointVerdict.AGREES
    return CheckpointVerdict.FORK if size <= agreed else CheckpointVerdict.DIFFERS
