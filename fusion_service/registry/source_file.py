# SPDX-License-Identifier: Apache-2.0
"""The tables `[[sources]]` of a site's file: counters of others. Pure."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from fusion_service.registry.site import TrustClass
from fusion_service.registry.site_file.tables import DeviceTable


class SourceTable(DeviceTable):
    """A counter of others: as a device, and never mistaken for a box."""

    trust: Annotated[TrustClass, Field(strict=False, description='"counter" or "person"')] = (
        TrustClass.COUNTER
    )
    """A machine without a signature."""


class _Sources(BaseModel):
    sources: Annotated[tuple[SourceTable, ...], Field(strict=False)]


def read_sources(tables: Sequence[Mapping[str, object]]) -> tuple[SourceTable, ...]:
    """Return the sources of a file.

    Raises pydantic's ValidationError, whose places begin with `sources`.
    """
    return _Sources.model_validate({"sources": list(tables)}).sources
