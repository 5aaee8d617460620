# SPDX-License-Identifier: Apache-2.0
"""Get the box that is to be looked at.

The one that runs already, or one started here with a broker, a centre and a clip.

What is started is what a city would start: `edge-agent run`, `fusion-service run`, mosquitto with
the shipped files over TLS 1.3. Everything lies in the audit's own folder, and is ended and removed
with it.
"""

import json
import math
import os
import re
import signal
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from edge_agent.config.calibration_file import calibration_file
from edge_agent.config.schema import Config, load
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
from edge_agent.processes.systemd.unit import RUNTIME
from privacy_audit.outside.tap import Tap
from privacy_audit.target import synthetic_clip
from privacy_audit.target.box import (
    Access,
    AuditedBox,
    BrokerCapture,
    filters_of,
    processes_of,
    until,
)
from privacy_audit.target.broker import (
    HOST,
    OBSERVER,
    AuditBroker,
    Identities,
    Observer,
    access,
    call,
    find_program,
    free_port,
)
from privacy_audit.target.named_config import Replaced, name_config

CLIP_S = 1200
"""How long the synthetic clip plays: longer than an audit takes on a busy machine, because a box
ends with its file."""
CLIP_FPS = 2.0
WINDOW_S_MAX = 60
"""Longer windows are made so short for the audit, which waits for two of them."""
_OF_OTHER_CAMERAS = (
    "width_px",
    "height_px",
    "fourcc",
    "host",
    "port",
    "url_path",
    "credentials_file",
)
META_WITHIN_S, OPEN_WITHIN_S = 120.0, 30.0
"""On a small board most of it is loading the model."""
ENDS_MAX = 3
"""One process may end so often before the box is up: twice may befall any, on a busy machine
too."""
_ENDED = re.compile(r"(\w+) ended with\D*?(-?\d+)")
CENTRE_WITHIN_S = 30.0
STOP_S = 60.0

OWN_CONFIG = """\
# SPDX-License-Identifier: Apache-2.0
# The box that an audit starts where it is given none: one line, one zone, the default rule.
site = "audit"
device = "box"
test_site = true # Its people are drawn.

[camera]
source = "file"
path = "clip.avi"

[[lines]]
id = "line"
a = [160, 0]
b = [160, 240]

[[zones]]
id = "zone"
polygon = [[170, 10], [310, 10], [310, 230], [170, 230]]

[window]
length_s = 5
clock_wait_s = 0

[disclosure]
# Windows of 5 s say twelve times as much a minute as the default of 60 s.
capacity_bits_per_minute_max = 768

[store]
directory = "box"

[keys]
directory = "keys"
"""


_GATE_UNIT = "people-count-gate.service"
ALWAYS = {Role.SENSOR, Role.GATE, Role.UPLINK}
"""The processes that every box has; one with a network camera has a feeder besides."""


class BoxError(ProcessError):
    """The box that the audit started did not come up; its own last words say why."""


class RestlessBoxError(BoxError):
    """A process of the box that the audit started ends again and again.

    It need not be waited for any longer.
    """

    def __init__(self, sentence: str, *, ends: str) -> None:
        super().__init__(sentence)
        self.ends = ends


class NotInTimeError(ProcessError):
    """The box, or what must stand beside it, lives and had not come up when the time was over."""


@dataclass(frozen=True, slots=True)
class Running:
    """A box that somebody else started: its supervisor, and the settings laid over its config."""

    supervisor_pid: int
    settings: tuple[str, ...]


def find_running(config_path: Path) -> Running | None:
    """Return the box of this config that runs on this machine, None where there is none."""
    wanted = config_path.resolve()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
            place = next(
                (index for index, word in enumerate(words) if Path(word).name == "edge-agent"), None
            )
            if place is None or words[place + 1 : place + 2] != ["run"]:
                continue
            settings, others = _split(words[place + 2 :])
            if any(((folder / "cwd").readlink() / other).resolve() == wanted for other in others):
                return Running(int(folder.name), settings)
    return None


def under_units(config_path: Path) -> bool:
    """Say whether systemd runs the box of this config on this machine.

    Such a box has no supervisor to find it by.
    """
    with suppress(OSError):
        if (RUNTIME / "config").read_text("ascii") == load(config_path).sha256():
            return any(
                _is_of_unit(folder) for folder in Path("/proc").iterdir() if folder.name.isdigit()
            )
    return False


def _is_of_unit(process: Path) -> bool:
    with suppress(OSError):
        return _GATE_UNIT in {
            Path(row).name for row in (process / "cgroup").read_text("utf-8").splitlines()
        }
    return False


@contextmanager
def stage(
    config_path: Path | None, settings: tuple[str, ...], folder: Path
) -> Iterator[AuditedBox]:
    """Give the box to look at, for as long as the block lasts.

    Raises EdgeAgentError where it cannot.
    """
    if config_path is not None and (running := find_running(config_path)) is not None:
        yield _running_box(config_path, running, folder)
        return
    with _started_box(config_path, settings, folder) as box:
        yield box


def _running_box(config_path: Path, running: Running, folder: Path) -> AuditedBox:
    config = load(config_path, running.settings)
    # What is just being opened is not locked yet.
    until(
        lambda: (
            (told := camera_state.told(config.store.directory)) is None
            or told.word != CameraState.OPENING
        ),
        within_s=OPEN_WITHIN_S,
    )
    pids = processes_of(running.supervisor_pid)
    return AuditedBox(
        config_path=config_path,
        settings=running.settings,
        config=config,
        folder=folder,
        supervisor_pid=running.supervisor_pid,
        pids=pids,
        filters=filters_of(pids),
        started=False,
        log=None,
        broker=None,
        capture=None,
        centre_url=None,
        clip=None,
        marker=None,
        named=name_config(config_path, config, config),
    )


@contextmanager
def _started_box(
    config_path: Path | None, settings: tuple[str, ...], folder: Path
) -> Iterator[AuditedBox]:
    """Start broker, observer, centre and box, in this order, and end them in the other."""
    path = folder / "box.toml"
    if config_path is None:
        path.write_text(OWN_CONFIG, "utf-8")
    as_named = load(config_path or path, settings)
    if config_path is not None:
        # A copy: what tallies by hand said lies beside the street's own, and holds for the street's
        # own camera.
        path.write_text(config_path.read_text("utf-8"), "utf-8")
    film = folder / "clip.avi"
    marker = synthetic_clip.make(film, seconds=CLIP_S, fps=CLIP_FPS)
    capture = BrokerCapture()
    with ExitStack() as opened:
        identities = Identities(folder / "identities")
        server = identities.server()
        broker = opened.enter_context(AuditBroker(server, observer=True))
        moved = (*settings, *_in_the_audits_folder(folder), *_fitting(as_named))
        named = load(path, moved)
        own = access(broker.port, identities.device(named.site, named.device))
        tap = opened.enter_context(Tap(server, own))
        over = (*moved, *_broker_settings(replace(own, port=tap.port)))
        config = load(path, over)
        observer = access(broker.port, identities.client(OBSERVER))
        opened.enter_context(Observer(observer, capture))
        call("edge-agent", "keygen", str(config.keys.directory))
        centre_url = opened.enter_context(
            _centre(config, broker.port, identities.client("fusion"), folder)
        )
        log = folder / "box.log"
        box = opened.enter_context(
            _program([find_program("edge-agent"), "run", str(path), *_as_options(over)], log)
        )
        pids = _wait_until_born(box, capture, log, config.store.directory)
        yield AuditedBox(
            config_path=path,
            settings=over,
            config=config,
            folder=folder,
            supervisor_pid=box.pid,
            pids=pids,
            filters=filters_of(pids),
            started=True,
            log=log,
            broker=observer,
            capture=capture,
            centre_url=centre_url,
            clip=film,
            marker=marker,
            tap=tap,
            named=None
            if config_path is None
            else name_config(config_path, as_named, config, *_left_out(config_path)),
        )


def _in_the_audits_folder(folder: Path) -> tuple[str, ...]:
    """Return the settings that move an audited box into the audit's folder.

    It sees the audit's clip, at any hour.
    """
    return (
        "camera.source=file",
        f"camera.path={folder / 'clip.avi'}",
        f"camera.fps={CLIP_FPS}",
        *(f"camera.{key}=none" for key in _OF_OTHER_CAMERAS),
        f"store.directory={folder / 'box'}",
        f"keys.directory={folder / 'keys'}",
        "window.clock=live",
    )


def _left_out(config_path: Path) -> tuple[Replaced, ...]:
    """Say that what tallies by hand said was left out, where there was any."""
    beside = calibration_file(config_path)
    why = (
        "left out: it was made with the street's own camera / weggelaten: gemaakt met de camera "
        "van de straat"
    )
    return (Replaced("calibration", beside.name, why),) if beside.exists() else ()


def _fitting(named: Config) -> tuple[str, ...]:
    """Return the settings that fit a config to the audit's film.

    The frame it was drawn in, and windows that end meanwhile.
    """
    over: list[str] = []
    if named.view is None:
        drawn: list[tuple[tuple[float, float], ...]] = [(line.a, line.b) for line in named.lines]
        drawn += [zone.polygon for zone in named.zones] + [mask.polygon for mask in named.masks]
        points = [point for points in drawn for point in points]
        width = named.camera.width_px or max(
            synthetic_clip.WIDTH_PX, *(math.ceil(x) for x, _ in points)
        )
        height = named.camera.height_px or max(
            synthetic_clip.HEIGHT_PX, *(math.ceil(y) for _, y in points)
        )
        over += [f"view.frame_width_px={width}", f"view.frame_height_px={height}"]
    if (times := named.window.length_s / WINDOW_S_MAX) > 1:
        # As much may be said in a window as before, so more a minute.
        cap = named.disclosure.capacity_bits_per_minute_max * times
        over += [f"window.length_s={WINDOW_S_MAX}"]
        over += [f"disclosure.capacity_bits_per_minute_max={cap}"]
    return tuple(over)


def _broker_settings(own: Access) -> tuple[str, ...]:
    return (
        f"broker.host={own.host}",
        f"broker.port={own.port}",
        f"broker.ca_file={own.ca_file}",
        f"broker.certificate_file={own.certificate_file}",
        f"broker.key_file={own.key_file}",
    )


@contextmanager
def _centre(config: Config, broker_port: int, tls_folder: Path, folder: Path) -> Iterator[str]:
    """Enrol the box and run a fusion-service.

    Give the address of its API once it is connected to the broker.
    """
    port, settings = free_port(), folder / "fusion.toml"
    holder = access(broker_port, tls_folder)
    settings.write_text(
        f'[store]\npath = "fusion.sqlite"\n[http]\nport = {port}\n[broker]\nhost = '
        f'"{HOST}"\nport = {broker_port}\n'
        f'ca = "{holder.ca_file}"\ncertificate = "{holder.certificate_file}"\nkey = '
        f'"{holder.key_file}"\n',
        "utf-8",
    )
    public = str(config.keys.directory / "signing.pub")
    enrol = [
        "device",
        "add",
        f"{config.site}/{config.device}",
        "--public-key",
        public,
        "--config",
        str(settings),
    ]
    call("fusion-service", *enrol, *(["--test-site"] if config.test_site else []))
    url, log = f"http://{HOST}:{port}", folder / "centre.log"
    with _program(
        [find_program("fusion-service"), "run", "--config", str(settings)], log
    ) as running:
        if (
            not until(
                lambda: _is_connected(url) or running.poll() is not None, within_s=CENTRE_WITHIN_S
            )
            or running.poll() is not None
        ):
            kind = NotInTimeError if running.poll() is None else ProcessError
            raise kind(
                f"fusion-service: did not come up within {CENTRE_WITHIN_S:.0f} s; its last words:\n"
                f"{_last_words(log)}"
            )
        yield url


def _is_connected(url: str) -> bool:
    with (
        suppress(OSError, ValueError),
        urllib.request.urlopen(f"{url}/v1/health", timeout=5) as answer,  # noqa: S310 - loopback
    ):
        return bool(json.load(answer)["broker"]["state"] == "connected")
    return False


@contextmanager
def _program(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a session of its own, its words in a file, and end it with the block."""
    with log.open("wb") as words:
        started = subprocess.Popen(  # noqa: S603 - ours, found beside this Python
            command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True
        )
    try:
        yield started
    finally:
        started.terminate()
        with suppress(subprocess.TimeoutExpired):
            started.wait(STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def _wait_until_born(
    box: subprocess.Popen[bytes], capture: BrokerCapture, log: Path, store: Path
) -> dict[Role, int]:
    """Wait until all three processes are locked and have been let begin.

    The gate says so to all, the supervisor of the camera.

    Raises BoxError where the box ends, or one of its processes does again and again, and
    NotInTimeError.
    """

    def born() -> bool:
        seen = camera_state.told(store)
        if (
            seen is None
            or seen.word != CameraState.OPEN
            or not processes_of(box.pid).keys() >= ALWAYS
        ):
            return False
        return any(message.topic.endswith("/meta") for message in capture.messages())

    def restless() -> list[tuple[str, str]]:
        ends = Counter(_ENDED.findall(log.read_text("utf-8", "replace")))
        return [end for end, count in ends.items() if count >= ENDS_MAX]

    up = until(lambda: box.poll() is not None or born() or bool(restless()), within_s=META_WITHIN_S)
    if box.poll() is None and (names := restless()):
        name, code = names[0]
        ends = (
            f"the box does not stay up: its {name} ended {ENDS_MAX} times before all had begun, "
            f"with exit code {code}"
        )
        raise RestlessBoxError(f"{ends}; its last words:\n{_last_words(log)}", ends=ends)
    if not up or box.poll() is not None:
        kind = NotInTimeError if box.poll() is None else BoxError
        raise kind(
            f"box: did not come up within {META_WITHIN_S:.0f} s; its last words:\n"
            f"{_last_words(log)}"
        )
    return processes_of(box.pid)


def _split(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Part the arguments of `edge-agent run` into settings and the rest."""
    settings, others, rest = [], [], list(words)
    while rest:
        word = rest.pop(0)
        if word == "--set" and rest:
            settings.append(rest.pop(0))
        elif word.startswith("--set="):
            settings.append(word.removeprefix("--set="))
        else:
            others.append(word)
    return tuple(settings), others


def _as_options(settings: tuple[str, ...]) -> list[str]:
    return [part for setting in settings for part in ("--set", setting)]


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-12:])
