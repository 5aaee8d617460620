# SPDX-License-Identifier: Apache-2.0
"""Play a street video through the box, a real broker and the centre, and show what was counted, released and committed.

Everything runs on this machine, on loopback, and writes only under var/demo. The box and the centre
are started as a city would start them; what is shown comes from the centre's public API. The
demonstration is marked as a test site, so its rule may be `exact`.
"""

import argparse
import contextlib
import json
import math
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from development.demo_film import FilmError, of_example, of_video
from edge_agent.config.schema import load
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release
from edge_agent.store.outbox import Outbox
from wire_contract.messages.report import Rule, RuleName

ROOT = Path(__file__).resolve().parents[1]
STAGE = ROOT / "var" / "demo"
BIN = ROOT / ".venv" / "bin"
EXAMPLES = ROOT / "firmware_configs" / "examples"
CLIP = ROOT / "var" / "clips" / "vtest.avi"
CONFIG = STAGE / "box.toml"
NOT_SEEN = "not seen"
DEFAULT_RULE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
START_S = 20.0
STOP_S = 45.0
REFRESH_S = 0.25
OUTBOX_BYTES = 16_777_216
PORTS = range(12_000, 32_000)
OBSERVED_MIN = 2
console = Console()


class DemoError(Exception):
    """Something that the demonstration needs is missing or did not start.

    The sentence says what to do.
    """


def main() -> int:
    """Run the demonstration; 0 done, 1 failed, 2 wrong use."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--fast", action="store_true", help="follow the file's own time, as fast as the machine can"
    )
    parser.add_argument(
        "--video",
        type=Path,
        metavar="FILE",
        help="another video; its true counts are then not known",
    )
    parser.add_argument(
        "--line",
        metavar="AX,AY,BX,BY",
        help="with --video: the line to count at, pixels of its picture; down the middle if not "
        "given",
    )
    parser.add_argument("--keep", action="store_true", help="leave the stores and logs in var/demo")
    arguments = parser.parse_args()
    if arguments.line is not None and arguments.video is None:
        parser.error("--line is for --video FILE")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run(fast=arguments.fast, video=arguments.video, line=arguments.line, keep=arguments.keep)
    except (DemoError, FilmError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(*, fast: bool, video: Path | None, line: str | None, keep: bool) -> None:
    """Set the stage, play the video, show the tables, clear the stage."""
    if video is not None and not video.is_file():
        raise DemoError(f"{video}: no such file; give --video a video file")
    broker_port, http_port = free_port(), free_port()
    played = (
        of_example(EXAMPLES / "vtest.toml", CLIP, broker_port=broker_port, fast=fast)
        if video is None
        else of_video(video, line, broker_port=broker_port, fast=fast)
    )
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    CONFIG.write_text(played.config, "utf-8")
    config = load(CONFIG)
    names = Names(tuple(line.id for line in config.lines), tuple(zone.id for zone in config.zones))
    with contextlib.ExitStack() as stage:
        stage.enter_context(broker(broker_port))
        stage.enter_context(centre(broker_port, http_port, played.device))
        api = Api(f"http://127.0.0.1:{http_port}", played.device)
        api.wait_until_up()
        box = stage.enter_context(process("box", [str(BIN / "edge-agent"), "run", str(CONFIG)]))
        watch(api, box, Progress(played.film.seconds, fast=fast), names, fast=fast)
        if box.returncode != 0:
            raise DemoError(
                f"the box ended with exit code {box.returncode}; its last words:\n"
                f"{last_words('box')}"
            )
        windows = api.windows()
        console.print(result(windows, names, None if video else truth()))
        console.print(closing(windows, api.device(), keep=keep), soft_wrap=True, highlight=False)
    if not keep:
        shutil.rmtree(STAGE)


# --- the stage ----------------------------------------------------------------------------------


@contextlib.contextmanager
def process(name: str, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program with its words in var/demo/NAME.log, and end it with the demonstration."""
    with (STAGE / f"{name}.log").open("wb") as log:
        started = subprocess.Popen(  # noqa: S603 - ours
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(STOP_S)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextlib.contextmanager
def broker(port: int) -> Iterator[None]:
    """Run mosquitto on a loopback port of its own."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise DemoError("mosquitto is missing; run: sudo apt-get install mosquitto")
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "max_queued_messages 0",
        "persistence false",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # It would change to a user that cannot read this clone.
    settings = STAGE / "mosquitto.conf"
    settings.write_text("\n".join(lines) + "\n")
    with process("broker", [program, "-c", str(settings)]):
        wait_for_port(port, "broker")
        yield


@contextlib.contextmanager
def centre(broker_port: int, http_port: int, device: str) -> Iterator[None]:
    """Make the box's keys, enrol it, and run the fusion service."""
    settings = STAGE / "fusion.toml"
    settings.write_text(
        f'[store]\npath = "fusion.sqlite"\n[broker]\nport = {broker_port}\n[http]\nport = '
        f"{http_port}\n",
        encoding="utf-8",
    )
    call(["edge-agent", "keygen", str(STAGE / "keys")])
    public = str(STAGE / "keys" / "signing.pub")
    call(
        [
            "fusion-service",
            "device",
            "add",
            f"demo/{device}",
            "--public-key",
            public,
            "--test-site",
            "--config",
            str(settings),
        ]
    )
    with process("centre", [str(BIN / "fusion-service"), "run", "--config", str(settings)]):
        wait_for_port(http_port, "centre")
        yield


def call(command: list[str]) -> None:
    """Run one of our own commands to its end."""
    done = subprocess.run(  # noqa: S603 - ours
        [str(BIN / command[0]), *command[1:]], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DemoError(f"{' '.join(command)} failed:\n{done.stderr.strip()}")


def wait_for_port(port: int, name: str) -> None:
    """Wait until something listens on a loopback port."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise DemoError(
        f"the {name} did not start within {START_S:.0f} s; its last words:\n{last_words(name)}"
    )


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


def last_words(name: str) -> str:
    """Return the end of a program's log."""
    log = STAGE / f"{name}.log"
    return (
        "\n".join(log.read_text("utf-8", "replace").splitlines()[-8:])
        if log.exists()
        else "(no log)"
    )


class Api:
    """What the demonstration asks of the centre's public API."""

    def __init__(self, url: str, device: str) -> None:
        self._url, self.name = url, f"demo/{device}"

    def wait_until_up(self) -> None:
        """Wait until the centre is connected to the broker.

        A report sent earlier would wait for the box to send it again.
        """
        until_s = time.monotonic() + START_S
        while time.monotonic() < until_s:
            with contextlib.suppress(urllib.error.URLError):
                if self._get("/v1/health")["broker"]["state"] == "connected":
                    return
            time.sleep(0.1)
        raise DemoError(
            f"the centre did not come up within {START_S:.0f} s; its last words:\n"
            f"{last_words('centre')}"
        )

    def device(self) -> dict[str, Any]:
        """Return the demonstration's device."""
        found: dict[str, Any] = self._get(f"/v1/devices/{self.name}")
        return found

    def windows(self) -> list[dict[str, Any]]:
        """Return every committed window, in order of its start."""
        windows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._get(f"/v1/devices/{self.name}/windows?limit=500{cursor}")
            windows += page["items"]
            if page["next"] is None:
                return sorted(windows, key=lambda window: window["start_s"])
            cursor = f"&cursor={page['next']}"

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        with urllib.request.urlopen(self._url + path, timeout=5) as answer:  # noqa: S310 - loopback
            return json.load(answer)


# --- what is shown ------------------------------------------------------------------------------


class Progress:
    """How much of the film has been counted, and when it ends."""

    def __init__(self, seconds: float, *, fast: bool) -> None:
        """Begin now; `seconds` is how long the film is, 0 where its container does not say."""
        self._seconds, self._fast = seconds, fast
        self._began = datetime.now().astimezone()

    def words(self, windows: list[dict[str, Any]]) -> str:
        """Say how far it is: by the windows committed, and where the pace is the film's own, by the clock."""
        done_s = sum(window["length_s"] for window in windows)
        if self._seconds <= 0:
            return f"{done_s} s of the film counted; its container does not say how long it is"
        share = min(1.0, done_s / self._seconds)
        said = (
            f"{min(done_s, round(self._seconds))} of {self._seconds:.0f} s of the film counted, "
            f"{share:.0%}"
        )
        if not self._fast:
            return f"{said}, ends at {self._began + timedelta(seconds=self._seconds):%H:%M:%S}"
        if share == 0:
            return said
        left_s = (datetime.now().astimezone() - self._began).total_seconds() * (1 - share) / share
        return (
            f"{said}, ends at about "
            f"{datetime.now().astimezone() + timedelta(seconds=left_s):%H:%M:%S}"
        )


@dataclass(frozen=True)
class Names:
    """What is counted: shown whether or not any of it was seen."""

    lines: tuple[str, ...]
    zones: tuple[str, ...]


def watch(
    api: Api, box: subprocess.Popen[bytes], progress: Progress, names: Names, *, fast: bool
) -> None:
    """Show the windows as they are committed, until the box has ended."""
    shown = 0
    live = (
        Live(console=console, refresh_per_second=4)
        if console.is_terminal
        else contextlib.nullcontext()
    )
    with live:
        while box.poll() is None:
            windows = api.windows()
            if isinstance(live, Live):
                live.update(picture(windows, api, progress, names, fast=fast))
            elif len(windows) > shown:
                far = progress.words(windows)
                console.print(
                    f"window {len(windows)} committed: {in_words(windows[-1])}; {far}",
                    soft_wrap=True,
                    highlight=False,
                )
                shown = len(windows)
            time.sleep(REFRESH_S)


def picture(
    windows: list[dict[str, Any]], api: Api, progress: Progress, names: Names, *, fast: bool
) -> Group:
    """Draw the live table."""
    pace = "as fast as it goes, on the file's own clock" if fast else "in real time"
    last = windows[-1] if windows else None
    table = Table(title=f"{api.name}, {pace}", title_justify="left")
    for column in ("line or zone", "last window (80 % interval)", "so far"):
        table.add_column(column)
    for name, counts in line_sums(windows, names).items():
        now = next((line for line in last["lines"] if line["line"] == name), None) if last else None
        ways = (
            f"in {counted(now, 'in', 'in_count')}  out {counted(now, 'out', 'out_count')}"
            if now
            else NOT_SEEN
        )
        table.add_row(f"line {name}", ways, f"in {told(counts[0])}  out {told(counts[1])}")
    for name in names.zones:
        zone = (
            next((zone for zone in last["zones"] if zone["zone"] == name), None) if last else None
        )
        mean = zone_mean(windows, name)
        seen = (
            f"mean {counted(zone, 'mean', 'mean')}  peak {counted(zone, 'peak', 'peak')}"
            if zone
            else NOT_SEEN
        )
        table.add_row(f"zone {name}", seen, f"mean {NOT_SEEN if mean is None else f'{mean:.1f}'}")
    waiting = "-"
    if (STAGE / "box" / "outbox" / "outbox.db").exists():
        outbox = Outbox(STAGE / "box" / "outbox" / "outbox.db", bytes_max=OUTBOX_BYTES)
        waiting = str(outbox.depth())
        outbox.close()
    delay = "not told under the file's clock" if fast else delay_words(last)
    status = (
        f"{len(windows)} windows committed, {waiting} in the outbox, link {api.device()['link']}"
    )
    return Group(
        table, Text(progress.words(windows)), Text(status), Text(f"window end to commit: {delay}")
    )


def told(count: int | None) -> str:
    """Write a count; one that nobody saw is no 0."""
    return NOT_SEEN if count is None else str(count)


def counted(part: dict[str, Any], name: str, key: str) -> str:
    """Write a released count with its interval, as in 6 (4 to 8)."""
    low, high = part.get(f"{name}_low"), part.get(f"{name}_high")
    if part[key] is None or low is None:
        return told(part[key])
    return f"{part[key]} ({low} to {high})" if high is not None else f"{part[key]} ({low} or more)"


def in_words(window: dict[str, Any]) -> str:
    """Say one window on one line."""
    lines = [
        f"{line['line']} in {counted(line, 'in', 'in_count')} out "
        f"{counted(line, 'out', 'out_count')}"
        for line in window["lines"]
    ]
    zones = [
        f"{zone['zone']} mean {counted(zone, 'mean', 'mean')} peak {counted(zone, 'peak', 'peak')}"
        for zone in window["zones"]
    ]
    return ", ".join(lines + zones) or NOT_SEEN


def delay_words(window: dict[str, Any] | None) -> str:
    """Say how long after its end a window was committed."""
    if window is None or window["committed_ms"] is None:
        return "-"
    return f"{window['committed_ms'] / 1000 - window['start_s'] - window['length_s']:.2f} s"


def line_sums(
    windows: list[dict[str, Any]], names: Names
) -> dict[str, tuple[int | None, int | None]]:
    """Add up in and out of each line; None where no window had any."""
    sums: dict[str, tuple[int | None, int | None]] = dict.fromkeys(names.lines, (None, None))
    for window in windows:
        for line in window["lines"]:
            entered, left = sums[line["line"]]
            sums[line["line"]] = (_plus(entered, line["in_count"]), _plus(left, line["out_count"]))
    return sums


def _plus(total: int | None, more: int | None) -> int | None:
    return total if more is None else (total or 0) + more


def zone_mean(windows: list[dict[str, Any]], name: str) -> float | None:
    """Return the mean of a zone's means over the windows of which at least 80 % was seen, None where there was none."""
    means = [
        zone["mean"]
        for window in windows
        if window["image_quality"]["observed"] >= OBSERVED_MIN
        for zone in window["zones"]
        if zone["zone"] == name and zone["mean"] is not None
    ]
    return sum(means) / len(means) if means else None


def truth() -> dict[str, Any]:
    """Read what a person would have counted."""
    return tomllib.loads((EXAMPLES / "vtest.truth.toml").read_text("utf-8"))


def result(windows: list[dict[str, Any]], names: Names, known: dict[str, Any] | None) -> Table:
    """Lay the truth, what was released, and what the default rule would have released side by side."""
    table = Table(title="The whole clip", title_justify="left")
    table.add_column("line or zone")
    for column in ("truth", "released", "the default rule instead"):
        table.add_column(column, justify="right")
    key = secrets.token_bytes(32)
    for name, sums in line_sums(windows, names).items():
        for way, total in zip(("in", "out"), sums, strict=True):
            true = str(known["lines"][name][way]) if known else "not known"
            values = [
                line[f"{way}_count"]
                for window in windows
                for line in window["lines"]
                if line["line"] == name
            ]
            table.add_row(
                f"line {name}, {way}",
                true,
                told(total),
                default_words(key, f"{name} {way}", values),
            )
    for name in names.zones:
        true = f"{known['zones'][name]['mean']:.1f}" if known else "not known"
        mean = zone_mean(windows, name)
        said = NOT_SEEN if mean is None else f"{mean:.1f}"
        table.add_row(f"zone {name}, mean people", true, said, f"± {spread():.1f} each window")
    return table


def default_words(key: bytes, name: str, values: list[int | None]) -> str:
    """Draw what discrete Laplace noise with epsilon 1 would have made of the windows, and say how far its sum spreads."""
    seen = [value for value in values if value is not None]
    if not seen:
        return NOT_SEEN
    drawn = [
        release(value, DEFAULT_RULE, Bits(key, f"{name} {turn}")) or 0
        for turn, value in enumerate(seen)
    ]
    return f"{sum(drawn)}  (± {spread() * math.sqrt(len(seen)):.1f})"


def spread() -> float:
    """Return the standard deviation of the default rule's noise on one number.

    Sqrt(2 q) / (1 - q), q = exp(-epsilon).
    """
    q = math.exp(-DEFAULT_RULE.parameters[0] / 1000)
    return math.sqrt(2 * q) / (1 - q)


def closing(windows: list[dict[str, Any]], device: dict[str, Any], *, keep: bool) -> str:
    """Say what was committed, under which rule and level, and what that does not mean.

    Every command works as it is printed.
    """
    if not windows:
        return (
            f"No window was released: the video is shorter than one, or {STAGE.name}/box.log says "
            "why (--keep)."
        )
    upto = device["stream"]["upto"] if device["stream"] else 0
    ledger = device["ledger"]["state"] if device["ledger"] else "unknown"
    kept = [
        (
            f"Look at it: {_here(STAGE / 'box.log')} says what the level rests on. Check the "
            "ledger yourself:"
        )
    ]
    kept += [f"  {_here(BIN / 'edge-agent')} ledger verify {_here(CONFIG)}"]
    gone = [
        "To keep its files, its log and its ledger, and to be told how to check them:",
        f"  {_here(ROOT / 'scripts' / 'demo')} --keep",
    ]
    lines = (
        (
            f"{len(windows)} windows of {windows[-1]['length_s']} s released and committed, each "
            "once; acknowledged up to"
        ),
        f"sequence {upto} (the box's birth message is one of them). Ledger: {ledger}.",
        (
            f"Rule {windows[-1]['rule']}: this is a test site; a real one adds noise, ± is one "
            "standard deviation of it."
        ),
        f"Confinement level: {device['level']}, measured from outside.",
        *(kept if keep else gone),
        (
            "See for yourself what gets out of a box (as root it can prove all; three to four "
            "minutes):"
        ),
        f"  {_here(BIN / 'edge-agent')} audit",
    )
    return "\n".join(lines)


def _here(path: Path) -> str:
    """Write a path as a shell takes it in the folder where this was started."""
    return shlex.quote(os.path.relpath(path))


if __name__ == "__main__":
    sys.exit(main())
