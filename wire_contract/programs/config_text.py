# SPDX-License-Identifier: Apache-2.0
"""A config's text, as box and centre both read it: bytes in, a tree out.

Of a slip its line is told, and what to write instead.

Rule 1: whatever the bytes are, the answer is a tree or a TextError, never another exception. Rule
2: a byte-order mark is read over; another encoding than UTF-8 is named and never guessed, because
a guess may change a name.
"""

import re
import tomllib
from collections.abc import Callable
from typing import Any

from wire_contract.errors import ContractError
from wire_contract.programs.shipped import shipped

TEXT_BYTES_MAX = 1_048_576
"""Far above any config; a device file such as /dev/zero has no end."""
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CURLY = frozenset(
    map(chr, (0x201C, 0x201D, 0x201E, 0x201F, 0x2018, 0x2019, 0x201A, 0xAB, 0xBB, 0x2033))
)
_AT_LINE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KEY_ONCE = re.compile(r"""^\s*[A-Za-z0-9_."'-]+\s*=\s*(.*?)\s*$""")
_COMMENT = re.compile(r"""\s*#[^"']*$""")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]")
_SHOWN = 60


class TextError(ContractError):
    """A text is not one that can be read: where, what was found, and what to do."""


def read_text(raw: bytes, *, bytes_max: int = TEXT_BYTES_MAX) -> str:
    """Return the text of a file.

    Raises TextError for another encoding than UTF-8, and for more than `bytes_max` bytes.
    """
    if len(raw) > bytes_max:
        raise TextError(f"more than {bytes_max} bytes, wanted a config; name another file")
    sample = raw[:400]
    if raw.startswith(_UTF16_MARKS) or sample.count(0) > len(sample) // 4:
        raise TextError(
            "line 1: saved as UTF-16 (each letter takes two bytes), wanted UTF-8; save it again as "
            "UTF-8"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = raw.count(b"\n", 0, error.start) + 1, raw[error.start]
        meant = bytes([byte]).decode("cp1252", "replace")
        raise TextError(
            f"line {line}: the byte 0x{byte:02x} is not UTF-8 (in an older encoding it is "
            f"{meant!r}); save the file again as UTF-8"
        ) from error


def read_toml(raw: bytes, *, bytes_max: int = TEXT_BYTES_MAX) -> dict[str, Any]:
    """Return the tree of a TOML file.

    Raises TextError: the line, what was found, and what to write instead.
    """
    text = read_text(raw, bytes_max=bytes_max)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TextError(_told(text, str(error))) from error
    except RecursionError as error:
        raise TextError(
            "not TOML: brackets inside brackets without end; wanted at most [[x, y], ...]"
        ) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise TextError(f"not TOML: {str(error)[:_SHOWN]}; write a shorter number") from error


def line_of(text: str, place: tuple[int | str, ...]) -> int | None:
    """Return the line of a file that says the value at `place`, None where that cannot be told."""
    index = next((part for part in place if isinstance(part, int)), None)
    names = [part for part in place if isinstance(part, str)]
    own = "" if len(names) == 1 and index is None else names[0]
    here, seen, found = "", -1, None
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.match(line)
        is_ours = here == own and (index is None or own == "" or seen == index)
        if header is not None:
            here = header[2]
            seen += here == names[0]
            if here == names[0] and (index is None or seen == index):
                found = found or number
        elif is_ours and re.match(rf"\s*{re.escape(names[-1])}\s*=", line):
            return number
    return found


def shown(found: object) -> str:
    """Show what was found, briefly and on one line, whatever it is."""
    try:
        return repr(str(found)[:_SHOWN])
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number of thousands of digits"


def _told(text: str, fault: str) -> str:
    """Say a fault of the parser as: line, what stands there, and what is mostly meant by it."""
    found = _AT_LINE.search(fault)
    lines = text.split("\n")
    number = int(found[1]) if found is not None and found[1] else None
    what = fault[: found.start()] if found is not None else fault
    if number is None:
        # An opened quote or bracket is only missed at the end; the slip is in the first
        # line that shows one.
        number = next(
            (place for place, line in enumerate(lines, 1) if _advice(line, what)), len(lines)
        )
    if "Unclosed" in what:
        open_ = (
            place
            for place in range(number, 0, -1)
            if lines[place - 1].count("[") > lines[place - 1].count("]")
        )
        number = next(open_, number)
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    advice = (
        _advice(line, what)
        or f"compare with the examples in {shipped('firmware_configs/examples')}"
    )
    return f"line {number}: not TOML: {what}: {line.strip()[:_SHOWN]!r}; {advice}"


def _advice(line: str, what: str) -> str:
    """Return what to write instead of a line, empty where that is not known."""
    return next((advice for look in _LOOKS if (advice := look(line, what))), "")


def _twice(_line: str, what: str) -> str:
    if "twice" not in what and "overwrite" not in what:
        return ""
    return (
        "the same name is given twice, or once as [name] and once as [[name]]; keep one (a list "
        "has [[name]] each time)"
    )


def _curly(line: str, _what: str) -> str:
    found = next((letter for letter in line if letter in _CURLY), None)
    return (
        ""
        if found is None
        else f'the quotes {found} come from a text program; write straight ones: "'
    )


def _invisible(line: str, _what: str) -> str:
    hidden = (letter for letter in line if letter != "\t" and not letter.isprintable())
    found = next(hidden, None)
    return (
        ""
        if found is None
        else f"an invisible character U+{ord(found):04X} stands in it; type the line anew"
    )


def _comma(line: str, _what: str) -> str:
    value = _value(line)
    if re.fullmatch(r"[+-]?\d+,\d+", value):
        return f"a number has a point, not a comma: {value.replace(',', '.')}"
    if re.search(r"\d,\d+\s+[+-]?\d", value):
        return (
            "a number has a point, not a comma, and a comma stands between two numbers: [560.5, "
            "120.3]"
        )
    if re.fullmatch(r".*[^,\[{],", value):
        return "a line of its own ends without a comma"
    return ""


def _word(line: str, what: str) -> str:
    value = _value(line)
    if value.lower() in {"yes", "no", "on", "off", "true", "false"}:
        return f"write {'true' if value.lower() in {'yes', 'on', 'true'} else 'false'}"
    if "hex value" in what or "Unescaped" in what:
        return "a backslash begins a code; write / in paths, or single quotes around it"
    if value and re.fullmatch(r"[^\W\d_][^\"'\[\]{}=]*", value):
        return f'a word stands in quotes: "{value[:_SHOWN]}"'
    return ""


def _number(line: str, _what: str) -> str:
    value = _value(line)
    if re.fullmatch(r"\.\d+|\d+\.", value):
        return "a number has a digit on both sides of its point: 0.5, 5.0"
    if re.fullmatch(r"0\d+(\.\d+)?", value):
        return f"a number does not begin with 0: {value.lstrip('0') or '0'}"
    if re.match(r"[+-]?\d[\d.]*\s*[A-Za-z%°]", value):
        return "a number stands without its unit; the key says which unit it is in"
    if re.match(r"\d{4}-\d{1,2}-\d{1,2}$", value):
        return "wanted a day of the calendar, as in 2026-12-31"
    return ""


def _unfinished(line: str, what: str) -> str:
    # An odd number of quotes is one that was not closed.
    if line.count('"') % 2:
        return 'a quote " was not closed'
    if line.count("[") != line.count("]") and "string" not in what:
        return "a bracket [ was not closed, or there is one too many"
    if _KEY_ONCE.match(line) and not _value(line):
        return "a value is missing after ="
    if "=" not in line and ":" in line:
        return "wanted KEY = VALUE, with = and not :"
    return ""


_LOOKS: tuple[Callable[[str, str], str], ...] = (
    _twice,
    _curly,
    _invisible,
    _comma,
    _word,
    _number,
    _unfinished,
)


def _value(line: str) -> str:
    found = _KEY_ONCE.match(line)
    return _COMMENT.sub("", found[1]) if found is not None else ""
