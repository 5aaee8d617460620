# SPDX-License-Identifier: Apache-2.0
"""What a page or a terminal may ask, read from JSON: one table of words and of what each needs.

Whoever asks may have been broken into: nothing of it is believed before it went through here.
"""

import json
import math
from dataclasses import dataclass
from typing import Any

from edge_agent.errors import ConfigError

ASK_BYTES_MAX = 2048
Place = tuple[float, float]
_NOTHING: tuple[str, ...] = ()
FIELDS: dict[str, tuple[str, ...]] = {
    "state": _NOTHING,
    "walk": ("name",),
    "walked": _NOTHING,
    "line": ("name", "corners"),
    "line_at": ("name", "metres"),
    "turn": ("name",),
    "zone": ("name", "corners"),
    "mask": ("corners",),
    "remove": ("name",),
    "stand": ("metres", "right"),
    "lens": ("metres",),
    "trial": ("name",),
    "trialled": _NOTHING,
    "finish": _NOTHING,
    "leave": _NOTHING,
}
"""What may be asked, and which fields each has. `metres` of a lens are degrees across."""
_METRES_MAX = 500.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked; fields that it does not have are empty."""

    do: str
    name: str = ""
    corners: tuple[Place, ...] = ()
    metres: float = 0.0
    right: float | None = None


def read_asked(raw: bytes) -> Asked:
    """Read what was asked. Raises ConfigError for anything that is not in the table."""
    if len(raw) > ASK_BYTES_MAX:
        raise ConfigError("asked for too much at once")
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ConfigError("what was asked is no JSON") from error
    if not isinstance(tree, dict) or tree.get("do") not in FIELDS:
        raise ConfigError("there is nothing of this name to ask")
    fields = FIELDS[tree["do"]]
    if set(tree) - {"do", *fields}:
        raise ConfigError("asked with a field that it does not have")
    return Asked(
        tree["do"],
        name=_word(tree.get("name", "")) if "name" in fields else "",
        corners=_corners(tree.get("corners")) if "corners" in fields else (),
        metres=_number(tree.get("metres")) if "metres" in fields else 0.0,
        right=None if tree.get("right") is None else _number(tree["right"]),
    )


def _word(value: Any) -> str:  # noqa: ANN401 - from outside
    if not isinstance(value, str):
        raise ConfigError("a name is a word")
    return value


def _number(value: Any) -> float:  # noqa: ANN401 - from outside
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError("wanted a number")
    if not math.isfinite(value) or abs(value) > _METRES_MAX:
        raise ConfigError(f"wanted a number up to {_METRES_MAX:g}")
    return float(value)


def _corners(value: Any) -> tuple[Place, ...]:  # noqa: ANN401 - from outside
    if not isinstance(value, list) or len(value) > 16:  # noqa: PLR2004 - scene_draft.CORNERS_MAX
        raise ConfigError("corners are a list of at most 16 places")
    if not all(isinstance(one, list) and len(one) == 2 for one in value):  # noqa: PLR2004 - x and y
        raise ConfigError("a place has two numbers")
    places = tuple((_number(one[0]), _number(one[1])) for one in value)
    if not all(0.0 <= part <= 1.0 for place in places for part in place):
        raise ConfigError("a place lies within the picture, 0 to 1")
    return places
