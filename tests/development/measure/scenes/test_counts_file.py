# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from development.measure.scenes.counts_file import read_counts
from edge_agent.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    path = folder / "counts.tsv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("100\t44\n200\t37\n", {100: 44, 200: 37}),  # the form
        ("frame\tpeople\n100\t44\n", {100: 44}),  # a header
        ("# by hand\n\n# twice\nframe\tpeople\n0\t0\n", {0: 0}),  # comments before it
        ("200\t37\n100\t44\n# the end", {100: 44, 200: 37}),  # any order
        ("\ufeff7 \t 3\r\n", {7: 3}),  # a byte-order mark, blanks, and Windows' line ends
    ],
)
def test_counts_are_read_by_frame(tmp_path: Path, text: str, wanted: dict[int, int]) -> None:
    assert read_counts(written(tmp_path, text)) == wanted


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("100 44\n", 1, "'100 44'"),  # blanks for a tab
        ("100\t44\n200\t-3\n", 2, "'200\\t-3'"),  # fewer than nobody
        ("100\t44\n# so\n200\t3.5\n", 3, "'200\\t3.5'"),  # half a person
        ("100\t44\t9\n", 1, "'100\\t44\\t9'"),  # a column more
        ("frame\tpeople\nframe\tpeople\n", 2, "'frame\\tpeople'"),  # a second header
        ("100\t44\n100\t45\n", 2, "frame 100 a second time"),  # counted twice
        ("1\t1000000\n", 1, "'1\\t1000000'"),  # more than anybody counts
        ("1\t\u0663\n", 1, "'1\\t\u0663'"),  # digits of another script
    ],
)
def test_a_bad_line_is_refused_with_its_place_and_what_was_wanted(
    tmp_path: Path, text: str, line: int, got: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=f"^{re.escape(f'{path}:{line}: got ')}") as refused:
        read_counts(path)
    assert got in str(refused.value)
    assert "wanted" in str(refused.value)


@pytest.mark.parametrize("text", ["", "# nobody counted\n", "frame\tpeople\n"])
def test_a_file_without_a_count_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="no line with a count"):
        read_counts(written(tmp_path, text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_counts(tmp_path / "absent.tsv")
    (tmp_path / "latin.tsv").write_bytes(b"100\t44\n\xe9")
    with pytest.raises(ConfigError, match="wanted a text in UTF-8"):
        read_counts(tmp_path / "latin.tsv")


@given(st.dictionaries(st.integers(0, 10_000_000), st.integers(0, 100_000), min_size=1))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[int, int]
) -> None:
    text = "".join(f"{frame}\t{people}\n" for frame, people in counts.items())
    assert read_counts(written(tmp_path_factory.mktemp("counts"), text)) == counts
