# SPDX-License-Identifier: Apache-2.0
"""Roles, what each may do, and where: the words of the access rules."""

from dataclasses import dataclass
from enum import StrEnum

EVERYWHERE = "*"


class Role(StrEnum):
    """What somebody is to this centre."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    OFFICER = "officer"
    INSTALLER = "installer"
    ADMIN = "admin"
    WALL_SCREEN = "wall-screen"
    """A screen on a wall: looks, and is not logged in by anybody after it was paired once."""
    BREAK_GLASS = "break-glass"
    """A sealed account for the day on which nobody else can get in. Its use is an alarm."""


class Right(StrEnum):
    """What may be done."""

    SELF = "know who one is"
    LOOK = "look at the picture"
    STATE = "see how the centre fares"
    BOXES = "look at boxes and what they sent"
    DRAW = "change a site's file"
    LOG = "read the access log"
    FOLLOW = "follow the shift"
    HANDLE = "handle alarms and measures"
    DECLARE = "declare a level"
    AUDIT = "bring in a signed audit"
    DIRECT = "direct an exercise"
    """Not of whoever plays in it: it shows what is to come."""


_VIEWER = frozenset({Right.SELF, Right.LOOK, Right.STATE, Right.FOLLOW})
_OPERATOR = _VIEWER | {Right.BOXES, Right.HANDLE}
_EVERYTHING = frozenset(Right)
RIGHTS = {
    Role.WALL_SCREEN: frozenset({Right.SELF, Right.LOOK}),
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.OFFICER: _OPERATOR | {Right.LOG, Right.DECLARE, Right.AUDIT},
    Role.INSTALLER: _VIEWER | {Right.BOXES, Right.DRAW},
    Role.ADMIN: _EVERYTHING,
    Role.BREAK_GLASS: _EVERYTHING,
}
KEY_ROLES = frozenset(Role) - {Role.BREAK_GLASS}
"""What a key may be given to. A sealed account is a person's."""
PERSON_ROLES = frozenset(Role) - {Role.WALL_SCREEN}


def roles_with(right: Right) -> tuple[Role, ...]:
    """Return which roles have a right."""
    return tuple(role for role in Role if right in RIGHTS[role])


@dataclass(frozen=True, slots=True)
class Scope:
    """Where: everywhere, whole sites (`beach`), or zones of them (`beach/pier`)."""

    places: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Scope":
        """Read a scope as it is kept: places with spaces between."""
        return cls(frozenset(text.split()))

    def __str__(self) -> str:
        return " ".join(sorted(self.places))

    @property
    def is_everywhere(self) -> bool:
        """Whether it leaves nothing out."""
        return EVERYWHERE in self.places

    def covers_site(self, site: str) -> bool:
        """Say whether the whole of a site is in it."""
        return self.is_everywhere or site in self.places

    def covers_some_of(self, site: str) -> bool:
        """Say whether a site, or any zone of it, is in it."""
        return self.covers_site(site) or any(one.startswith(f"{site}/") for one in self.places)

    def covers_zone(self, site: str, zone: str) -> bool:
        """Say whether a zone is in it."""
        return self.covers_site(site) or f"{site}/{zone}" in self.places


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: a person or a key, by its id; the name is for that one's own eyes."""

    id: str
    is_person: bool
    name: str
    role: Role
    scope: Scope
    organisation: str
    language: str = "nl"

    def may(self, right: Right) -> bool:
        """Say whether its role has a right."""
        return right in RIGHTS[self.role]
