# SPDX-License-Identifier: Apache-2.0
"""What the centre asks of whatever keeps signed audits. Behind it store/sqlite.

Rule 1: the signed file is kept as it came. Rule 2: of a box each is newer than the one before.
Rule 3: a box that is called something else keeps its audits. Rule 4: every call raises StoreError
where the store fails.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A signed audit of a box: when it began and was brought in (UTC, ms), who signed it.

    brought_by: the id of whoever brought it in, as in the access log. content: the signed file.
    """

    site: str
    device: str
    began_ms: int
    imported_ms: int
    auditor: str
    brought_by: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Messages under a box's name of a channel that came to nothing, and how often.

    authentic: the box had signed them.
    """

    channel: str
    authentic: bool
    times: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages of each kind the centre has of a box.

    reports: windows. others: what it signed besides, when it started or purged. checkpoints: signed
    heads of its ledger that are kept. refused: what came to nothing.
    """

    reports: int
    others: int
    checkpoints: int
    refused: tuple[Refused, ...]


class Audits(Protocol):
    """Safe for many threads; each call sees one state."""

    def newest(self, site: str, device: str) -> AuditRow | None:
        """Return a box's newest audit, None where it has none or is not known."""

    def of_site(self, site: str) -> list[AuditRow]:
        """Return the newest audit of each box of a site, by device."""

    def keep(self, row: AuditRow) -> bool:
        """Keep an audit; False where its box is not known or has one as new. On disk then."""

    def sent(self, site: str, device: str) -> Sent:
        """Return how many messages of each kind a box has sent; none of one that is not known."""
