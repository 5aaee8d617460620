# SPDX-License-Identifier: Apache-2.0
"""The two payloads that nobody signs: a box is online, or (its last will) offline."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from wire_contract.messages.report import UUID
from wire_contract.vocabulary import Choice, Integer, Message

VERSION = 1
"""Stays where the signed messages moved to 2: old and new read each other's."""


class Link(StrEnum):
    """Whether a box holds a connection to the broker."""

    ONLINE = "online"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class State(Message):
    """A box's connection and its boot. Not signed: a hint, never relied on."""

    v: Annotated[int, Integer(VERSION, VERSION)]
    boot: Annotated[str, UUID]
    link: Annotated[Link, Choice(Link)]
