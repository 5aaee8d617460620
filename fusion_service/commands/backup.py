# SPDX-License-Identifier: Apache-2.0
"""The verbs for copies of the store: `store backup` and `store rehearse`; cli.py hangs them up."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from fusion_service.commands.options import ConfigOption

KEEP, KEEP_MAX = 14, 1000
"""Two weeks of one a day: a fault of Friday is found on Monday, and one of a holiday after it."""


def back_up(
    config: ConfigOption,
    out: Annotated[
        Path | None, typer.Option(help="A new file; nothing is overwritten.", show_default=False)
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="A folder of copies, named by their time; for a timer.", show_default=False
        ),
    ] = None,
    keep: Annotated[
        int, typer.Option(min=1, max=KEEP_MAX, help="With --into: how many stay, the newest.")
    ] = KEEP,
    send: Annotated[
        str | None,
        typer.Option(
            metavar="TARGET",
            help="Then send it on by rsync: USER@HOST:FOLDER, or a folder.",
            show_default="it stays here",
        ),
    ] = None,
) -> None:
    """Copy the store into a new file, and check the copy. The service may run meanwhile."""
    from fusion_service.config import load
    from fusion_service.operations import backups
    from fusion_service.store.sqlite.upkeep.backup import backup

    if (out is None) == (into is None):
        raise typer.BadParameter("give either --out FILE or --into FOLDER")
    store = load(config).store.path
    if out is not None:
        typer.echo(f"{out}: {backup(store, out)} bytes, checked")
    else:
        out = backups.back_up_into(store, into or Path(), keep=keep, now=datetime.now(UTC))
        kept = f"{len(backups.copies(out.parent))} copies kept"
        typer.echo(f"{out}: {out.stat().st_size} bytes, checked; {kept}")
    if send:
        backups.send(out, send)
        typer.echo(f"{send}: has {out.name}")


def rehearse(
    copy: Annotated[
        Path,
        typer.Argument(help="A copy, or a folder of them: then the newest.", show_default=False),
    ],
    scratch: Annotated[
        Path | None,
        typer.Option(
            help="A folder with room for the copy, twice.", show_default="where the copy lies"
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Put a copy back in a scratch place, start a centre on it, and say how long it took.

    Its trees are built anew and compared.
    """
    from fusion_service.operations import rehearsal

    copy = rehearsal.newest(copy) if copy.is_dir() else copy
    done = rehearsal.rehearse(copy, scratch or copy.absolute().parent, now=datetime.now(UTC))
    if as_json:
        told = {**asdict(done), "copy": str(done.copy), "recovery_s": done.recovery_s}
        typer.echo(json.dumps(told))
        return
    holds = done.holds
    typer.echo(f"{done.copy}: {done.size_bytes / 2**20:.1f} MiB, {done.age_s / 3600:.1f} h old")
    inside = f"{holds.entries} entries in {holds.streams} streams"
    typer.echo(f"holds {holds.devices} devices, {holds.reports} reports, {inside}")
    typer.echo(
        f"{holds.rebuilt} trees built again as they were, {holds.compared} signed roots agree; "
        f"{holds.not_rebuilt} streams have no whole tree here"
    )
    typer.echo(
        f"recovered in {done.recovery_s:.1f} s: {done.restore_s:.1f} s to copy and check, "
        f"{done.start_s:.1f} s to start; trees {done.verify_s:.1f} s"
    )
