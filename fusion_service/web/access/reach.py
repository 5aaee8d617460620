# SPDX-License-Identifier: Apache-2.0
"""Leave out of an answer what the scope of whoever asks does not cover."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from starlette.requests import Request

from fusion_service.access.roles import EVERYWHERE, Identity, Scope

IDENTITY = "fusion_identity"
"""Where a route finds who asks, in the request's scope. The guard puts it there."""
IS_OPEN = "is_open"
"""Said of an app that has no guard, in a test of what its routes answer."""


class OfSite(Protocol):
    """A row of a site."""

    @property
    def site(self) -> str:
        """The site's name."""


R = TypeVar("R", bound=OfSite)


def identity_of(request: Request) -> Identity:
    """Return who asks. Raises KeyError on a route that no guard stands before."""
    who: Identity = request.scope[IDENTITY]
    return who


def scope_of(request: Request) -> Scope:
    """Return what whoever asks may see. Raises KeyError where no guard stands before the route."""
    if getattr(request.app.state, IS_OPEN, False):
        return Scope.of(EVERYWHERE)
    return identity_of(request).scope


def covered_rows(
    scope: Scope,
    read: Callable[[str], Sequence[R]],
    cursor: Callable[[R], str],
    *,
    after: str,
    limit: int,
) -> list[R]:
    """Return the next rows of sites that a scope covers, up to a limit.

    read: the next rows of any site, after a cursor; fewer than `limit` are the last.
    """
    found: list[R] = []
    while True:
        rows = read(after)
        found += [row for row in rows if scope.covers_site(row.site)]
        if len(rows) < limit or len(found) >= limit:
            return found[:limit]
        after = cursor(rows[-1])
