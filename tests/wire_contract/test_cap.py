# SPDX-License-Identifier: Apache-2.0
import pytest

from wire_contract.cap import at_the_cap, windows_of


@pytest.mark.parametrize(
    ("released", "count_max", "windows", "is_at_it"),
    [
        (254, 255, 1, False),
        (255, 255, 1, True),
        (261, 255, 1, True),  # noise lifts a number over it
        (-3, 1, 1, False),
        (None, 255, 1, False),  # withheld
        (255, None, 1, False),  # nobody knows its cap
        (255, 255, 15, False),  # a sum of fifteen windows
        (15 * 255, 255, 15, True),  # each of which was at it
    ],
)
def test_a_number_is_at_its_cap_from_the_cap_on(
    released: int | None,
    count_max: int | None,
    windows: int,
    is_at_it: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert at_the_cap(released, count_max, windows) is is_at_it


@pytest.mark.parametrize(
    ("length_s", "windows"), [(60, 1), (900, 15), (7, 1), (119, 1), (3600, 60)]
)
def test_a_report_stands_for_as_many_windows_as_its_length_holds(
    length_s: int, windows: int
) -> None:
    assert windows_of(length_s, 60) == windows
