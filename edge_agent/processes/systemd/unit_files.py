# SPDX-License-Identifier: Apache-2.0
"""Fill the unit files of `firmware_configs/systemd` with what a config says.

Where things lie, which camera, which TLS files.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from edge_agent.config.paths import units_directory
from edge_agent.config.schema import Config, load
from edge_agent.errors import ConfigError
from edge_agent.process_settings import Source
from edge_agent.processes.launch import gate_place, outbox_path, sensor_place, uplink_place
from edge_agent.processes.systemd.records import RECORDS_FD
from edge_agent.processes.systemd.unit import TLS_CREDENTIALS

_LINKS_MAX = 40
_SAFE = re.compile(r"/[A-Za-z0-9._/+-]*")


def write_units(config_path: Path, directory: Path) -> tuple[Path, ...]:
    """Write the units of this config's box into `directory`; return their paths.

    Raises ConfigError.
    """
    path = config_path.resolve()
    config = load(path)
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for template in sorted(units_directory().iterdir()):
        text = template.read_text("utf-8")
        for name, value in _values(config, path, template.name).items():
            text = text.replace(f"@{name}@", value)
        (directory / template.name).write_text(text, "utf-8")
        written.append(directory / template.name)
    return tuple(written)


def _values(config: Config, path: Path, unit: str) -> dict[str, str]:
    """Return what stands for each placeholder in one unit."""
    camera, broker = config.camera, config.broker
    device = str(camera.path) if camera.source is Source.V4L2 else None
    places = {
        "people-count-sensor.service": lambda: sensor_place(
            config, channel_fd=RECORDS_FD, feed_fd=None, separate=True
        ),
        "people-count-gate.service": lambda: gate_place(config, separate=True),
        "people-count-uplink.service": lambda: uplink_place(config, separate=True),
    }
    sees = (
        (*_links_of(sys.executable), *places[unit]().plan.view.readable) if unit in places else ()
    )
    # A camera that is not plugged in is no reason not to start: its process says so.
    camera_path = (
        (f"-{_plain(device)}",) if device and unit == "people-count-sensor.service" else ()
    )
    tls = zip(
        TLS_CREDENTIALS, (broker.ca_file, broker.certificate_file, broker.key_file), strict=True
    )
    return {
        "PYTHON": _plain(sys.executable),
        "CONFIG": _plain(path),
        "STORE": _plain(config.store.directory),
        "OUTBOX": _plain(outbox_path(config).parent),
        "KEYS": _plain(config.keys.directory),
        "SEES": " ".join((*_outermost(map(_plain, sees)), *camera_path)),
        # With devices of its own systemd shows no camera; then only the one named is let in.
        "NO_CAMERA": "no" if device else "yes",
        "CAMERA": f"DeviceAllow={_plain(device)} rw" if device else "",
        "CAMERA_GROUP": f"SupplementaryGroups={Path(device).stat().st_gid}"
        if device and Path(device).exists()
        else "",
        "TLS": "\n".join(
            f"LoadCredential={name}:{_plain(file)}" for name, file in tls if file is not None
        ),
    }


def _links_of(path: str) -> tuple[str, ...]:
    """Return a path and every link that it leads through.

    In a root folder of its own each must be named.
    """
    links = [path]
    while Path(links[-1]).is_symlink() and len(links) < _LINKS_MAX:
        links.append(str(Path(links[-1]).parent / Path(links[-1]).readlink()))
    return tuple(links)


def _plain(path: str | Path) -> str:
    """Return a path as it may stand in a unit.

    Raises ConfigError where systemd would read something else in it.
    """
    if not _SAFE.fullmatch(str(path)):
        raise ConfigError(
            f"{path}: a path in a unit has only letters, digits and . _ + - /; move it or rename it"
        )
    return str(path)


def _outermost(paths: Iterable[str]) -> list[str]:
    """Return the paths without those that lie in another of them."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(f"{outer}/") for outer in kept):
            kept.append(path)
    return kept
