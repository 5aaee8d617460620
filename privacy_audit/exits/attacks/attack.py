# SPDX-License-Identifier: Apache-2.0
"""One attack: what it does, and by what an outsider would see that it worked.

Rule 1: one attack for each distinct way into the kernel, never the same twice under two names. Rule
2: what works must leave a sign that another process can see for itself: the attacker's word counts
for nothing, but where it tells a secret that it could only have by succeeding.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from privacy_audit.exits.attacks.resources import Resources


class Sign(StrEnum):
    """What an outside witness looks at; an attack names the one in which its success shows."""

    DESCRIPTORS = "descriptors of the attacker"
    FILES = "watched files"
    PEERS = "what reached somebody else"
    PROCESSES = "processes and threads"
    STATUS = "status and limits"
    PLACE = "namespaces, root, mounts, program"
    MEMORY = "shared and executable memory"
    VICTIM = "another process"
    SYSTEM = "names, keys and messages of the system"
    LIFE = "the attacker's end"
    TOLD = "a planted secret told back"


class Secret(StrEnum):
    """What the witness has planted for an attack to tell back."""

    FILE = "content of a file"
    NAMES = "which of sixteen names exist"
    LINK = "where a link leads"
    LISTING = "a name in a folder"
    ATTRIBUTE = "an extended attribute"
    VICTIM = "memory of another process"
    ADDRESS = "a port number"
    OPTION = "a socket option"
    SIZE = "the size of a file"
    HOST = "the name of the machine"


@dataclass(frozen=True, slots=True)
class Attack:
    """One attempt.

    act runs in the attacker and may return what it has learned, at most 32 bytes. secret is set
    where the sign is TOLD. early: also refused while libraries load, before the last lock. machine:
    the only one whose kernel knows the call, or empty. prepare runs before the act where there is
    no wall, to give the control a place of its own in which it can do no harm.
    """

    name: str
    sign: Sign
    act: Callable[[Resources], bytes | int | None]
    secret: Secret | None = None
    early: bool = False
    machine: str = ""
    prepare: Callable[[Resources], None] | None = None
