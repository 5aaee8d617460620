# SPDX-License-Identifier: Apache-2.0
"""The verbs about a box and its config: run, check, doctor, calibrate, register, units."""

import json
import logging
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.commands.options import (
    AsJson,
    ConfigPath,
    Settings,
    fail,
    need,
    print_fields,
    print_hanging,
    tell,
    unix_s,
)
from wire_contract.messages.report import Level
from wire_contract.programs.extras import Extra

_IN_RED = re.compile(
    rf"\b({'|'.join(level for level in Level if level not in (Level.FULL, Level.STANDARD))})\b"
)
_LEVEL_LINES = ("confinement", "camera:")


def _colour(line: str) -> str | None:
    """Return the colour of a line: red where it says a level below standard."""
    return "red" if any(word in line for word in _LEVEL_LINES) and _IN_RED.search(line) else None


class _Story(logging.Formatter):
    """The log as it is, and in red, on a terminal, where it says a level below standard."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        colour = _colour(line) if sys.stderr.isatty() else None
        return typer.style(line, fg=colour) if colour else line


def run(config: ConfigPath, settings: Settings = None) -> None:
    """Run the box: sensor, gate and uplink, until a file ends or a signal comes."""
    need(Extra.SENSOR)
    from edge_agent.clock import SystemClock
    from edge_agent.config.schema import load
    from edge_agent.processes.preflight import cap_warnings, obstacles, waiting_for_the_clock
    from edge_agent.processes.supervision.supervisor import supervise

    story = logging.StreamHandler(sys.stderr)
    story.setFormatter(_Story("%(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[story])
    loaded = load(config, tuple(settings or ()))
    if refused := obstacles(config, loaded):
        fail("\n".join(refused))
    for warning in cap_warnings(loaded):
        logging.getLogger("edge_agent.run").warning("%s", warning)
    if until := waiting_for_the_clock(loaded, SystemClock()):
        logging.getLogger("edge_agent").warning("the clock is not synchronised; %s", until)
    raise typer.Exit(supervise(loaded))


def check(config: ConfigPath, settings: Settings = None, as_json: AsJson = False) -> None:
    """Explain a config: every mistake with its file, key, what was found and what is allowed."""
    need(Extra.SENSOR)
    from edge_agent.operations.models.advice import model_warnings
    from edge_agent.operations.person_size import reach_warnings
    from edge_agent.processes.preflight import check_config

    given = tuple(settings or ())
    result = check_config(config, given)
    warnings = result.warnings + reach_warnings(config, given) + model_warnings(config, given)
    if as_json:
        print(
            json.dumps(
                {
                    "ok": not result.mistakes,
                    "mistakes": result.mistakes,
                    "facts": result.facts,
                    "warnings": warnings,
                }
            )
        )
    else:
        for fact in result.facts:
            typer.secho(fact, fg=_colour(fact))
        for warning in warnings:
            print(f"warning: {warning}")
        for mistake in result.mistakes:
            print(mistake, file=sys.stderr)
    raise typer.Exit(1 if result.mistakes else 0)


def doctor(config: ConfigPath, settings: Settings = None, as_json: AsJson = False) -> None:
    """Say how a box fares, what to do where something is wrong, and one verdict; reads only.

    Exit 1 where something is broken.
    """
    from edge_agent.clock import SystemClock
    from edge_agent.operations.doctor.diagnosis import State
    from edge_agent.operations.doctor.examine import examine

    found = examine(config, tuple(settings or ()), SystemClock())
    if as_json:
        print(
            json.dumps(
                {
                    "verdict": found.verdict,
                    "sentence": found.sentence,
                    "subjects": [asdict(one) for one in found.subjects],
                }
            )
        )
    else:
        for one in found.subjects:
            print_hanging(
                f"{one.name:20} {one.state:7} ", f"{one.found}{f' -> {one.do}' if one.do else ''}"
            )
        print(found.sentence)
    raise typer.Exit(1 if found.verdict is State.BROKEN else 0)


def calibrate(
    config: ConfigPath,
    line: Annotated[
        str, typer.Option("--line", metavar="ID", help="The line at which you counted.")
    ],
    begin: Annotated[
        str,
        typer.Option(
            "--from", metavar="TIME", help="Begin of the first window, as in 2026-06-01T14:00:00Z."
        ),
    ],
    end: Annotated[
        str, typer.Option("--to", metavar="TIME", help="End of the last window, the same way.")
    ],
    entered: Annotated[int, typer.Option("--in", min=0, help="People you counted going in.")],
    left: Annotated[int, typer.Option("--out", min=0, help="People you counted going out.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Take in what you counted by hand at a line, over whole windows while the box ran.

    It shows nothing but what was released.
    """
    from edge_agent.config.calibration_file import calibration_file
    from edge_agent.operations.calibrate import HandCount
    from edge_agent.operations.calibrate import calibrate as take_in

    hand = HandCount(line, unix_s("--from", begin), unix_s("--to", end), entered, left)
    found = take_in(config, tuple(settings or ()), hand)
    print_fields({"line": line, **found.model_dump(exclude={"scene_sha256"})}, as_json=as_json)
    tell(
        f"written to {calibration_file(config)}; the box takes it at its next start, and its meta "
        "and config hash say so"
    )


def register(
    config: ConfigPath,
    out: Annotated[
        Path, typer.Option("--out", metavar="DIRECTORY", help="Where to write the papers.")
    ] = Path("register"),
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write one file instead, signed by the box's key, for `fusion-service dossier`.",
        ),
    ] = None,
    settings: Settings = None,
) -> None:
    """Write what the public and the officer are told.

    These are the sensor-register entry, the DPIA annex, a passer-by's page and its QR code; or,
    with --export, the one signed file that a centre joins with those of other boxes.
    """
    need(Extra.SENSOR, *(() if export else (Extra.REGISTER,)))
    from edge_agent import __version__
    from edge_agent.clock import SystemClock
    from edge_agent.config.schema import load
    from edge_agent.transparency.papers import write_papers
    from edge_agent.transparency.signed_paper import export_paper

    loaded = load(config, tuple(settings or ()))
    if export is not None:
        made_s = int(SystemClock().utc_s())
        export_paper(loaded, export, software=__version__, made_s=made_s)
        print(export)
        return
    for path in write_papers(loaded, out):
        print(path)


def units(
    config: ConfigPath,
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIRECTORY", help="Where to write them; /etc/systemd/system on a box."
        ),
    ],
) -> None:
    """Write the units with which systemd runs this config's box; print their paths."""
    from edge_agent.processes.systemd.unit_files import write_units

    for path in write_units(config, directory):
        print(path)
