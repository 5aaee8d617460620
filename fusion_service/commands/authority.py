# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service ca`, and those that issue and revoke the certificates of boxes."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.options import (
    ROOT_DAYS_MAX,
    AuthorityOption,
    DaysOption,
    OutOption,
    SiteDevice,
    host_and_port,
    site_and_device,
)
from fusion_service.identity import lifetimes

if TYPE_CHECKING:
    from fusion_service.identity.ca.holders import Holder


def add_to(app: typer.Typer) -> None:
    """Give the command group its verbs."""
    for name, verb in (
        ("init", init_authority),
        ("issuing", make_issuing),
        ("renew-servers", renew_servers),
        ("server", issue_server),
        ("client", issue_client),
        ("revoke", revoke_client),
    ):
        app.command(name)(verb)


def issue_device(
    name: SiteDevice,
    ca: AuthorityOption,
    out: OutOption,
    csr: Annotated[
        Path | None,
        typer.Option(
            help="The box's own request, PEM, on P-256: its key then never leaves it.",
            show_default="a key is made too",
        ),
    ] = None,
    days: DaysOption = lifetimes.DEVICE_DAYS,
) -> None:
    """Issue a box the certificate that lets it speak to the broker.

    As itself, and on its own topics only.
    """
    from fusion_service.identity.ca import holders

    _issue(holders.device(*site_and_device(name)), ca=ca, out=out, days=days, request=csr)


def revoke_device(name: SiteDevice, ca: AuthorityOption) -> None:
    """Put all certificates of a box on the revocation list, which the broker then needs."""
    from fusion_service.identity.ca import holders

    _revoke(holders.device(*site_and_device(name)), ca)


def init_authority(
    directory: Annotated[
        Path, typer.Argument(help="An empty folder, or one to be made.", show_default=False)
    ],
    days: Annotated[
        int, typer.Option(min=1, max=ROOT_DAYS_MAX, help="How long the root is good.")
    ] = lifetimes.ROOT_DAYS,
    root: Annotated[
        Path | None,
        typer.Option(
            help="Where the root's key goes: a medium that is put away.",
            show_default="beside the rest",
        ),
    ] = None,
) -> None:
    """Make the authority: a root, and an issuing certificate of a year that signs from then on.

    And empty revocation lists.
    """
    from fusion_service.identity.ca import authority
    from fusion_service.identity.ca.issuers import ROOT_KEY

    certificate = authority.make(directory, days=days, now=datetime.now(UTC), root_folder=root)
    key = (root or directory) / ROOT_KEY
    typer.echo(
        f"{certificate} made; {key} is needed again in a year: put it away, and keep a copy of it"
    )


def make_issuing(
    ca: AuthorityOption,
    root: Annotated[
        Path | None,
        typer.Option(help="The folder with the root's key.", show_default="it is in --ca"),
    ] = None,
    days: DaysOption = lifetimes.ISSUING_DAYS,
    *,
    withdraw: Annotated[
        bool,
        typer.Option(
            "--withdraw", help="Those of before were stolen: trust nothing that they signed."
        ),
    ] = False,
) -> None:
    """Make the next issuing certificate: once a year.

    And once for an authority whose root has signed everything itself.
    """
    from fusion_service.identity.ca import authority

    opened = authority.Authority(ca)
    made = opened.add_issuing(days=days, now=datetime.now(UTC), root_folder=root, withdraw=withdraw)
    if withdraw:
        typer.echo(
            "issue the certificates of servers and programs anew, restart the broker, and enrol "
            "boxes with --again",
            err=True,
        )
        if made.certificate.subject == opened.issuers.root.subject:
            typer.echo(
                "this root is of before: a broker still lets the thief in; make a new one with "
                "fusion-service ca init",
                err=True,
            )
    typer.echo(
        f"issues until {made.certificate.not_valid_after_utc:%Y-%m-%d}; now run: fusion-service ca "
        "renew-servers, then renew"
    )


def renew_servers(
    certificates: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Where the broker's and the centre's certificates lie.",
            show_default=False,
        ),
    ],
    ca: AuthorityOption,
    days: DaysOption = lifetimes.SERVER_DAYS,
    broker_pid: Annotated[
        Path | None,
        typer.Option(
            help="The broker's pid_file, on this machine.", show_default="reloaded by hand"
        ),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Look whether the broker shows it.",
            show_default="not looked at",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Renew, where they lie and for the keys they have, certificates that are due.

    For a timer, once a day.
    """
    from fusion_service.identity.ca import authority, holders, installed
    from fusion_service.identity.names import BROKER

    address = host_and_port(broker) if broker is not None else None
    now, opened = datetime.now(UTC), authority.Authority(ca)
    done = [installed.renew_installed(opened, path, days=days, now=now) for path in certificates]
    if as_json:
        plain = [
            {**asdict(one), "path": str(one.path), "ends": one.ends.isoformat()} for one in done
        ]
        typer.echo(json.dumps(plain))
    for one in [] if as_json else done:
        state, days_left = "renewed" if one.renewed else "good", (one.ends - now).days
        typer.echo(f"{one.path}: {one.name} {state} for {days_left} days")
    if opened.issuers.issuing and holders.is_due(opened.issuers.signer(now).certificate, now):
        left = (opened.issuers.signer(now).certificate.not_valid_after_utc - now).days
        typer.echo(
            f"the issuing certificate is good for {left} days: bring the root, run fusion-service "
            "ca issuing",
            err=True,
        )
    servers = [one for one in done if one.name == BROKER]
    if any(one.changed for one in servers):
        _have_broker_show(servers[0].path, broker_pid, address)


def issue_server(
    host: Annotated[
        str,
        typer.Argument(
            help="Where boxes and centre find the broker: their broker.host.", show_default=False
        ),
    ],
    ca: AuthorityOption,
    out: OutOption,
    address: Annotated[
        list[str] | None, typer.Option(help="A further host name or address; may be given again.")
    ] = None,
    days: DaysOption = lifetimes.SERVER_DAYS,
) -> None:
    """Issue the broker its certificate, and hand it the root's and the revocation list."""
    from fusion_service.identity.ca import holders

    _issue(holders.broker(host, address or ()), ca=ca, out=out, days=days)


def issue_client(
    name: Annotated[
        str,
        typer.Argument(
            help="fusion for the centre; others need lines in the broker's acl.", show_default=False
        ),
    ],
    ca: AuthorityOption,
    out: OutOption,
    days: DaysOption = lifetimes.CLIENT_DAYS,
) -> None:
    """Issue the centre, or another program beside it, its certificate."""
    from fusion_service.identity.ca import holders

    _issue(holders.client(name), ca=ca, out=out, days=days)


def revoke_client(
    name: Annotated[str, typer.Argument(help="As it was issued.", show_default=False)],
    ca: AuthorityOption,
) -> None:
    """Put all certificates of a client on the revocation list.

    As `device revoke` does those of a box.
    """
    from fusion_service.identity.ca import holders

    _revoke(holders.client(name), ca)


def _have_broker_show(
    certificate: Path, broker_pid: Path | None, address: tuple[str, int] | None
) -> None:
    """Have the broker show a new certificate, and wait until it does; else say who must."""
    from fusion_service.identity import renewal
    from fusion_service.identity.ca import files

    if broker_pid is None:
        typer.echo(
            "reload the broker (SIGHUP): until then it shows what it showed before", err=True
        )
        return
    renewal.reload_broker(broker_pid)
    if address is not None:
        renewal.wait_until_shown(*address, files.read_certificate(certificate))


def _issue(
    holder: "Holder", *, ca: Path, out: Path, days: int, request: Path | None = None
) -> None:
    from fusion_service.identity.ca import authority

    receipt = authority.Authority(ca).issue(
        holder, out=out, days=days, now=datetime.now(UTC), request=request
    )
    typer.echo(
        f"{receipt.name} issued until {receipt.ends:%Y-%m-%d %H:%M:%S} UTC: "
        f"{', '.join(map(str, receipt.files))}"
    )


def _revoke(holder: "Holder", ca: Path) -> None:
    from fusion_service.identity.ca import authority, hand_out

    count = authority.Authority(ca).revoke(holder, now=datetime.now(UTC))
    revocation_list = ca / hand_out.REVOCATION_LIST
    typer.echo(
        f"{holder.name}: {count} certificates revoked; copy {revocation_list} to the broker and "
        "restart it"
    )
