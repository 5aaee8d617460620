# SPDX-License-Identifier: Apache-2.0
"""A tree of a site's file as text: TOML, a key a line, long lists a line each. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, time

_COLUMNS = 100
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def written(tree: Mapping[str, object]) -> str:
    """Return the text of a tree. What it is read from again is the same tree."""
    return "\n".join(_table(tree, ())).strip("\n") + "\n"


def _table(table: Mapping[str, object], names: tuple[str, ...]) -> Iterator[str]:
    """Yield a table's own values, then its tables, then its lists of tables."""
    tables = {key: value for key, value in table.items() if _is_table(value, names)}
    lists = {key: value for key, value in table.items() if _is_list_of_tables(value)}
    for key, value in table.items():
        if key not in tables and key not in lists:
            yield from _key(key, value)
    for key, value in tables.items():
        assert isinstance(value, Mapping)  # noqa: S101 - seen above
        path = (*names, _name(key))
        yield from ("", f"[{'.'.join(path)}]", *_table(value, path))
    for key, listed in lists.items():
        assert isinstance(listed, list)  # noqa: S101 - seen above
        path = (*names, _name(key))
        for one in listed:
            yield from ("", f"[[{'.'.join(path)}]]", *_table(one, path))


def _is_table(value: object, names: tuple[str, ...]) -> bool:
    # Three thresholds stand on a line each inside theirs.
    return isinstance(value, Mapping) and "thresholds" not in names


def _is_list_of_tables(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
    )


def _name(key: str) -> str:
    return key if _BARE.fullmatch(key) else _inline(key)


def _key(key: str, value: object) -> Iterator[str]:
    line = f"{_name(key)} = {_inline(value)}"
    if len(line) <= _COLUMNS or not isinstance(value, list):
        yield line
        return
    yield f"{_name(key)} = ["
    for one in value:
        yield f"  {_inline(one)},"
    yield "]"


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{_name(key)} = {_inline(one)}" for key, one in value.items()) + " }"
        )
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, str):
        # JSON's codes are TOML's too; DEL alone JSON leaves as it is.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date | time):
        return value.isoformat()
    return json.dumps(value)
