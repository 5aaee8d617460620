# SPDX-License-Identifier: Apache-2.0
"""The verbs for a blank box: keygen, enrol, commission."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.commands.options import AsJson, ConfigPath, Settings, need, print_fields
from wire_contract.programs.extras import Extra


def keygen(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="The folder of keys.directory.")
    ],
) -> None:
    """Make the box's signing key and noise key.

    Print the path of the public half, which the centre gets.
    """
    from edge_agent.keys import generate

    print(generate(directory))


def enrol(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="Where fusion-service enrol-serve listens: https://HOST:PORT."
        ),
    ],
    token: Annotated[
        Path,
        typer.Option(
            "--token",
            metavar="FILE",
            help="The file with this box's token; - for stdin, as a scanner types it.",
        ),
    ],
    directory: Annotated[
        Path, typer.Option("--directory", help="The folder to fill: keys/, tls/ and box.toml.")
    ],
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE", help="A config with @SITE@ and the like."),
    ] = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Keep the keys, get another certificate: the old one is over."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make this blank box known to its centre.

    It gets keys of its own, a certificate, and its config out of a template.
    """
    from edge_agent.operations.enrol import enrol as enrol_box
    from edge_agent.operations.enrol import read_token

    enrolled = enrol_box(url, read_token(token), directory, template=template, again=again)
    print_fields({name: str(value) for name, value in asdict(enrolled).items()}, as_json=as_json)


def commission(
    config: ConfigPath,
    minutes: Annotated[
        float, typer.Option("--minutes", min=1, max=30, help="After how long it ends by itself.")
    ] = 30.0,
    lens: Annotated[
        float | None,
        typer.Option("--lens-degrees", min=10, max=150, help="What the lens sees across."),
    ] = None,
    paper: Annotated[
        Path, typer.Option("--paper", metavar="FILE", help="Where the as-built paper goes.")
    ] = Path("as-built.html"),
    settings: Settings = None,
) -> None:
    """Set a box up without a picture: aim, focus, ground, lines, zones and masks.

    Opened by root at the box, for half an hour at most, while nothing is published; the box's
    ledger and its centre are told.
    """
    need(Extra.SENSOR)
    import logging
    import sys

    from edge_agent.operations.commission.opening import Wanted
    from edge_agent.operations.commission.opening import commission as open_session

    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    written = open_session(config, tuple(settings or ()), Wanted(minutes, lens, paper))
    raise typer.Exit(0 if written else 1)
