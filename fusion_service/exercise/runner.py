# SPDX-License-Identifier: Apache-2.0
"""Drive a scenario through the real path, in a store of its own: admission, disposition, commit.

Rule 1: the store is made here, or there is no exercise; what is there already is never written.
Rule 2: it says that it is an exercise before the first report is in it. Rule 3: the clock of
everything is the scenario's.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from fusion_service.config import IngestConfig, RetentionConfig
from fusion_service.errors import StoreError
from fusion_service.exercise.box import SyntheticBox
from fusion_service.exercise.control.script import Line, Script
from fusion_service.exercise.crowd import Crowd, Minute
from fusion_service.exercise.inbox import ExerciseInbox
from fusion_service.exercise.recorded.day import RecordedDay
from fusion_service.exercise.recorded.reading import recorded_windows
from fusion_service.exercise.scenario import MINUTE_S, Inject, Scenario
from fusion_service.exercise.steward import let_in, speak
from fusion_service.ingest.examined import Received
from fusion_service.ingest.intake import Intake
from fusion_service.registry.site import TrustClass
from fusion_service.store.sources import SourceKeeper
from fusion_service.store.sqlite.exercise import mark_exercise
from fusion_service.store.sqlite.sources import SourceFile
from fusion_service.store.sqlite.upkeep.serving import served_alone
from fusion_service.store.sqlite.writer import Writer

COMMIT_S = 20
"""A minute is committed so long after its end: the last box has sent it by then."""
SIZE_MIB_MAX = 4_096
DEAD_LETTERS_MAX = 1_000
HeardLines = Callable[[int, Sequence[Line], Sequence[Line]], None]
"""Is told of each minute (unix s) which lines hold in it, and which ended with the one before."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What an exercise came to: minutes that passed, messages that were committed."""

    minutes: int
    messages: int


class Clock:
    """The clock of an exercise: what it shows is set, and it never moves by itself."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def read(self) -> int:
        """Return the time, UTC in ms."""
        return self.now_ms


def run_exercise(
    scenario: Scenario,
    store_path: Path,
    on_time: Callable[[int], None] = lambda _at_s: None,
    *,
    on_minute: Callable[[Minute], None] = lambda _minute: None,
    script: Script | None = None,
    on_lines: HeardLines = lambda _start_s, _holding, _ended: None,
    wait: Callable[[], None] = lambda: None,
    stop: threading.Event | None = None,
) -> Ran:
    """Run a scenario from its beginning to its end, or until told to stop.

    on_time is told the exercise's time (unix s, UTC) after each minute's commit; on_minute what
    was true of the minute; wait is called before each minute, for as long as it is to take. script:
    its lines, where somebody may move them.
    Raises StoreError where there is a file at store_path, where a recording is of no use, and where
    the store fails.
    """
    clock = Clock(scenario.start_s * 1000)
    minutes, inbox = 0, ExerciseInbox()
    script = script or Script(scenario.injects, scenario.start_s)
    day = _day(scenario, script)
    with (
        _new_store(scenario, store_path) as store,
        SourceFile(store_path, size_mib_max=SIZE_MIB_MAX) as sources,
    ):
        intake = Intake(inbox, store, IngestConfig(), RetentionConfig(), now_ms=clock.read)
        _begin(scenario, day, store, inbox, sources)
        for start_s in range(scenario.start_s, scenario.end_s, MINUTE_S):
            wait()
            if minutes and stop is not None and stop.is_set():
                break
            holding, ended = script.draw(start_s)
            on_lines(start_s, holding, ended)
            injects = tuple(one.inject for one in holding)
            speak(scenario.site, sources, injects, start_s)
            minute, came = day.advance(start_s, injects)
            for message in came:
                inbox.send(message)
            clock.now_ms = (minute.start_s + MINUTE_S + COMMIT_S) * 1000
            _commit(intake, inbox)
            on_minute(minute)
            on_time(clock.now_ms // 1000)
            minutes += 1
    return Ran(minutes, inbox.settled)


def chance_of(scenario: Scenario, name: str) -> Random:
    """Return the source of chance of one part of a scenario, the same in every run of it."""
    return Random(f"{scenario.name} {scenario.seed} {name}")  # noqa: S311 - an exercise that can be drawn again; it hides nobody


@contextmanager
def _new_store(scenario: Scenario, path: Path) -> Iterator[Writer]:
    if path.exists() or path.is_symlink():
        raise StoreError(
            f"{path}: is there already, wanted a file that is not: an exercise makes a store of "
            "its own and writes to no other; name another with --store, or delete it where it is "
            "an exercise of before"
        )
    with (
        Writer(path, size_mib_max=SIZE_MIB_MAX, dead_letters_max=DEAD_LETTERS_MAX) as store,
        served_alone(path),
    ):
        mark_exercise(path, scenario.name, scenario.start_s * 1000)
        yield store


class _ScriptedDay:
    """Drawn people, and the boxes that count them."""

    def __init__(self, scenario: Scenario) -> None:
        self._zone = ZoneInfo(scenario.site.time_zone)
        self._crowd = Crowd(scenario.site, scenario.profiles, chance_of(scenario, "people"))
        config = hashlib.sha256(scenario.site_text.encode("utf-8")).hexdigest()
        self.boxes = [
            SyntheticBox(scenario.site, placement, config, chance_of(scenario, placement.device))
            for placement in scenario.site.placements
            if placement.trust is TrustClass.BOX
        ]

    def advance(self, start_s: int, injects: tuple[Inject, ...]) -> tuple[Minute, list[Received]]:
        """Let people and boxes do what they do for a minute; return what is true and comes in."""
        local = datetime.fromtimestamp(start_s, self._zone)
        minute = self._crowd.advance(start_s, local.hour + local.minute / 60.0, injects)
        return minute, [message for box in self.boxes for message in box.report(minute, injects)]


def _day(scenario: Scenario, script: Script) -> _ScriptedDay | RecordedDay:
    """Return the day to play. Raises StoreError where a recording is of no use."""
    if scenario.recorded is None:
        return _ScriptedDay(scenario)
    windows = recorded_windows(scenario, scenario.recorded)
    return RecordedDay(
        scenario,
        scenario.recorded,
        windows,
        injects=script.injects,
        chance=lambda device: chance_of(scenario, device),
        commit_s=COMMIT_S,
    )


def _begin(
    scenario: Scenario,
    day: _ScriptedDay | RecordedDay,
    store: Writer,
    inbox: ExerciseInbox,
    sources: SourceKeeper,
) -> None:
    """Enrol the boxes, and let in who speaks."""
    for box in day.boxes:
        store.add_device(
            box.site,
            box.device,
            box.public_key,
            test_site=False,
            added_ms=scenario.start_s * 1000,
        )
        for message in box.start(scenario.start_s):
            inbox.send(message)
    let_in(scenario.site, sources, scenario.start_s)


def _commit(intake: Intake, inbox: ExerciseInbox) -> None:
    """Have everything that waits committed. Raises StoreError where it cannot be."""
    ended = threading.Event()
    ended.set()  # the intake then empties its inbox and returns
    intake.run(ended)
    if intake.fault is not None:
        raise StoreError(f"{intake.fault}; {inbox.settled} messages of the exercise are in it")
