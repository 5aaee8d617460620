# SPDX-License-Identifier: Apache-2.0
"""The option that shows counts to Home Assistant, over the shipped broker config.

With the lines of its acl, and without.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from development.testbed.times import unix_s
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.identity.secure_broker import (
    HOST,
    Identities,
    Peer,
    SecureBroker,
    context,
    files,
)
from wire_contract.messages.report import Level
from wire_contract.topics import Channel

ENABLED = "[home_assistant]\nenabled = true"


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path)


@pytest.fixture
def broker(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        yield running


class Stage:
    """The centre, a box that is enrolled, and whoever listens."""

    def __init__(
        self,
        stack: ExitStack,
        identities: Identities,
        broker: SecureBroker,
        folder: Path,
        *,
        ingest: str,
    ) -> None:
        ca, certificate, key = files(identities.client("fusion"))
        tls = f'host = "{HOST}"\nca = "{ca}"\ncertificate = "{certificate}"\nkey = "{key}"'
        self.centre = stack.enter_context(Centre(folder, broker.port, broker=tls, ingest=ingest))
        self.box = Box()
        self.centre.enrol(self.box)
        self.home = stack.enter_context(
            Peer(broker.port, context(identities.client("home-assistant")))
        )
        self.home.hear("homeassistant/#")
        self.peer = stack.enter_context(
            Peer(broker.port, context(identities.device(self.box.site, self.box.device)))
        )

    def report(self, sequence: int) -> None:
        # A window that ends now: one that comes late is not shown.
        start_s = unix_s(self.centre.get("/v1/health")["started_at"]) + 60 * sequence - 60
        self.peer.send(
            self.box.topic(Channel.REPORT),
            self.box.seal(self.box.report(sequence, start_s=start_s, level=Level.STANDARD)),
        )
        until(lambda: self.centre.upto(self.box) == sequence, "the commit")


def allow(broker: SecureBroker) -> None:
    """Take away the # as the file says."""
    acl = broker.folder / "acl"
    text = acl.read_text()
    for line in ("topic write homeassistant", "user home-assistant", "topic read homeassistant"):
        assert f"#{line}" in text
        text = text.replace(f"#{line}", line)
    acl.write_text(text)
    broker.restart()


def test_home_assistant_hears_sensors_and_values_also_when_it_comes_later(
    identities: Identities, broker: SecureBroker, tmp_path: Path
) -> None:
    allow(broker)
    node = "homeassistant/sensor/pc_beach_pier-1"
    with ExitStack() as stack:
        stage = Stage(stack, identities, broker, tmp_path / "centre", ingest=ENABLED)
        sequence = 0
        while (
            len(stage.home.heard) < 5
        ):  # the first asks the broker; with the next window all are there
            sequence += 1
            stage.report(sequence)
        later = stack.enter_context(
            Peer(broker.port, context(identities.folder / "home-assistant"))
        )
        later.hear("homeassistant/#")
        until(lambda: len(later.heard) == 5, "four sensors and their values, retained")
        heard = {topic: json.loads(payload) for topic, payload in later.heard}
        announcement = heard[f"{node}/line_door_in/config"]
        assert announcement["state_topic"] == f"{node}/state"
        assert heard[announcement["state_topic"]]["line_door_in"] == 1
        stage.report(sequence + 1)
        until(lambda: len(later.heard) == 6, "the next window")  # values only
        assert later.heard[-1][0] == f"{node}/state"


def test_without_the_lines_of_the_acl_nothing_is_shown_and_no_report_is_lost(
    identities: Identities, broker: SecureBroker, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        stage = Stage(stack, identities, broker, tmp_path / "centre", ingest=ENABLED)
        for sequence in range(1, 6):
            stage.report(sequence)
        until(
            lambda: "the broker refuses what is for Home Assistant" in stage.centre.log.read_text(),
            "the word on why",
        )
        until(
            lambda: stage.centre.get("/v1/health")["broker"]["state"] == "connected",
            "the connection",
        )
        since = stage.centre.get("/v1/health")["broker"]["since"]
        for sequence in range(6, 9):
            stage.report(sequence)
        assert (
            stage.centre.get("/v1/health")["broker"]["since"] == since
        )  # it is not lost again and again
        assert stage.home.heard == []


def test_unless_it_is_asked_for_nothing_is_shown(
    identities: Identities, broker: SecureBroker, tmp_path: Path
) -> None:
    allow(broker)
    with ExitStack() as stack:
        stage = Stage(stack, identities, broker, tmp_path / "centre", ingest="")
        stage.report(1)
        stage.report(2)
        assert stage.home.heard == []
