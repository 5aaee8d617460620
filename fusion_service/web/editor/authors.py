# SPDX-License-Identifier: Apache-2.0
"""Who put each version of a site's file in force, and why, as the access log has it."""

from dataclasses import dataclass
from typing import Protocol

from fusion_service.ledger.access_log import Action, Entry
from fusion_service.web.site_plan import object_of

PAGE, PAGES_MAX = 500, 10
"""How far back the log is read: what is older stands in the log, for those who may read it."""


class Entries(Protocol):
    """Entries of the access log, the last first."""

    def __call__(
        self, *, before_id: int, limit: int, organisation: str | None = None
    ) -> list[Entry]:
        """Return those before an id."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who it was, by their id, of which organisation, and why; None once that is erased."""

    by: str
    organisation: str
    reason: str | None


def authors_of(entries: Entries, site: str, versions: list[int]) -> dict[int, Author]:
    """Return the author of each version that the log still shows within its last pages."""
    wanted = {object_of(site, version): version for version in versions}
    found: dict[int, Author] = {}
    before_id = 2**53
    for _ in range(PAGES_MAX):
        page = entries(before_id=before_id, limit=PAGE)
        for one in page:
            if one.action == Action.DRAW and one.object in wanted:
                # Whoever put the same file once more made no version: the first one did.
                found[wanted[one.object]] = _author(one)
        if len(page) < PAGE:
            break
        before_id = page[-1].id
    return found


def _author(entry: Entry) -> Author:
    reason = next((one.content for one in entry.texts if one.field == "reason"), None)
    return Author(entry.actor, entry.organisation, reason)
