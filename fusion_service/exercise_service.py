# SPDX-License-Identifier: Apache-2.0
"""The wiring of an exercise: synthetic boxes, the real path, the estimates, and the API over them.

As service.py wires a live centre; no broker, and a store of its own that says what it is.
"""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fusion_service.config import FusionConfig, HttpConfig, StoreConfig
from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.loop import Estimation
from fusion_service.exercise.crowd import Minute
from fusion_service.exercise.runner import SIZE_MIB_MAX, Ran, run_exercise
from fusion_service.exercise.scenario import MINUTE_S, Scenario
from fusion_service.http_server import bound, entrance_of, server_of, sources_of
from fusion_service.ledger.shift_log import ShiftEntry
from fusion_service.shift.desk import Desk
from fusion_service.shift.monitor import ShiftMonitor, Sources
from fusion_service.store.estimates import EstimateRow
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.sources import SourceFile
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


@dataclass(slots=True)
class _Estimates:
    """The estimates of an exercise, which begin once its store is there."""

    scenario: Scenario
    path: Path
    opened: ExitStack
    picture: EstimateReader
    now_s: int = 0
    minute: Minute | None = None
    estimation: Estimation | None = field(default=None)
    monitor: ShiftMonitor | None = None
    heard: Heard = lambda _entries: None

    def advance(self, now_s: int, told: Told) -> None:
        """Estimate the exercise's time, and tell what came of it."""
        self.now_s = now_s
        if self.estimation is None:
            self.estimation = self._begin()
        self.estimation.turn()
        self.picture.tell(self.scenario.site.id)
        if self.monitor is not None:
            self.monitor.turn()
        if self.minute is not None:
            told(self.minute, self.picture.latest(self.scenario.site.id))

    def note(self, minute: Minute) -> None:
        """Keep what was true of the minute that is being committed."""
        self.minute = minute

    def _begin(self) -> Estimation:
        plans = SqliteSitePlans(self.path, size_mib_max=SIZE_MIB_MAX)
        plans.keep(self.scenario.site.id, self.scenario.site_text, now_ms=self.now_s * 1000)
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
    speed: float | None = None,
    http: HttpConfig | None = None,
    told: Told = lambda _minute, _rows: None,
    heard: Heard = lambda _entries: None,
    ended: Callable[[Ran], None] = lambda _ran: None,
    stop: threading.Event | None = None,
) -> None:
    """Run a scenario in a new store, `speed` times as fast as time, or as fast as it goes.

    `ended` is told once the last minute is over. With `http` its API answers from the first minute
    on, and after the last until told to stop. Raises StoreError where the store is there already or
    fails, PortError where the address is taken.
    """
    stop = stop or threading.Event()
    pace = _Pace(speed, stop)
    with ExitStack() as opened:
        listener = None if http is None else opened.enter_context(bound(http))
        config = FusionConfig(store=StoreConfig(path=store), http=http or HttpConfig())
        estimates = _Estimates(scenario, store, opened, EstimateReader(store), heard=heard)
        serving = _Serving(config, estimates.picture, estimates.now_ms)

        def advance(at_s: int) -> None:
            estimates.advance(at_s, told)
            if listener is not None and not serving.begun:
                assert estimates.monitor is not None  # noqa: S101 - it began with the first minute
                opened.enter_context(serving.over(listener, estimates.monitor))

        ran = run_exercise(
            scenario,
            store,
            advance,
            on_minute=estimates.note,
            wait=pace.wait,
            stop=stop,
        )
        ended(ran)
        if listener is not None:
            stop.wait()


class _Pace:
    """Holds back each minute until it is due."""

    def __init__(self, speed: float | None, stop: threading.Event) -> None:
        self._minute_s = None if speed is None else MINUTE_S / speed
        self._stop = stop
        self._due = time.monotonic()

    def wait(self) -> None:
        """Return once the next minute may begin, or at once where all is to stop."""
        if self._minute_s is not None:
            self._due += self._minute_s
            self._stop.wait(max(0.0, self._due - time.monotonic()))


class _Serving:
    """The API over an exercise's store, once there is something in it."""

    def __init__(
        self, config: FusionConfig, picture: EstimateReader, now_ms: Callable[[], int]
    ) -> None:
        self._config, self._picture, self._now_ms = config, picture, now_ms
        self.begun = False

    @contextmanager
    def over(self, listener: socket.socket, monitor: ShiftMonitor) -> Iterator[None]:
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
