# SPDX-License-Identifier: Apache-2.0
"""Read the counts out of what a source sends, as its mapping says. Pure.

Nothing of a message is kept but times and numbers. Rule 1: whatever the bytes are, the answer is
counts or a SourceRefusedError. Rule 2: one count that cannot be read refuses the message, so that
none is lost without a word. Rule 3: a name that the site's file does not know is passed over, and
told.
"""

import csv
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fusion_service.registry.site import Counter, CountSource
from fusion_service.registry.source import Mapping, Path, SourceKind, TimeFormat
from fusion_service.sources.refusal import SourceRefusedError
from fusion_service.store.sources import SourceCount

BODY_BYTES_MAX = 262_144
COUNTS_MAX = 5_000
"""In one message: a day of minutes of three counters."""
PEOPLE_MAX = 10**6
AHEAD_S, BEHIND_S = 3_600, 366 * 86_400
"""A window that ends further in the future, or longer ago, has a wrong clock or time format."""
LENGTH_S_MAX = 86_400

Bound = dict[Path, object]
"""The element of a list that a path's beginning stands for in this row."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a message said, and the names in it that the site's file does not know."""

    counts: tuple[SourceCount, ...]
    unknown: tuple[str, ...]


def read_counts(body: bytes, source: CountSource, now_s: int) -> Read:
    """Return the counts of a message. Raises SourceRefusedError."""
    assert source.mapping is not None  # noqa: S101 - of a person there is no message to read
    mapping = source.mapping
    if len(body) > BODY_BYTES_MAX:
        raise SourceRefusedError("body", f"{len(body)} bytes", f"at most {BODY_BYTES_MAX}")
    tree = _table(body, mapping) if source.kind is SourceKind.CSV else _tree(body)
    counts, unknown = [], dict[str, None]()
    for number, bound in enumerate(_rows(tree, mapping.rows, {})):
        if number >= COUNTS_MAX:
            raise SourceRefusedError("body", "more counts", f"at most {COUNTS_MAX} in one message")
        row = _Row(tree, mapping, bound, number)
        found = row.counter(source)
        if isinstance(found, str):
            unknown[found[:80]] = None
        else:
            counts.append(row.count(found, now_s))
    return Read(tuple(counts), tuple(unknown)[:20])


def _tree(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceRefusedError("body", f"no JSON: {str(error)[:80]}", "JSON, UTF-8") from error


def _table(body: bytes, mapping: Mapping) -> object:
    """Return the rows of a CSV, each a value by its column."""
    try:
        text = body.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=mapping.delimiter, strict=True))
    except (ValueError, csv.Error) as error:
        got = f"no CSV: {str(error)[:80]}"
        raise SourceRefusedError("body", got, "CSV, UTF-8, with a line of column names") from error


def _rows(tree: object, rows: Path, bound: Bound, at: int = 0) -> Iterator[Bound]:
    """Yield what the list steps of a path stand for, once for each row."""
    value = tree
    for number in range(at, len(rows)):
        step = rows[number]
        if step.field is not None:
            value = value.get(step.field) if isinstance(value, dict) else None
            continue
        for element in value if isinstance(value, list) else ():
            if step.key is None or _has(element, step.key, step.value):
                here = {**bound, rows[: number + 1]: element}
                yield from _rows(element, rows, here, number + 1)
        return
    if value is not None:
        yield bound


def _at(tree: object, path: Path | None, bound: Bound) -> object:
    """Return the value to which a path leads in a row; None where there is none."""
    value = tree
    for number, step in enumerate(path or ()):
        if step.field is not None:
            value = value.get(step.field) if isinstance(value, dict) else None
        elif path is not None and path[: number + 1] in bound:
            value = bound[path[: number + 1]]
        else:
            elements = value if isinstance(value, list) else []
            value = next(
                (one for one in elements if step.key and _has(one, step.key, step.value)), None
            )
    return None if path is None else value


def _has(element: object, key: str, value: str | None) -> bool:
    return isinstance(element, dict) and key in element and str(element[key]) == value


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a message: what its list steps stand for, and its number for who reads why."""

    tree: object
    mapping: Mapping
    bound: Bound
    number: int

    def refused(self, key: str, got: str, wanted: str) -> SourceRefusedError:
        """Return what says that something in this row is of no use."""
        return SourceRefusedError(f"row {self.number + 1}, {key}", got, wanted)

    def counter(self, source: CountSource) -> Counter | str:
        """Return the counter that it is about, or its name where the site does not know it."""
        if self.mapping.counter is None:
            return source.counters[0]
        said = _at(self.tree, self.mapping.counter, self.bound)
        if not isinstance(said, str | int) or isinstance(said, bool):
            raise self.refused("counter", _shown(said), "a name")
        name = dict(self.mapping.names).get(str(said), str(said))
        return next((one for one in source.counters if name in {one.line, one.zone}), str(said))

    def count(self, counter: Counter, now_s: int) -> SourceCount:
        """Return what it says of a counter."""
        mapping, is_zone = self.mapping, counter.zone is not None
        start_s, length_s = self._window(now_s)
        people = self._amount(mapping.people, "people") if is_zone else None
        entered = None if is_zone else self._amount(mapping.entered, "in")
        gone = None if is_zone else self._amount(mapping.gone, "out")
        if people is None and None in {entered, gone}:
            key, wanted = ("people", "how many people") if is_zone else ("in", "both in and out")
            raise self.refused(key, "nothing", f"{wanted}, of {_name(counter)}")
        low, high = self._amount(mapping.low, "low"), self._amount(mapping.high, "high")
        if low is not None and high is not None and low > high:
            raise self.refused("low", f"{low:g} above high", "low up to high")
        return SourceCount(_name(counter), start_s, length_s, people, entered, gone, low, high)

    def _window(self, now_s: int) -> tuple[int, int]:
        """Return where its window begins, unix s, and how long it is, s."""
        mapping = self.mapping
        at_s = self._moment(mapping.time, "time")
        length_s = mapping.length_s or 0
        if mapping.until is not None:
            length_s = self._moment(mapping.until, "until") - at_s
        if not 0 < length_s <= LENGTH_S_MAX:
            raise self.refused("until", f"{length_s} s", f"a window of 1 to {LENGTH_S_MAX} s")
        start_s = at_s - length_s if mapping.time_is_end else at_s
        if not now_s - BEHIND_S <= start_s + length_s <= now_s + AHEAD_S:
            wanted = "a time within the last year; see time_format and the source's clock"
            raise self.refused("time", _shown(_at(self.tree, mapping.time, self.bound)), wanted)
        return start_s, length_s

    def _amount(self, path: Path | None, key: str) -> float | None:
        """Return a number of people; None where nothing is said, and of an empty cell."""
        said = _at(self.tree, path, self.bound)
        if said is None or said == "":
            return None
        try:
            number = math.nan if isinstance(said, bool) else float(said)  # type: ignore[arg-type]  # what it cannot read it raises
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not -PEOPLE_MAX <= number <= PEOPLE_MAX:
            raise self.refused(key, _shown(said), f"a number of at most {PEOPLE_MAX}")
        return number

    def _moment(self, path: Path, key: str) -> int:
        said = _at(self.tree, path, self.bound)
        try:
            return _moment(said, self.mapping)
        except (TypeError, ValueError, OverflowError) as error:
            wanted = f"a time, {self.mapping.time_format}"
            raise self.refused(key, _shown(said), wanted) from error


def _moment(said: object, mapping: Mapping) -> int:
    """Return a time in whole seconds, UTC. Raises ValueError, TypeError or OverflowError."""
    if mapping.time_format in {TimeFormat.UNIX_S, TimeFormat.UNIX_MS}:
        unit = 1000.0 if mapping.time_format is TimeFormat.UNIX_MS else 1.0
        return math.floor(float(str(said)) / unit)
    if mapping.time_format is TimeFormat.COMPACT:
        moment = datetime.strptime(str(said), "%Y%m%d%H%M%S")  # noqa: DTZ007 - its zone comes next
    else:
        moment = datetime.fromisoformat(str(said))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(mapping.time_zone))
    return math.floor(moment.timestamp())


def _name(counter: Counter) -> str:
    return counter.line or counter.zone or ""


def _shown(said: object) -> str:
    return "nothing" if said is None else repr(said)[:60]
