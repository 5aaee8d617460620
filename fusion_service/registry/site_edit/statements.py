# SPDX-License-Identifier: Apache-2.0
"""TOML as a row of statements, each with its own bytes. Pure.

Only for text that tomllib has read already: here nothing is checked, so that a statement ends where
tomllib says that it does. Joined again, the statements are the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*|[\[\]{}]|\n|[^\"'\#\[\]{}\n]+|.",
    re.DOTALL,
)
_HEADER = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_FIRST_NAME = re.compile(r"""^\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))""")


class Form(Enum):
    """What a statement is."""

    BESIDE = "beside"
    """A comment or an empty line."""
    HEADER = "header"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its line end.

    names: of a header all its names, of a key the first alone. comment: what stands after a key's
    value on its last line, with the blanks before it.
    """

    text: str
    form: Form
    names: tuple[str, ...] = ()
    is_list: bool = False
    comment: str = ""


def statements_of(text: str) -> list[Statement]:
    """Return a text's statements, in order."""
    return [_statement(part, comment) for part, comment in _parts(text)]


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text of each statement, and the comment at its end."""
    begin, depth, comment_at = 0, 0, None
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in {"[", "{"}:
            depth += 1
        elif token in {"]", "}"}:
            depth -= 1
        elif token.startswith("#") and depth == 0:
            comment_at = found.start()
        elif token == "\n" and depth == 0:  # noqa: S105 - of TOML
            yield _part(text, begin, found.end(), comment_at)
            begin, comment_at = found.end(), None
    if begin < len(text):
        yield _part(text, begin, len(text), comment_at)


def _part(text: str, begin: int, end: int, comment_at: int | None) -> tuple[str, str]:
    whole = text[begin:end]
    if comment_at is None:
        return whole, ""
    before = text[begin:comment_at]
    blanks = before[len(before.rstrip(" \t")) :]
    return whole, blanks + text[comment_at:end].rstrip("\r\n")


def _statement(text: str, comment: str) -> Statement:
    line = text.strip()
    if not line or line.startswith("#"):
        return Statement(text, Form.BESIDE)
    header = _HEADER.match(line) if line.startswith("[") else None
    if header is not None:
        names = tuple(part.strip().strip("\"'") for part in header[2].split("."))
        return Statement(text, Form.HEADER, names, is_list=header[1] == "[[")
    first = _FIRST_NAME.match(text)
    name = "" if first is None else next(one for one in first.groups() if one is not None)
    return Statement(text, Form.KEY, (name,), comment=comment)
