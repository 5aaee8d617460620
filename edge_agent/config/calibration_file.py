# SPDX-License-Identifier: Apache-2.0
"""The file beside a config in which `edge-agent calibrate` keeps the tallies of each line."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_agent.errors import ConfigError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LineCalibration(_Part):
    """What tallies said of one line, and what they said it from.

    People tallied and released, both ways, over whole windows (unix seconds).
    """

    scene_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    spans: Annotated[tuple[tuple[int, int], ...], Field(min_length=1, max_length=64)]
    windows: Annotated[int, Field(ge=1)]
    tallied: Annotated[int, Field(ge=0)]
    released: int
    bias_permille: Annotated[int, Field(ge=-900, le=3000)]
    spread_permille: Annotated[int, Field(ge=1, le=1000)]


class Calibrations(_Part):
    """The file that `edge-agent calibrate` writes: by the line's id."""

    lines: dict[str, LineCalibration]


def calibration_file(path: Path) -> Path:
    """Return where `edge-agent calibrate` keeps what it found, beside the config at `path`."""
    return path.with_suffix(".calibration.json")


def read_calibration(path: Path) -> dict[str, LineCalibration]:
    """Read what tallies said.

    Raises ConfigError where the file is not what `edge-agent calibrate` writes.
    """
    try:
        return Calibrations.model_validate_json(path.read_bytes()).lines
    except (OSError, ValidationError) as error:
        raise ConfigError(
            f"{path}: not what edge-agent calibrate writes: {error}; delete it and calibrate again"
        ) from error
