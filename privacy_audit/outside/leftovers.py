# SPDX-License-Identifier: Apache-2.0
"""Do the counts before the noise stand anywhere in what a gate leaves.

Its files, its log, its standard error?

The gate was told numbers that stand out, drawn from a pool; those of the pool that it was not told
are the control. A number that was told and that the rule has not let out may be found in no coding
more often than one that nobody told. Looked through are all bytes of all files (SQLite's free
pages, write-ahead logs and shared memory among them), what is packed inside them, and every line
that was printed; and the columns of every table, row by row, for what follows the numbers without
being one.
"""

import base64
import binascii
import math
import re
import sqlite3
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from privacy_audit.finding import Finding, Mechanism, Verdict

FILES = ("ledger.db", "pending.db", "outbox/outbox.db", "ledger.db.lock", "pending.db.lock")
ENDINGS = ("", "-wal", "-shm", "-journal")
"""What a gate may leave in its store. Any other file is one that nobody has said what is in."""
PRINTED = "what it printed"
FILE_BYTES_MAX = 64 << 20
CHANCE_MAX = 1e-7
SIGMAS_MAX = 6.0
ROWS_MIN = 30
_TOKEN = re.compile(rb"(?<![0-9])[0-9]{5}(?![0-9])")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
_HEX = re.compile(rb"[0-9a-fA-F]{16,}")
_PACKED = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
_PACKED_MAX = 2_000
_EMPTY = re.compile(rb"\0{64,}")
_IN_DIGITS = ("decimal", "backwards")
_WIDTH_MAX = 6


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Every file by its name in the store, and what was printed."""

    files: dict[str, bytes]

    def and_also(self, other: "Leftovers") -> "Leftovers":
        """Return both looks together, each file's contents one behind the other."""
        names = dict.fromkeys((*self.files, *other.files))
        return Leftovers(
            {
                name: self.files.get(name, b"") + b"\0" * 16 + other.files.get(name, b"")
                for name in names
            }
        )


def take_files(store: Path, printed: str) -> Leftovers:
    """Read every file of a store, as it lies there now."""
    files = {}
    for path in sorted(store.rglob("*")):
        with suppress(FileNotFoundError):
            if path.is_file():
                files[str(path.relative_to(store))] = path.read_bytes()[:FILE_BYTES_MAX]
    return Leftovers({**files, PRINTED: printed.encode()})


def judge(
    part: str, subject: str, left: Leftovers, exact: Sequence[tuple[int, ...]], pool: Sequence[int]
) -> list[Finding]:
    """Look for the exact numbers of each slot in what is left.

    pool: all numbers that could have been told.
    """
    everything = b"\n".join(left.files.values())
    released = {int(found) for found in _TOKEN.findall(_released_part(everything))}
    told = sorted(
        {number for numbers in exact for number in numbers if number in set(pool)} - released
    )
    others = sorted(set(pool) - {number for numbers in exact for number in numbers} - released)
    # Some of what was told was let out as it was, because its noise was nought.
    size = sum(map(len, left.files.values()))
    detail = (
        f"{len(told)} numbers that were told and not let out, in {len(left.files)} files and logs, "
        f"{size:,} bytes, "
    )
    detail += f"in {len(CODINGS)} codings"
    verdict, what, refused, controls = _verdict(left, exact, told, others, detail)
    name = "exact counts in files and logs"
    counts = (len(told), refused, controls)
    return [Finding(part, name, Mechanism.EXACT_COUNTS, subject, verdict, what, *counts)]


def _verdict(
    left: Leftovers,
    exact: Sequence[tuple[int, ...]],
    told: list[int],
    others: list[int],
    detail: str,
) -> tuple[Verdict, str, int, int]:
    """Return what is left to say, in words too, and how many were refused and controlled.

    told: numbers that were told and not let out. others: numbers that were not told, the control.
    """
    strangers = [name for name in left.files if name != PRINTED and not _is_known(name)]
    if strangers:
        names = ", ".join(strangers[:3])
        what = f"a file in the store of which nobody has said what is in it: {names}"
        return Verdict.FELL, what, 0, 0
    wrong = [*_found(left, told, others), *_followed(left, exact)]
    if wrong:
        return Verdict.FELL, f"{detail}: {wrong[0]} ({len(wrong)} such)", 0, 0
    if len(told) < ROWS_MIN or len(others) < ROWS_MIN:
        what = "too few to tell; the rule of this box lets most of them out as they are"
        return Verdict.UNPROVEN, f"{detail}: {what}", 0, 0
    controls = sum(
        bool(list(_found(Leftovers({PRINTED: _planted(how, told)}), told, others)))
        for how in CODINGS
    )
    if controls < len(CODINGS):
        what = f"planted, they were found in {controls} of {len(CODINGS)} codings only"
        return Verdict.UNPROVEN, f"{detail}: {what}", 0, 0
    what = "none; planted, they are found in each; no column follows them"
    return Verdict.TWIN, f"{detail}: {what}", len(told), controls


def _is_known(name: str) -> bool:
    return any(name == f"{file}{ending}" for file in FILES for ending in ENDINGS)


def _released_part(raw: bytes) -> bytes:
    """Return every message that was signed or disclosed, by its array of lines or zones."""
    return b"\n".join(re.findall(rb'"(?:lines|zones)":\[[^\]]*\]', raw))


# --- codings ------------------------------------------------------------------------------------


def _decimal(number: int) -> bytes:
    return b"%d" % number


def _leb128(number: int) -> bytes:
    """Seven bits at a time, the lowest first. Source: protocol buffers, encoding."""
    raw = bytearray()
    while number > 127:  # noqa: PLR2004 - what seven bits hold
        raw.append(number & 127 | 128)
        number >>= 7
    return bytes((*raw, number))


def _sqlite(number: int) -> bytes:
    """Seven bits at a time, the highest first. Source: SQLite file format, varint."""
    raw = _leb128(number)
    return bytes([*(byte & 127 | 128 for byte in reversed(raw[1:])), raw[0] & 127])


CODINGS: dict[str, Callable[[int], bytes]] = {
    "decimal": _decimal,
    "backwards": lambda number: _decimal(number)[::-1],
    "hexadecimal": lambda number: b"%04x" % number,
    "capital hexadecimal": lambda number: b"%04X" % number,
    "two bytes, low first": lambda number: number.to_bytes(2, "little"),
    "two bytes, high first": lambda number: number.to_bytes(2, "big"),
    "four bytes, low first": lambda number: number.to_bytes(4, "little"),
    "four bytes, high first": lambda number: number.to_bytes(4, "big"),
    "variable length, low first": _leb128,
    "variable length, high first": _sqlite,
    "base64": lambda number: base64.b64encode(_decimal(number))[:6],
    "its complement": lambda number: (0xFFFF ^ number).to_bytes(4, "little"),
}


def _planted(how: str, told: Sequence[int]) -> bytes:
    """Return a file with every number in one coding, each behind bytes of its own."""
    return b"".join(b"\n%b\xff" % CODINGS[how](number) for number in told)


def _found(left: Leftovers, told: Sequence[int], others: Sequence[int]) -> Iterator[str]:
    """Yield the files and codings in which told numbers are found more often than others."""
    if not told or not others:
        return
    for name, raw in left.files.items():
        packed = b"\xff".join(_unpacked(raw))
        for content, where in ((raw, name), (packed, f"{name}, unpacked")):
            for how, counts in _counts(_EMPTY.sub(b"\0" * 16, content), [*told, *others]).items():
                if (what := _more_often(counts[: len(told)], counts[len(told) :])) is not None:
                    yield f"exact counts in {where}, as {how}: {what}"


def _counts(raw: bytes, numbers: Sequence[int]) -> dict[str, list[int]]:
    """Return by coding how often each number stands in these bytes."""
    words = Counter(_TOKEN.findall(raw))
    found = {how: [words[CODINGS[how](number)] for number in numbers] for how in _IN_DIGITS}
    windows = {1: np.frombuffer(raw, np.uint8).astype(np.uint64)}
    for width in range(2, _WIDTH_MAX + 1):
        before, rest = windows[width - 1][:-1], windows[1][width - 1 :]
        windows[width] = before[: len(rest)] << np.uint64(8) | rest
    for how, coded in CODINGS.items():
        if how not in _IN_DIGITS:
            codes = [coded(number) for number in numbers]
            found[how] = _counted(
                windows[len(codes[0])], [int.from_bytes(code, "big") for code in codes]
            )
    return found


def _counted(windows: NDArray[np.uint64], codes: list[int]) -> list[int]:
    """Return how many windows are each of these codes."""
    wanted, order = np.unique(np.array(codes, np.uint64), return_inverse=True)
    place = np.minimum(np.searchsorted(wanted, windows), len(wanted) - 1)
    counts = np.bincount(place[wanted[place] == windows], minlength=len(wanted))
    return [int(count) for count in counts[order]]


def _more_often(told: list[int], others: list[int]) -> str | None:
    """Say so where told numbers are found more often than chance would have it.

    Counted are how many of them are found, and how often.
    """
    found, rest = sum(count > 0 for count in told), sum(count > 0 for count in others)
    share = (rest + 1) / (len(others) + 1)
    if found > 2 and found / len(told) > share and _tail(found, len(told), share) < CHANCE_MAX:  # noqa: PLR2004 - two are chance
        return f"{found} of {len(told)}, of those that nobody told {rest} of {len(others)}"
    means = [sum(counts) / len(counts) for counts in (told, others)]
    spread = math.sqrt(sum(_variance(counts) / len(counts) for counts in (told, others)))
    if spread and means[0] > means[1] and (means[0] - means[1]) / spread > SIGMAS_MAX:
        return f"{means[0]:.2f} times each, those that nobody told {means[1]:.2f} times"
    return None


def _variance(counts: Sequence[int]) -> float:
    mean = sum(counts) / len(counts)
    return sum((count - mean) ** 2 for count in counts) / max(1, len(counts) - 1)


def _tail(found: int, count: int, share: float) -> float:
    """Return the chance that of `count` at least `found` are hit where each is with this chance."""
    share = min(share, 1.0)
    return sum(
        math.comb(count, hit) * share**hit * (1 - share) ** (count - hit)
        for hit in range(found, count + 1)
    )


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """Yield what is packed in these bytes: base64, hexadecimal, deflate."""
    for number, found in enumerate(_BASE64.finditer(raw)):
        if number > _PACKED_MAX:
            break
        with suppress(binascii.Error, ValueError):
            yield base64.b64decode(found[0][: len(found[0]) // 4 * 4])
    for number, found in enumerate(_HEX.finditer(raw)):
        if number > _PACKED_MAX:
            break
        with suppress(ValueError):
            yield bytes.fromhex(found[0][: len(found[0]) // 2 * 2].decode("ascii"))
    for number, found in enumerate(_PACKED.finditer(raw)):
        if number > _PACKED_MAX:
            break
        with suppress(zlib.error):
            yield zlib.decompressobj(47).decompress(raw[found.start() :], FILE_BYTES_MAX)


# --- columns ------------------------------------------------------------------------------------


def _followed(left: Leftovers, exact: Sequence[tuple[int, ...]]) -> Iterator[str]:
    """Yield the columns of tables that have a row for each window and follow its exact numbers."""
    for name, raw in left.files.items():
        if raw.startswith(b"SQLite format 3\0"):
            for table, column, values in _columns(
                raw.rpartition(b"\0" * 16 + b"SQLite format 3\0")[2], raw
            ):
                if len(values) >= ROWS_MIN and (how := follows(values, exact[-len(values) :])):
                    yield f"exact counts in {name}: {table}.{column} follows them {how}"


def _columns(last: bytes, raw: bytes) -> list[tuple[str, str, list[int]]]:
    """Return each column of whole numbers or bytes of the last copy of a database, in row order.

    A column of bytes is told by their lengths.
    """
    content = b"SQLite format 3\0" + last if last != raw else raw
    found: list[tuple[str, str, list[int]]] = []
    with tempfile.TemporaryDirectory() as folder, suppress(sqlite3.Error):
        (Path(folder) / "copy.db").write_bytes(content)
        with closing(sqlite3.connect(Path(folder) / "copy.db")) as database:
            tables = [
                str(row[0])
                for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for table in tables:
                cursor = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - a name that the file itself gives
                rows = cursor.fetchall()
                for place, (column, *_) in enumerate(cursor.description):
                    whole = [row[place] for row in rows if isinstance(row[place], int)]
                    found += [(table, str(column), whole)] if len(whole) >= ROWS_MIN else []
    return found


def follows(values: Sequence[int], exact: Sequence[tuple[int, ...]]) -> str:
    """Say how a column follows the exact numbers, row by row.

    Empty where it does not more than chance would have it.
    """
    if len(values) != len(exact):
        return ""
    for place in range(len(exact[0])):
        numbers = [told[place] for told in exact]
        for by in (16, 64, 256, 1000, 65_536):
            agreeing = sum(
                value % by == number % by for value, number in zip(values, numbers, strict=True)
            )
            likely = max(1.0 / by, _likely(values, numbers, by))
            if agreeing > 2 and _tail(agreeing, len(values), min(1.0, likely)) < CHANCE_MAX:  # noqa: PLR2004 - two are chance
                return f"in its remainder by {by}, in {agreeing} of {len(values)} rows"
        if abs(_correlation(values, numbers)) * math.sqrt(len(values)) > SIGMAS_MAX:
            return "in its size"
    return ""


def _likely(values: Sequence[int], numbers: Sequence[int], by: int) -> float:
    """Return how often two rows taken at random agree."""
    shifted = [*numbers[len(numbers) // 2 :], *numbers[: len(numbers) // 2]]
    return (
        1 + sum(value % by == number % by for value, number in zip(values, shifted, strict=True))
    ) / len(values)


def _correlation(one: Sequence[int], other: Sequence[int]) -> float:
    means = [sum(each) / len(each) for each in (one, other)]
    apart = [
        [value - mean for value in each] for each, mean in zip((one, other), means, strict=True)
    ]
    sizes = [math.sqrt(sum(value * value for value in each)) for each in apart]
    return (
        sum(a * b for a, b in zip(*apart, strict=True)) / (sizes[0] * sizes[1])
        if all(sizes)
        else 0.0
    )
