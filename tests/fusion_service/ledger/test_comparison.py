# SPDX-License-Identifier: Apache-2.0
import pytest

from fusion_service.ledger.comparison import against_our_tree, on_arrival
from fusion_service.ledger.status import CheckpointVerdict as Verdict

A, B, C = bytes(32), b"b" * 32, b"c" * 32


@pytest.mark.parametrize(
    ("kept", "wanted"),
    [
        ([], Verdict.PENDING),  # the first of its stream
        ([(4, B, Verdict.AGREES)], Verdict.PENDING),  # of another size
        ([(5, A, Verdict.AGREES)], None),  # the same again
        ([(5, B, Verdict.AGREES)], Verdict.FORK),  # another root of the same size
        ([(5, B, Verdict.AGREES), (3, C, Verdict.FORK)], None),  # one fork is enough
        ([(3, C, Verdict.FORK)], Verdict.PENDING),  # a fork elsewhere hides nothing new
    ],
)
def test_a_checkpoint_is_new_or_a_fork_by_those_that_are_kept(
    kept: list[tuple[int, bytes, Verdict]], wanted: Verdict | None
) -> None:
    assert on_arrival(kept, 5, A) is wanted


def test_what_differs_below_what_agreed_contradicts_the_box_itself() -> None:
    assert against_our_tree(5, A, A, agreed=0) is Verdict.AGREES
    assert against_our_tree(5, A, B, agreed=4) is Verdict.DIFFERS
    assert against_our_tree(5, A, B, agreed=5) is Verdict.FORK
