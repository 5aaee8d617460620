# SPDX-License-Identifier: Apache-2.0
"""The uplink over a real broker and a real outbox file.

Turned by the test instead of by its process.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from development.fakes.acknowledger import Acknowledger
from development.fakes.messages import BOOT, STREAM
from edge_agent.health import LinkClass
from edge_agent.process_settings import UplinkSettings
from edge_agent.processes.uplink import Uplink
from edge_agent.store.layout import NOTES_FILE
from edge_agent.store.outbox import Outbox, Waiting
from edge_agent.uplink.heard.acceptance import IN_HAND_MAX
from edge_agent.uplink.sent.presence import KNOCK_S, RETURN_WITHIN_S
from edge_agent.uplink.sent.sending import BURST, RATE_HZ
from tests.broker import Broker
from tests.patience import patient
from wire_contract.codec import decode, encode
from wire_contract.messages.state import Link, State
from wire_contract.topics import CENTRE_STATE, Channel


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


def notes(folder: Path) -> dict[str, str]:
    """Return what the uplink has noted for whoever looks after the box."""
    with closing(sqlite3.connect(folder / NOTES_FILE)) as file:
        return dict(file.execute("SELECT subject, text FROM note").fetchall())


def fill(folder: Path, sequences: range) -> Outbox:
    box = Outbox(folder / "outbox.db", bytes_max=2**20)
    for sequence in sequences:
        box.insert([Waiting(STREAM, sequence, Channel.REPORT, b"report %d" % sequence)])
    return box


def turn_until(uplink: Uplink, done: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline_s, "the uplink did not get there in time"
        uplink.turn(time.monotonic())


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_waits_is_published_and_goes_only_when_the_centre_says_so(
    tmp_path: Path, broker: Broker, protocol: str
) -> None:
    box = fill(tmp_path, range(1, 4))
    uplink = Uplink(settings(tmp_path, broker, protocol=protocol))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 3)
        assert centre.on(Channel.REPORT) == [b"report 3", b"report 1", b"report 2"]
        for _ in range(5):
            uplink.turn(time.monotonic())
        assert box.depth() == 3
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        turn_until(uplink, lambda: box.depth() == 1)
        assert len(centre.on(Channel.REPORT)) == 3
    uplink.close()


def test_a_report_that_comes_later_is_published_without_delay(
    tmp_path: Path, broker: Broker
) -> None:
    box = fill(tmp_path, range(0))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: box.link() == LinkClass.CONNECTED)
        box.insert([Waiting(STREAM, 1, Channel.REPORT, b"late")])
        since_s = time.monotonic()
        turn_until(uplink, lambda: centre.on(Channel.REPORT) == [b"late"])
        assert time.monotonic() - since_s < patient(1.0)
    uplink.close()


def test_the_box_says_online_and_its_last_will_says_offline(tmp_path: Path, broker: Broker) -> None:
    fill(tmp_path, range(0))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.STATE)) == 1)
        assert uplink.connection.publisher is not None
        connection = uplink.connection.publisher._client.socket()
        assert connection is not None
        connection.close()
        states = [decode(State, payload).link for payload in centre.wait_for(Channel.STATE, 2)]
    assert states == [Link.ONLINE, Link.OFFLINE]


def test_after_the_broker_comes_back_what_still_waits_is_published_again(
    tmp_path: Path, broker: Broker
) -> None:
    box = fill(tmp_path, range(1, 3))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
    broker.kill()
    turn_until(uplink, lambda: box.link() == LinkClass.DISCONNECTED)
    broker.start()
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        turn_until(uplink, lambda: box.depth() == 0 and box.link() == LinkClass.RECONNECTED)
    uplink.close()


def test_a_broker_that_is_not_there_is_waited_for_and_nothing_is_lost(
    tmp_path: Path, broker: Broker
) -> None:
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


def test_told_to_end_between_two_tries_it_tries_once_more_at_once(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(1, 2))
    broker.stop()
    uplink = Uplink(replace(settings(tmp_path, broker), drain_s=1.0))
    uplink.turn(time.monotonic())
    uplink.drain(time.monotonic())
    broker.start()
    with Acknowledger(broker.host, broker.port) as centre:
        uplink.connection.attempts.try_at_s = time.monotonic() + 60
        uplink.drain(time.monotonic())
        assert centre.wait_for(Channel.REPORT, 1) == [b"report 1"]
    uplink.close()


def test_what_is_said_of_a_stream_of_another_box_leaves_nothing_behind(
    tmp_path: Path, broker: Broker
) -> None:
    box = fill(tmp_path, range(1, 2))
    uplink = Uplink(settings(tmp_path, broker))
    another = f"{STREAM[:-1]}{'0' if STREAM[-1] != '0' else '1'}"
    with Acknowledger(broker.host, broker.port) as centre:
        centre.acknowledge("beach", "pier-1", another, upto=4)
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 1)
        centre.acknowledge("beach", "pier-1", another, upto=5)
        centre.acknowledge("beach", "pier-1", STREAM, upto=1)
        turn_until(uplink, lambda: box.depth() == 0)
    assert box.known() == {STREAM: 1}
    uplink.close()


def test_an_acknowledgement_that_cannot_be_read_deletes_nothing(
    tmp_path: Path, broker: Broker
) -> None:
    box = fill(tmp_path, range(1, 3))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
        for payload in (
            b"",
            b"{}",
            b'{"upto":9}',
            b"\xff" * 100,
            b'{"rejected":0,"stream":"*","upto":9,"v":1}',
        ):
            centre.say("pc/v1/beach/pier-1/ack", payload)
        for _ in range(10):
            uplink.turn(time.monotonic())
        assert box.depth() == 2
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        turn_until(uplink, lambda: box.depth() == 0)
    uplink.close()


def test_a_centre_that_stays_silent_gets_the_report_again_after_a_while_and_then_less_often(
    tmp_path: Path, broker: Broker
) -> None:
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


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_while_the_centre_says_offline_reports_wait_and_go_once_it_is_back(
    tmp_path: Path, broker: Broker, protocol: str
) -> None:
    box = fill(tmp_path, range(1, 4))
    uplink = Uplink(settings(tmp_path, broker, protocol=protocol))
    with Acknowledger(broker.host, broker.port) as centre:
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.OFFLINE)))
        turn_until(uplink, lambda: notes(tmp_path).keys() == {"centre"})
        box.insert([Waiting(STREAM, 4, Channel.REPORT, b"report 4")])
        until_s = time.monotonic() + 1.5
        while time.monotonic() < until_s:
            uplink.turn(time.monotonic())
        assert centre.on(Channel.REPORT) == []
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.ONLINE)))
        since_s = time.monotonic()
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 4)
        assert time.monotonic() - since_s < patient(RETURN_WITHIN_S + 1.0)
        assert notes(tmp_path) == {}
    uplink.close()


def test_a_broker_that_forgot_what_the_centre_said_ends_the_wait(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(1, 4))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.OFFLINE)))
        turn_until(uplink, lambda: "centre" in notes(tmp_path))
    broker.kill()
    turn_until(uplink, lambda: "link" in notes(tmp_path))
    broker.start()
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 3)
        assert notes(tmp_path) == {}
    uplink.close()


def test_what_went_out_before_the_centre_came_goes_again_at_once_where_the_broker_kept_nothing(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(1, 4))
    uplink = Uplink(settings(tmp_path, broker))
    turn_until(uplink, lambda: len(uplink.sending.sent) == 3)
    first_again_s = min(again_s for _, again_s in uplink.sending.sent.values())
    with Acknowledger(broker.host, broker.port) as centre:
        for _ in range(5):
            uplink.turn(time.monotonic())
        assert centre.on(Channel.REPORT) == []
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.ONLINE)))
        # By its own clock the uplink would say nothing yet.
        began_s = first_again_s - 5.0
        deadline_s = time.monotonic() + 15.0
        while len(centre.on(Channel.REPORT)) < 3:
            assert time.monotonic() < deadline_s
            uplink.turn(min(time.monotonic(), began_s))
        # And once: a centre that says again that it is there has heard it.
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.ONLINE)))
        for _ in range(5):
            uplink.turn(began_s)
        assert len(centre.on(Channel.REPORT)) == 3
    uplink.close()


def test_a_centre_that_only_seems_offline_is_knocked_at_with_one_report_now_and_then(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(1, 4))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        centre.say(CENTRE_STATE, encode(State(1, BOOT, Link.OFFLINE)))
        turn_until(uplink, lambda: "centre" in notes(tmp_path))
        now_s = time.monotonic()
        for later_s, heard in (
            (KNOCK_S - 5, 0),
            (KNOCK_S + 5, 1),
            (KNOCK_S + 50, 1),
            (2 * KNOCK_S + 10, 2),
        ):
            uplink.turn(now_s + later_s)
            centre.wait_for(Channel.REPORT, heard)
            uplink.turn(now_s + later_s)
            assert len(centre.on(Channel.REPORT)) == heard
    uplink.close()


def test_the_newest_report_goes_first_and_the_others_follow_in_order(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(1, 6))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 5)
        assert centre.on(Channel.REPORT) == [
            b"report 5",
            b"report 1",
            b"report 2",
            b"report 3",
            b"report 4",
        ]
    uplink.close()


def test_a_backlog_drains_at_a_bounded_rate(tmp_path: Path, broker: Broker) -> None:
    fill(tmp_path, range(1, IN_HAND_MAX))
    uplink = Uplink(settings(tmp_path, broker))
    with Acknowledger(broker.host, broker.port) as centre:
        since_s = time.monotonic()
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) >= BURST)
        began_s = time.monotonic()
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == IN_HAND_MAX - 1)
        ended_s = time.monotonic()
    assert ended_s - since_s >= (IN_HAND_MAX - 1 - BURST) / RATE_HZ
    assert ended_s - began_s < patient(2.0)
    uplink.close()


@pytest.mark.parametrize(
    ("protocol", "told"),
    [("5", "not acknowledged by the centre; does"), ("3.1.1", "MQTT 3.1.1 does not say")],
)
def test_a_report_that_the_centre_never_acknowledges_is_named_until_it_is(
    tmp_path: Path, broker: Broker, caplog: pytest.LogCaptureFixture, protocol: str, told: str
) -> None:
    fill(tmp_path, range(1, 3))
    uplink = Uplink(settings(tmp_path, broker, protocol=protocol))
    with Acknowledger(broker.host, broker.port) as centre:
        turn_until(uplink, lambda: len(centre.on(Channel.REPORT)) == 2)
        now_s = time.monotonic()
        uplink.turn(now_s + 11.0)
        assert notes(tmp_path) == {}
        uplink.turn(now_s + 35.0)
        assert told in notes(tmp_path)["silent"]
        assert "report 1 was taken by the broker" in notes(tmp_path)["silent"]
        assert notes(tmp_path)["silent"] in caplog.text
        centre.acknowledge("beach", "pier-1", STREAM, upto=2)
        turn_until(uplink, lambda: notes(tmp_path) == {})
    uplink.close()


def test_why_there_is_no_connection_is_noted_until_there_is_one(
    tmp_path: Path, broker: Broker
) -> None:
    fill(tmp_path, range(0))
    broker.stop()
    uplink = Uplink(settings(tmp_path, broker))
    uplink.turn(time.monotonic())
    assert "is it running" in notes(tmp_path)["link"]
    broker.start()
    turn_until(uplink, lambda: notes(tmp_path) == {})
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
