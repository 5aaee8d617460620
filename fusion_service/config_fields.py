# SPDX-License-Identifier: Apache-2.0
"""What keys of fusion.toml may be: names, hosts, paths, and the table that they stand in."""

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic_core import PydanticCustomError


def _resolve(path: Path, info: ValidationInfo) -> Path:
    folder = info.context["folder"] if info.context else Path()
    return Path(folder, path)


def _of_labels(host: str) -> str:
    """Refuse a name that no look-up takes.

    One with an empty part between points, or one of more than 63 characters.
    """
    if ":" not in host and any(
        not 1 <= len(label) <= LABEL_MAX for label in host.removesuffix(".").split(".")
    ):
        raise ValueError("no host name")
    return host


LABEL_MAX = 63
"""Characters between two points of a host name: RFC 1035, section 2.3.4."""
Name = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="1 to 64 of A-Z a-z 0-9 . _ -")
]
Host = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$", description="a host name or an address"),
    AfterValidator(_of_labels),
]
Port = Annotated[int, Field(ge=1, le=65_535, description="a whole number from 1 to 65535")]
ConfigPath = Annotated[
    Path,
    Field(strict=False, description="a path, absolute or relative to the config file's folder"),
    AfterValidator(_resolve),
]


class ConfigTable(BaseModel):
    """A table of the file: frozen, and without a key that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def is_loopback(host: str) -> bool:
    """Say whether nothing sent to `host` leaves this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse(key: str, got: str, wanted: str) -> None:
    """Refuse a table whose keys do not go together."""
    raise PydanticCustomError("together", "{wanted}", {"key": key, "got": got, "wanted": wanted})
