# SPDX-License-Identifier: Apache-2.0
"""A fleet's site, its broker as it is shipped, and a centre that knows its boxes."""

import time
from collections.abc import Sequence
from pathlib import Path

from development.fleet.boxes import Box
from development.fleet.identity import BrokerAddress
from development.testbed.broker import ShippedBroker
from development.testbed.centre import Centre
from development.testbed.identities import Identities, broker_settings
from fusion_service.store.sqlite.writer import Writer

SITE = "fleet"
STORE_MIB, DEAD_LETTERS_MAX = 4096, 1000


def address_of(broker: ShippedBroker, identities: Identities) -> BrokerAddress:
    """Return where the boxes of a fleet find this broker."""
    return BrokerAddress(broker.host, broker.port, identities.ca / "ca.pem")


def centre_of(folder: Path, broker: ShippedBroker, client: Path, boxes: Sequence[Box]) -> Centre:
    """Return a centre that is not started yet, and has every box enrolled.

    client: the folder of its certificate.
    """
    centre = Centre(folder, broker.port, broker=broker_settings(client))
    enrol(centre.store, boxes)
    return centre


def enrol(store: Path, boxes: Sequence[Box]) -> None:
    """Enrol every box in a centre's store."""
    with (
        Writer(store, size_mib_max=STORE_MIB, dead_letters_max=DEAD_LETTERS_MAX) as writer,
        writer.transaction() as transaction,
    ):
        for box in boxes:
            who = box.identity
            transaction.devices.enrol(
                who.site,
                who.device,
                who.public_key,
                test_site=False,
                added_ms=time.time_ns() // 1_000_000,
            )
