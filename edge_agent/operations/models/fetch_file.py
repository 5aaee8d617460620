# SPDX-License-Identifier: Apache-2.0
"""Fetch a model's file itself from the https address of its card, held to the card's hash."""

from pathlib import Path

from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.load import check_content, runnable
from edge_agent.operations.models.download import (
    AS_THE_SYSTEM_HAS_IT,
    Network,
    Progress,
    Wanted,
    download,
)
from edge_agent.operations.models.trial import try_model
from edge_agent.operations.models.weights import check_may_write, is_there, write_atomically

_SHA256_SHOWN = 12


def fetch_file(
    card: Card,
    weights_dir: Path,
    *,
    progress: Progress,
    network: Network = AS_THE_SYSTEM_HAS_IT,
) -> Path:
    """Bring the card's file into the folder of weights and return its path there.

    Do nothing where it is there already. What a cut left is beside it, and gone on from.

    Raises ModelError for a card without an address or a hash, without a network, and where what
    comes is not the card's file or sees nobody.
    """
    if card.download is None or card.sha256 is None or card.size_bytes is None:
        raise no_way(card)
    path = weights_dir / card.onnx_name
    if is_there(card, path):
        progress(f"{path} is there and is what the card says")
        return path
    check_may_write(weights_dir)
    weights_dir.mkdir(parents=True, exist_ok=True)
    wanted = Wanted(
        url=card.download.url,
        size_bytes=card.size_bytes,
        sha256=card.sha256,
        by_hand=f"fetch it elsewhere, then run edge-agent model add {card.name} FILE",
    )
    # The name has the hash, so that no other file's beginning is gone on from.
    part = weights_dir / f".{card.onnx_name}.{card.sha256[:_SHA256_SHOWN]}.part"
    progress(f"downloading {wanted.url}, {wanted.size_bytes} bytes")
    try:
        content = download(wanted, part, progress=progress, network=network)
    except OSError as error:
        raise ModelError(f"{part}: {error.strerror}; make room, then fetch again") from error
    check_content(card, content, where=wanted.url)
    try_model(runnable(card, content, where=wanted.url), where=wanted.url)
    write_atomically(path, content)
    part.unlink(missing_ok=True)
    progress(f"{path} written, {len(content)} bytes, sha256 {card.sha256}")
    return path


def no_way(card: Card) -> ModelError:
    """Return, for the caller to raise, why a card's file cannot be fetched, and how it comes."""
    trusted = "" if card.is_compared else ", and nobody here has the publisher's hash of its file"
    return ModelError(
        f"model {card.name}: no public package has it{trusted}; get the file from {card.source}, "
        f"then run {card.mending_command}"
    )
