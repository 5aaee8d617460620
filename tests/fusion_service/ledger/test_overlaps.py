# SPDX-License-Identifier: Apache-2.0
from fusion_service.ledger.overlaps import Shared, overlaps_of, superseded_of


def shared(new: int, other: int, start_s: int = 0, *, replay: bool = False) -> Shared:
    return Shared(
        new, other, start_s, is_one_boot=other % 2 == 0, is_replay=replay, both_count=True
    )


def test_an_overlap_is_told_by_the_one_of_before_that_began_last() -> None:
    found = [shared(9, 4, 60), shared(9, 5, 120), shared(9, 10, 180), shared(10, 9, 0)]
    assert overlaps_of(found) == {9: "other boot", 10: "other boot"}
    assert overlaps_of([shared(9, 10)]) == {}


def test_of_each_two_replays_the_one_committed_first_is_superseded() -> None:
    found = [shared(7, 8, replay=True), shared(8, 7, replay=True), shared(8, 3, replay=True)]
    assert superseded_of(found) == {3, 7}
    assert superseded_of([shared(7, 8)]) == set()
    assert superseded_of([shared(7, 8, replay=True)._replace(both_count=False)]) == set()
