# SPDX-License-Identifier: Apache-2.0
"""The verb that moves boxes to another broker."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from fusion_service.commands.options import AuthorityOption, host_and_port, site_and_device

DAYS, DAYS_MAX = 14, 90
"""A box takes a config only so long after it was signed; one that was away for longer is told
anew."""


def add_to(app: typer.Typer) -> None:
    """Give the command line its verb."""
    app.command("move-broker")(move_broker)


def move_broker(
    to: Annotated[
        str,
        typer.Argument(
            metavar="HOST:PORT", help="Where the broker is to be found.", show_default=False
        ),
    ],
    boxes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SITE/DEVICE]...", help="Only these.", show_default="every box"),
    ] = None,
    *,
    ca: AuthorityOption,
    broker: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the boxes are now.", show_default=False)
    ],
    days: Annotated[
        int, typer.Option(min=1, max=DAYS_MAX, help="How long a box may take it in.")
    ] = DAYS,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Do not look first whether a broker is there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell boxes, by a config that is signed, where their broker is from now on.

    Each tries it, and goes back where it is not.
    """
    from fusion_service.identity.renewal import BrokerAddress
    from fusion_service.operations import broker_move

    only = [site_and_device(box) for box in boxes or ()]
    new, old = (BrokerAddress(*host_and_port(text)) for text in (to, broker))
    moved = broker_move.move(
        ca, old, new, only=only, days=days, now=datetime.now(UTC), seen=not unseen
    )
    if as_json:
        typer.echo(json.dumps({"serial": moved.serial, "told": moved.told}))
        return
    typer.echo(f"{len(moved.told)} boxes told by config {moved.serial}: the broker is at {to}")
    typer.echo(
        "now set broker.host and broker.port of the centre, and restart it; then point renew and "
        "enrol-serve there",
        err=True,
    )
