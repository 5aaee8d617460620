# SPDX-License-Identifier: Apache-2.0
"""Run a box against a centre, and ask the centre what it has."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from development.testbed.program import Program
from development.testbed.times import unix_s
from tests.broker import Broker
from tests.fusion_service.centre import Centre, until
from wire_contract.quality import QualityCode

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "firmware_configs" / "examples" / "vtest.toml"
PROGRAM = Path(sys.executable).with_name("edge-agent")
WINDOW_S = 2
SMALL = {"detector__input_width_px": "240", "detector__input_height_px": "180"}
"""Settings of a test that asks how numbers travel, not which they are nor how fast they come.

The model then takes a fourth of its time, and still finds people in the street.
"""
PROCESS = re.compile(r"^pc-(\w+)$", re.MULTILINE)


class Whole:
    """One box, one broker, one centre; the box by its name, `site/device`."""

    def __init__(
        self, folder: Path, broker: Broker, centre: Centre, street: Path, name: str = "demo/vtest"
    ) -> None:
        self.folder, self.broker, self.centre, self.street = folder, broker, centre, street
        self.name = name
        self.log = folder / "box.log"
        self.box = Program((), self.log)
        self.program: tuple[str | Path, ...] = (PROGRAM,)

    def settings(self, **more: str) -> list[str]:
        site, device = self.name.split("/")
        settings = {
            "site": site,
            "device": device,
            "camera.path": str(self.street),
            "broker.port": str(self.broker.port),
            "window.length_s": str(WINDOW_S),
            "disclosure.capacity_bits_per_minute_max": "10000",
            "store.directory": str(self.folder / "box"),
            "keys.directory": str(self.folder / "keys"),
            **{key.replace("__", "."): value for key, value in more.items()},
        }
        return [part for pair in settings.items() for part in ("--set", "=".join(pair))]

    def start(self, **more: str) -> None:
        self.box = Program([*self.program, "run", CONFIG, *self.settings(**more)], self.log)
        self.box.start()

    def run(self, **more: str) -> int:
        """Run the box to its end and return its exit code."""
        self.start(**more)
        return self.box.wait(120)

    def end(self) -> None:
        self.box.kill()

    def children(self) -> dict[str, int]:
        """Return the process ids of sensor, gate and uplink."""
        found = {}
        for child in Path(f"/proc/{self.box.pid}/task/{self.box.pid}/children").read_text().split():
            name = PROCESS.search(Path(f"/proc/{child}/comm").read_text())
            if name:
                found[name.group(1)] = int(child)
        return found

    def child_of_module(self, name: str) -> int:
        """Wait for a process that has not locked itself yet, known by the module it runs."""
        found: list[int] = []

        def look() -> bool:
            children = (
                Path(f"/proc/{self.box.pid}/task/{self.box.pid}/children").read_text().split()
            )
            found.extend(
                int(child)
                for child in children
                if name in Path(f"/proc/{child}/cmdline").read_text()
            )
            return bool(found)

        until(look, f"{name} to be started")
        return found[0]

    def windows(self) -> list[dict[str, Any]]:
        """Return what the centre has committed, in order of start."""
        page = self.centre.get(f"/v1/devices/{self.name}/windows?limit=500")
        return sorted(
            page["items"], key=lambda window: (unix_s(window["start"]), window["sequence"])
        )

    def wait_for_windows(self, count: int) -> None:
        """Wait for windows in which the sensor has spoken.

        Those before the sensor is there say that nobody has.
        """
        until(
            lambda: (
                sum(one["image_quality"]["code"] != QualityCode.SILENT for one in self.windows())
                >= count
            ),
            f"{count} windows; the box says: {self.log.read_text()[-800:]}",
        )


def replayed(street: Path) -> list[dict[str, Any]]:
    """Return what the replay tool counts on a video: the exact windows."""
    command: list[str | Path] = [
        PROGRAM,
        "replay",
        street,
        "--config",
        CONFIG,
        "--json",
        "--window-s",
        str(WINDOW_S),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line for line in map(json.loads, done.stdout.splitlines()) if "start_s" in line]
