# SPDX-License-Identifier: Apache-2.0
"""The verbs for what a restored or lost store leaves behind, and how `status` shows it."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from fusion_service.commands.options import ConfigOption, SiteDevice, site_and_device
from fusion_service.config import load
from fusion_service.ledger.lost import Why
from fusion_service.store.sqlite.upkeep.backup import move
from fusion_service.store.sqlite.upkeep.backup import restore as restore_copy
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.views.base import Page
from fusion_service.web.views.losses import LostView

OutFile = Annotated[
    Path,
    typer.Argument(help="A new file; nothing is overwritten.", show_default=False),
]


def go_on(name: SiteDevice, config: ConfigOption) -> None:
    """Wait no more for what is missing of a box: it counts as lost. For boxes of version 1."""
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
    path = load(config).store.path
    size = move(path, out)
    typer.echo(f"{out}: {size} bytes, checked; name it as store.path. {path} serves no more")


def lost_table(lost: Page[LostView]) -> Table:
    """Return what is lost for good; what a box withholds in red."""
    columns = ("site/device", "sequences", "missing", "why", "since (UTC)")
    table = Table(*columns, title="lost for good")
    for one in lost.items:
        since = datetime.fromtimestamp(one.since_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        why = Text(one.why, style="red" if one.why is Why.WITHHELD else "")
        run = f"{one.first} to {one.last}"
        table.add_row(f"{one.site}/{one.device}", run, str(one.missing), why, since)
    if lost.next is not None:
        table.caption = f"the first {len(lost.items)}; more at /v1/lost?after={lost.next}"
    return table


def put_back(
    copy: Annotated[Path, typer.Argument(help="What `store backup` wrote.", show_default=False)],
    config: ConfigOption,
) -> None:
    """Put a copy back as the store, which must not be there.

    Move the old one away first, and stop the service.
    """
    path = load(config).store.path
    typer.echo(
        f"{path}: {restore_copy(copy, path)} reports; what was acknowledged after the copy "
        "is not in it"
    )
