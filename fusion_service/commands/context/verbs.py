# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service context`: which feeds there are, and what one of them says now."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from fusion_service.commands.needs import FAILED, need
from fusion_service.commands.options import ConfigOption
from fusion_service.commands.tables import show
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.context.port import Answer, Feed

ROWS_SHOWN = 40
JsonOption = Annotated[bool, typer.Option("--json", help="For machines.")]
NameArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="Of [context.NAME] in the config, or a kind.", show_default=False
    ),
]


def add_to(app: typer.Typer) -> None:
    """Give the command group its verbs."""
    app.command("list")(list_feeds)
    app.command("try")(try_feed)


def list_feeds(config: ConfigOption, *, as_json: JsonOption = False) -> None:
    """List the feeds of a config; how each fares, /v1/context of the running centre says."""
    need(Extra.FUSION)
    from fusion_service.config import load
    from fusion_service.context.build import feeds_of

    feeds = feeds_of(load(config).context)
    if as_json:
        typer.echo(json.dumps([_described(feed) for feed in feeds]))
        return
    table = Table("feed", "kind", "asked every", "gives", "licence", "source", title="feeds")
    for feed in feeds:
        gives = ", ".join(feed.gives)
        every = f"{feed.every_s} s"
        licence, source = feed.provenance.licence, feed.provenance.source
        table.add_row(feed.name, feed.kind, every, gives, licence, source)
    show(Console(), table)


def try_feed(name: NameArgument, config: ConfigOption, *, as_json: JsonOption = False) -> None:
    """Ask one feed once, and show what it says; nothing is kept."""
    need(Extra.FUSION)
    from fusion_service.config import load
    from fusion_service.context.build import feeds_of
    from fusion_service.context.keeper import ask_feed
    from fusion_service.context.trouble import FeedError

    feeds = feeds_of(load(config).context)
    found = [feed for feed in feeds if feed.name == name]
    found = found or [feed for feed in feeds if feed.kind == name]
    if not found:
        names = ", ".join(feed.name for feed in feeds) or "none: add a table [context.NAME]"
        raise typer.BadParameter(f"got {name[:80]!r}, wanted a feed of the config: {names}")
    is_whole = True
    for feed in found:
        try:
            answer = ask_feed(feed, int(time.time()))
        except FeedError as error:
            is_whole = False
            typer.echo(f"{feed.name}: degraded: {error.why}; to do: {error.to_do}", err=True)
            continue
        if as_json:
            typer.echo(json.dumps(_described(feed) | _said(answer)))
        else:
            _show(feed, answer)
    if not is_whole:
        raise typer.Exit(FAILED)


def _show(feed: "Feed", answer: "Answer") -> None:
    table = Table(
        "valid (UTC)", "place", "quantity", "amount", "unit", "quality", "note", title=feed.name
    )
    for value in answer.values[:ROWS_SHOWN]:
        table.add_row(
            f"{datetime.fromtimestamp(value.valid_s, UTC):%Y-%m-%d %H:%M:%S}",
            value.place,
            value.quantity,
            f"{value.amount:g}",
            value.quantity.unit,
            value.quality,
            value.note,
        )
    show(Console(), table)
    if (more := len(answer.values) - ROWS_SHOWN) > 0:
        typer.echo(f"and {more} more; --json has them all")
    for remark in answer.remarks:
        typer.echo(f"of no use: {remark}")
    typer.echo(f"{feed.provenance.attribution} ({feed.provenance.licence})")


def _described(feed: "Feed") -> dict[str, object]:
    return {
        "feed": feed.name,
        "kind": feed.kind,
        "every_s": feed.every_s,
        "stale_after_s": feed.stale_after_s,
        "gives": list(feed.gives),
        "provenance": asdict(feed.provenance),
    }


def _said(answer: "Answer") -> dict[str, object]:
    values = [asdict(value) | {"unit": value.quantity.unit} for value in answer.values]
    return {"values": values, "fresh_s": answer.fresh_s, "remarks": list(answer.remarks)}
