# SPDX-License-Identifier: Apache-2.0
"""The hash of a config, made a second time as docs/REPORT_FORMAT.md has it."""

import hashlib
import json
import warnings
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel

from edge_agent.config.schema import Config

NOT_HASHED = (
    "store.directory",
    "keys",
    "commission",
    "camera.path",
    "camera.credentials_file",
    "broker.ca_file",
    "broker.certificate_file",
    "broker.key_file",
)
"""Where files lie on this machine, and where an installer's page is: all of a config that is not in
its hash."""


def hash_of(config: BaseModel) -> str:
    """Return the hash of a config as docs/REPORT_FORMAT.md has it.

    It is over the canonical JSON, with the paths of this machine left out.
    """
    tree = _plain(config)
    for key in NOT_HASHED:
        *sections, last = key.split(".")
        place = tree
        for section in sections:
            place = place[section]
        place.pop(last)
    return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:  # noqa: ANN401 - a config's value of any form
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def changeable(config: BaseModel, above: str = "") -> Iterator[str]:
    """Yield every key of a config that its hash must tell, with the sections that it stands in."""
    for name in type(config).model_fields:
        key, value = f"{above}{name}", getattr(config, name)
        if key in NOT_HASHED:
            continue
        if isinstance(value, BaseModel):
            yield from changeable(value, f"{key}.")
        else:
            yield key


def hash_is_blind(config: Config, key: str) -> bool:
    """Say whether the box's own hash stays the same where this key has another value."""
    with warnings.catch_warnings():
        # A value of another type is as good as any: what counts is whether the hash is told of it.
        warnings.simplefilter("ignore")
        return bool(_changed(config, key.split(".")).sha256() == config.sha256())


def _changed(config: Any, path: list[str]) -> Any:  # noqa: ANN401 - a section of a config
    value = getattr(config, path[0])
    if len(path) > 1:
        return config.model_copy(update={path[0]: _changed(value, path[1:])})
    return config.model_copy(update={path[0]: _other(value)})


def _other(value: Any) -> Any:  # noqa: ANN401 - a config's value of any form
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return value[:-1] if value else ("another",)
    return value + 1 if type(value) in (int, float) else "another"
