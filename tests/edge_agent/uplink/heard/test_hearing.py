# SPDX-License-Identifier: Apache-2.0
"""Which word of a centre is believed: a table, and what two centres come to."""

import pytest

from development.fakes.messages import STREAM
from edge_agent.store.heard import Heard
from edge_agent.uplink.heard.hearing import ALTERNATE_S, STEP_BACK_S, Hearing
from wire_contract.messages.acknowledgement import Acknowledgement, AcknowledgementV1, Answer

A, B, C = (f"{one}a3c7f2e-0d1b-4c6a-8e9f-1b2c3d4e5f60" for one in "123")
MARK = 300


def said(store: str, upto: int, held: int = 0) -> Acknowledgement:
    return Acknowledgement(2, STREAM, upto, 0, None, store, max(upto, held))


def old(upto: int) -> AcknowledgementV1:
    return AcknowledgementV1(1, STREAM, upto, 0)


def after(begun: Heard, *answers: tuple[float, Answer] | tuple[float, Answer, str]) -> Hearing:
    """Return what is believed after answers, each with its time; kept: by the broker."""
    hearing = Hearing(begun)
    for now_s, answer, *kept in answers:
        hearing = hearing.after(answer, mark=MARK, now_s=now_s, retained=bool(kept))
    return hearing


LEVEL = Heard(A)


@pytest.mark.parametrize(
    ("begun", "answers", "upto"),
    [
        (LEVEL, [(0, said(A, 310))], None),  # as every day
        (LEVEL, [(0, said(B, 50))], 50),  # another store: at once
        (LEVEL, [(0, said(B, 50), "kept")], 50),  # also where it spoke before we came
        (LEVEL, [(0, said(A, 50))], None),  # the same store: not at its first word
        (LEVEL, [(0, said(A, 50)), (STEP_BACK_S - 0.1, said(A, 51))], None),  # nor too soon after
        (LEVEL, [(0, said(A, 50)), (STEP_BACK_S, said(A, 51))], 51),  # but when it says so again
        (
            LEVEL,
            [(0, said(A, 50)), (1, said(A, 301)), (5, said(A, 50))],
            None,
        ),  # what lies between takes it back
        (
            LEVEL,
            [(0, said(A, 50), "kept"), (5, said(A, 50), "kept")],
            None,
        ),  # a word that was kept is no second word
        (
            Heard(),
            [(0, said(A, 50))],
            None,
        ),  # of an earlier release nobody knows which store it was
        (Heard(), [(0, said(A, 50)), (3, said(A, 50))], 50),
        (
            LEVEL,
            [(0, said(B, 50)), (1, said(A, 300), "kept")],
            50,
        ),  # the store before, as the broker kept it
        (LEVEL, [(0, said(B, 50)), (1, said(C, 20))], 20),  # lost again
        (
            LEVEL,
            [(0, said(B, 50)), (1, said(B, 82)), (2, said(B, 300))],
            None,
        ),  # and all is there again
        (LEVEL, [(0, said(B, 50)), (1, said(B, 40)), (2, said(B, 40))], 50),
        (
            LEVEL,
            [(0, said(B, 50)), (1, said(B, 40)), (4, said(B, 40))],
            40,
        ),  # a copy was put back while it sent again
        (LEVEL, [(0, old(50))], None),  # a centre of version 1 names no store: twice
        (LEVEL, [(0, old(50)), (3, old(50))], 50),
    ],
)
def test_a_step_back_is_believed_by_the_stated_rule(
    begun: Heard, answers: list[tuple[float, Answer]], upto: int | None
) -> None:
    assert after(begun, *answers).heard.upto == upto


def test_what_is_held_above_the_gap_is_kept_with_the_word() -> None:
    assert after(LEVEL, (0, said(B, 50, 311))).heard == Heard(B, 50, 311)
    assert after(LEVEL, (0, said(B, 50, 311)), (1, said(B, 320))).heard == Heard(B)


def test_a_centre_of_version_1_that_steps_back_is_known_as_one() -> None:
    assert after(LEVEL, (0, old(50)), (3, old(60))).heard == Heard("", 60, 60)
    assert after(LEVEL, (0, old(50)), (3, old(60)), (4, said(B, 70))).heard == Heard(B, 70, 70)


def test_of_two_centres_the_one_that_holds_more_is_believed_and_both_are_named() -> None:
    turns = [
        (0, said(B, 5)),
        (1, said(A, 301)),
        (2, said(B, 6)),
        (3, said(A, 302)),
        (4, said(B, 7)),
    ]
    hearing = after(LEVEL, *turns)
    assert hearing.heard == Heard(A)
    assert hearing.alternates(5)
    assert {hearing.heard.store, hearing.other} == {A, B}
    assert not hearing.alternates(5 + ALTERNATE_S)


def test_when_one_of_two_centres_is_ended_the_other_is_believed_after_a_while() -> None:
    turns = [(0, said(B, 5)), (1, said(A, 301)), (2, said(B, 6)), (3 + ALTERNATE_S, said(B, 7))]
    assert after(LEVEL, *turns).heard == Heard(B, 7, 7)


def test_the_lower_of_two_centres_takes_over_once_it_holds_more() -> None:
    turns = [(0, said(B, 5)), (1, said(A, 300)), (2, said(B, 6)), (3, said(B, 301))]
    assert after(LEVEL, *turns).heard == Heard(B)


def test_of_two_centres_the_one_that_holds_more_is_believed_though_entries_are_missing_in_it() -> (
    None
):
    # What the other acknowledged while the connection was its own is not here, and comes again.
    turns = [(0, said(B, 300)), (1, said(A, 1, 350)), (2, said(B, 300, 310))]
    assert after(LEVEL, *turns).heard == Heard(A, 1, 350)
