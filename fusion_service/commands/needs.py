# SPDX-License-Identifier: Apache-2.0
"""End a verb before it begins, where what it runs on is not installed."""

import logging
import sys

import typer

from wire_contract.programs.extras import Extra, lacking

FAILED = 1


def need(*extras: Extra) -> None:
    """End here, with one sentence, where what this verb runs on is not installed.

    Before anything is written.
    """
    if sentence := lacking(*extras):
        typer.echo(f"fusion-service: {sentence}", err=True)
        sys.exit(FAILED)


def log_to_stderr() -> None:
    """Write what a serving verb logs to stderr, with its time."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
