# SPDX-License-Identifier: Apache-2.0
"""What a box says of a broker that refuses or ends its connection."""

import time
from pathlib import Path

import pytest

from edge_agent.errors import LinkError
from edge_agent.uplink.publisher import Publisher
from tests.broker import Broker
from wire_contract.topics import Channel

BOOT = "11111111-1111-4111-8111-111111111111"
WITHIN_S = 60.0


def publisher(broker: Broker) -> Publisher:
    one = Publisher(site="beach", device="pier-1", boot=BOOT, protocol="5", tls=None)
    one.connect(broker.host, broker.port)
    return one


def trouble(one: Publisher) -> str:
    """Turn until the connection is of no more use; return why."""
    until_s = time.monotonic() + WITHIN_S
    while time.monotonic() < until_s:
        try:
            one.turn(0.1)
        except LinkError as error:
            return str(error)
    pytest.fail("the connection went on")


def connected(one: Publisher) -> Publisher:
    until_s = time.monotonic() + WITHIN_S
    while not one.connected:
        assert time.monotonic() < until_s
        one.turn(0.1)
    return one


def test_a_broker_that_goes_is_told_in_words(tmp_path: Path) -> None:
    with Broker(tmp_path / "broker") as broker:
        one = connected(publisher(broker))
        broker.kill()
        said = trouble(one)
    assert "Unspecified error" not in said
    assert "MQTT_ERR" not in said
    assert "see that it runs" in said


def test_a_broker_that_lets_nobody_in_is_told_with_what_to_look_at(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker")
    config = tmp_path / "broker" / "mosquitto.conf"
    config.write_text(config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    with broker:
        said = trouble(publisher(broker))
    assert "refused the connection: not authorized" in said
    assert "password file" in said


def test_a_report_too_large_for_the_broker_is_named_with_its_setting_and_a_small_one_goes(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path / "broker", lines=["max_packet_size 2000"]) as broker:
        one = connected(publisher(broker))
        one.publish(Channel.REPORT, b"x" * 500)
        with pytest.raises(
            LinkError,
            match=r"takes packets of at most 2000 bytes, wanted room for a report of 5000 bytes; raise max_pack",
        ):
            one.publish(Channel.REPORT, b"x" * 5000)
        one.close()


def test_a_broker_that_refuses_the_size_of_a_message_is_named_with_its_setting(
    tmp_path: Path,
) -> None:
    with Broker(tmp_path / "broker", lines=["message_size_limit 1000"]) as broker:
        one = connected(publisher(broker))
        one.publish(Channel.REPORT, b"x" * 5000)
        said = trouble(one)
    assert "message_size_limit" in said
    assert "certificate" not in said
