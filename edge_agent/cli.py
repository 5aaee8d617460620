# SPDX-License-Identifier: Apache-2.0
"""The command line of the box.

Each verb imports what it needs inside, so that no process carries another's libraries.

stdout is the result, stderr the story. Exit codes: 0 done, 1 failed, 2 wrong use.
"""

import sys
from importlib.metadata import entry_points

import typer

from edge_agent.commands import blank_box, box, ledger, models
from edge_agent.commands.options import fail
from edge_agent.errors import EdgeAgentError
from wire_contract.programs.extras import explained

VERBS = "edge_agent.verbs"
"""Entry points: verbs of packages that stand on this one, which loads them only when they are asked
for."""


app = typer.Typer(
    help="Count people where they are, and let out nothing but numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(models.app, name="model")
app.add_typer(ledger.app, name="ledger")
app.command()(ledger.witness)

for verb in (
    box.run,
    box.check,
    box.doctor,
    box.calibrate,
    blank_box.keygen,
    blank_box.enrol,
    blank_box.commission,
    box.register,
    box.units,
):
    app.command()(verb)


def _add_verbs(asked: list[str]) -> None:
    """Add the verbs of packages that stand on this one.

    Only the one that is asked for; for the help, all of them.
    """
    from edge_agent.config.paths import clone_directory

    points = entry_points(group=VERBS)
    # What is not installed may lie beside this package.
    sys.path += [str(clone)] if (clone := clone_directory()) else []
    for name in sorted(points.names):
        if asked in ([name], ["--help"], []):
            try:
                app.command(name)(points[name].load())
            except ModuleNotFoundError:
                if asked == [name]:
                    fail(
                        f"{name} is not part of what a box installs; run it from a clone of the "
                        "repository"
                    )


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error becomes its own sentence and exit code 1."""
    try:
        _add_verbs((sys.argv[1:] if arguments is None else arguments)[:1])
        try:
            app(arguments)
        finally:
            sys.stdout.flush()
    except EdgeAgentError as error:
        fail(str(error))
    except ImportError as error:
        if not (sentence := explained(error)):
            raise
        fail(sentence)
    except BrokenPipeError:
        # The reader of our lines has gone; there is nobody left to tell, and nothing for Python to
        # flush at its end.
        sys.stdout = None
        sys.exit(1)
