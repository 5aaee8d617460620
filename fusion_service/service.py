# SPDX-License-Identifier: Apache-2.0
"""The only wiring: store, subscriber, intake and API, and the order in which they start and end.

Threads: the broker's network thread, one intake, one for counters of others, one that estimates,
one that forecasts, one of feeds (with one for each feed), one that proposes levels and raises
alarms, one for each outlet that is told of them, one HTTP loop (with its own workers), and the main
one, which waits for the end. A part that dies ends the service, with its error.
"""

import gc
import logging
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

from fusion_service.config import FusionConfig, HomeAssistantConfig
from fusion_service.context.build import feeds_of
from fusion_service.context.keeper import FeedKeeper
from fusion_service.context.state import FeedCondition
from fusion_service.errors import StoreError
from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.drawn_sites import DrawnSites
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.estimation.forecasting.started import Forecaster, Keeping, started
from fusion_service.estimation.loop import Estimation
from fusion_service.estimation.what_if.answering import WhatIfs
from fusion_service.http_server import (
    bound,
    entrance_of,
    intake_of,
    server_of,
    sources_of,
    with_alarms,
    with_outlets,
)
from fusion_service.identity.server_expiry import CertificateEnds
from fusion_service.ingest.clock_step import ClockStep
from fusion_service.ingest.intake import Intake, Show
from fusion_service.ingest.mqtt.link import LinkState
from fusion_service.ingest.mqtt.own_certificate import tls_of
from fusion_service.ingest.mqtt.subscriber import Subscriber
from fusion_service.publish.alerts.configured import tellers_of
from fusion_service.publish.home_assistant import HomeAssistant
from fusion_service.shift.desk import Desk
from fusion_service.shift.monitor import ShiftMonitor, Sources
from fusion_service.sources.over_broker import BrokerIntake
from fusion_service.store.sqlite.access.keeper import AccessFile
from fusion_service.store.sqlite.context import ContextFile
from fusion_service.store.sqlite.estimates import EstimateFile, EstimateReader
from fusion_service.store.sqlite.exercise import exercise_of
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.shift.keeper import ShiftFile
from fusion_service.store.sqlite.site_plans import SqliteSitePlans
from fusion_service.store.sqlite.sources import SourceFile
from fusion_service.store.sqlite.upkeep.backup import refuse_retired
from fusion_service.store.sqlite.upkeep.serving import served_alone
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.form.instants import of_milliseconds
from fusion_service.web.metrics import Watching
from fusion_service.web.picture.live import LivePicture
from fusion_service.web.shift.acting import ShiftRoom
from fusion_service.web.shift.listeners import ShiftStream
from fusion_service.web.views.devices import certificate_days_view
from fusion_service.web.views.health import (
    BrokerView,
    CertificateView,
    Condition,
    HealthView,
    StoreView,
)
from wire_contract.messages.report import Report

DAY_S = 86_400
BEHIND_SHOWN_MS = 1_000 * DAY_S
"""A loss makes the health degraded for so long at most: a box that is gone never closes its gap."""
AWAY_MS = 30_000
"""A broker that is away for less is started anew, and no alarm."""
SOURCE_WAIT_S = 0.5
"""How long the thread of sources waits before it looks whether the service ends."""
GARBAGE_THRESHOLDS = (20_000, 20, 50)
"""How seldom Python looks for cycles among what is alive. A batch makes thousands of values and no
cycle; with the usual thresholds (700, 10, 10) the looking took a tenth of a report's time."""

log = logging.getLogger(__name__)


def serve(config: FusionConfig) -> None:
    """Run until SIGTERM or SIGINT, then finish what was received and leave.

    Raises StoreError, BrokerError or PortError where it cannot start; a broker that is down is
    waited for.
    """
    stop = threading.Event()
    with (
        _told_to_end(stop),
        bound(config.http) as listener,
        served_alone(config.store.path),
        _opened_store(config) as store,
        EstimateFile(config.store.path, size_mib_max=config.store.size_mib_max) as estimates,
        AccessFile(config.store.path, size_mib_max=config.store.size_mib_max) as keeper,
        SourceFile(config.store.path, size_mib_max=config.store.size_mib_max) as others,
        ContextFile(config.store.path, size_mib_max=config.store.size_mib_max) as said,
        ShiftFile(config.store.path, size_mib_max=config.store.size_mib_max) as shift_log,
        ForecastFile(config.store.path, size_mib_max=config.store.size_mib_max) as forecasts,
    ):
        entrance = entrance_of(config, keeper)
        boot, started_ms = str(uuid.uuid4()), now_ms()
        subscriber = Subscriber(
            config.broker, boot=boot, inbox_max=config.ingest.queue_max, now_ms=now_ms
        )
        committed = threading.Event()
        show = _waking(committed, _show(config.home_assistant, subscriber))
        step = ClockStep(now_ms, lambda: time.monotonic_ns() // 1_000_000)
        intake = Intake(
            subscriber, store, config.ingest, config.retention, now_ms=now_ms, show=show, step=step
        )
        picture = EstimateReader(config.store.path)
        estimation = _estimation(config, estimates, picture, others)
        feeds = _feeds(config, said)
        ends = CertificateEnds(config.broker, tls_of, now_s=time.monotonic)
        behind = behind_words(Reader(config.store.path), now_ms)
        desk = Desk(shift_log, now_ms)
        ahead = KnownAhead(lambda _site: now_ms() // 1000)
        told = Told(said, [feed for feed, _ in feeds.states()], desk.site)
        forecaster = _forecaster(config, forecasts, ahead, told)
        monitor = _monitor(config, desk, picture, subscriber, feeds, ahead)
        fares = _health(
            subscriber,
            intake,
            ends,
            lambda: (
                estimation.fault or feeds.fault or monitor.fault or forecaster.fault or behind()
            ),
            entrance.alarm,
            boot=boot,
            started_ms=started_ms,
            inbox_max=config.ingest.queue_max,
        )
        health = _noting(fares, forecaster.note)
        watching = Watching(
            config.store.size_mib_max * 1024 * 1024,
            subscriber.box_certificates.ends_s,
            feeds.states,
            forecasts,
            WhatIfs(forecasts, told),
        )
        live = LivePicture(sources_of(config, picture))
        stream = ShiftStream(desk)
        tellers = tellers_of(config, desk)
        server = server_of(
            config,
            with_outlets(health, tellers),
            with_alarms(watching, desk),
            live,
            now_ms=now_ms,
            entrance=entrance,
            others=others,
            shift=ShiftRoom(desk, monitor, live.sources, stream),
        )
        known = threading.Event()
        let_in = BrokerIntake(intake_of(others, live, now_ms), subscriber.source_messages.tell)
        with (
            live.running(),
            picture.listening(lambda _site: known.set()),
            ThreadPoolExecutor(7 + len(tellers)) as threads,
        ):
            parts: list[Future[None]] = [
                threads.submit(intake.run, stop),
                threads.submit(_let_sources_in, subscriber, let_in, stop),
                threads.submit(estimation.run, stop, committed),
                threads.submit(feeds.run, stop),
                threads.submit(monitor.run, stop, known),
                threads.submit(forecaster.run, stop),
                *(threads.submit(one.run, stop) for one in tellers),
                threads.submit(server.run, [listener]),
            ]
            for part in parts:
                part.add_done_callback(lambda _: stop.set())
            gc.freeze()  # what is alive now stays so
            gc.set_threshold(*GARBAGE_THRESHOLDS)
            subscriber.start()
            log.info("fusion-service runs, http at %s:%d", config.http.host, config.http.port)
            stop.wait()
            known.set()  # who looks at sites waits for news of one
            subscriber.refuse_more()
            live.end()  # a stream never ends by itself, and the server waits for each
            stream.end()
            server.should_exit = True
            try:
                for part in parts:
                    part.result()
            finally:
                subscriber.stop()
    log.info("fusion-service ended")


def now_ms() -> int:
    """Return the centre's clock, UTC in ms."""
    return time.time_ns() // 1_000_000


@contextmanager
def _told_to_end(stop: threading.Event) -> Iterator[None]:
    """Turn SIGTERM and SIGINT into the event, for as long as the service runs."""
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _opened_store(config: FusionConfig) -> Writer:
    store = config.store
    refuse_retired(store.path)
    if (scenario := exercise_of(store.path)) is not None:
        raise StoreError(
            f"{store.path}: is of the exercise {scenario}, wanted a store of what is counted; name "
            "another store.path"
        )
    return Writer(store.path, **store.limits)


def _let_sources_in(subscriber: Subscriber, intake: BrokerIntake, stop: threading.Event) -> None:
    """Let in what counters of others say over the broker, until the end."""
    while not stop.is_set():
        message = subscriber.source_messages.next_message(SOURCE_WAIT_S)
        if message is None:
            continue
        if intake.admit(message.topic.site, message.topic.source, message.body, stop):
            subscriber.settle([message.delivery])


def _show(config: HomeAssistantConfig, subscriber: Subscriber) -> Show:
    if not config.enabled:
        return lambda _report: None
    return HomeAssistant(config, subscriber.show, lambda: subscriber.connection).show


def _estimation(
    config: FusionConfig, estimates: EstimateFile, picture: EstimateReader, others: SourceFile
) -> Estimation:
    plans = SqliteSitePlans(config.store.path, size_mib_max=config.store.size_mib_max)
    return Estimation(
        estimates,
        DrawnSites(plans),
        others=others,
        now_ms=now_ms,
        told=picture.tell,
        keep_s=config.retention.estimate_days * DAY_S,
    )


def _feeds(config: FusionConfig, said: ContextFile) -> FeedKeeper:
    return FeedKeeper(
        feeds_of(config.context),
        said,
        now_s=lambda: now_ms() // 1000,
        random=Random(),  # noqa: S311 - how long a wait is hides nothing
        keep_s=config.retention.context_days * DAY_S,
    )


def _forecaster(
    config: FusionConfig, forecasts: ForecastFile, ahead: KnownAhead, told: Told
) -> Forecaster:
    plans = SqliteSitePlans(config.store.path, size_mib_max=config.store.size_mib_max)
    kept, models = config.retention, config.store.path.parent / "forecasts"
    return started(
        forecasts,
        Reader(config.store.path),
        DrawnSites(plans),
        Keeping(models, made_s=kept.forecast_days * DAY_S, days_s=kept.estimate_days * DAY_S),
        now_s=lambda: now_ms() // 1000,
        ahead=ahead,
        told=told,
    )


def _monitor(
    config: FusionConfig,
    desk: Desk,
    picture: EstimateReader,
    subscriber: Subscriber,
    feeds: FeedKeeper,
    ahead: KnownAhead,
) -> ShiftMonitor:
    plans = SqliteSitePlans(config.store.path, size_mib_max=config.store.size_mib_max)

    def broker() -> str:
        link = subscriber.link
        is_away = link.state is not LinkState.CONNECTED and now_ms() - link.since_ms > AWAY_MS
        return (link.detail or str(link.state)) if is_away else ""

    def missing(_site: str) -> list[str]:
        """Return the feeds that fail, and of which something is missing: of every site.

        One that was not asked yet, as at each start, is none of them.
        """
        now_s = now_ms() // 1000
        return [
            feed.name
            for feed, state in feeds.states()
            if state.condition is FeedCondition.DEGRADED and state.missing(feed, now_s)
        ]

    reader = Reader(config.store.path)
    sources = Sources(
        picture,
        reader,
        DrawnSites(plans),
        broker,
        forecast=ahead.forecast,
        coming=ahead.coming,
        feeds=missing,
    )
    return ShiftMonitor(desk, sources)


def _waking(committed: threading.Event, show: Show) -> Show:
    """Wake who estimates at each commit, and show the report."""

    def shown(report: Report) -> None:
        committed.set()
        show(report)

    return shown


def _health(
    subscriber: Subscriber,
    intake: Intake,
    certificates: CertificateEnds,
    trouble: Callable[[], str],
    alarm: Callable[[], str],
    *,
    boot: str,
    started_ms: int,
    inbox_max: int,
) -> Callable[[], HealthView]:
    def health() -> HealthView:
        link, fault = subscriber.link, intake.fault or trouble()
        troubles, sealed = subscriber.troubles, alarm()
        is_fine = not (fault or troubles or sealed) and link.state is LinkState.CONNECTED
        return HealthView(
            condition=Condition.FINE if is_fine else Condition.DEGRADED,
            boot=boot,
            started_at=of_milliseconds(started_ms),
            broker=BrokerView(
                state=link.state,
                detail="; ".join(dict.fromkeys(filter(None, (link.detail, *troubles)))),
                since=of_milliseconds(link.since_ms),
            ),
            store=StoreView(
                condition=Condition.DEGRADED if intake.fault else Condition.FINE, detail=fault
            ),
            access=sealed,
            inbox_depth=subscriber.depth,
            inbox_max=inbox_max,
            certificates=tuple(
                CertificateView(name=one.name, **days.model_dump())
                for one in certificates.read()
                if (days := certificate_days_view(one.ends_s)) is not None
            ),
        )

    return health


def _noting(health: Callable[[], HealthView], forecast: str) -> Callable[[], HealthView]:
    """Say beside the health what the centre lacks to forecast as it could: that is no fault."""
    return lambda: health().model_copy(update={"forecast": forecast})


def behind_words(reader: Reader, now_ms: Callable[[], int]) -> Callable[[], str]:
    """Return what says that the store holds less than it acknowledged, for a day; else nothing."""

    def words() -> str:
        try:
            found = reader.behind(since_ms=now_ms() - BEHIND_SHOWN_MS)
        except StoreError:
            return ""  # who asks for the devices is told why
        if not found.streams:
            return ""
        more = f"; {found.strangers} of boxes that are not enrolled here" if found.strangers else ""
        return (
            f"holds less of {found.streams} streams than was acknowledged{more}: it was put back "
            "from a copy, or lost; boxes send again what they keep, /v1/lost says what they do not"
        )

    return words
