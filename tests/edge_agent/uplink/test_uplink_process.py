# SPDX-License-Identifier: Apache-2.0
"""The uplink over a real broker and a real outbox file; turned by the test instead of by its process."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_agent.handover import UplinkSettings
from edge_agent.health import LinkClass
from edge_agent.outbox import Outbox, Waiting
from edge_agent.uplink_process import IN_HAND_MAX, Uplink
from tests.broker import Broker
from tests.fakes.acknowledger import Acknowledger
from tests.fakes.messages import BOOT, STREAM
from wire_contract.codec import decode
from wire_contract.state import Link, State
from wire_contract.topics import Channel


def settings(folder: Path, broker: Broker, *, protocol: str = "5") -> UplinkSettings:
    return UplinkSettings(
        site="beach",
        device="pier-1",
        boot=BOOT,
        outbox_path=str(folder / "outbox.db"),
        outbox_bytes_max=2**20,
        drain_s=5.0,
        host=broker.host,
        port=broker.port,
        protocol=protocol,
        ca_path=None,
        certificate_path=None,
        key_path=None,
    )


def fill(folder: Path, sequences: range) -> Outbox:
    box = Outbox(folder / "outbox.db", bytes_max=2**20)
    for sequence in sequences:
        box.insert([Waiting(STREAM, sequence, Channel.REPORT, b"report %d" % sequence)])
    return box


def turn_until(uplink: Uplink, done: Callable[[], bool], timeout_s: float = 15.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline_s, "the uplink did not get there in time"
        uplink.turn(time.monotonic())


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_waits_is_published_and_goes_only_when_the_centre_says_so(tmp_path: Path, broker: Broker, protocol: str) -> None:
    box = fill(tmp_path, range(1, 4))
    uplink = Uplink(settings(tmp_path, broker, protocol=protocol))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 3)
        assert centre.on(Channel.REPORT) == [b"report 1", b"report 2", b"report 3"]
        for _ in range(5):
            uplink.turn(time.monotonic())
        assert box.depth() == 3
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        turn_until(uplink, lambda: box.depth() == 1)
        assert len(centre.on(Channel.REPORT)) == 3
    uplink.close()


def test_a_report_that_comes_later_is_published_without_delay(tmp_path: Path, broker: Broker) -> None:
    box = fill(tmp_path, range(0))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: box.link() is LinkClass.CONNECTED)
        box.insert([Waiting(STREAM, 1, Channel.REPORT, b"late")])
        since_s = time.monotonic()
        turn_until(uplink, lambda: centre.on(Channel.REPORT) == [b"late"])
        assert time.monotonic() - since_s < 1.0
    uplink.close()


def test_the_box_says_online_and_its_last_will_says_offline(tmp_path: Path, broker: Broker) -> None:
    fill(tmp_path, range(0))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.STATE)) == 1)
        assert uplink._publisher is not None
        connection = uplink._publisher._client.socket()
        assert connection is not None
        connection.close()
        states = [decode(State, payload).link for payload in centre.wait_for(Channel.STATE, 2)]
    assert states == [Link.ONLINE, Link.OFFLINE]


def test_after_the_broker_comes_back_what_still_waits_is_published_again(tmp_path: Path, broker: Broker) -> None:
    box = fill(tmp_path, range(1, 3))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
    broker.kill()
    turn_until(uplink, lambda: box.link() is LinkClass.DISCONNECTED)
    broker.start()
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        turn_until(uplink, lambda: box.depth() == 0 and box.link() is LinkClass.RECONNECTED)
    uplink.close()


def test_a_broker_that_is_not_there_is_waited_for_and_nothing_is_lost(tmp_path: Path, broker: Broker) -> None:
    box = fill(tmp_path, range(1, 2))
    broker.stop()
    uplink = Uplink(settings(tmp_path, broker))
    for _ in range(3):
        uplink.turn(time.monotonic())
    assert (box.depth(), box.link()) == (1, LinkClass.DISCONNECTED)
    broker.start()
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: centre.on(Channel.REPORT) == [b"report 1"])
    uplink.close()


def test_an_acknowledgement_that_cannot_be_read_deletes_nothing(tmp_path: Path, broker: Broker) -> None:
    box = fill(tmp_path, range(1, 3))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
        for payload in (b"", b"{}", b'{"upto":9}', b"\xff" * 100, b'{"rejected":0,"stream":"*","upto":9,"v":1}'):
            centre.say("pc/v1/beach/pier-1/ack", payload)
        for _ in range(10):
            uplink.turn(time.monotonic())
        assert box.depth() == 2
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        turn_until(uplink, lambda: box.depth() == 0)
    uplink.close()


def test_a_centre_that_stays_silent_gets_the_report_again_after_a_while_and_then_less_often(tmp_path: Path, broker: Broker) -> None:
    fill(tmp_path, range(1, 2))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 1)
        now_s = time.monotonic()
        for later_s, heard in ((9.0, 1), (11.0, 2), (25.0, 2), (35.0, 3)):
            uplink.turn(now_s + later_s)
            centre.wait_for(Channel.REPORT, heard)
            time.sleep(0.1)
            assert len(centre.on(Channel.REPORT)) == heard
    uplink.close()


def test_no_more_rows_are_in_hand_than_stated(tmp_path: Path, broker: Broker) -> None:
    fill(tmp_path, range(1, IN_HAND_MAX + 50))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) >= IN_HAND_MAX)
        for _ in range(5):
            uplink.turn(time.monotonic())
        assert len(centre.on(Channel.REPORT)) == IN_HAND_MAX
        centre.acknowledge("beach", "pier-1", STREAM, upto=IN_HAND_MAX)
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == IN_HAND_MAX + 49)
    uplink.close()


def test_at_its_end_the_uplink_still_sends_what_waits(tmp_path: Path, broker: Broker) -> None:
    box = fill(tmp_path, range(1, 3))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        uplink.drain(time.monotonic())
        assert box.depth() == 0
    uplink.close()
