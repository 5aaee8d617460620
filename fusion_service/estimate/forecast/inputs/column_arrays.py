# SPDX-License-Identifier: Apache-2.0
"""Columns as plain arrays and words, and back: to bring a panel to the process that trains."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.events import Event, Events
from fusion_service.estimate.forecast.inputs.panel import Column, PanelColumn
from fusion_service.estimate.forecast.inputs.revised import Revised

Head = list[object]
"""What kind of column it is, its name, and what of it is no array: fit for JSON."""
Arrays = dict[str, NDArray[np.generic]]


def to_arrays(columns: Sequence[PanelColumn]) -> tuple[list[Head], Arrays]:
    """Return a head a column, and the arrays of all by name."""
    heads: list[Head] = []
    arrays: Arrays = {}
    for index, one in enumerate(columns):
        key = f"column_{index}"
        if isinstance(one, Column):
            heads.append(["once", one.name, one.ahead_steps])
            arrays[key] = one.values
        elif isinstance(one, Revised):
            heads.append(["revised", one.name])
            arrays |= {
                f"{key}_hour": one.hour,
                f"{key}_known": one.known,
                f"{key}_amounts": one.amounts,
                f"{key}_missing": one.missing,
            }
        elif isinstance(one, Events):
            titles = [each.title for each in one.events]
            heads.append(["events", one.group, titles])
            times = [[each.begin, each.end, each.known, each.gone] for each in one.events]
            arrays[f"{key}_times"] = np.array(times, dtype=np.int64).reshape(-1, 4)
            arrays[f"{key}_missing"] = one.missing
        else:
            raise ForecastError(f"a column of a panel: got {type(one).__name__}, which has no form")
    return heads, arrays


def from_arrays(
    heads: Sequence[Head], arrays: Mapping[str, NDArray[np.generic]]
) -> tuple[PanelColumn, ...]:
    """Return the columns that `to_arrays` wrote."""
    return tuple(_column(head, f"column_{index}", arrays) for index, head in enumerate(heads))


def _column(head: Head, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> PanelColumn:
    kind, name, *rest = head
    if kind == "once":
        return Column(str(name), arrays[key].astype(np.float32), int(str(rest[0])))
    missing = arrays[f"{key}_missing"].astype(np.bool_)
    if kind == "revised":
        return Revised(
            str(name),
            arrays[f"{key}_hour"].astype(np.int64),
            arrays[f"{key}_known"].astype(np.int64),
            arrays[f"{key}_amounts"].astype(np.float32),
            missing,
        )
    (titles,) = rest
    assert isinstance(titles, list)  # noqa: S101 - as `to_arrays` wrote it
    times = arrays[f"{key}_times"].astype(np.int64).tolist()
    events = tuple(Event(str(one), *each) for one, each in zip(titles, times, strict=True))
    return Events(str(name), events, missing)
