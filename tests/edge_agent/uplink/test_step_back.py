# SPDX-License-Identifier: Apache-2.0
"""The uplink over a real broker, before a centre that holds less than it acknowledged."""

import time
from pathlib import Path

from development.fakes.acknowledger import STORE, Acknowledger
from development.fakes.messages import STREAM
from edge_agent.processes.uplink import Uplink
from edge_agent.store.heard import Heard, heard_of
from edge_agent.store.outbox import Acknowledged, Outbox
from edge_agent.uplink.heard.hearing import STEP_BACK_S
from tests.broker import Broker
from tests.edge_agent.processes.test_uplink import fill, notes, settings, turn_until
from wire_contract.codec import encode
from wire_contract.messages.acknowledgement import Acknowledgement, AcknowledgementV1
from wire_contract.topics import Channel, DeviceTopic

ANOTHER = "11111111-2222-4333-8444-555555555555"
ACK = DeviceTopic("beach", "pier-1", Channel.ACK).text


def say(centre: Acknowledger, upto: int, *, store: str = STORE, held: int = 0) -> None:
    said = Acknowledgement(2, STREAM, upto, 0, None, store, max(upto, held))
    centre.say(ACK, encode(said))


def begun(folder: Path, broker: Broker, centre: Acknowledger) -> tuple[Outbox, Uplink]:
    """Return a box of whose stream thirty entries were acknowledged, and that has one more."""
    box = fill(folder, range(31, 32))
    box.acknowledge(STREAM, Acknowledged(30, 0))
    uplink = Uplink(settings(folder, broker))
    turn_until(uplink, lambda: centre.on(Channel.REPORT) == [b"report 31"])
    say(centre, 30)
    turn_until(uplink, lambda: heard_of(box, STREAM) == Heard(STORE))
    return box, uplink


def test_another_store_that_holds_less_is_noted_beside_the_mark_which_stays(
    tmp_path: Path, broker: Broker
) -> None:
    with Acknowledger(broker.host, broker.port) as centre:
        box, uplink = begun(tmp_path, broker, centre)
        say(centre, 10, store=ANOTHER, held=31)
        turn_until(uplink, lambda: heard_of(box, STREAM) == Heard(ANOTHER, 10, 31))
        assert box.acknowledged(STREAM).upto == 30
        assert box.depth() == 1, "what the centre holds above the gap goes only when it reaches it"
        assert "its store was put back from a copy, or lost" in notes(tmp_path)["behind"]
        uplink.close()
        uplink = Uplink(settings(tmp_path, broker))
        say(centre, 31, store=ANOTHER)
        turn_until(uplink, lambda: heard_of(box, STREAM) == Heard(ANOTHER))
        assert (box.acknowledged(STREAM).upto, box.depth()) == (31, 0)
        turn_until(uplink, lambda: "behind" not in notes(tmp_path))
        uplink.close()


def test_the_same_store_is_asked_again_at_once_and_believed_at_its_second_word(
    tmp_path: Path, broker: Broker
) -> None:
    with Acknowledger(broker.host, broker.port) as centre:
        box, uplink = begun(tmp_path, broker, centre)
        sent = len(centre.on(Channel.REPORT))
        since_s = time.monotonic()
        say(centre, 10)
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) > sent)
        assert heard_of(box, STREAM) == Heard(STORE)
        assert time.monotonic() - since_s >= STEP_BACK_S
        say(centre, 10)
        turn_until(uplink, lambda: heard_of(box, STREAM) == Heard(STORE, 10, 10))
        uplink.close()


def test_a_centre_of_version_1_that_holds_less_is_named_and_its_upgrade_asked_for(
    tmp_path: Path, broker: Broker
) -> None:
    with Acknowledger(broker.host, broker.port) as centre:
        box, uplink = begun(tmp_path, broker, centre)
        for _ in range(2):
            centre.say(ACK, encode(AcknowledgementV1(1, STREAM, 10, 0)))
            until_s = time.monotonic() + STEP_BACK_S + 0.5
            turn_until(uplink, lambda: time.monotonic() > until_s)  # noqa: B023 - waited for here
        turn_until(uplink, lambda: heard_of(box, STREAM) == Heard("", 10, 10))
        assert "upgrade fusion-service" in notes(tmp_path)["behind"]
        uplink.close()


def test_what_the_broker_keeps_of_before_is_not_believed(tmp_path: Path, broker: Broker) -> None:
    with Acknowledger(broker.host, broker.port) as centre:
        box, uplink = begun(tmp_path, broker, centre)
        uplink.close()
        for _ in range(2):
            say(centre, 10)
            uplink = Uplink(settings(tmp_path, broker))
            turn_until(
                uplink,
                lambda: uplink.connection.connected,  # noqa: B023 - waited for here
            )
            for _ in range(5):
                uplink.turn(time.monotonic())
            uplink.close()
        assert heard_of(box, STREAM) == Heard(STORE)
