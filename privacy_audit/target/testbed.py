# SPDX-License-Identifier: Apache-2.0
"""Get the box that is to be looked at.

It is the one that runs already, or one started here with a broker, a centre and a clip.

What is started is what a city would start: `edge-agent run`, `fusion-service run`, mosquitto with
the shipped files over TLS 1.3. Everything lies in the audit's own folder, and is ended and removed
with it.
"""

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from edge_agent.config.calibration_file import calibration_file
from edge_agent.config.schema import Config, load
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.processes import camera_state
from edge_agent.processes.camera_state import CameraState
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
    OBSERVER,
    AuditBroker,
    Identities,
    Observer,
    access,
    call,
    find_program,
)
from privacy_audit.target.named_config import NamedConfig, Replaced, name_config
from privacy_audit.target.programs import NotInTimeError, last_words, run_centre, run_program
from privacy_audit.target.running_box import RunningBox, find_running

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


def _running_box(config_path: Path, running: RunningBox, folder: Path) -> AuditedBox:
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
        centre=None,
        clip=None,
        marker=None,
        named=name_config(config_path, config, config),
    )


@contextmanager
def _started_box(
    config_path: Path | None, settings: tuple[str, ...], folder: Path
) -> Iterator[AuditedBox]:
    """Start broker, observer, centre and box, in this order, and end them in the other."""
    path, as_named = _copied_config(config_path, settings, folder)
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
        centre = opened.enter_context(
            run_centre(config, broker.port, identities.client("fusion"), folder)
        )
        log = folder / "box.log"
        command = [find_program("edge-agent"), "run", str(path), *_as_options(over)]
        box = opened.enter_context(run_program(command, log))
        pids = _wait_until_up(box, capture, log, config.store.directory)
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
            centre=centre,
            clip=film,
            marker=marker,
            tap=tap,
            named=_named(config_path, as_named, config),
        )


def _copied_config(
    config_path: Path | None, settings: tuple[str, ...], folder: Path
) -> tuple[Path, Config]:
    """Write the config into the audit's folder; return its path there, and what it says.

    It is a copy: what tallies by hand said lies beside the street's own, and holds for its own
    camera. Raises ConfigError where it cannot be read or is not one.
    """
    path = folder / "box.toml"
    if config_path is None:
        path.write_text(OWN_CONFIG, "utf-8")
        return path, load(path, settings)
    as_named = load(config_path, settings)
    path.write_text(config_path.read_text("utf-8"), "utf-8")
    return path, as_named


def _named(config_path: Path | None, as_named: Config, config: Config) -> NamedConfig | None:
    if config_path is None:
        return None
    return name_config(config_path, as_named, config, *_left_out(config_path))


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

    They are the frame that it was drawn in, and windows that end meanwhile.
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


def _wait_until_up(
    box: subprocess.Popen[bytes], capture: BrokerCapture, log: Path, store: Path
) -> dict[Role, int]:
    """Wait until all three processes are locked and have been let begin.

    The gate says so to all, the supervisor of the camera.

    Raises BoxError where the box ends, or one of its processes does again and again, and
    NotInTimeError.
    """
    up = until(
        lambda: (
            box.poll() is not None or _has_begun(box.pid, capture, store) or bool(_restless(log))
        ),
        within_s=META_WITHIN_S,
    )
    if box.poll() is None and (names := _restless(log)):
        name, code = names[0]
        ends = (
            f"the box does not stay up: its {name} ended {ENDS_MAX} times before all had begun, "
            f"with exit code {code}"
        )
        raise RestlessBoxError(f"{ends}; its last words:\n{last_words(log)}", ends=ends)
    if not up or box.poll() is not None:
        kind = NotInTimeError if box.poll() is None else BoxError
        raise kind(
            f"box: did not come up within {META_WITHIN_S:.0f} s; its last words:\n{last_words(log)}"
        )
    return processes_of(box.pid)


def _has_begun(supervisor_pid: int, capture: BrokerCapture, store: Path) -> bool:
    seen = camera_state.told(store)
    if seen is None or seen.word != CameraState.OPEN:
        return False
    if not processes_of(supervisor_pid).keys() >= ALWAYS:
        return False
    return any(message.topic.endswith("/meta") for message in capture.messages())


def _restless(log: Path) -> list[tuple[str, str]]:
    """Return which processes have ended too often, each with its exit code."""
    ends = Counter(_ENDED.findall(log.read_text("utf-8", "replace")))
    return [end for end, count in ends.items() if count >= ENDS_MAX]


def _as_options(settings: tuple[str, ...]) -> list[str]:
    return [part for setting in settings for part in ("--set", setting)]
