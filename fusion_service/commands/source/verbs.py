# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service source`: counters of others, and people who look."""

import json
import time
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.options import ConfigOption, site_and_device

if TYPE_CHECKING:
    from fusion_service.config import FusionConfig
    from fusion_service.store.sqlite.sources import SourceFile

PAGE = 200
SiteArgument = Annotated[
    str, typer.Argument(metavar="SITE", help="The site's id.", show_default=False)
]
NameArgument = Annotated[
    str,
    typer.Argument(metavar="NAME", help="The source's id in the site's file.", show_default=False),
]


def add_to(app: typer.Typer) -> None:
    """Give the command group its verbs."""
    app.command("add")(add_source)
    app.command("list")(list_sources)
    app.command("retire")(retire_source)


def add_source(site: SiteArgument, name: NameArgument, config: ConfigOption) -> None:
    """Let a source in, and show its key, once.

    Again for the same source it makes a new key; the one before is good no more.
    """
    from fusion_service.config import load
    from fusion_service.sources.keys import hash_of, make_key

    site_and_device(f"{site}/{name}")
    key = make_key()
    with _opened(load(config)) as sources:
        is_new = sources.add(site, name, hash_of(key), _now_ms())
    typer.echo(key)
    typer.echo(
        f"{site}/{name} {'is let in' if is_new else 'has a new key'}; it is shown this once. A "
        f"machine sends it as Authorization: Bearer to /v1/sources/{site}/{name}, a person types "
        f"it at /steward/{site}/{name}",
        err=True,
    )


def list_sources(
    config: ConfigOption,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List every source that was ever let in; what they are, the site's file says."""
    from fusion_service.config import load

    with _opened(load(config)) as sources:
        rows, after = [], ("", "")
        while page := sources.sources(after=after, limit=PAGE):
            rows += page
            after = (page[-1].site, page[-1].name)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows]))
        return
    from rich.console import Console
    from rich.table import Table

    from fusion_service.commands.tables import show

    table = Table("site/source", "state", "last heard (UTC)", "refused", "why", title="sources")
    for row in rows:
        table.add_row(
            f"{row.site}/{row.name}",
            "let in" if row.retired_ms is None else "retired",
            "" if row.last_ms is None else _when(row.last_ms),
            str(row.refused),
            row.last_refusal or "",
        )
    show(Console(), table)


def retire_source(site: SiteArgument, name: NameArgument, config: ConfigOption) -> None:
    """Let a source in no more; what it said stays."""
    from fusion_service.config import load

    with _opened(load(config)) as sources:
        news = sources.retire(site, name, _now_ms())
    typer.echo(f"{site}/{name} {'is retired' if news else 'was retired already'}")


def _opened(settings: "FusionConfig") -> AbstractContextManager["SourceFile"]:
    from fusion_service.store.sqlite.sources import SourceFile

    return SourceFile(settings.store.path, size_mib_max=settings.store.size_mib_max)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _when(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M")
