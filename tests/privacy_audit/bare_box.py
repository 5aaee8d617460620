# SPDX-License-Identifier: Apache-2.0
"""A box of which only the config is there: for the parts that start what they need themselves."""

from collections.abc import Mapping
from pathlib import Path

from edge_agent.config.schema import load
from edge_agent.confinement.tables.policy import Role
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.testbed import OWN_CONFIG


def bare_box(
    folder: Path,
    *settings: str,
    filters: Mapping[Role, Mapping[int, tuple[bytes, ...]] | None] | None = None,
    pids: Mapping[Role, int] | None = None,
) -> AuditedBox:
    """Return a box with the audit's own config in `folder`.

    `filters` are what its processes, `pids`, would show.
    """
    path = folder / "box.toml"
    path.write_text(OWN_CONFIG, "utf-8")
    return AuditedBox(
        config_path=path,
        settings=settings,
        config=load(path, settings),
        folder=folder,
        supervisor_pid=0,
        pids=dict(pids or {}),
        filters=filters or {},
        started=False,
        log=None,
        broker=None,
        capture=None,
        centre=None,
        clip=None,
        marker=None,
    )
