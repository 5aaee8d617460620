# SPDX-License-Identifier: Apache-2.0
"""The box under a real systemd, started from the unit files as they are.

From a clip to committed numbers, and what stops it.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from development.fakes.acknowledger import Acknowledger
from edge_agent.config.schema import load
from edge_agent.confinement.tables import visible_files
from edge_agent.keys import generate
from edge_agent.processes.systemd.records import RECORDS_FD
from edge_agent.processes.systemd.unit import seconds_until_closed
from edge_agent.processes.systemd.unit_files import write_units
from tests.broker import Broker
from tests.edge_agent.booted import Booted, missing
from wire_contract.quality import QualityCode
from wire_contract.topics import Channel

CLONE = Path(__file__).parents[4]
EXAMPLE = CLONE / "firmware_configs" / "examples" / "vtest.toml"
CLIP = CLONE / "var" / "clips" / "vtest.avi"
ADMITTING = tuple(f"people-count-admit@{role}.service" for role in ("sensor", "gate", "uplink"))
SERVICES = (
    "people-count-sensor.service",
    "people-count-gate.service",
    "people-count-uplink.service",
)
SEEN_BY_AN_AUDIT = """
import sys
from pathlib import Path
from privacy_audit.runner import unseen
print(*(len(unseen(Path(config))) for config in sys.argv[1:]))
"""
WINDOW_S = 4
WINDOWS = 4
needs_systemd = pytest.mark.skipif(missing() is not None, reason=str(missing()))


class Box:
    """A config of the example's scene, the units made from it, and a log for each unit."""

    def __init__(
        self, folder: Path, broker: Broker, *, level_min: str = "standard", camera: str = ""
    ) -> None:
        if not CLIP.exists() or not (CLONE / "var" / "models" / "person-ssdlite.onnx").exists():
            pytest.skip("the clip or the model is not there; run scripts/test, which fetches both")
        folder.chmod(0o755)
        self.folder, self.config = folder, folder / "box.toml"
        generate(folder / "keys")
        text = EXAMPLE.read_text()
        if camera:
            text = re.sub(r'source = "file"\npath = ".*vtest.avi"', camera, text)
        text = re.sub(r'path = ".*vtest.avi"', f'path = "{CLIP}"', text).replace(
            "../../var/", f"{folder}/"
        )
        text = text.replace("length_s = 10", f"length_s = {WINDOW_S}").replace(
            "bits_per_minute_max = 512", "bits_per_minute_max = 4000"
        )
        text += f'\n[broker]\nport = {broker.port}\n\n[confinement]\nlevel_min = "{level_min}"\n'
        self.config.write_text(text)
        self.config.chmod(0o644)
        write_units(self.config, folder / "units")
        for service in (
            *SERVICES,
            *ADMITTING,
            "people-count-prepare.service",
            "people-count-hours.service",
        ):
            drop_in = folder / "units" / f"{service}.d"
            drop_in.mkdir()
            log = folder / f"{service}.log"
            drop_in.joinpath("log.conf").write_text(
                f"[Service]\nStandardOutput=append:{log}\nStandardError=append:{log}\n"
            )
        etc = folder / "etc"
        etc.mkdir()
        for name in ("passwd", "group"):
            etc.joinpath(name).write_text(Path("/etc", name).read_text())
        users = folder / "units" / "people-count.sysusers"
        subprocess.run(
            ["/bin/systemd-sysusers", f"--root={folder}", users], check=True, capture_output=True
        )

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("*.log"))
        )


def until(true: Callable[[], bool], what: str, box: Box, *, within_s: float = 60.0) -> None:
    end_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end_s, f"no {what}:\n{box.logs()}"
        time.sleep(0.2)


@pytest.fixture
def box(tmp_path: Path, broker: Broker) -> Box:
    return Box(tmp_path, broker)


@needs_systemd
def test_a_box_without_a_supervisor_counts_from_a_clip_to_signed_numbers(
    box: Box, broker: Broker
) -> None:
    with Booted(box.folder) as booted, Acknowledger(broker.host, broker.port) as centre:
        started = booted.systemctl(
            "start", "people-count.target", *SERVICES, *ADMITTING, check=False
        )
        assert started.returncode == 0, (
            booted.systemctl("status", "-l", *SERVICES, *ADMITTING, check=False).stdout + box.logs()
        )
        pids = {service: booted.pid_of(service) for service in SERVICES}
        uids = [Path(f"/proc/{pid}").stat().st_uid for pid in pids.values()]
        assert uids == [visible_files.SENSOR_UID, visible_files.GATE_UID, visible_files.UPLINK_UID]
        for service, flags in ((SERVICES[0], os.O_WRONLY), (SERVICES[1], os.O_RDONLY)):
            assert opened(pids[service]) == flags
        # The gate speaks before its sensor is there: of those windows it says that nobody saw them.
        until(lambda: codes(centre).count(QualityCode.FINE) >= WINDOWS - 1, "watched windows", box)
        reports = reports_of(centre)
        asked = booted.call(
            sys.executable, "-I", "-c", SEEN_BY_AN_AUDIT, str(box.config), str(EXAMPLE)
        )
        # An audit here would start a second box; that this one runs must not go unsaid.
        assert asked.stdout.split() == ["1", "0"]
        time.sleep((0.55 * WINDOW_S - time.time()) % WINDOW_S)
        stopped_s = time.time()
        booted.systemctl("stop", "people-count.target", *SERVICES)
    assert {report["level"] for report in reports} == {"standard"}
    watched = [report for report in reports if report["image_quality"]["code"] == QualityCode.FINE]
    assert len(watched) >= WINDOWS - 1, reports
    # Between four and nine people walk in the street at the clip's beginning.
    assert max(zone["mean"] for report in watched for zone in report["zones"]) >= 3
    # Sensor and gate are told to stop at once; what was counted of the running window is released
    # with its true length.
    last = signed(box.folder)[-1]
    assert (last["start"], last["image_quality"]["code"]) == (
        stopped_s // WINDOW_S * WINDOW_S,
        QualityCode.FINE,
    ), box.logs()
    assert 1 <= last["length"] < WINDOW_S


@needs_systemd
def test_below_the_configs_minimum_nothing_begins_and_nothing_is_told(
    tmp_path: Path, broker: Broker
) -> None:
    box = Box(tmp_path, broker, level_min="full")
    with Booted(box.folder) as booted, Acknowledger(broker.host, broker.port) as centre:
        booted.systemctl("start", "people-count.target", *SERVICES, *ADMITTING, check=False)
        for admitting, service in zip(ADMITTING[:2], SERVICES[:2], strict=True):
            until(
                lambda unit=admitting: booted.show(unit, "ActiveState") == "failed", "refusal", box
            )
            until(
                lambda unit=service: booted.show(unit, "MainPID") == "0", f"end of {service}", box
            )
        assert centre.heard == []
    assert box.logs().count("confinement: level standard, the config wants full or better") >= 2


@needs_systemd
@pytest.mark.campaign
def test_with_a_camera_that_is_not_there_gate_and_uplink_speak_and_the_sensor_is_tried_again(
    tmp_path: Path, broker: Broker
) -> None:
    box = Box(tmp_path, broker, camera='source = "v4l2"\npath = "/dev/video977"')
    with Booted(box.folder) as booted, Acknowledger(broker.host, broker.port) as centre:
        booted.systemctl("start", "people-count.target", *SERVICES, check=False)
        until(
            lambda: QualityCode.CAMERA_LOST in codes(centre),
            "a window that says that the camera is lost",
            box,
        )
        until(lambda: box.logs().count("/dev/video977: it is not there") >= 3, "a third try", box)
        assert (
            booted.show(SERVICES[1], "ActiveState")
            == booted.show(SERVICES[2], "ActiveState")
            == "active"
        )
        state = next(box.folder.rglob("camera.state"))
        assert state.read_text().startswith("missing\n")
        booted.systemctl("stop", "people-count.target", *SERVICES, "people-count-prepare.service")
    assert not state.exists()
    assert {one["level"] for one in reports_of(centre)} == {"standard"}
    assert [one["lines"] + one["zones"] for one in reports_of(centre)] == [[]] * len(
        reports_of(centre)
    )


@needs_systemd
def test_a_config_that_changed_under_a_running_box_lets_nothing_begin(box: Box) -> None:
    with Booted(box.folder) as booted:
        booted.systemctl("start", "people-count-prepare.service")
        box.config.write_text(
            box.config.read_text().replace('level_min = "standard"', 'level_min = "process"')
        )
        booted.systemctl("start", SERVICES[0], check=False)
        assert booted.show(SERVICES[0], "MainPID") == "0"
    assert (
        "changed since the box was started; run: systemctl restart people-count.target"
        in box.logs()
    )


@pytest.mark.parametrize(
    ("hours", "at", "left_s"),
    [
        ("08:00-17:59", "12:00:30", 5 * 3600 + 59 * 60 + 30),  # to the end of the last minute
        ("22:00-03:59", "23:00:00", 5 * 3600),  # over midnight
        ("00:00-23:59", "12:00:00", None),  # always, to the last day
        ("08:00-17:59", "20:00:00", 0),  # not open at all
    ],
)
def test_the_sensor_knows_when_its_hours_end(
    tmp_path: Path, hours: str, at: str, left_s: float | None
) -> None:
    path = tmp_path / "box.toml"
    path.write_text(
        EXAMPLE.read_text()
        + f"""
[purpose]
controller = "A city"
purpose = "To see how full the street is"
legal_basis = "GDPR 6(1)(e)"
dpia_reference = "none, a test"
contact = "nobody@example.org"
active_hours = "{hours}"
end_date = 2027-01-01
"""
    )
    assert (
        seconds_until_closed(load(path), datetime.fromisoformat(f"2026-11-24T{at}").astimezone())
        == left_s
    )


def reports_of(centre: Acknowledger) -> list[dict[str, Any]]:
    """Return the reports that a centre has heard."""
    return [json.loads(raw.split(b"\n")[0]) for raw in centre.on(Channel.REPORT)]


def codes(centre: Acknowledger) -> list[int]:
    return [report["image_quality"]["code"] for report in reports_of(centre)]


def signed(folder: Path) -> list[dict[str, Any]]:
    """Return the reports of a stopped box's ledger, in the order of signing."""
    with closing(sqlite3.connect(next(folder.rglob("ledger.db")))) as ledger:
        rows = ledger.execute(
            "SELECT envelope FROM entry WHERE channel = 'report' ORDER BY sequence"
        ).fetchall()
    return [json.loads(bytes(envelope).rpartition(b"\n")[0]) for (envelope,) in rows]


def opened(pid: int) -> int:
    """Return how a process holds the channel: for reading or for writing."""
    row = next(
        line
        for line in Path(f"/proc/{pid}/fdinfo/{RECORDS_FD}").read_text().splitlines()
        if line.startswith("flags")
    )
    return int(row.split()[1], 8) & os.O_ACCMODE
