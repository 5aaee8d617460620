# SPDX-License-Identifier: Apache-2.0
"""What Prometheus reads, over a real store.

Against the documents, the conventions and its own bound.
"""

import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from fusion_service.ledger.alarm_rates import AlarmRates
from fusion_service.store.batch import Plan
from fusion_service.store.fleet import Fleet, WatchedDevice, WatchedWindow
from fusion_service.store.forecast.kept import Places, ScoreRow
from fusion_service.store.sqlite.forecast.keeper import ForecastFile
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web import device_metrics
from fusion_service.web.api import create_app
from fusion_service.web.device_metrics import DeviceMetrics, camera_state
from fusion_service.web.metrics import (
    CENTRE_SERIES_MAX,
    DEVICES_MAX,
    SERIES_MAX,
    FusionCollector,
    Watching,
    exposition,
)
from fusion_service.web.views.health import CertificateView
from tests.fusion_service.box import Box
from tests.fusion_service.keeping import keep
from tests.fusion_service.web.test_api import HEALTH, Site, ask
from tests.prometheus import promtool
from wire_contract.messages.report import ClockQuality, Health, Level
from wire_contract.messages.state import Link, State
from wire_contract.quality import QualityCode
from wire_contract.topics import Channel

METRICS = Path(__file__).parents[3] / "docs" / "METRICS.md"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)
UNITS = ("_seconds", "_bytes")
"""Base units: https://prometheus.io/docs/practices/naming."""
OUTCOMES = 7
WELL = WatchedWindow(1, 60, 0, ClockQuality.SYNCHRONISED, Level.FULL, Health(1, 1, 1, 1))


SCORE = ScoreRow(
    site="beach",
    day="2026-09-21",
    places=Places.ZONES,
    horizon_s=3600,
    targets=24,
    mae=12.5,
    pinball=4.0,
    coverage=0.81,
    skill=0.4,
    came=0,
    hit=0,
    false_episodes=0,
    lead_s=None,
    scored_ms=5_000,
)


class WatchedSite(Site):
    """A site whose API knows its store's bound, and the end of its box's certificate."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ends_s = {("beach", "pier-1"): int(time.time()) + 5 * 86_400 + 60}
        ends = {"ends": "2030-01-01T00:00:00+00:00", "days_left": 9}
        named = tuple(
            CertificateView(name=name, **ends) for name in ("centre", "broker", "issuing", "root")
        )
        health = HEALTH.model_copy(update={"certificates": named})
        self.forecasts = ForecastFile(path, size_mib_max=64)
        watching = Watching(64 * 2**20, lambda: self.ends_s, forecasts=self.forecasts)
        self.app = create_app(Reader(path), lambda: health, watching)

    def keep_meta(self) -> None:
        device = self.store.registry().devices["beach", "pier-1"]
        keep(self.store, device.id, self.box.meta(1), received_ms=5)
        online = {device.id: (State(1, self.box.boot, Link.ONLINE), 5)}
        with self.store.transaction() as transaction:
            transaction.apply(Plan(5, links=online))

    def scrape(self) -> str:
        return ask(self.app, "/metrics").text

    def samples(self, name: str) -> list[tuple[dict[str, str], float]]:
        return [
            (sample.labels, sample.value)
            for sample in samples_of(self.scrape())
            if sample.name == name
        ]


def samples_of(text: str) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[WatchedSite]:
    made = WatchedSite(tmp_path / "fusion.sqlite")
    with made.store, made.forecasts:
        yield made


@pytest.fixture
def full(site: WatchedSite) -> WatchedSite:
    """A store of which every metric has something to say."""
    site.keep_meta()
    site.keep(site.box.report(2), site.box.report(4), received_ms=1_000)
    site.forecasts.keep_scores([SCORE])
    return site


def families(text: str) -> dict[str, tuple[str, set[str], str]]:
    """Return type, labels and meaning of each metric, by the name that its samples bear."""
    found = {}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        found[name] = (
            family.type,
            {label for sample in family.samples for label in sample.labels},
            family.documentation,
        )
    return found


# --- the documents and the conventions


def test_the_documented_metrics_are_those_that_are_there(full: WatchedSite) -> None:
    rows = ROW.findall(METRICS.read_text())
    documented = {
        name: (kind, set(labels.split()) - {"-"}, meaning) for name, kind, labels, meaning in rows
    }
    assert len(rows) == len(documented), "a metric stands there twice"
    assert documented == families(full.scrape())


def test_names_follow_the_conventions(full: WatchedSite) -> None:
    for name, (kind, _, meaning) in families(full.scrape()).items():
        assert re.fullmatch(r"fusion_[a-z_]+", name)
        assert (kind == "counter") == name.endswith("_total"), name
        assert kind in {"counter", "gauge"}
        assert meaning.endswith("."), name
        assert not re.search(r"_(ms|minutes|hours|days|kib|mib|percent|ratio|timestamp)$", name), (
            name
        )
        assert not any(
            unit in name and not name.removesuffix("_total").endswith(unit) for unit in UNITS
        ), name


def test_promtool_finds_nothing_to_say(full: WatchedSite) -> None:
    done = subprocess.run(
        [promtool(), "check", "metrics"],
        input=full.scrape(),
        text=True,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


# --- what is said of a device


def test_a_device_says_what_an_alarm_hangs_on(full: WatchedSite) -> None:
    place = {"site": "beach", "device": "pier-1"}
    expected = {
        "fusion_device_online": [(place, 1.0)],
        "fusion_device_enrolled_timestamp_seconds": [(place, 0.005)],
        "fusion_device_last_window_timestamp_seconds": [(place, 1.0)],
        "fusion_device_window_seconds": [(place, 60.0)],
        "fusion_device_camera_state": [({**place, "state": "fine"}, 1.0)],
        "fusion_device_clock_quality": [({**place, "quality": "synchronised"}, 1.0)],
        "fusion_device_confinement_level": [({**place, "level": "full", "test_site": "no"}, 1.0)],
        "fusion_device_health": [
            ({**place, "part": part}, 1.0) for part in ("temperature", "disk", "outbox", "link")
        ],
        "fusion_device_missing": [(place, 1.0)],
        "fusion_device_certificate_expiry_timestamp_seconds": [
            (place, float(full.ends_s["beach", "pier-1"]))
        ],
    }
    assert {name: full.samples(name) for name in expected} == expected
    assert full.get("/v1/devices/beach/pier-1")["certificate"]["days_left"] == 5


def test_the_length_of_windows_is_the_usual_one_also_after_a_box_was_stopped_in_a_window(
    full: WatchedSite,
) -> None:
    full.keep(full.box.report(5, length_s=3))
    assert full.samples("fusion_device_window_seconds")[0][1] == 60.0


def test_the_camera_is_what_was_signed_last_whatever_a_clock_says(full: WatchedSite) -> None:
    # Its clock was set back: the window begins before all others, and is the newest nevertheless.
    full.keep(full.box.report(5, start_s=1_000, code=QualityCode.BLOCKED), received_ms=9_000)
    assert [labels["state"] for labels, _ in full.samples("fusion_device_camera_state")] == [
        "blocked"
    ]
    assert full.samples("fusion_device_last_window_timestamp_seconds")[0][1] == 9.0


def test_a_device_of_which_nothing_is_known_says_only_that(site: WatchedSite) -> None:
    site.ends_s = {}
    said = {
        sample.name
        for sample in samples_of(site.scrape())
        if sample.name.startswith("fusion_device_")
    }
    assert said == {
        "fusion_device_online",
        "fusion_device_enrolled_timestamp_seconds",
        "fusion_device_missing",
    }
    assert site.samples("fusion_device_online")[0][1] == 0.0
    assert site.get("/v1/devices/beach/pier-1")["certificate"] is None


def test_a_lost_device_is_counted_and_not_watched(full: WatchedSite) -> None:
    full.store.set_lost("beach", "pier-1", 9)
    assert full.samples("fusion_devices_lost") == [({}, 1.0)]
    assert not any("device" in sample.labels for sample in samples_of(full.scrape()))


def test_every_code_of_the_eye_has_its_word_and_another_has_none() -> None:
    assert {camera_state(code) for code in QualityCode} == {
        code.name.lower() for code in QualityCode
    }
    assert camera_state(29) == "unknown"


def test_the_store_says_how_full_it_is_and_its_disk_too(full: WatchedSite) -> None:
    ((_, used),), ((_, limit),) = (
        full.samples("fusion_store_bytes"),
        full.samples("fusion_store_limit_bytes"),
    )
    assert limit == 64 * 2**20
    assert (
        0
        < used
        <= full.path.stat().st_size + full.path.with_name(f"{full.path.name}-wal").stat().st_size
    )
    ((_, free),), ((_, size),) = (
        full.samples("fusion_disk_free_bytes"),
        full.samples("fusion_disk_size_bytes"),
    )
    assert 0 < free < size


def test_what_was_deleted_is_room_again(full: WatchedSite) -> None:
    full.keep(*(full.box.report(sequence) for sequence in range(5, 600)), received_ms=1)
    before = full.samples("fusion_store_bytes")[0][1]
    full.store.forget(reports_before_s=2**40, dead_letters_before_ms=1)
    assert full.samples("fusion_store_bytes")[0][1] < before


def test_the_rate_of_alarms_and_what_an_outlet_was_not_told_are_said(site: WatchedSite) -> None:
    rates = AlarmRates(in_ten_minutes=2, in_a_shift=9, open=4, unacknowledged=1)
    text = exposition(Reader(site.path), lambda: HEALTH, Watching(alarms=lambda: rates)).decode()
    found = {
        (one.name, *one.labels.values()): one.value
        for one in samples_of(text)
        if one.name.startswith(("fusion_alarms", "fusion_outlet"))
    }
    assert found == {
        ("fusion_alarms_raised", "ten minutes"): 2.0,
        ("fusion_alarms_raised", "eight hours"): 9.0,
        ("fusion_alarms_open",): 4.0,
        ("fusion_alarms_unacknowledged",): 1.0,
        ("fusion_outlet_fine", "webhook"): 0.0,
        ("fusion_outlet_waiting", "webhook"): 3.0,
        ("fusion_outlet_failing_since_timestamp_seconds", "webhook"): 7.0,
    }


# --- the bound


def series(metrics: Iterator[Metric]) -> list[Sample]:
    return [sample for metric in metrics for sample in metric.samples]


def test_a_device_has_no_more_series_than_is_said_whatever_it_says() -> None:
    busy = WatchedDevice(
        "s", "d", test_site=True, added_ms=1, online=True, missing=1, window_s=60, last_window=WELL
    )
    strange = replace(WELL, quality_code=29, clock_quality="atomic", level="made of glass")
    for window in (WELL, strange):
        fleet = Fleet((replace(busy, last_window=window),), 0, 0)
        assert (
            len(series(DeviceMetrics().fill(fleet, {("s", "d"): 1}))) == device_metrics.SERIES_MAX
        )
    words = {
        word
        for sample in series(
            DeviceMetrics().fill(Fleet((replace(busy, last_window=strange),), 0, 0), {})
        )
        for word in sample.labels.values()
    }
    assert words.isdisjoint({"atomic", "made of glass"})


def test_devices_beyond_the_bound_are_a_number(tmp_path: Path) -> None:
    with Writer(tmp_path / "fusion.sqlite", size_mib_max=64, dead_letters_max=10) as store:
        for number in range(5):
            store.add_device(
                "beach", f"pier-{number}", Box().public_key, test_site=False, added_ms=5
            )
        registry = CollectorRegistry(auto_describe=False)
        registry.register(
            FusionCollector(
                Reader(tmp_path / "fusion.sqlite"), lambda: HEALTH, Watching(), devices_max=3
            )
        )
        assert registry.get_sample_value("fusion_devices_unnamed") == 2
        named = [
            sample.labels["device"]
            for metric in registry.collect()
            for sample in metric.samples
            if "device" in sample.labels
        ]
        assert set(named) == {"pier-0", "pier-1", "pier-2"}


def test_the_centre_itself_stays_under_its_bound(full: WatchedSite) -> None:
    own = [sample for sample in samples_of(full.scrape()) if "device" not in sample.labels]
    messages = sum(sample.name == "fusion_messages_total" for sample in own)
    # Each channel, and none of them for what has no readable topic, may end in each way.
    assert len(own) - messages + (len(Channel) + 1) * OUTCOMES <= CENTRE_SERIES_MAX
    documented = re.search(
        r"first\s+([\d,]+) devices by site and name, so it is at most ([\d,]+) series",
        METRICS.read_text(),
    )
    assert documented is not None
    assert [int(number.replace(",", "")) for number in documented.groups()] == [
        DEVICES_MAX,
        SERIES_MAX,
    ]
