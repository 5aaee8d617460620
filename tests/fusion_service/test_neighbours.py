# SPDX-License-Identifier: Apache-2.0
"""A centre beside another one, and beside a broker that goes, refuses or is too small.

Real processes, nothing left unnamed.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import Broker
from tests.fusion_service.box import Box
from tests.fusion_service.centre import PROGRAM, Centre, ReadyCentre, until
from tests.fusion_service.wire import Wire
from wire_contract.codec import decode, encode
from wire_contract.messages.state import Link, State
from wire_contract.topics import CENTRE_STATE

STRANGER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def centre(tmp_path: Path, broker: Broker) -> Iterator[Centre]:
    with ReadyCentre(tmp_path / "centre", broker.port) as running:
        yield running


def detail(centre: Centre) -> str:
    return str(centre.get("/v1/health")["broker"]["detail"])


def is_fine(centre: Centre) -> bool:
    return bool(centre.get("/v1/health")["condition"] == "fine")


def retained(broker: Broker) -> State | None:
    """Return what is retained of the centre's state now."""
    with Wire(broker.port, listen=CENTRE_STATE) as wire:
        until(lambda: CENTRE_STATE in wire.heard, "the retained state")
        return decode(State, wire.heard[CENTRE_STATE][0])


def test_an_offline_left_by_another_is_answered_at_once(centre: Centre, broker: Broker) -> None:
    until(lambda: is_fine(centre), "the connection")
    with Wire(broker.port, listen=CENTRE_STATE) as wire:
        wire.send(CENTRE_STATE, encode(State(1, STRANGER, Link.OFFLINE)), retain=True)
        until(lambda: decode(State, wire.heard[CENTRE_STATE][-1]).link is Link.ONLINE, "the answer")
    state = retained(broker)
    assert state is not None
    assert (state.link, state.boot) == (Link.ONLINE, centre.get("/v1/health")["boot"])


def test_two_centres_on_one_broker_name_each_other_and_one_that_stops_silences_nobody(
    tmp_path: Path, centre: Centre, broker: Broker
) -> None:
    until(lambda: is_fine(centre), "the connection")
    with ReadyCentre(tmp_path / "copy", broker.port, broker='client_id = "copy"') as copy:
        until(lambda: "another centre is on this broker" in detail(centre), "the first to notice")
        until(lambda: "another centre is on this broker" in detail(copy), "the second to notice")
        assert centre.get("/v1/health")["condition"] == "degraded"
        assert copy.get("/v1/health")["boot"] in detail(centre)
        assert copy.stop() == 0
    until(lambda: is_fine(centre), "the note to go")
    state = retained(broker)
    assert state is not None
    assert (state.link, state.boot) == (Link.ONLINE, centre.get("/v1/health")["boot"])


def test_a_second_service_on_one_store_is_refused_and_a_command_is_not(
    tmp_path: Path, centre: Centre
) -> None:
    other = tmp_path / "other.toml"
    other.write_text(
        f'[store]\npath = "{centre.store}"\n[broker]\nport = 1\n[http]\nport = '
        f"{Broker(tmp_path / 'b').port}\n"
    )
    ended = subprocess.run(
        [PROGRAM, "run", "--config", other], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert f"{centre.store}: another fusion-service (process " in ended.stderr
    assert "Traceback" not in ended.stderr
    centre.enrol(Box())


def test_two_centres_of_one_client_id_are_told_so(
    tmp_path: Path, centre: Centre, broker: Broker
) -> None:
    until(lambda: is_fine(centre), "the connection")
    with ReadyCentre(tmp_path / "copy", broker.port) as copy:
        until(
            lambda: (
                "another client came with the same client id (fusion)"
                in detail(centre) + detail(copy)
            ),
            "its name",
        )
    assert "Traceback" not in centre.log.read_text() + copy.log.read_text()


def test_a_broker_that_goes_first_leaves_no_stack_and_the_centre_ends_well(
    centre: Centre, broker: Broker
) -> None:
    until(lambda: is_fine(centre), "the connection")
    broker.stop()
    assert centre.stop() == 0
    log = centre.log.read_text()
    assert "fusion-service ended" in log
    assert "Traceback" not in log


def test_a_lost_broker_is_told_in_words(centre: Centre, broker: Broker) -> None:
    until(lambda: is_fine(centre), "the connection")
    broker.kill()
    until(lambda: not is_fine(centre), "the loss")
    until(lambda: "is it running? trying again" in detail(centre), "the next try")
    assert "Connection refused" in detail(centre)
    assert "Unspecified error" not in centre.log.read_text()
    broker.start()
    until(lambda: is_fine(centre), "the broker to be back")


def test_a_broker_that_takes_only_small_packets_is_named_with_its_setting(tmp_path: Path) -> None:
    with (
        Broker(tmp_path / "broker", lines=["max_packet_size 2000"]) as broker,
        ReadyCentre(tmp_path / "centre", broker.port) as centre,
    ):
        until(lambda: "raise max_packet_size" in detail(centre), "the note")
        assert "takes packets of at most 2000 bytes" in detail(centre)
        assert centre.stop() == 0


def test_a_broker_that_lets_nobody_in_is_named_with_what_to_look_at(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker", lines=["max_queued_messages 1"])
    config = tmp_path / "broker" / "mosquitto.conf"
    config.write_text(config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    with broker, ReadyCentre(tmp_path / "centre", broker.port) as centre:
        until(lambda: "not authorized" in detail(centre).lower(), "the refusal")
        assert "password file" in detail(centre)


def test_status_asks_where_the_config_says_and_fits_eighty_columns(centre: Centre) -> None:
    centre.enrol(Box("s" * 32, "d" * 32))
    done = subprocess.run(
        [PROGRAM, "status", "--config", centre.config],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert f"{'s' * 32}/{'d' * 32}" in lines
    assert max(map(len, lines)) <= 80
