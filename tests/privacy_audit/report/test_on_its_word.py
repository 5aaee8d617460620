# SPDX-License-Identifier: Apache-2.0
"""Who says what the audit goes by."""

from privacy_audit.parts import PARTS
from privacy_audit.report.on_its_word import EVIDENCE, TAKEN_ON_ITS_WORD


def test_every_part_says_who_its_witness_is() -> None:
    assert {one.part for one in EVIDENCE} == {part.name for part in PARTS}


def test_what_is_taken_on_a_word_says_whose_and_what_would_show_it() -> None:
    assert [one for one in TAKEN_ON_ITS_WORD if not (one.whose and one.why and one.shown_by)] == []
    assert len({one.what for one in TAKEN_ON_ITS_WORD}) == len(TAKEN_ON_ITS_WORD)
