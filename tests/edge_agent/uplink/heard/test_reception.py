# SPDX-License-Identifier: Apache-2.0
from development.fakes.acknowledger import STORE
from development.fakes.messages import STREAM
from edge_agent.uplink.heard.reception import REJECTED_MAX, Reception
from wire_contract.messages.acknowledgement import Acknowledgement, AcknowledgementV1


def old(upto: int, rejected: int) -> AcknowledgementV1:
    return AcknowledgementV1(1, STREAM, upto, rejected)


def new(upto: int, rejected: int, stream: str = STREAM) -> Acknowledgement:
    return Acknowledgement(2, stream, upto, rejected, None, STORE, upto)


def after(*answers: tuple[Acknowledgement | AcknowledgementV1, int]) -> Reception:
    reception = Reception()
    for answer, covered in answers:
        reception = reception.heard(answer, covered=covered)
    return reception


def test_an_answer_in_version_1_to_what_is_newer_is_its_rejection_whatever_it_says() -> None:
    found = after((old(5, 0), 0), (old(8, 3), 3), (old(13, 8), 5))
    assert (found.rejected, found.holds, found.room) == (8, True, 0)
    assert found.words is not None
    assert "version 1 of the wire only" in found.words
    assert "replay-dead-letters" in found.words


def test_what_was_signed_in_version_1_before_an_upgrade_says_nothing_of_what_follows() -> None:
    assert after((old(40, 0), 0), (old(64, 0), 0)).room == REJECTED_MAX
    # Twenty of version 1 between them are committed, and still these are eight that could not be
    # used.
    assert after((old(44, 4), 4), (old(68, 8), 4)).holds


def test_an_answer_in_version_2_ends_the_wait_at_once() -> None:
    found = after((old(8, 8), 8), (new(8, 8), 0))
    assert (found.rejected, found.holds, found.words, found.unread) == (0, False, None, False)


def test_a_centre_that_reads_and_still_rejects_all_is_held_back_from_too() -> None:
    found = after((new(10, 2), 0), (new(18, 10), 0))
    assert found.holds
    assert found.words is not None
    assert "fusion-service store dead-letters says why" in found.words


def test_rejections_in_any_order_are_counted_together_and_one_commit_ends_the_row() -> None:
    newest_first = [(new(0, 0), 0), (new(0, 1), 0), (new(1, 2), 0), (new(6, 7), 0), (new(8, 8), 0)]
    assert after(*newest_first).rejected == 8
    assert after(*newest_first, (new(10, 9), 0)).rejected == 0  # one of the last two was committed


def test_replayed_dead_letters_and_another_ledger_begin_the_count_anew() -> None:
    assert after((new(0, 0), 0), (new(8, 8), 0), (new(8, 0), 0)).rejected == 0
    assert after((new(0, 0), 0), (new(8, 8), 0), (new(1, 0, STORE), 0)).rejected == 0
