# SPDX-License-Identifier: Apache-2.0
"""How a measured section of docs/ACCURACY.md is filled."""

from development.measure.scoring import COLUMNS_MAX, filled


def test_a_long_paragraph_is_filled_and_tables_and_short_lines_stay() -> None:
    table = "| scene |\n|---|\n| " + "x" * COLUMNS_MAX + " |"
    short = "one clip: 1.\nanother clip: 2."
    long = "every word of it " * 20
    first, second, third = filled(f"{table}\n\n{short}\n\n{long}").split("\n\n")
    assert (first, second) == (table, short)
    assert max(map(len, third.splitlines())) <= COLUMNS_MAX
    assert third.split() == long.split()
