# SPDX-License-Identifier: Apache-2.0
"""How a config's text is read, and what is said of one that cannot be."""

import pytest

from wire_contract.programs.config_text import TEXT_BYTES_MAX, TextError, line_of, read_toml, shown


@pytest.mark.parametrize("raw", ["\ufeffa = 1\n".encode(), b"a = 1\r\n", b"a = 1"])
def test_a_mark_and_foreign_line_ends_are_read_over(raw: bytes) -> None:
    assert read_toml(raw) == {"a": 1}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("a = 1\n".encode("utf-16"), "line 1: saved as UTF-16"),  # with a mark
        ("a = 1\n".encode("utf-16-le"), "line 1: saved as UTF-16"),  # without one
        ("a = 1\n".encode("utf-16-be"), "line 1: saved as UTF-16"),  # the other way round
        (b"\xff\xfe", "line 1: saved as UTF-16"),  # nothing but the mark
        (
            'a = 1\nb = "caf\u00e9"\n'.encode("latin-1"),
            "line 2: the byte 0xe9 is not UTF-8 (in an older encoding it is '\u00e9')",
        ),
        (b"a" * (TEXT_BYTES_MAX + 1), f"more than {TEXT_BYTES_MAX} bytes"),  # no config
    ],
)
def test_another_encoding_is_named_with_its_line(raw: bytes, said: str) -> None:
    with pytest.raises(TextError) as refused:
        read_toml(raw)
    assert str(refused.value).startswith(said)


SLIPS = [
    ("a = 0,5", 1, "a number has a point, not a comma: 0.5"),  # a decimal comma
    (
        "a = 1\nb = -12,25 # metres",
        2,
        "a number has a point, not a comma: -12.25",
    ),  # with a comment
    ("p = [[560,5 120,3]]", 1, "a number has a point, not a comma"),  # in a point
    ("a = 1\n\nsite = \u201cdemo\u201d", 3, 'write straight ones: "'),  # out of a text program
    ("site = \u2018demo\u2019", 1, 'write straight ones: "'),  # the single ones
    ("site = \u00abdemo\u00bb", 1, 'write straight ones: "'),  # the French ones
    ("a = 1\nb\u00a0= 2", 2, "an invisible character U+00A0"),  # copied from a web page
    ("a = 1\n\u200bb = 2", 2, "an invisible character U+200B"),  # the same
    ("a = yes", 1, "write true"),  # as in YAML
    ("a = Off", 1, "write false"),  # the same
    ("a = True", 1, "write true"),  # as in Python
    ("site = demo", 1, 'a word stands in quotes: "demo"'),  # as in an ini file
    ('p = "C:\\Users\\x"', 1, "write / in paths"),  # a path of Windows
    ("a = .5", 1, "a digit on both sides"),  # as in C
    ("a = 5.", 1, "a digit on both sides"),  # the same
    ("a = 08", 1, "does not begin with 0: 8"),  # octal
    ("a = 10 s", 1, "without its unit"),  # with a unit
    ("d = 2026-13-45", 1, "a day of the calendar"),  # no day
    ("a = 1,", 1, "ends without a comma"),  # as in JSON
    ("a: 1", 1, "with = and not :"),  # as in YAML
    ("a =", 1, "a value is missing after ="),  # forgotten
    ('a = "x\nb = 1', 1, 'a quote " was not closed'),  # forgotten
    ("a = 1\nb = [1, 2\nc = 3", 2, "a bracket [ was not closed"),  # forgotten
    ("[a\nb = 1", 1, "a bracket [ was not closed"),  # in a header
    ("[a]\nb = 1\n[a]\nc = 2", 3, "the same name is given twice"),  # a table twice
    (
        "[lines]\na = 1\n[[lines]]\na = 2",
        3,
        "once as [name] and once as [[name]]",
    ),  # one bracket and two
]


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    SLIPS,
    ids=[row[0][:30].encode("ascii", "replace").decode() for row in SLIPS],
)
def test_a_slip_is_told_with_its_line_and_what_to_write(text: str, line: int, advice: str) -> None:
    with pytest.raises(TextError) as refused:
        read_toml(text.encode())
    said = str(refused.value)
    assert said.startswith(f"line {line}: not TOML: ")
    assert advice in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000,  # deeper than the parser goes
        "a = " + "9" * 5000,  # longer than Python reads
        "a = 1\x00",  # no text
        "= 1",  # no key
        "a = 1 b = 2",  # two on one line
    ],
)
def test_whatever_it_is_the_answer_is_a_sentence(text: str) -> None:
    with pytest.raises(TextError, match="not TOML"):
        read_toml(text.encode())


def test_quotes_and_commas_where_they_may_stand_are_left_alone() -> None:
    text = 'a = "\u201cCaf\u00e9\u201d, 0,5" # \u201cso\u201d\nb = [1, 2]\n'
    assert read_toml(text.encode()) == {"a": "\u201cCaf\u00e9\u201d, 0,5", "b": [1, 2]}


TEXT = 'site = "a"\n[window]\nlength_s = 1\n[[lines]]\nid = "x"\n[[lines]]\nid = "y"\na = [1, 2]\n'


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("site",), 1),  # of no table
        (("window", "length_s"), 3),  # of a table
        (("window",), 2),  # a table itself
        (("lines", 0, "id"), 5),  # of the first of a list
        (("lines", 1, "id"), 7),  # of the second
        (("lines", 1), 6),  # the second itself
        (("lines", 1, "a", 0), 8),  # a part of a value
        (("device",), None),  # of what is not there
    ],
)
def test_the_line_of_a_key_is_found(place: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(TEXT, place) == line


def test_what_was_found_is_shown_briefly_whatever_it_is() -> None:
    assert shown("x" * 100) == repr("x" * 60)
    assert shown(7) == "'7'"
    assert shown(16**5000) == "a number of thousands of digits"
