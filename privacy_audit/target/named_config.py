# SPDX-License-Identifier: Apache-2.0
"""The config that an audit was given.

It says whose it is, its hashes, and every setting that the audited box had otherwise.

Rule: what was replaced is found by comparing the two configs key by key, so nothing is replaced
without being told.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge_agent.config.schema import Config

VALUE_LETTERS_MAX = 80


@dataclass(frozen=True, slots=True)
class Replaced:
    """One setting: its key, what the config named, and what the audited box had."""

    key: str
    named: str
    audited: str


@dataclass(frozen=True, slots=True)
class NamedConfig:
    """The config named to the audit.

    config_sha256: what the reports of its own box carry. window_s: its windows, seconds.
    """

    path: str
    file_sha256: str
    config_sha256: str
    site: str
    device: str
    test_site: bool
    network_camera: bool
    window_s: int
    replaced: tuple[Replaced, ...]


def name_config(path: Path, named: Config, audited: Config, *more: Replaced) -> NamedConfig:
    """Describe the named config at `path`, beside the one that the audited box ran with."""
    ours, theirs = _flat(audited.model_dump(mode="json")), _flat(named.model_dump(mode="json"))
    keys = dict.fromkeys((*theirs, *ours))
    replaced = (
        Replaced(key, _said(theirs.get(key)), _said(ours.get(key)))
        for key in keys
        if theirs.get(key) != ours.get(key)
    )
    return NamedConfig(
        path=str(path.resolve()),
        file_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        config_sha256=named.sha256(),
        site=named.site,
        device=named.device,
        test_site=named.test_site,
        network_camera=named.camera.source.is_network,
        window_s=named.window.length_s,
        replaced=(*replaced, *more),
    )


def _flat(tree: dict[str, Any], above: str = "") -> dict[str, object]:
    """Return every setting under its dotted key; a list is one setting."""
    found: dict[str, object] = {}
    for key, value in tree.items():
        found |= (
            _flat(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": value}
        )
    return found


def _said(value: object) -> str:
    return "-" if value is None else str(value)[:VALUE_LETTERS_MAX]
