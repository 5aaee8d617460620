# SPDX-License-Identifier: Apache-2.0
"""What is forecast and warned of reaches whoever proposes levels, as the service wires it."""

from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from fusion_service import service
from fusion_service.config import FusionConfig, StoreConfig
from fusion_service.context.keeper import FeedKeeper
from fusion_service.estimate.levels import Coming
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.ingest.mqtt.subscriber import Subscriber
from fusion_service.registry.site import Level
from fusion_service.shift.desk import Desk
from fusion_service.store.forecast.kept import Made, Said
from fusion_service.store.forecast.steps import HOUR_S, packed
from fusion_service.store.sqlite.context import ContextFile
from fusion_service.store.sqlite.estimates import EstimateReader
from fusion_service.store.sqlite.shift.keeper import ShiftFile

AT_S = 1_790_000_000 // HOUR_S * HOUR_S


def test_the_monitor_asks_what_is_forecast_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "fusion.sqlite"
    config = FusionConfig(store=StoreConfig(path=path))
    with ShiftFile(path, size_mib_max=64) as log, ContextFile(path, size_mib_max=64) as said:
        feeds = FeedKeeper((), said, now_s=lambda: AT_S, random=Random(1), keep_s=1)
        subscriber = Subscriber(
            config.broker,
            boot=str(UUID(int=8, version=4)),
            inbox_max=10,
            now_ms=lambda: AT_S * 1000,
        )
        ahead = KnownAhead(lambda _site: AT_S)
        desk = Desk(log, lambda: AT_S * 1000)
        monitor = service._monitor(config, desk, EstimateReader(path), subscriber, feeds, ahead)
        made = Made("beach", HOUR_S, AT_S, AT_S * 1000, 1)
        coming = Coming(Level.RED, "square", AT_S + HOUR_S, 0.5)
        steps = packed([1.0, 2.0, 3.0, 2.0])
        ahead.tell(made, [Said("zone/square", False, steps)], ZoneInfo("UTC"), [coming])  # noqa: FBT003 - of a row
        assert [one.people for one in monitor.sources.forecast("beach")["square"]] == [2.0]
        assert monitor.sources.coming("beach") == (coming,)
