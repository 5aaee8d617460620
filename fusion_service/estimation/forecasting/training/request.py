# SPDX-License-Identifier: Apache-2.0
"""What is to be trained on, as a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Panel
from fusion_service.estimation.forecasting.working.panel_file import (
    Arrays,
    arrays_of,
    panel_in,
    text_of,
    words_in,
)


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be trained on: the panel, its places in their order, and when (UTC, ms)."""

    panel: Panel
    places: tuple[str, ...]
    made_ms: int


def write_request(file: IO[bytes], request: Request) -> None:
    """Write a request."""
    head = text_of({"places": request.places, "made_ms": request.made_ms})
    arrays: Arrays = {"head": head, **arrays_of("panel", request.panel)}
    np.savez(file, allow_pickle=False, **arrays)


def read_request(path: Path) -> Request:
    """Read a request."""
    with np.load(path, allow_pickle=False) as kept:
        head, panel = words_in(kept["head"]), panel_in(kept, "panel")
    assert panel is not None  # noqa: S101 - it is written with each request
    return Request(panel, tuple(head["places"]), head["made_ms"])
