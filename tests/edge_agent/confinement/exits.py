# SPDX-License-Identifier: Apache-2.0
"""Run one locked process to its end in one of its ways, and say its exit code as JSON.

Usage: exits.py ROLE WAY THREADS FOLDER. WAY is `ended`: its input is over; `asked`: SIGTERM;
`fault`: whoever it writes to has gone, or its store has; `lost`: its camera gives no frame. THREADS
are those of the inference. Runs under any Python that has the packages of a box, also in another
root folder.
"""

import contextlib
import http.server
import json
import os
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from edge_agent import keys
from edge_agent.config.schema import Config, load
from edge_agent.confinement import lock
from edge_agent.confinement.enter import Plan
from edge_agent.confinement.probe import Expected
from edge_agent.confinement.tables.policy import Role
from edge_agent.confinement.tables.visible_files import (
    feeder_view,
    gate_view,
    sensor_view,
    uplink_view,
)
from edge_agent.process_settings import (
    CameraSettings,
    DetectorSettings,
    FeederSettings,
    SensorSettings,
    SlotSettings,
    Source,
    ViewSettings,
    ZoneSettings,
)
from edge_agent.processes.launch import (
    Place,
    begin_run,
    gate_settings,
    outbox_path,
    uplink_settings,
)
from edge_agent.processes.supervision.child import Child
from wire_contract.messages.report import Level

CLONE = Path(__file__).parents[3]
EXAMPLE = CLONE / "firmware_configs" / "examples" / "vtest.toml"
MODELS, WEIGHTS = CLONE / "models", CLONE / "var" / "models"
LOCK_S, END_S = 90.0, 60.0
JPEG_HEAD = b"--next\r\nContent-Type: image/jpeg\r\n\r\n"


def film(path: Path, *, broken: bool) -> Path:
    """Write two seconds of moving squares; broken, no frame of it can be decoded."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10.0, (320, 240))
    for index in range(20):
        picture = np.full((240, 320, 3), 90, np.uint8)
        picture[80:200, 10 * index : 10 * index + 40] = 200
        writer.write(picture)
    writer.release()
    if broken:
        raw = bytearray(path.read_bytes())
        for at in range(raw.index(b"movi") + 4, len(raw) - 8):
            if raw[at : at + 4] == b"00dc":
                length = int.from_bytes(raw[at + 4 : at + 8], "little")
                raw[at + 8 : at + 8 + length] = bytes(length)
        path.write_bytes(raw)
    return path


def begin(child: Child) -> None:
    """Wait for the lock, measure it, and let the process begin."""
    until_s = time.monotonic() + LOCK_S
    while child.measured() is None:
        if child.ended() is not None or time.monotonic() > until_s:
            raise SystemExit(f"{child.name}: not locked, ended with {child.ended()}")
        time.sleep(0.02)
    child.go(lock.word_with(Level.PROCESS) if child.role is Role.GATE else lock.GO)


def sensor(way: str, threads: int, folder: Path) -> int:
    told, telling = os.pipe2(os.O_DIRECT)
    path = film(folder / "film.avi", broken=way == "lost")
    settings = SensorSettings(
        channel_fd=telling,
        camera=CameraSettings(
            Source.FILE,
            str(path),
            10.0 if way != "asked" else 0.2,
            None,
            None,
            None,
            10.0,
            paced=way == "asked",
        ),
        detector=DetectorSettings(
            "person-ssdlite",
            str(MODELS),
            str(WEIGHTS),
            None,
            None,
            None,
            None,
            None,
            0.5,
            threads,
            "CPUExecutionProvider",
        ),
        view=ViewSettings(
            None, None, (), (ZoneSettings("all", ((0, 0), (300, 0), (300, 200)), 255),), (), None
        ),
        slots=SlotSettings(time.monotonic() if way == "asked" else 0.0, 2, replay=way != "asked"),
    )
    view = sensor_view(
        reads=(str(MODELS / "person-ssdlite"), str(WEIGHTS), str(path)), camera_device=None
    )
    child = Child(Role.SENSOR)
    child.start(
        settings,
        Place(
            Plan(view, None, network=False, umask=0o077),
            Expected(Role.SENSOR, None, channel_fd=telling),
        ),
        telling,
    )
    os.close(telling)
    if way == "fault":
        os.close(told)
    begin(child)
    if way == "asked":
        assert len(os.read(told, 4096)) == 64
    return end(child, asked=way == "asked")


def gate(way: str, _threads: int, folder: Path) -> int:
    told, telling = os.pipe2(os.O_DIRECT)
    config = box(folder)
    run = begin_run(config)
    outbox_path(config).parent.mkdir(parents=True)
    view = gate_view(store=str(config.store.directory), keys=(str(config.keys.directory),))
    child = Child(Role.GATE)
    settings = gate_settings(config, run, channel_fd=told)
    child.start(
        settings,
        Place(Plan(view, None, network=False, umask=0o077), Expected(Role.GATE, None)),
        told,
    )
    os.close(told)
    begin(child)
    if way == "fault":
        spoil(config.store.directory, child)
    elif way == "ended":
        os.close(telling)
    return end(child, asked=way == "asked")


def uplink(way: str, _threads: int, folder: Path) -> int:
    config = box(folder)
    outbox = outbox_path(config)
    outbox.parent.mkdir(parents=True)
    child = Child(Role.UPLINK)
    view = uplink_view(outbox=str(outbox.parent), tls=())
    plan = Plan(view, None, network=True, umask=0o077)
    child.start(
        uplink_settings(config, begin_run(config)), Place(plan, Expected(Role.UPLINK, None))
    )
    begin(child)
    if way == "fault":
        spoil(outbox.parent, child)
    return end(child, asked=way == "asked")


class Stream(http.server.BaseHTTPRequestHandler):
    """A camera that shows grey pictures until it is told to hang up."""

    hang_up = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
        self.end_headers()
        picture = cv2.imencode(".jpg", np.full((240, 320, 3), 90, np.uint8))[1].tobytes()
        while not self.hang_up.is_set():
            self.wfile.write(JPEG_HEAD + picture + b"\r\n")
            time.sleep(0.05)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def feeder(way: str, _threads: int, _folder: Path) -> int:
    camera = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stream)
    camera.daemon_threads = True
    threading.Thread(target=camera.serve_forever, daemon=True).start()
    reading, writing = os.pipe()
    port = camera.server_address[1]
    settings = FeederSettings(writing, Source.HTTP, "127.0.0.1", port, "/", None, 10.0, 5.0)
    child = Child(Role.FEEDER)
    plan = Plan(feeder_view(credentials=()), None, network=True, umask=0o077)
    child.start(settings, Place(plan, Expected(Role.FEEDER, None, channel_fd=writing)), writing)
    os.close(writing)
    begin(child)
    assert os.read(reading, 32)[:4] == b"PCH1"
    if way == "lost":
        Stream.hang_up.set()
    threading.Thread(target=drink, args=(reading,), daemon=True).start()
    return end(child, asked=way == "asked")


def drink(reading: int) -> None:
    while os.read(reading, 65536):
        pass


def box(folder: Path) -> Config:
    """Return the config of a box in this folder, with keys.

    Nothing listens where its broker should be.
    """
    keys.generate(folder / "keys")
    settings = (
        f"store.directory={folder / 'box'}",
        f"keys.directory={folder / 'keys'}",
        "window.clock=replay",
        "broker.port=1",
    )
    return load(EXAMPLE, settings)


def spoil(folder: Path, child: Child) -> None:
    """Overwrite every database in a folder, its log and its index, as a failing card would.

    Again and again until the process ends: on a slow machine it has not made them yet.
    """
    until_s = time.monotonic() + END_S
    while child.ended() is None and time.monotonic() < until_s:
        for path in folder.glob("*.db*"):
            with contextlib.suppress(FileNotFoundError):  # it closes them as it ends
                length = path.stat().st_size
                with path.open("r+b") as file:
                    file.write(os.urandom(length))
        time.sleep(0.2)


def end(child: Child, *, asked: bool) -> int:
    """Ask it to end where it is to be asked, and return its exit code."""
    assert child.process is not None
    if asked:
        child.process.terminate()
    try:
        return child.process.wait(END_S)
    except subprocess.TimeoutExpired:
        child.process.kill()  # it would outlive this, and hold what it was started with
        raise


def main(role: str, way: str, threads: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    code = {"sensor": sensor, "feeder": feeder, "gate": gate, "uplink": uplink}[role](
        way, threads, folder
    )
    sys.stdout.write(json.dumps({"code": code, "python": list(sys.version_info[:2])}) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
