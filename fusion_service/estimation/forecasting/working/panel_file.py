# SPDX-License-Identifier: Apache-2.0
"""Panels as arrays of a file, from the centre to a process that works on them. No code in it."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fusion_service.estimate.forecast.inputs.column_arrays import from_arrays, to_arrays
from fusion_service.estimate.forecast.inputs.panel import Calendar, Panel

Arrays = dict[str, NDArray[Any]]


def arrays_of(name: str, panel: Panel) -> Arrays:
    """Return a panel as arrays that begin with its name."""
    columns, arrays = to_arrays(panel.columns)
    head = {
        "first": panel.first.isoformat(),
        "step_s": panel.step_s,
        "columns": columns,
    }
    calendar = {f"{name}_{one.name}": getattr(panel.calendar, one.name) for one in fields(Calendar)}
    return {
        f"{name}_head": text_of(head),
        f"{name}_counts": panel.counts,
        f"{name}_positions": panel.positions_m,
        **calendar,
        **{f"{name}_{key}": one for key, one in arrays.items()},
    }


def panel_in(kept: Mapping[str, NDArray[Any]], name: str) -> Panel | None:
    """Return the panel of a name; None where the file has none."""
    if f"{name}_head" not in kept:
        return None
    head = words_in(kept[f"{name}_head"])
    own = {
        key.removeprefix(f"{name}_"): kept[key] for key in kept if key.startswith(f"{name}_column_")
    }
    return Panel(
        datetime.fromisoformat(head["first"]),
        int(head["step_s"]),
        kept[f"{name}_counts"],
        kept[f"{name}_positions"],
        Calendar(*(kept[f"{name}_{one.name}"] for one in fields(Calendar))),
        from_arrays(head["columns"], own),
    )


def text_of(words: object) -> NDArray[np.uint8]:
    """Return words and numbers as an array: JSON."""
    return np.frombuffer(json.dumps(words).encode(), np.uint8)


def words_in(array: NDArray[Any]) -> Any:  # noqa: ANN401 - as JSON has it
    """Return what such an array says."""
    return json.loads(array.tobytes())
