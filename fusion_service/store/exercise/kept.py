# SPDX-License-Identifier: Apache-2.0
"""What is kept of an exercise besides what the centre keeps anyway: what was true, what was done.

It is apart from the log of the shift, which players read. The rules of store/port.py hold here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

SCRIPT = "script"
"""The actor of what happens by the scenario's own time."""


class ControlDeed(StrEnum):
    """What exercise control did, or the script by itself."""

    BEGAN = "line began"
    ENDED_LINE = "line ended"
    LEFT_OUT = "line left out"
    PAUSED = "paused"
    WENT_ON = "went on"
    PACED = "speed set"
    JUMPED = "jumped"
    ENDED = "exercise ended"


@dataclass(frozen=True, slots=True)
class TruthRow:
    """How many people were in a zone, on average, in the minute that ended at at_s (UTC)."""

    zone: str
    at_s: int
    people: float


@dataclass(frozen=True, slots=True)
class ControlDraft:
    """A deed that is not yet kept. at_ms: by the exercise's clock; real_ms: by that on the wall.

    actor: an id of somebody, or SCRIPT. detail: words and numbers, never a name.
    """

    at_ms: int
    real_ms: int
    actor: str
    organisation: str
    deed: ControlDeed
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ControlEntry(ControlDraft):
    """A deed as it is kept."""

    id: int = 0


class ExerciseRecord(Protocol):
    """The reading side. Safe for many threads."""

    def truth(self, *, from_s: int, to_s: int) -> list[TruthRow]:
        """Return what was true after one moment and until another, by zone and time."""

    def control(self, *, limit: int) -> list[ControlEntry]:
        """Return what exercise control did, the last first."""


class ExerciseKeeper(ExerciseRecord, Protocol):
    """The writing side."""

    def keep_truth(self, rows: Sequence[TruthRow]) -> None:
        """Keep what was true."""

    def note(self, draft: ControlDraft) -> ControlEntry:
        """Keep what was done."""
