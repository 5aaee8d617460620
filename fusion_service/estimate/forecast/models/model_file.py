# SPDX-License-Identifier: Apache-2.0
"""A forecaster as bytes and back: JSON with the trees as LightGBM writes them, compressed.

Nothing in it is run when it is read, and a file of another format is refused.
"""

import json
import zlib
from dataclasses import asdict
from typing import Any

import lightgbm
import numpy as np

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.models.boosting import Boosted, Member, Plan
from fusion_service.estimate.forecast.models.linear import Linear
from fusion_service.estimate.forecast.models.widening import Loss

FORMAT = 1
BYTES_MAX = 256 * 1024 * 1024
"""What a file may hold once it is unpacked."""


def to_bytes(bands: tuple[tuple[int, Boosted], ...]) -> bytes:
    """Return models with the longest horizon of each, as bytes."""
    text = json.dumps(
        {
            "format": FORMAT,
            "bands": [
                {
                    "longest": longest,
                    "names": list(model.names),
                    "linear": None if model.linear is None else model.linear.weights.tolist(),
                    "members": [
                        {"plan": asdict(one.plan), "trees": one.trees.model_to_string()}
                        for one in model.members
                    ],
                    "losses": [asdict(one) for one in model.losses],
                }
                for longest, model in bands
            ],
        }
    )
    return zlib.compress(text.encode())


def from_bytes(content: bytes) -> tuple[tuple[int, Boosted], ...]:
    """Return the models of such bytes. Raises ForecastError where they are something else."""
    try:
        unpacking = zlib.decompressobj()
        read = json.loads(unpacking.decompress(content, BYTES_MAX))
        if unpacking.unconsumed_tail or read["format"] != FORMAT:
            raise ForecastError(
                f"forecast model: got format {read['format']!r}, wanted {FORMAT}: train it again"
            )
        return tuple((int(one["longest"]), _boosted(one)) for one in read["bands"])
    except (zlib.error, ValueError, KeyError, TypeError, lightgbm.basic.LightGBMError) as error:
        raise ForecastError(f"forecast model: cannot be read, train it again: {error}") from error


def _boosted(read: dict[str, Any]) -> Boosted:
    names, members, linear = read["names"], read["members"], read["linear"]
    losses = read.get("losses", [])  # Files from before there were any have none.
    if not all(isinstance(one, list) for one in (names, members, losses)):
        raise TypeError("names, members and losses are lists")
    return Boosted(
        tuple(str(one) for one in names),
        tuple(
            Member(Plan(**one["plan"]), lightgbm.Booster(model_str=one["trees"])) for one in members
        ),
        None if linear is None else Linear(np.array(linear, dtype=np.float64)),
        tuple(_loss(one) for one in losses),
    )


def _loss(read: dict[str, Any]) -> Loss:
    columns = tuple(str(one) for one in read["columns"])
    figures = (float(read[one]) for one in ("low", "high", "spread"))
    return Loss(str(read["group"]), columns, *figures)
