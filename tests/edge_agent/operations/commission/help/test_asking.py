# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from edge_agent.errors import ConfigError
from edge_agent.operations.commission.help.asking import ASK_BYTES_MAX, FIELDS, Asked, read_asked
from edge_agent.operations.commission.help.terminal import HELP, read_line

WRONG = [
    b"",
    b"[]",
    b"null",
    b'{"do":"open"}',
    b'{"do":"walk","name":3}',
    b'{"do":"walk","name":"a","path":"/etc"}',  # a field that it does not have
    b'{"do":"line","name":"a","corners":[[0,0],[2,0]]}',  # outside the picture
    b'{"do":"line","name":"a","corners":[[0,0,0]]}',
    b'{"do":"stand","metres":1e999}',
    b'{"do":"stand","metres":true}',
    b'{"do":"zone","name":"a","corners":' + b"[[0,0]," * 17 + b"]" * 17 + b"}",
    b"[" * 900,
    b'{"do":"state","x":"' + b"x" * ASK_BYTES_MAX + b'"}',
]


@pytest.mark.parametrize("raw", WRONG)
def test_what_is_not_in_the_table_cannot_be_asked(raw: bytes) -> None:
    with pytest.raises(ConfigError):
        read_asked(raw)


@given(some.recursive(some.none() | some.floats() | some.text(), some.lists) | some.binary())
def test_nothing_that_is_sent_ends_in_another_error(value: object) -> None:
    raw = value if isinstance(value, bytes) else json.dumps({"do": "line", "corners": value})
    try:
        read_asked(raw if isinstance(raw, bytes) else raw.encode())
    except ConfigError:
        return


def test_page_and_terminal_ask_the_same() -> None:
    for line, raw in (
        ("walk a", {"do": "walk", "name": "a"}),
        ("line a at 15", {"do": "line_at", "name": "a", "metres": 15}),
        ("line a 10 20 30 40", {"do": "line", "name": "a", "corners": [[0.1, 0.2], [0.3, 0.4]]}),
        ("mask 0 0 50 0 50 50", {"do": "mask", "corners": [[0, 0], [0.5, 0], [0.5, 0.5]]}),
        ("stand 10 -2", {"do": "stand", "metres": 10, "right": -2}),
        ("try a", {"do": "trial", "name": "a"}),
        ("tried", {"do": "trialled"}),
        ("finish", {"do": "finish"}),
    ):
        assert read_line(line) == read_asked(json.dumps(raw).encode())
    assert read_line("look") is None
    said = {line.split()[0] for line in HELP.splitlines()}
    asked = {"try": "trial", "tried": "trialled", "look": "state"}
    assert {asked.get(word, word) for word in said} == set(FIELDS) - {"line_at"}


def test_fields_that_are_not_given_are_empty() -> None:
    assert read_asked(b'{"do":"finish"}') == Asked("finish")
