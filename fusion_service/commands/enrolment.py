# SPDX-License-Identifier: Apache-2.0
"""The verbs by which boxes get in: `device add`, tokens, the days of a roll-out, and renewal."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.needs import log_to_stderr, need
from fusion_service.commands.options import (
    TOKEN_HOURS,
    AuthorityOption,
    ConfigOption,
    DaysOption,
    HoursOption,
    SiteDevice,
    host_and_port,
    site_and_device,
)
from fusion_service.errors import FusionError
from fusion_service.identity import lifetimes
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.identity.renewal import Renewed


def add_device(
    name: SiteDevice,
    public_key: Annotated[
        Path, typer.Option(help="The box's signing.pub: base64 on one line.", show_default=False)
    ],
    config: ConfigOption,
    *,
    test_site: Annotated[
        bool, typer.Option("--test-site", help="Let this site send replays and unconfined boxes.")
    ] = False,
) -> None:
    """Enrol a box. A running service learns of it by itself."""
    need(Extra.FUSION)
    from fusion_service.config import load
    from fusion_service.registry.registry import read_public_key
    from fusion_service.store.sqlite.writer import Writer

    site, device = site_and_device(name)
    settings = load(config)
    key = read_public_key(public_key)
    store = settings.store
    with Writer(store.path, **store.limits) as writer:
        added = writer.add_device(
            site, device, key, test_site=test_site, added_ms=time.time_ns() // 1_000_000
        )
    typer.echo(f"{site}/{device} {'added' if added else 'was there already'}")


def make_token(
    ca: AuthorityOption,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[SITE/DEVICE]", help="One box; or give --csv.", show_default=False),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="Many boxes: a file with the columns site,device[,test]."),
    ] = None,
    hours: HoursOption = TOKEN_HOURS,
    qr: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.svg|-",
            help="Also as a QR code: one file, - for the terminal; with --csv a new folder of "
            "files.",
        ),
    ] = None,
    *,
    test_site: Annotated[
        bool, typer.Option("--test-site", help="The site is a test site.")
    ] = False,
) -> None:
    """Make the token of a box, good once: name, secret and fingerprint, one a line.

    It is kept nowhere; hand it over by hand.
    """
    from fusion_service.identity.box_list import read_box_list
    from fusion_service.identity.ca import authority, files
    from fusion_service.identity.token_qr import TokenCodes
    from fusion_service.identity.tokens import Tokens
    from wire_contract.messages.enrolment import Token

    if (name is None) == (csv is None):
        raise typer.BadParameter("give either SITE/DEVICE or --csv FILE")
    boxes = (
        [(*site_and_device(name), test_site)] if name is not None else read_box_list(csv or Path())
    )
    codes = TokenCodes(qr, many=csv is not None) if qr is not None else None
    now, tokens = datetime.now(UTC), Tokens(ca)
    root = files.fingerprint(authority.root_certificate(ca))
    for site, device, test in boxes:
        token = Token(
            site,
            device,
            tokens.make(site, device, test_site=test, good_for=timedelta(hours=hours), now=now),
            root,
        )
        typer.echo(token.text)
        if codes is not None:
            codes.show(token)


def serve_enrolment(
    config: ConfigOption,
    ca: AuthorityOption,
    certificate: Annotated[
        Path, typer.Option(help="What `ca server` wrote: broker.pem.", show_default=False)
    ],
    key: Annotated[Path, typer.Option(help="Its key: broker.key.", show_default=False)],
    broker: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", help="Where the boxes find the broker.", show_default=False
        ),
    ],
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where to listen.")] = 8443,
    days: DaysOption = lifetimes.DEVICE_DAYS,
) -> None:
    """Answer blank boxes until a signal comes.

    For roll-out days, on the machine that holds the authority.
    """
    need(Extra.FUSION)
    from fusion_service.config import load
    from fusion_service.identity.ca import authority
    from fusion_service.store.sqlite.writer import Writer
    from fusion_service.web.enrolment import Enrolment
    from fusion_service.web.enrolment import serve as answer

    log_to_stderr()
    authority.root_certificate(ca)
    store = load(config).store
    answer(
        Enrolment(ca, lambda: Writer(store.path, **store.limits), *host_and_port(broker), days),
        host=host,
        port=port,
        certificate=certificate,
        key=key,
    )


def renew(
    ca: AuthorityOption,
    broker: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The broker.", show_default=False)
    ],
    days: DaysOption = lifetimes.DEVICE_DAYS,
    every_hours: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=168, help="Stay, and come back so often.", show_default="once, then end"
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: a line a run.")] = False,
) -> None:
    """Hand boxes a new certificate for the key that they have, over the broker.

    Once a third of the old one's life is left.
    """
    from fusion_service.identity import renewal
    from fusion_service.operations import broker_move

    address = renewal.BrokerAddress(*host_and_port(broker))
    for _ in [None] if every_hours is None else renewal.repeat(every_hours):
        try:
            now = datetime.now(UTC)
            done = renewal.renew(ca, address, days=days, now=now)
            # Behind the certificates, so that it is what is retained: while a move is on, it is
            # what counts.
            if configs := broker_move.in_force(ca, now):
                renewal.publish_as(renewal.NAME, ca, address, configs, now=now)
        except FusionError as error:
            if every_hours is None:
                raise
            typer.echo(f"fusion-service: {error}; next try in {every_hours:g} h", err=True)
            continue
        _print_renewed(done, as_json=as_json)


def _print_renewed(done: "Renewed", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(done)))
        return
    typer.echo(
        f"{len(done.renewed)} renewed, {len(done.good)} still good, {len(done.revoked)} revoked, "
        f"{len(done.over)} over"
    )
    for name in done.over:
        typer.echo(
            f"{name}: its certificate is over; fusion-service enrol-token {name}, then edge-agent "
            "enrol --again",
            err=True,
        )
