# SPDX-License-Identifier: Apache-2.0
"""Take back what the broker retains under the name of a box, once nobody goes by it any more.

A retained state, meta or acknowledgement of a box that is gone would meet whoever subscribes next,
and a box that takes its name. Rule: only what is retained goes; nothing of the store.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from fusion_service.identity.renewal import BrokerAddress, publish_as
from wire_contract.messages.meta import Meta
from wire_contract.topics import Channel, DeviceTopic

NAME = "devices"
"""As whom this program comes in; the broker's access list lets it write what it takes back, and
hear nothing."""
RETAINED = (Channel.ACK, Channel.CERTIFICATE, Channel.STATE, Channel.META, Channel.CHECKPOINT)


def topics_of(site: str, device: str, channels: Iterable[Channel] = RETAINED) -> list[str]:
    """Return where the broker may retain something of a box."""
    return [DeviceTopic(site, device, channel).text for channel in channels]


def shown_topics(prefix: str, site: str, device: str, meta: Meta | None) -> list[str]:
    """Return where it may retain something for Home Assistant.

    The state, and each sensor that was announced.
    """
    node = f"{prefix}/sensor/pc_{site}_{device}"
    lines = [
        f"line_{line.id}_{way}" for line in (meta.lines if meta else ()) for way in ("in", "out")
    ]
    zones = [
        f"zone_{zone.id}_{number}"
        for zone in (meta.zones if meta else ())
        for number in ("mean", "most")
    ]
    return [f"{node}/state", *(f"{node}/{sensor}/config" for sensor in (*lines, *zones))]


def take_back(
    directory: Path, broker: BrokerAddress, topics: Iterable[str], *, now: datetime
) -> None:
    """Empty each topic. Raises BrokerError where the broker is away or refuses it."""
    publish_as(NAME, directory, broker, dict.fromkeys(topics, b""), now=now)
