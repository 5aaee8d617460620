# SPDX-License-Identifier: Apache-2.0
"""docs/SITE.md against what is read: its keys, its defaults and its examples."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from fusion_service.registry.site_file.reading import examine
from fusion_service.registry.site_file.tables import SiteTable
from tests.fusion_service.registry.site_file.whole import WHOLE

DOCUMENT = (Path(__file__).parents[4] / "docs" / "SITE.md").read_text("utf-8")
OF_OTHERS = {"sources"}
"""Tables with a document of their own."""


def keys(table: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every key of a file, such as `zones[].thresholds.red.people`."""
    for name, field in table.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner, listed = inner_table(field.annotation)
        if inner is None:
            yield key
        else:
            yield from keys(inner, f"{key}{'[]' if listed else ''}.")


def inner_table(kind: object) -> tuple[type[BaseModel] | None, bool]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind, False
    for one in get_args(kind):
        found, _ = inner_table(one)
        if found is not None:
            return found, Ellipsis in get_args(kind)
    return None, False


def test_every_key_is_documented_and_every_documented_key_exists() -> None:
    documented = re.findall(r"^\| `([a-z_0-9\[\].]+)` \|", DOCUMENT, re.MULTILINE)
    assert len(documented) == len(set(documented))
    assert set(documented) == set(keys(SiteTable)) - OF_OTHERS
    assert len(documented) > 30


def test_the_examples_are_sites_without_a_mistake() -> None:
    smallest, whole = re.findall(r"^```toml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert examine(smallest.encode()).mistakes == ()
    assert len(smallest.splitlines()) <= 10
    assert whole == WHOLE


@pytest.mark.parametrize("key", [key for key in keys(SiteTable) if key not in OF_OTHERS])
def test_the_whole_example_shows_every_key(key: str) -> None:
    assert re.search(rf"\b{key.rpartition('.')[2]}\s*=", WHOLE)
