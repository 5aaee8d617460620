# SPDX-License-Identifier: Apache-2.0
"""Exact numbers in files: found in every coding where they are, and not where only others are."""

import random

import pytest

from privacy_audit.finding import Verdict
from privacy_audit.outside.leftovers import CODINGS, Leftovers, follows, judge

POOL = list(range(10_007, 65_000, 37))
RNG = random.Random(3)
RNG.shuffle(POOL)
EXACT = [tuple(POOL[4 * turn : 4 * turn + 4]) for turn in range(100)]


def noise() -> bytes:
    """Bytes such as a database has, with numbers of the same size that nobody told."""
    return RNG.randbytes(200_000) + b" ".join(
        b"%d" % RNG.randrange(10_000, 65_000) for _ in range(2_000)
    )


def verdict(raw: bytes, name: str = "ledger.db-wal") -> Verdict:
    [finding] = judge("part", "subject", Leftovers({name: raw}), EXACT, POOL)
    return finding.verdict


def test_a_store_without_them_holds() -> None:
    assert verdict(noise()) is Verdict.TWIN


@pytest.mark.parametrize("how", CODINGS)
def test_exact_numbers_are_found_in_each_coding(how: str) -> None:
    kept = b"".join(b"\n%b\xff" % CODINGS[how](number) for numbers in EXACT for number in numbers)
    assert verdict(kept + RNG.randbytes(2_000)) is Verdict.FELL


def test_what_was_let_out_as_it_was_is_no_fault() -> None:
    released = (
        b'"zones":[' + b",".join(b'{"mean":%d}' % numbers[0] for numbers in EXACT[:30]) + b"]"
    )
    assert verdict(noise() + released) is Verdict.TWIN


def test_a_file_of_which_nobody_said_what_is_in_it_falls() -> None:
    assert verdict(b"", name="seen") is Verdict.FELL


def test_a_column_that_follows_the_numbers_is_seen_and_one_of_chance_is_not() -> None:
    assert "remainder" in follows(
        [RNG.getrandbits(40) << 16 | numbers[2] for numbers in EXACT], EXACT
    )
    assert "size" in follows([3 * numbers[0] + RNG.randrange(500) for numbers in EXACT], EXACT)
    assert follows([RNG.getrandbits(62) for _ in EXACT], EXACT) == ""
    assert follows(list(range(100)), EXACT) == ""
