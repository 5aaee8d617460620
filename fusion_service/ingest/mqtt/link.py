# SPDX-License-Identifier: Apache-2.0
"""How the centre stands with the broker, as values."""

from dataclasses import dataclass
from enum import StrEnum


class LinkState(StrEnum):
    """How the centre stands with the broker."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class BrokerLink:
    """The link's state, why, and since when (UTC, ms)."""

    state: LinkState
    detail: str
    since_ms: int
