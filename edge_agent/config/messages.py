# SPDX-License-Identifier: Apache-2.0
"""Say what is wrong with a config in words: file, key, what was found, what is allowed, which line.

`edge_agent.config.schema` says what is allowed; this module turns the library's findings into
sentences for whoever wrote the file.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import ErrorDetails

from edge_agent.errors import ConfigError
from wire_contract.programs.config_text import (
    TEXT_BYTES_MAX,
    TextError,
    line_of,
    read_text,
    read_toml,
    shown,
)
from wire_contract.programs.shipped import shipped

Tree = dict[str, Any]

_LISTS = frozenset({"lines", "zones", "masks", "person_heights"})
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+")

PATTERNS: Mapping[str, str] = {
    r"^[a-z0-9-]{1,32}$": "1 to 32 of the characters a-z, 0-9 and -",
    r"^[^\x00-\x1f\x7f]*$": "a text on one line",
    r"^/[A-Za-z0-9._~/?&=%+,:-]{0,255}$": (
        "a path that begins with /, at most 256 of A-Z a-z 0-9 . _ ~ / ? & = % + , : -"
    ),
    r"^(\d{1,3}\.){3}\d{1,3}:\d{1,5}$": "an address and a port, such as 192.168.4.1:8443",
    r"^[A-Z0-9]{4}$": "four capital letters or digits, such as MJPG",
    r"^[A-Za-z]+ExecutionProvider$": "the name of a provider, such as CPUExecutionProvider",
    r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$": (
        "HH:MM-HH:MM between 00:00 and 23:59, such as 07:00-22:30"
    ),
    r"^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/-]*)?$": (
        "an address that begins with https:// and has no query"
    ),
    r"^[A-Za-z0-9.:-]{1,253}$": "a host name or an address",
}
"""What each pattern of the config means; a test sees that none is left out."""


def read_tree(path: Path) -> tuple[Tree, str]:
    """Read a config's file: its tree and its text. Raises ConfigError, whatever the file holds."""
    try:
        with path.open("rb") as file:
            raw = file.read(TEXT_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ConfigError(f"{path}: cannot be read: {what}; name a readable TOML file") from error
    try:
        return read_toml(raw), read_text(raw)
    except TextError as error:
        raise ConfigError(f"{path}: {error}") from error


def explain(path: Path, text: str, mistake: ErrorDetails, *, set_keys: frozenset[str]) -> list[str]:
    """Say one mistake as lines.

    `set_keys` are the first names of what was laid over the file, which has no line there.
    """
    place = mistake["loc"]
    key = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in place
    ).removeprefix(".")
    number = None if not place or str(place[0]) in set_keys else line_of(text, place)
    line = "" if number is None else f" (line {number})"
    begin = f"{path}: {key}: " if key else f"{path}: "
    return [f"{begin}{sentence}{line}" for sentence in _sentences(mistake)]


def _sentences(mistake: ErrorDetails) -> list[str]:
    kind, found = mistake["type"], mistake["input"]
    if kind == "value_error":
        return str(mistake["msg"]).removeprefix("Value error, ").splitlines()
    if kind == "extra_forbidden":
        return [f"no such key; {shipped('docs/CONFIGURATION.md')} lists them all"]
    if kind == "missing":
        return ["missing, and it has no default"]
    if kind in _WHOLE:
        return [_WHOLE[kind](mistake)]
    wanted = str(mistake["msg"]).removeprefix("Input should be ")
    return [f"got {shown(found)}, wanted {_in_words(mistake, wanted)}{_hint(found)}"]


def _in_words(mistake: ErrorDetails, wanted: str) -> str:
    context = mistake.get("ctx", {})
    if mistake["type"] == "string_pattern_mismatch":
        return PATTERNS.get(str(context.get("pattern")), wanted)
    return _WANTED.get(mistake["type"], wanted)


def _hint(found: object) -> str:
    """Name a slip that a value shows."""
    if isinstance(found, str) and _COMMA_NUMBER.fullmatch(found.strip()):
        return (
            f"; a number has a point, not a comma, and no quotes: {found.strip().replace(',', '.')}"
        )
    return ""


def _too_many(mistake: ErrorDetails) -> str:
    context, found = mistake.get("ctx", {}), mistake["input"]
    limit, got = context.get("max_length"), context.get("actual_length")
    if isinstance(found, str):
        return f"got {len(found)} characters, wanted at most {limit}"
    if _is_point(found):
        return f"got {shown(found)}, wanted {limit} items, x and y{_point_hint(found)}"
    return f"got {got if got is not None else len(found)} of them, wanted at most {limit} items"


def _too_few(mistake: ErrorDetails) -> str:
    context, found = mistake.get("ctx", {}), mistake["input"]
    least = context.get("min_length")
    if isinstance(found, str):
        return f"got {shown(found)}, wanted at least {least} characters"
    return f"got {shown(found)}, wanted at least {least} items"


def _no_list(mistake: ErrorDetails) -> str:
    found, name = mistake["input"], str(mistake["loc"][-1])
    if isinstance(found, Mapping) and name in _LISTS:
        return (
            f"got one table [{name}], wanted a list of them: write [[{name}]] with two brackets, "
            "each time"
        )
    return f"got {shown(found)}, wanted a list in brackets [ ]"


def _no_table(mistake: ErrorDetails) -> str:
    found, name = mistake["input"], str(mistake["loc"][-1])
    if isinstance(found, list):
        return f"got a list, wanted one table (a dictionary): write [{name}] with one bracket, once"
    return (
        f"got {shown(found)}, wanted a table (a dictionary): [{name}] on a line of its own, its "
        "keys below"
    )


def _is_point(found: object) -> bool:
    return (
        isinstance(found, list | tuple)
        and len(found) > 2  # noqa: PLR2004 - x and y
        and all(isinstance(part, int | float) for part in found)
    )


def _point_hint(found: object) -> str:
    whole = isinstance(found, list | tuple) and all(isinstance(part, int) for part in found)
    return "; a number has a point, not a comma, as in [560.5, 120]" if whole else ""


_WHOLE: Mapping[str, Callable[[ErrorDetails], str]] = {
    "too_long": _too_many,
    "string_too_long": _too_many,
    "too_short": _too_few,
    "string_too_short": _too_few,
    "tuple_type": _no_list,
    "model_type": _no_table,
    "model_attributes_type": _no_table,
}
_WANTED: Mapping[str, str] = {
    "int_from_float": "a whole number (an integer)",
    "int_parsing": "a whole number (an integer)",
    "int_parsing_size": "a whole number (an integer) that is not so long",
    "int_type": "a whole number (an integer)",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "true or false (a boolean)",
    "bool_type": "true or false (a boolean)",
    "string_type": "a text in quotes (a string)",
    "path_type": "a path in quotes",
    "date_type": "a day, as in 2026-12-31",
    "date_parsing": "a day, as in 2026-12-31",
    "date_from_datetime_parsing": "a day, as in 2026-12-31",
    "date_from_datetime_inexact": "a day without a time, as in 2026-12-31",
    "finite_number": "a finite number",
}
