# SPDX-License-Identifier: Apache-2.0
"""What a doctor says of a box: one line a subject, and one verdict; and how it reads a store."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

BUSY_TIMEOUT_S = 5.0


class State(StrEnum):
    """How one subject stands."""

    FINE = "fine"
    LOOK = "look"
    """It runs; somebody should look before it does not."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Subject:
    """One line: what was examined, how it stands, what was found, and what to do about it."""

    name: str
    state: State
    found: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All lines, and the worst of their states."""

    subjects: tuple[Subject, ...]

    @property
    def verdict(self) -> State:
        """Return the worst state."""
        return max((subject.state for subject in self.subjects), key=list(State).index)

    @property
    def sentence(self) -> str:
        """Return the one line that an installer reads."""
        wrong = [subject.name for subject in self.subjects if subject.state is self.verdict]
        if self.verdict is State.FINE:
            return "fine: nothing to do"
        return f"{self.verdict}: {', '.join(wrong)}"


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a file of a store, which a running box may hold open too."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)


def first_row(path: Path, query: str, *values: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a row is what its query says
    """Return the first row of a query, empty where there is none."""
    with closing(open_read_only(path)) as file:
        return tuple(file.execute(query, values).fetchone() or ())


def age_in_words(seconds: float) -> str:
    """Write an age; a clock that was set back may make it negative."""
    minutes = round(seconds / 60.0)
    return (
        f"{minutes} min"
        if abs(minutes) < 120  # noqa: PLR2004 - two hours, three days
        else f"{minutes // 60} h"
        if minutes < 72 * 60
        else f"{minutes // 1440} days"
    )
