# SPDX-License-Identifier: Apache-2.0
"""Find a box that runs on this machine already: by its supervisor, or by its units."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.config.schema import load
from edge_agent.processes.systemd.unit import RUNTIME

_GATE_UNIT = "people-count-gate.service"


@dataclass(frozen=True, slots=True)
class RunningBox:
    """A box that somebody else started: its supervisor, and the settings laid over its config."""

    supervisor_pid: int
    settings: tuple[str, ...]


def find_running(config_path: Path) -> RunningBox | None:
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
            settings, others = split_options(words[place + 2 :])
            if any(((folder / "cwd").readlink() / other).resolve() == wanted for other in others):
                return RunningBox(int(folder.name), settings)
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


def split_options(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
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
