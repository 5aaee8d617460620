# SPDX-License-Identifier: Apache-2.0
"""`edge-agent audit`: the box's command line finds this verb by its entry point."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.commands.options import AsJson, Settings, misuse, need, tell
from wire_contract.programs.extras import Extra


def audit(
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG",
            help="The device's TOML file; without it, of a box of the audit's own.",
        ),
    ] = None,
    settings: Settings = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="PART", help="Only this part; may be given again."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the report as one HTML file."),
    ] = None,
    pdf: Annotated[
        Path | None,
        typer.Option("--pdf", metavar="FILE", help="Write the report as a PDF, to be signed."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try to get something out of the box, and report what held and what could not be proven.

    Exit 1 if anything fell, 3 if nothing did but something is unproven that should not be.
    """
    need(Extra.SENSOR, Extra.FUSION)
    import signal

    from privacy_audit.parts import PARTS, chosen
    from privacy_audit.report.files import can_write_pdf, check_may_write, write_html, write_pdf
    from privacy_audit.report.terminal import show
    from privacy_audit.runner import run, without_pdf

    # As an exception a termination ends what the audit has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        parts = chosen(tuple(only or ()))
    except KeyError as error:
        misuse(f"no part {error}; there are: {', '.join(part.name for part in PARTS)}")
    for paper in (html, pdf):
        if paper is not None:
            check_may_write(paper)
    result = run(config, tuple(settings or ()), parts, tell)
    if pdf is not None and not can_write_pdf():
        result, pdf = without_pdf(result), None
    if html is not None:
        write_html(html, result)
    if pdf is not None:
        write_pdf(pdf, result)
    if as_json:
        print(json.dumps({"serial": result.serial, **result.as_json()}))
    else:
        show(result)
    raise typer.Exit(result.exit_code)
