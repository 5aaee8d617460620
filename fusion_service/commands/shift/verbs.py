# SPDX-License-Identifier: Apache-2.0
"""`fusion-service shift log`: what was seen, decided and done, and whether the chain is whole."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.ledger.shift_log import ShiftEntry

SHOWN_MAX = 100_000


def add_to(shift_app: typer.Typer) -> None:
    """Hang the verbs up."""
    shift_app.callback()(_shift)
    shift_app.command("log")(show_log)


def _shift() -> None:
    """Alarms, levels, measures and handovers."""


def show_log(
    config: ConfigOption,
    limit: Annotated[int, typer.Option(min=1, max=SHOWN_MAX, help="The last so many.")] = 100,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Show the log of the shift, and say whether its chain is whole."""
    need(Extra.FUSION)
    from collections import deque

    from fusion_service.config import load
    from fusion_service.errors import AccessError
    from fusion_service.ledger.access_log import fault_of_chain
    from fusion_service.store.sqlite.shift.keeper import ShiftFile

    store = load(config).store
    with ShiftFile(store.path, size_mib_max=store.size_mib_max) as keeper:
        fault = fault_of_chain(keeper.whole_log())
        shown = [_said(one) for one in deque(keeper.whole_log(), limit)]
    if as_json:
        typer.echo(json.dumps(shown))
    for row in [] if as_json else shown:
        typer.echo("  ".join(f"{key}={value}" for key, value in row.items() if value != ""))
    if fault is not None:
        raise AccessError(f"shift log: {fault}; compare it with a backup")
    typer.echo("the chain is whole", err=True)


def _said(entry: "ShiftEntry") -> dict[str, object]:
    at = datetime.fromtimestamp(entry.at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    texts = {one.field: "(erased)" if one.content is None else one.content for one in entry.texts}
    return {
        "id": entry.id,
        "at": at,
        "site": entry.site,
        "deed": entry.deed,
        "zone": entry.zone,
        "alarm": entry.alarm or "",
        "actor": entry.actor,
        "organisation": entry.organisation,
        **dict(entry.detail),
        **texts,
    }
