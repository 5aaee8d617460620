# SPDX-License-Identifier: Apache-2.0
"""A broker with the shipped config, an authority of its own and a centre, on loopback, for what loads or breaks them.

Everything lies in one folder that the caller makes and removes.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from development.fleet.boxes import Box, Broker
from fusion_service.store.sqlite.writer import Writer

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SITE = "fleet"
PORTS = range(12_000, 32_000)
START_S, STOP_S = 20.0, 60.0
TICKS_HZ = os.sysconf("SC_CLK_TCK")


class StageError(Exception):
    """A program did not start; the sentence says which, and where its words are."""


def service(*arguments: str) -> None:
    """Run one command of the centre."""
    subprocess.run([BIN / "fusion-service", *arguments], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program


def lay_out_broker(folder: Path) -> tuple[list[str], Broker]:
    """Lay out the shipped broker config with an authority (folder/ca) and certificates of its own.

    Return what starts it.
    """
    service("ca", "init", str(folder / "ca"))
    etc, state = folder / "broker", folder / "state"
    service("ca", "server", "127.0.0.1", "--ca", str(folder / "ca"), "--out", str(etc))
    service("ca", "client", "fusion", "--ca", str(folder / "ca"), "--out", str(folder / "client"))
    state.mkdir()
    shipped = ROOT / "firmware_configs" / "broker"
    shutil.copy(shipped / "acl", etc / "acl")
    port = free_port()
    text = (
        (shipped / "mosquitto.conf")
        .read_text("utf-8")
        .replace("@DIRECTORY@", str(etc))
        .replace("@STATE@", str(state))
    )
    text = text.replace("listener 8883", f"listener {port} 127.0.0.1")
    if os.geteuid() == 0:
        text += "user root\n"
    (etc / "mosquitto.conf").write_text(text, "utf-8")
    program = shutil.which(
        "mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    )
    if program is None:
        raise StageError(
            "mosquitto: not found; run scripts/setup.py, or: sudo apt-get install mosquitto"
        )
    return [program, "-c", str(etc / "mosquitto.conf")], Broker(
        "127.0.0.1", port, folder / "ca" / "ca.pem"
    )


def lay_out_centre(folder: Path, broker: Broker, store: Path) -> tuple[list[str], int]:
    """Write the centre's config; return what starts it and its HTTP port."""
    http, client = free_port(), folder / "client"
    (folder / "fusion.toml").write_text(
        f'[store]\npath = "{store}"\n[broker]\nhost = "{broker.host}"\nport = '
        f'{broker.port}\nca = "{client}/ca.pem"\n'
        f'certificate = "{client}/fusion.pem"\nkey = "{client}/fusion.key"\n[http]\nport = '
        f"{http}\n",
        "utf-8",
    )
    return [str(BIN / "fusion-service"), "run", "--config", str(folder / "fusion.toml")], http


@contextlib.contextmanager
def secured_broker(folder: Path) -> Iterator[Broker]:
    """Run mosquitto with the shipped config."""
    command, broker = lay_out_broker(folder)
    with running(command, folder / "broker.log") as process:
        wait_for_port(broker.port, process)
        yield broker


@contextlib.contextmanager
def centre(folder: Path, broker: Broker) -> Iterator[subprocess.Popen[bytes]]:
    """Run the centre on a store of its own (folder/fusion.db)."""
    command, http = lay_out_centre(folder, broker, folder / "fusion.db")
    with running(command, folder / "fusion.log") as process:
        wait_for_port(http, process)
        time.sleep(1.0)
        yield process


@contextlib.contextmanager
def running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program, its words in a file, and end it."""
    with log.open("wb") as words:
        process = subprocess.Popen(command, stdout=words, stderr=words, stdin=subprocess.DEVNULL)  # noqa: S603 - ours
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def enrol(store: Path, boxes: Sequence[Box]) -> None:
    """Enrol every box at the centre."""
    with (
        Writer(store, size_mib_max=4096, dead_letters_max=1000) as writer,
        writer.transaction() as transaction,
    ):
        for box in boxes:
            who = box.identity
            transaction.devices.add(
                who.site,
                who.device,
                who.public_key,
                test_site=False,
                added_ms=time.time_ns() // 1_000_000,
            )


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once something listens. Raises StageError where the program ends or takes too long."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise StageError(f"{process.args!r}: does not listen on {port} within {START_S:.0f} s")


def free_port() -> int:
    """Return a loopback port that nothing listens on, below those that the kernel hands to whoever calls out.

    A port of the kernel's own choice may go to another program's next connection before its server
    has bound it.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def cpu_s(pid: int) -> float:
    """Return the processor time of a process and its threads, user and system, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_HZ


def rss_mb(pid: int) -> float:
    """Return the resident memory of a process, MB."""
    rows = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1024
