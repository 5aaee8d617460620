# SPDX-License-Identifier: Apache-2.0
import pytest

from fusion_service.ledger.gaps import Gap
from fusion_service.ledger.lost import GO_ON_AFTER_MS, Why, anchors_of, may_pass, reasons_of
from wire_contract.merkle import EMPTY

GAP = Gap(4, 9, 6, 1)


@pytest.mark.parametrize(
    ("acknowledged", "wanted"),
    [
        (0, [(4, 9, Why.WITHHELD)]),  # nothing shows that a centre had any
        (3, [(4, 9, Why.WITHHELD)]),  # shown up to just before
        (9, [(4, 9, Why.ACKNOWLEDGED)]),  # all of it
        (6, [(4, 6, Why.ACKNOWLEDGED), (7, 9, Why.WITHHELD)]),  # a part: told as two
    ],
)
def test_a_loss_is_ours_only_as_far_as_something_shows_it(
    acknowledged: int, wanted: list[tuple[int, int, Why]]
) -> None:
    found = list(reasons_of([GAP], is_restored=False, acknowledged=acknowledged))
    assert [(gap.first, gap.last, why) for gap, why in found] == wanted
    assert sum(gap.missing for gap, _ in found) == GAP.missing


def test_after_a_restore_everything_is_ours_and_a_gap_with_holes_is_not_parted() -> None:
    assert list(reasons_of([GAP], is_restored=True, acknowledged=0)) == [(GAP, Why.RESTORED)]
    holes = Gap(4, 9, 3, 1)
    assert list(reasons_of([holes], is_restored=False, acknowledged=6)) == [(holes, Why.WITHHELD)]


@pytest.mark.parametrize(
    ("last", "age_ms", "wanted"),
    [
        (5, GO_ON_AFTER_MS, True),  # acknowledged, and old
        (5, GO_ON_AFTER_MS - 1, False),  # may still be under way
        (6, GO_ON_AFTER_MS, False),  # beyond what was acknowledged
        (5, -1, True),  # our clock was set back
    ],
)
def test_a_gap_is_passed_where_it_was_acknowledged_and_is_not_young(
    last: int, age_ms: int, *, wanted: bool
) -> None:
    assert may_pass(last, acknowledged=5, age_ms=age_ms) is wanted


def test_anchors_are_the_subtrees_that_end_behind_a_place() -> None:
    tree, _ = EMPTY.grown(bytes([number]) * 32 for number in range(7))
    ends = [(end, level) for end, level, _ in anchors_of(tree, after=0)]
    assert ends == [(4, 2), (6, 1), (7, 0)]
    assert [end for end, _, _ in anchors_of(tree, after=4)] == [6, 7]
    assert [one for _, _, one in anchors_of(tree, after=0)] == list(tree.hashes)
