# SPDX-License-Identifier: Apache-2.0
"""What a box says of a broker that refuses or ends its connection."""

import base64
import time
from pathlib import Path

import pytest

from edge_agent.errors import LinkError
from edge_agent.uplink.publisher import Publisher
from tests.broker import Broker
from tests.fusion_service.wire import Wire
from wire_contract.codec import encode
from wire_contract.messages.enrolment import Renewal
from wire_contract.topics import Channel, DeviceTopic

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
            match=r"takes packets of at most 2000 bytes, wanted room for a report of 5000 bytes; "
            r"raise max_pack",
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


def test_what_each_run_of_the_authority_says_again_makes_a_long_connection_deaf_to_nothing(
    broker: Broker,
) -> None:
    """A run a day hands out the same certificate.

    The one that is new after weeks must still be heard.
    """
    one = connected(publisher(broker))
    topic = DeviceTopic("beach", "pier-1", Channel.CERTIFICATE).text

    def heard(der: bytes) -> bytes | None:
        message = encode(Renewal(1, base64.b64encode(der).decode("ascii")))
        wire.send(topic, message)
        until_s = time.monotonic() + WITHIN_S
        while (
            (said := one.mailbox.certificate()) is None
            and time.monotonic() < until_s
            and message not in one.mailbox._renewals
        ):
            one.turn(0.1)
        return said or one.mailbox.certificate()

    with Wire(broker.port) as wire:
        assert heard(b"the first one") == b"the first one"
        for _ in range(30):
            assert heard(b"the first one") is None
        assert heard(b"another later") == b"another later"
        wire.send(topic, b"{}\nc2lnbmVk")
        until_s = time.monotonic() + WITHIN_S
        while (config := one.mailbox.signed_config()) is None and time.monotonic() < until_s:
            one.turn(0.1)
        assert config == b"{}\nc2lnbmVk"
        # Who sends one after the other that says something else is not listened to without end.
        assert heard(b"the fourth one") == b"the fourth one"
        wire.send(topic, encode(Renewal(1, base64.b64encode(b"and a fifth one").decode("ascii"))))
        for _ in range(10):
            one.turn(0.05)
        assert one.mailbox.certificate() is None
    one.close()
