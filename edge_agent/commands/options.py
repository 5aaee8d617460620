# SPDX-License-Identifier: Apache-2.0
"""What the verbs share: their options. stdout is the result, stderr the story."""

import json
import shutil
import sys
import textwrap
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from wire_contract.programs.extras import Extra, lacking

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="The device's TOML file.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Lay a value over the file's, as in broker.port=1884."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def print_hanging(begin: str, text: str) -> None:
    """Print one line; on a terminal a long one goes on below where its text began.

    Other programs get it whole.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    if width <= 2 * len(begin):
        print(begin + text)
        return
    print(
        textwrap.fill(
            text,
            width,
            initial_indent=begin,
            subsequent_indent=" " * len(begin),
            break_on_hyphens=False,
        )
    )


def print_fields(fields: dict[str, object], *, as_json: bool) -> None:
    """Print one field a line, or JSON."""
    if as_json:
        print(json.dumps(fields))
        return
    for name, value in fields.items():
        rows = value if isinstance(value, tuple) and value else (value,)
        for row in rows:
            is_table = isinstance(row, dict)
            shown = "  ".join(f"{key} {part}" for key, part in row.items()) if is_table else row
            print(f"{name:10} {shown}")


def unix_s(option: str, text: str) -> int:
    """Read a time of an option as whole seconds of Unix time; anything else is wrong use."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        misuse(f"{option}: got {text}, wanted a time like 2026-06-01T14:00:00Z")
    if moment.tzinfo is None or moment.microsecond:
        misuse(
            f"{option}: got {text}, wanted whole seconds and a zone, as in 2026-06-01T14:00:00Z or "
            "2026-06-01T16:00:00+02:00"
        )
    return int(moment.timestamp())


def tell(step: str) -> None:
    """Tell a step of the story."""
    print(step, file=sys.stderr)


def need(*extras: Extra) -> None:
    """End here, with one sentence, where what this verb runs on is not installed.

    Before anything is started or written.
    """
    if sentence := lacking(*extras):
        fail(sentence)


def fail(sentence: str) -> NoReturn:
    """End with this sentence and exit code 1."""
    print(sentence, file=sys.stderr)
    sys.exit(1)


def misuse(sentence: str) -> NoReturn:
    """End with this sentence and exit code 2."""
    print(f"wrong use: {sentence}", file=sys.stderr)
    sys.exit(2)
