# SPDX-License-Identifier: Apache-2.0
"""Site and device to topic, and back: the one file that knows how a topic is spelt."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from wire_contract.errors import DecodeError, FieldError
from wire_contract.messages.report import NAME

ROOT = "pc/v1"
CENTRE_STATE = f"{ROOT}/fusion/state"
"""Four levels where a device has five, so no site can take its place, not even one named
`fusion`."""


class Channel(StrEnum):
    """What a device's topics carry."""

    REPORT = "report"
    META = "meta"
    CHECKPOINT = "checkpoint"
    STATE = "state"
    ACK = "ack"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class DeviceTopic:
    """A topic of one device.

    >>> DeviceTopic("beach", "pier-1", Channel.REPORT).text
    'pc/v1/beach/pier-1/report'
    """

    site: str
    device: str
    channel: Channel

    def __post_init__(self) -> None:
        NAME.check(self.site, "topic site")
        NAME.check(self.device, "topic device")

    @property
    def text(self) -> str:
        """The topic as the broker spells it."""
        return f"{ROOT}/{self.site}/{self.device}/{self.channel}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a topic as received. Raises DecodeError for any other form."""
        parts = text.split("/")
        if len(parts) != 5 or "/".join(parts[:2]) != ROOT or parts[4] not in tuple(Channel):  # noqa: PLR2004 - root 2, site, device, channel
            raise DecodeError(
                f"topic: got {text[:80]!r}, wanted {ROOT}/SITE/DEVICE/{'|'.join(Channel)}"
            )
        try:
            return cls(parts[2], parts[3], Channel(parts[4]))
        except FieldError as error:
            raise DecodeError(str(error)) from error


SOURCES_ROOT = "pc/sources"
"""What counters of others say over the broker; no device can take its place, nor it a device's."""
EVERY_SOURCE = f"{SOURCES_ROOT}/+/+"


@dataclass(frozen=True, slots=True)
class SourceTopic:
    """The topic of one counter of others.

    >>> SourceTopic("beach", "kiosk-axis").text
    'pc/sources/beach/kiosk-axis'
    """

    site: str
    source: str

    def __post_init__(self) -> None:
        NAME.check(self.site, "topic site")
        NAME.check(self.source, "topic source")

    @property
    def text(self) -> str:
        """The topic as the broker spells it."""
        return f"{SOURCES_ROOT}/{self.site}/{self.source}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a topic as received. Raises DecodeError for any other form."""
        parts = text.split("/")
        if len(parts) != 4 or "/".join(parts[:2]) != SOURCES_ROOT:  # noqa: PLR2004 - root 2, site, source
            raise DecodeError(f"topic: got {text[:80]!r}, wanted {SOURCES_ROOT}/SITE/SOURCE")
        try:
            return cls(parts[2], parts[3])
        except FieldError as error:
            raise DecodeError(str(error)) from error


TO_A_BOX = frozenset({Channel.ACK, Channel.CERTIFICATE})
"""What a box hears on its topics; all others are for what it says."""


def every_device(channel: Channel) -> str:
    """Return the subscription that matches the channel of every device."""
    return f"{ROOT}/+/+/{channel}"
