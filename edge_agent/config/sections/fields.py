# SPDX-License-Identifier: Apache-2.0
"""What a value of the config may be, where several sections share it."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")]
Coordinate = Annotated[float, Field(ge=-10_000, le=100_000, allow_inf_nan=False)]
Corner = tuple[Coordinate, Coordinate]
Text = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Section(BaseModel):
    """A table of the config: frozen, and without keys that are not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _in_folder_of_config(path: Path, info: ValidationInfo) -> Path:
    folder = info.context
    try:
        return (folder / path).resolve() if isinstance(folder, Path) else path
    except (
        OSError,
        RuntimeError,
        ValueError,
    ) as error:  # a link to itself, a name too long, a character that no name has
        raise ValueError(
            f"got {str(path)[:60]!r}, which leads nowhere: {error}; correct the path"
        ) from error


FilePath = Annotated[Path, AfterValidator(_in_folder_of_config)]
