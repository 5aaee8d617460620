# SPDX-License-Identifier: Apache-2.0
"""A counter of others that speaks over the shipped broker config, each under its own name."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from development.testbed.verbs import run_verb
from fusion_service.store.sqlite.sources import SourceFile
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.commands.test_sources import DRAWN
from tests.fusion_service.identity.secure_broker import (
    HOST,
    Identities,
    Peer,
    SecureBroker,
    context,
    files,
)
from wire_contract.topics import Channel, SourceTopic

TOPIC = SourceTopic("beach", "car-park").text
STRANGE = SourceTopic("beach", "nobody").text
RULES = "\nuser {name}\ntopic write {topic}\n"


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path)


@pytest.fixture
def broker(identities: Identities) -> Iterator[SecureBroker]:
    with SecureBroker(identities) as running:
        acl = running.folder / "acl"
        shipped = acl.read_text()
        assert "#user kiosk-axis\n#topic write pc/sources/beach/kiosk-axis" in shipped
        more = (RULES.format(name=t.rpartition("/")[2], topic=t) for t in (TOPIC, STRANGE))
        acl.write_text(shipped + "".join(more))
        running.restart()
        yield running


class Stage:
    """The centre with its site drawn, a source that is let in, and the store beside it."""

    def __init__(
        self, stack: ExitStack, identities: Identities, broker: SecureBroker, folder: Path
    ) -> None:
        ca, certificate, key = files(identities.client("fusion"))
        tls = f'host = "{HOST}"\nca = "{ca}"\ncertificate = "{certificate}"\nkey = "{key}"'
        self.centre = stack.enter_context(Centre(folder, broker.port, broker=tls))
        drawn = folder / "beach.toml"
        drawn.write_text(DRAWN)
        self.centre.draw(drawn)
        self.ask("source", "add", "beach", "car-park")
        self.kept = stack.enter_context(SourceFile(self.centre.store, size_mib_max=64))
        self.centre.wait_until_connected()

    def ask(self, *words: str) -> str:
        return run_verb(*words, "--config", self.centre.config)

    def said(self) -> list[float | None]:
        return [row.count.people for row in self.kept.counts_after(0, limit=100)]

    def refused(self) -> tuple[int, str | None]:
        [row] = self.kept.sources(after=("", ""), limit=2)
        return row.refused, row.last_refusal


def counted(people: object, minute: int = 0) -> bytes:
    at_s = int(time.time()) // 60 * 60 - 600 + 60 * minute
    return json.dumps({"rows": [{"at": at_s, "people": people}]}).encode()


def test_a_source_says_its_counts_over_the_broker_and_boxes_go_on(
    identities: Identities, broker: SecureBroker, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        stage = Stage(stack, identities, broker, tmp_path / "centre")
        park = stack.enter_context(Peer(broker.port, context(identities.client("car-park"))))
        park.say(TOPIC, counted(41))
        until(lambda: stage.said() == [41.0], "the count of the source")
        message = counted(42, 1)
        park.say(TOPIC, message)
        park.say(TOPIC, message)
        park.say(TOPIC, b"\xff no JSON")
        until(lambda: stage.refused()[0] == 1, "the refusal")
        assert str(stage.refused()[1]).startswith("body: got no JSON")
        assert stage.said() == [41.0, 42.0]

        stage.ask("source", "retire", "beach", "car-park")
        park.say(TOPIC, counted(43, 2))
        until(lambda: stage.refused() == (2, "it is not in service"), "the refusal of the retired")
        stranger = stack.enter_context(Peer(broker.port, context(identities.client("nobody"))))
        stranger.say(STRANGE, counted(44, 3))
        until(
            lambda: (
                "beach/nobody speaks over the broker"
                in stage.centre.get("/v1/health")["broker"]["detail"]
            ),
            "what is said of the stranger",
        )
        assert stage.said() == [41.0, 42.0]

        # Boxes are heard as ever: nothing of a source waits among what they say.
        box = Box()
        stage.centre.enrol(box)
        peer = stack.enter_context(
            Peer(broker.port, context(identities.device(box.site, box.device)))
        )
        peer.send(box.topic(Channel.REPORT), box.seal(box.report(1)))
        until(lambda: stage.centre.upto(box) == 1, "the report of the box")


def test_nobody_speaks_for_another_source(
    identities: Identities, broker: SecureBroker, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        stage = Stage(stack, identities, broker, tmp_path / "centre")
        box = Box()
        for folder in (identities.device(box.site, box.device), identities.client("nobody")):
            peer = stack.enter_context(Peer(broker.port, context(folder)))
            peer.say(TOPIC, counted(99))
        park = stack.enter_context(Peer(broker.port, context(identities.client("car-park"))))
        park.say(TOPIC, counted(7, 1))
        until(lambda: 7.0 in stage.said(), "the count of the source")
        assert stage.said() == [7.0]


def test_what_is_said_while_the_centre_is_away_is_kept_when_it_is_back(
    identities: Identities, broker: SecureBroker, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        stage = Stage(stack, identities, broker, tmp_path / "centre")
        park = stack.enter_context(Peer(broker.port, context(identities.client("car-park"))))
        stage.centre.stop()
        park.say(TOPIC, counted(12))
        assert stage.said() == []
        stage.centre.start()
        until(lambda: stage.said() == [12.0], "what the broker kept")
