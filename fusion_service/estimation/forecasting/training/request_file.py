# SPDX-License-Identifier: Apache-2.0
"""A panel as a file, from the centre to the process that trains on it. Arrays only, no code."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np

from fusion_service.estimate.forecast.inputs.panel import Calendar, Column, Panel


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be trained on: the panel, its places in their order, and when (UTC, ms)."""

    panel: Panel
    places: tuple[str, ...]
    made_ms: int


def write_request(file: IO[bytes], request: Request) -> None:
    """Write a request."""
    panel = request.panel
    head = {
        "first": panel.first.isoformat(),
        "step_s": panel.step_s,
        "places": request.places,
        "made_ms": request.made_ms,
        "columns": [[one.name, one.ahead_steps] for one in panel.columns],
    }
    arrays = {f"calendar_{one.name}": getattr(panel.calendar, one.name) for one in fields(Calendar)}
    arrays |= {f"column_{index}": one.values for index, one in enumerate(panel.columns)}
    np.savez(
        file,
        allow_pickle=False,
        head=np.frombuffer(json.dumps(head).encode(), np.uint8),
        counts=panel.counts,
        positions_m=panel.positions_m,
        **arrays,
    )


def read_request(path: Path) -> Request:
    """Read a request."""
    with np.load(path, allow_pickle=False) as kept:
        head = json.loads(kept["head"].tobytes())
        calendar = Calendar(*(kept[f"calendar_{one.name}"] for one in fields(Calendar)))
        columns = tuple(
            Column(name, kept[f"column_{index}"], ahead)
            for index, (name, ahead) in enumerate(head["columns"])
        )
        first = datetime.fromisoformat(head["first"])
        panel = Panel(first, head["step_s"], kept["counts"], kept["positions_m"], calendar, columns)
        return Request(panel, tuple(head["places"]), head["made_ms"])
