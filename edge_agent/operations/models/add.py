# SPDX-License-Identifier: Apache-2.0
"""Install a model file that somebody brings, once it is known to be its card's file and to see."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.models.added import Added, record_path
from edge_agent.models.card import Card
from edge_agent.models.load import check_content, read_bounded, runnable
from edge_agent.operations.models.trial import try_model
from edge_agent.operations.models.weights import write_atomically


def add_model(card: Card, file: Path, weights_dir: Path, *, sha256: str | None = None) -> Path:
    """Check a file against its card, try it, copy it into the folder of weights.

    Return its path there. Checked: size, sha256, no weights in other files, no operators outside
    standard ONNX, names and shapes of input and outputs, and that it sees people who are drawn. A
    card without a hash needs sha256, which is kept beside the file. Raises ModelError naming what
    is wrong; nothing is written then.
    """
    if not file.is_file():
        raise ModelError(
            f"{file}: not a file, wanted the weights of {card.name}, to be had from {card.source}"
        )
    content = read_bounded(card, file)
    stated = _stated_sha256(card, content, sha256, where=str(file))
    check_content(replace(card, sha256=stated), content, where=str(file))
    try_model(runnable(card, content, where=str(file)), where=str(file))
    path = weights_dir / card.onnx_name
    # A box that loses power between the two has a file that its record refuses.
    write_atomically(path, content)
    if card.sha256 is None:
        added = Added(stated, len(content), f"{datetime.now(UTC):%Y-%m-%d}")
        write_atomically(record_path(path), added.text().encode())
    return path


def _stated_sha256(card: Card, content: bytes, given: str | None, *, where: str) -> str:
    """Return the hash that the file must have: the card's, or else the one given."""
    if given is not None and card.sha256 not in (None, given):
        raise ModelError(
            f"{where}: sha256 {given} was given, the card of {card.name} says {card.sha256}; leave "
            "--sha256 away"
        )
    if (stated := card.sha256 or given) is None:
        raise ModelError(
            f"{where}: the card of {card.name} knows no hash, and this file has sha256 "
            f"{hashlib.sha256(content).hexdigest()}; compare that with what {card.source} says, "
            f"then run edge-agent model add {card.name} FILE --sha256 HEX"
        )
    return stated
