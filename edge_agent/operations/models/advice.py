# SPDX-License-Identifier: Apache-2.0
"""Say what is to be known of the model that a config names, before somebody trusts its counts."""

from pathlib import Path

from edge_agent.config.paths import cards_directory, weights_directory
from edge_agent.config.schema import load
from edge_agent.errors import ConfigError, ModelError
from edge_agent.models.added import read_record
from edge_agent.models.card import Card, read_card
from wire_contract.programs.shipped import shipped

DEFAULT_MODEL, BETTER_MODEL = "person-ssdlite", "rtmdet-nano"


def model_warnings(path: Path, settings: tuple[str, ...]) -> tuple[str, ...]:
    """Return what to know of a config's model; nothing where it cannot be read, told elsewhere."""
    try:
        card = read_card(cards_directory() / load(path, settings).detector.model)
        return warnings_of(card, weights_directory() / card.onnx_name)
    except (ConfigError, ModelError):
        return ()


def warnings_of(card: Card, onnx_path: Path) -> tuple[str, ...]:
    """Return what to know of this model. Raises ModelError where its record cannot be read."""
    if card.name == DEFAULT_MODEL:
        return (
            (
                f"the default model, {card.name}, misses many people seen from above, in rain and "
                f"in monochrome, see {shipped('docs/ACCURACY.md')}; {BETTER_MODEL} sees most of "
                f"them in less time: edge-agent model add {BETTER_MODEL} FILE, then detector.model"
            ),
        )
    if card.accuracy:
        return ()
    added = "" if card.sha256 else f", hash as added on {read_record(card, onnx_path).added}"
    return (f"the model {card.name} is unmeasured{added}: compare its counts with your own",)
