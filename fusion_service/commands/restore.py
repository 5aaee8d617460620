# SPDX-License-Identifier: Apache-2.0
"""The verbs that move and restore the store, and end the wait for what was lost with it."""

import time
from pathlib import Path
from typing import Annotated

import typer

from fusion_service.commands.options import ConfigOption, SiteDevice, site_and_device

OutFile = Annotated[
    Path,
    typer.Argument(help="A new file; nothing is overwritten.", show_default=False),
]


def go_on(name: SiteDevice, config: ConfigOption) -> None:
    """Wait no more for what is missing of a box: it counts as lost. For boxes of version 1."""
    from fusion_service.config import load
    from fusion_service.store.sqlite.writer import Writer

    site, device = site_and_device(name)
    store = load(config).store
    with Writer(store.path, **store.limits) as writer:
        passed = writer.go_on(site, device, time.time_ns() // 1_000_000)
    told = "the box is told when it speaks next"
    typer.echo(f"{site}/{device}: {passed} entries count as lost; {told}")


def move_store(out: OutFile, config: ConfigOption) -> None:
    """Move the store to another file, under its own name; the old one serves no more.

    Stop the service first.
    """
    from fusion_service.config import load
    from fusion_service.store.sqlite.upkeep.backup import move

    path = load(config).store.path
    size = move(path, out)
    typer.echo(f"{out}: {size} bytes, checked; name it as store.path. {path} serves no more")


def put_back(
    copy: Annotated[Path, typer.Argument(help="What `store backup` wrote.", show_default=False)],
    config: ConfigOption,
) -> None:
    """Put a copy back as the store, which must not be there.

    Move the old one away first, and stop the service.
    """
    from fusion_service.config import load
    from fusion_service.store.sqlite.upkeep.backup import restore

    path = load(config).store.path
    typer.echo(
        f"{path}: {restore(copy, path)} reports; what was acknowledged after the copy is not in it"
    )
