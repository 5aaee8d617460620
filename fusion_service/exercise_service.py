# SPDX-License-Identifier: Apache-2.0
"""The wiring of an exercise: synthetic boxes, the real path, the estimates, and the API over them.

As service.py wires a live centre; no broker, and a store of its own that says what it is.
"""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from fusion_service.config import FusionConfig, HttpConfig, StoreConfig
from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.loop import Estimation
from fusion_service.exercise.control.direction import AS_FAST_AS_IT_GOES, Direction, Pace
from fusion_service.exercise.control.script import Line
from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.runner import SIZE_MIB_MAX, Ran, run_exercise
from fusion_service.exercise.scenario import MINUTE_S, InjectKind, Scenario
from fusion_service.http_server import bound, entrance_of, server_of, sources_of
from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.shift.desk import Actor, Desk
from fusion_service.shift.monitor import ShiftMonitor, Sources
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.exercise.kept import TruthRow
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.exercise import ExerciseFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.sources import SourceFile
from fusion_service.web.exercise.control import ControlRoom, add_exercise
from fusion_service.web.form.instants import of_milliseconds
from fusion_service.web.metrics import Watching
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.shift.acting import ShiftRoom
from fusion_service.web.shift.listeners import ShiftStream
from fusion_service.web.views.health import BrokerView, Condition, HealthView, StoreView

Told = Callable[[Minute, list[EstimateRow]], None]
"""Is told after each minute what was true of it, and what is estimated."""
Heard = Callable[[Sequence[ShiftEntry]], None]
"""Hears what comes into the log of the shift."""
MESSENGER = Actor("exercise", "", "exercise")
"""Who tells the control room what a scenario has somebody say."""


@dataclass(slots=True)
class _Estimates:
    """The estimates of an exercise, which begin once its store is there.

    More attributes than ten: it has all that stands on the store, which is not there before.
    """

    direction: Direction
    path: Path
    opened: ExitStack
    picture: EstimateReader
    now_s: int = 0
    minute: Minute | None = None
    estimation: Estimation | None = field(default=None)
    monitor: ShiftMonitor | None = None
    record: ExerciseFile | None = None
    heard: Heard = lambda _entries: None
    messages: list[Line] = field(default_factory=list)
    """What somebody is to be told once there is a log."""

    def advance(self, now_s: int, told: Told) -> None:
        """Estimate the exercise's time, and tell what came of it."""
        self.now_s = now_s
        if self.estimation is None:
            self.estimation = self._begin()
        self.estimation.turn()
        self.picture.tell(self.direction.scenario.site.id)
        if self.monitor is not None:
            self.monitor.turn()
        self._tell_messages()
        if self.minute is not None:
            self._keep_truth(self.minute)
            told(self.minute, self.picture.latest(self.direction.scenario.site.id))

    def hear_lines(self, start_s: int, holding: Sequence[Line], ended: Sequence[Line]) -> None:
        """Keep which lines begin and end, and what somebody is to be told."""
        self.direction.hear_lines(start_s, holding, ended)
        self.messages += [
            one
            for one in holding
            if one.inject.kind is InjectKind.MESSAGE and one.inject.at_s == start_s
        ]

    def note(self, minute: Minute) -> None:
        """Keep what was true of the minute that is being committed."""
        self.minute = minute

    def _tell_messages(self) -> None:
        """Write into the log of the shift what somebody is told."""
        assert self.monitor is not None  # noqa: S101 - it began with the estimates
        for line in self.messages:
            zone = next(iter(line.inject.zones), "")
            site = self.direction.scenario.site.id
            self.monitor.desk.note(site, line.inject.text, who=MESSENGER, zone=zone)
        self.messages.clear()

    def _keep_truth(self, minute: Minute) -> None:
        at_s = minute.start_s + MINUTE_S
        assert self.record is not None  # noqa: S101 - it began with the estimates
        self.record.keep_truth(
            [TruthRow(zone, at_s, people) for zone, people in minute.people.items()]
        )

    def _begin(self) -> Estimation:
        scenario = self.direction.scenario
        site = scenario.site.id
        self.record = self.opened.enter_context(ExerciseFile(self.path, size_mib_max=SIZE_MIB_MAX))
        self.direction.keep_in(self.record)
        plans = SqliteSitePlans(self.path, size_mib_max=SIZE_MIB_MAX)
        plans.keep(site, scenario.site_text, now_ms=self.now_s * 1000)
        file = self.opened.enter_context(EstimateFile(self.path, size_mib_max=SIZE_MIB_MAX))
        others = self.opened.enter_context(SourceFile(self.path, size_mib_max=SIZE_MIB_MAX))
        log = self.opened.enter_context(ShiftFile(self.path, size_mib_max=SIZE_MIB_MAX))
        desk = Desk(log, self.now_ms)
        desk.listen(self.heard)
        self.monitor = ShiftMonitor(
            desk, Sources(self.picture, Reader(self.path), DrawnSites(plans))
        )
        return Estimation(file, DrawnSites(plans), others=others, now_ms=self.now_ms)

    def now_ms(self) -> int:
        """Return the time of the exercise, UTC in ms."""
        return self.now_s * 1000


def exercise(
    scenario: Scenario,
    store: Path,
    *,
    pace: Pace = AS_FAST_AS_IT_GOES,
    http: HttpConfig | None = None,
    told: Told = lambda _minute, _rows: None,
    heard: Heard = lambda _entries: None,
    ended: Callable[[Ran], None] = lambda _ran: None,
    stop: threading.Event | None = None,
) -> None:
    """Run a scenario in a new store, at a pace that exercise control may change.

    `ended` is told once the last minute is over. With `http` its API answers from the first minute
    on, and after the last until told to stop. Raises StoreError where the store is there already or
    fails, PortError where the address is taken.
    """
    stop = stop or threading.Event()
    direction = Direction(scenario, pace, stop)
    with ExitStack() as opened:
        listener = None if http is None else opened.enter_context(bound(http))
        config = FusionConfig(store=StoreConfig(path=store), http=http or HttpConfig())
        estimates = _Estimates(direction, store, opened, EstimateReader(store), heard=heard)
        serving = _Serving(config, estimates.picture, estimates.now_ms)

        def advance(at_s: int) -> None:
            estimates.advance(at_s, told)
            if listener is not None and not serving.begun:
                assert estimates.monitor is not None  # noqa: S101 - it began with the first minute
                assert estimates.record is not None  # noqa: S101 - the same
                control = ControlRoom(direction, estimates.record, estimates.now_ms)
                opened.enter_context(serving.over(listener, estimates.monitor, control))

        ran = run_exercise(
            scenario,
            store,
            advance,
            on_minute=estimates.note,
            script=direction.script,
            on_lines=estimates.hear_lines,
            wait=direction.wait,
            stop=direction.over,
        )
        direction.finish()
        ended(ran)
        if listener is not None:
            stop.wait()


class _Serving:
    """The API over an exercise's store, once there is something in it."""

    def __init__(
        self, config: FusionConfig, picture: EstimateReader, now_ms: Callable[[], int]
    ) -> None:
        self._config, self._picture, self._now_ms = config, picture, now_ms
        self.begun = False

    @contextmanager
    def over(
        self, listener: socket.socket, monitor: ShiftMonitor, control: ControlRoom
    ) -> Iterator[None]:
        """Serve on a bound address for as long as this is entered."""
        self.begun = True
        live = LivePicture(sources_of(self._config, self._picture, self._now_ms))
        store = self._config.store
        stream = ShiftStream(monitor.desk)
        with (
            AccessFile(store.path, size_mib_max=store.size_mib_max) as keeper,
            live.running(),
        ):
            server = server_of(
                self._config,
                self._health(),
                Watching(),
                live,
                now_ms=self._now_ms,
                entrance=entrance_of(self._config, keeper),
                shift=ShiftRoom(monitor.desk, monitor, live.sources, stream),
            )
            app = server.config.app
            assert isinstance(app, FastAPI)  # noqa: S101 - server_of makes one
            add_exercise(app, control)
            thread = threading.Thread(target=server.run, args=([listener],), name="http")
            thread.start()
            try:
                yield
            finally:
                live.end()
                stream.end()
                server.should_exit = True
                thread.join()

    def _health(self) -> Callable[[], HealthView]:
        view = HealthView(
            condition=Condition.FINE,
            boot=str(uuid.uuid4()),
            started_at=of_milliseconds(self._now_ms()),
            broker=BrokerView(
                state="none",
                detail="an exercise has no broker",
                since=of_milliseconds(self._now_ms()),
            ),
            store=StoreView(condition=Condition.FINE, detail=""),
            inbox_depth=0,
            inbox_max=0,
        )
        return lambda: view
