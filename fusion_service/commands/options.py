# SPDX-License-Identifier: Apache-2.0
"""What the verbs of `fusion-service` share.

Options that mean the same everywhere, and how names and addresses are read.
"""

from pathlib import Path
from typing import Annotated

import typer

from wire_contract.errors import FieldError
from wire_contract.messages.enrolment import HOST, PORT
from wire_contract.messages.report import NAME

TOKEN_HOURS, TOKEN_HOURS_MAX = 72.0, 336.0
"""A roll-out takes days, not weeks."""
CERTIFICATE_DAYS_MAX, ROOT_DAYS_MAX = 397, 7300
"""Past these a mistake is likelier than a wish: a year and a month, as browsers allow, and twenty
years."""

ConfigOption = Annotated[
    Path, typer.Option("--config", help="The centre's TOML file.", show_default=False)
]
SiteDevice = Annotated[
    str,
    typer.Argument(metavar="SITE/DEVICE", help="As in the box's own config.", show_default=False),
]
AuthorityOption = Annotated[
    Path, typer.Option("--ca", help="The folder that `ca init` made.", show_default=False)
]
HoursOption = Annotated[
    float, typer.Option(min=0.1, max=TOKEN_HOURS_MAX, help="How long a token is good.")
]
OutOption = Annotated[
    Path,
    typer.Option(
        "--out", help="The folder to write to; nothing in it is overwritten.", show_default=False
    ),
]
DaysOption = Annotated[
    int,
    typer.Option(
        "--days", min=1, max=CERTIFICATE_DAYS_MAX, help="How long the certificate is good."
    ),
]


def site_and_device(text: str) -> tuple[str, str]:
    """Return the two halves of SITE/DEVICE. Raises BadParameter."""
    site, slash, device = text.partition("/")
    try:
        NAME.check(site, "site")
        NAME.check(device, "device")
    except FieldError as error:
        raise typer.BadParameter(f"got {text[:80]!r}, wanted SITE/DEVICE: {error}") from error
    assert slash  # noqa: S101 - a device that is not empty stands behind a slash
    return site, device


def host_and_port(text: str) -> tuple[str, int]:
    """Return the two halves of HOST:PORT; an address of IPv6 may stand in brackets.

    Raises BadParameter.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        HOST.check(host, "host")
        PORT.check(int(port) if port.isdecimal() else port, "port")
    except FieldError as error:
        raise typer.BadParameter(f"got {text[:80]!r}, wanted HOST:PORT: {error}") from error
    return host, int(port)
