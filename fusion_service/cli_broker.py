# SPDX-License-Identifier: Apache-2.0
"""The verb that moves boxes to another broker."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from fusion_service import broker_move
from fusion_service.renewal import BrokerAddress
from wire_contract.enrolment import HOST, PORT
from wire_contract.errors import FieldError
from wire_contract.report import NAME

DAYS, DAYS_MAX = 14, 90
"""A box takes a config only so long after it was signed; one that was away for longer is told anew."""


def add_to(app: typer.Typer) -> None:
    """Give the command line its verb."""
    app.command("move-broker")(move_broker)


def move_broker(
    to: Annotated[
        str,
        typer.Argument(metavar="HOST:PORT", help="Where the broker is to be found.", show_default=False),
    ],
    boxes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SITE/DEVICE]...", help="Only these.", show_default="every box"),
    ] = None,
    *,
    ca: Annotated[Path, typer.Option("--ca", help="The folder that `ca init` made.", show_default=False)],
    broker: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the boxes are now.", show_default=False)],
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How long a box may take it in.")] = DAYS,
    unseen: Annotated[bool, typer.Option("--unseen", help="Do not look first whether a broker is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell boxes, by a config that is signed, where their broker is from now on; each tries it, and goes back where it is not."""
    only = [_name(box) for box in boxes or ()]
    new, old = _address(to), _address(broker)
    moved = broker_move.move(ca, old, new, only=only, days=days, now=datetime.now(UTC), seen=not unseen)
    if as_json:
        typer.echo(json.dumps({"serial": moved.serial, "told": moved.told}))
        return
    typer.echo(f"{len(moved.told)} boxes told by config {moved.serial}: the broker is at {to}")
    typer.echo(
        "now set broker.host and broker.port of the centre, and restart it; then point renew and enrol-serve there",
        err=True,
    )


def _address(text: str) -> BrokerAddress:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        HOST.check(host, "host")
        PORT.check(int(port) if port.isdecimal() else port, "port")
    except FieldError as error:
        raise typer.BadParameter(f"got {text[:80]!r}, wanted HOST:PORT: {error}") from error
    return BrokerAddress(host, int(port))


def _name(text: str) -> tuple[str, str]:
    site, _, device = text.partition("/")
    try:
        NAME.check(site, "site")
        NAME.check(device, "device")
    except FieldError as error:
        raise typer.BadParameter(f"got {text[:80]!r}, wanted SITE/DEVICE: {error}") from error
    return site, device
