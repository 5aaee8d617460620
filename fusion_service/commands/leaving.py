# SPDX-License-Identifier: Apache-2.0
"""What a box leaves behind: certificates at the authority, retained messages at the broker."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from fusion_service.config import FusionConfig
from fusion_service.errors import BrokerError, IdentityError
from fusion_service.identity.ca import authority, files, hand_out, holders
from fusion_service.identity.renewal import BrokerAddress, install_list, put_out
from fusion_service.identity.tokens import Tokens
from fusion_service.operations import retained
from fusion_service.store.rows import DeviceRow
from fusion_service.store.sqlite.reader import Reader
from wire_contract.messages.enrolment import Token
from wire_contract.topics import Channel


def hand_over(settings: FusionConfig, ca: Path | None, row: DeviceRow, hours: float) -> None:
    """Make and print the token with which a box takes the place of another."""
    if ca is None:
        raise typer.BadParameter("give --ca for a token, or --public-key")
    secret = Tokens(ca).make(
        row.site,
        row.device,
        test_site=row.test_site,
        good_for=timedelta(hours=hours),
        now=datetime.now(UTC),
        replaces=True,
    )
    typer.echo(
        Token(row.site, row.device, secret, files.fingerprint(authority.root_certificate(ca))).text
    )
    typer.echo(
        f"the box that enrols with this token takes the place of {row.site}/{row.device}; its "
        "certificates of before are revoked then",
        err=True,
    )
    take_back(settings, ca, row.site, row.device, all_of_it=False)


def tell_still_good(name: str, verb: str) -> None:
    """Say that nobody has revoked the box's certificate."""
    typer.echo(
        f"its certificate is still good: fusion-service device {verb} {name} --ca revokes it",
        err=True,
    )


def revoke(
    settings: FusionConfig,
    ca: Path,
    crl: Path | None,
    broker_pid: Path | None,
    site: str,
    device: str,
) -> bool:
    """Revoke the certificates of a box; say whether it was put out of the broker."""
    if (crl is None) != (broker_pid is None):
        raise typer.BadParameter("give both of --crl and --broker-pid, or neither")
    now = datetime.now(UTC)
    count = authority.Authority(ca).revoke(holders.device(site, device), now=now)
    typer.echo(f"{count} certificates revoked")
    if crl is None or broker_pid is None:
        typer.echo(
            f"copy {ca / hand_out.REVOCATION_LIST} to the broker and restart it: until then it "
            "lets this box in",
            err=True,
        )
        return False
    install_list(ca, crl, broker_pid)
    if not put_out(ca, _broker(settings), site=site, name=device, now=now):
        raise IdentityError(
            f"broker: lets {site}/{device} in again with a revoked certificate; is {crl} its "
            "crlfile? restart it"
        )
    typer.echo("the broker has ended its connection, and lets it in no more")
    return True


def take_back(settings: FusionConfig, ca: Path, site: str, device: str, *, all_of_it: bool) -> None:
    """Take back what the broker retains.

    Of a name that goes on only the certificate of the box before.
    """
    topics = retained.topics_of(
        site, device, retained.RETAINED if all_of_it else (Channel.CERTIFICATE,)
    )
    if all_of_it and settings.home_assistant.enabled:
        row = Reader(settings.store.path).device(site, device)
        topics += retained.shown_topics(
            settings.home_assistant.prefix, site, device, None if row is None else row.meta
        )
    try:
        retained.take_back(ca, _broker(settings), topics, now=datetime.now(UTC))
    except BrokerError as error:
        typer.echo(f"what the broker retains of {site}/{device} stays: {error}", err=True)
        return
    # Not on stdout, which may be a token and goes to a file as it is.
    typer.echo(f"{len(topics)} topics of {site}/{device} cleared at the broker", err=True)


def _broker(settings: FusionConfig) -> BrokerAddress:
    return BrokerAddress(settings.broker.host, settings.broker.port)
