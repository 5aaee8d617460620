# SPDX-License-Identifier: Apache-2.0
"""What is asked of the process that forecasts, and what it answers, as files of arrays."""

from pathlib import Path

import numpy as np

from fusion_service.estimation.forecasting.working.panel_file import (
    Arrays,
    arrays_of,
    panel_in,
    text_of,
    words_in,
)
from fusion_service.estimation.forecasting.working.saying import Ahead, Answer, Asked

SPANS = ("quarters", "hours")


def write_asked(path: Path, asked: Asked) -> None:
    """Write what is asked."""
    arrays: Arrays = {"head": text_of({"places": asked.places, "models": str(asked.models)})}
    for name in SPANS:
        panel = getattr(asked, name)
        if panel is not None:
            arrays |= arrays_of(name, panel)
    _save(path, arrays)


def read_asked(path: Path) -> Asked:
    """Read what is asked."""
    with np.load(path, allow_pickle=False) as kept:
        head = words_in(kept["head"])
        panels = [panel_in(kept, name) for name in SPANS]
    return Asked(tuple(head["places"]), Path(head["models"]), *panels)


def write_answer(path: Path, answer: Answer) -> None:
    """Write an answer."""
    missing = {
        name: getattr(answer, name).missing for name in SPANS if getattr(answer, name) is not None
    }
    head = {"version": answer.version, "trouble": answer.trouble, "missing": missing}
    arrays: Arrays = {"head": text_of(head)}
    for name in SPANS:
        ahead: Ahead | None = getattr(answer, name)
        if ahead is not None:
            arrays[f"{name}_quantiles"] = ahead.quantiles
            arrays[f"{name}_naive"] = ahead.naive
            arrays[f"{name}_by_ratio"] = ahead.by_ratio
    _save(path, arrays)


def read_answer(path: Path) -> Answer:
    """Read an answer."""
    with np.load(path, allow_pickle=False) as kept:
        head = words_in(kept["head"])
        spans = [
            Ahead(
                kept[f"{name}_quantiles"],
                kept[f"{name}_naive"],
                kept[f"{name}_by_ratio"],
                tuple(head["missing"][name]),
            )
            if f"{name}_quantiles" in kept
            else None
            for name in SPANS
        ]
    return Answer(spans[0], spans[1], head["version"], head["trouble"])


def _save(path: Path, arrays: Arrays) -> None:
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
