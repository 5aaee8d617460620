# SPDX-License-Identifier: Apache-2.0
"""The service as a process: what survives what.

With a real broker, a real store and real sockets.
"""

import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from development.testbed.times import unix_ms
from tests.broker import Broker, free_port
from tests.fusion_service.box import Box, line, zone
from tests.fusion_service.centre import PROGRAM, Centre, ReadyCentre, until
from tests.fusion_service.wire import Wire
from wire_contract.codec import decode, encode
from wire_contract.messages.state import Link, State
from wire_contract.topics import CENTRE_STATE, Channel


@pytest.fixture
def centre(tmp_path: Path, broker: Broker) -> Iterator[Centre]:
    with Centre(tmp_path / "centre", broker.port) as running:
        yield running


def test_a_report_goes_from_the_box_to_the_api_and_the_box_is_told(
    centre: Centre, broker: Broker
) -> None:
    box = Box()
    centre.enrol(box)
    with Wire(broker.port) as wire:
        wire.send(box.topic(Channel.STATE), encode(State(1, box.boot, Link.ONLINE)), retain=True)
        wire.send(box.topic(Channel.META), box.seal(box.meta(1), Channel.META), retain=True)
        wire.send(box.topic(), box.envelope(2))
        until(lambda: centre.upto(box) == 2, "the commit")
        until(
            lambda: wire.acknowledgement(box.topic(Channel.ACK)) is not None, "the acknowledgement"
        )
    device = centre.get("/v1/devices/beach/pier-1")
    assert device["link"] == "online"
    assert device["meta"]["software"] == "0.1.0"
    window = device["last_window"]
    assert [(line["line"], line["in_count"], line["out_count"]) for line in window["lines"]] == [
        ("door", 1, 2)
    ]
    assert unix_ms(window["received_at"]) <= unix_ms(window["committed_at"])
    with Wire(
        broker.port
    ) as late_listener:  # the acknowledgement is retained: a box that comes back hears it
        until(
            lambda: late_listener.acknowledgement(box.topic(Channel.ACK)) is not None,
            "the retained acknowledgement",
        )
    with Wire(broker.port, listen=CENTRE_STATE) as listener:
        until(lambda: CENTRE_STATE in listener.heard, "the centre's state")
        assert decode(State, listener.heard[CENTRE_STATE][-1]).link is Link.ONLINE
    assert centre.get("/v1/health")["condition"] == "fine"
    assert centre.status()["devices"]["items"][0]["stream"]["upto"] == 2
    assert centre.stop() == 0


def test_a_retained_meta_is_a_quiet_duplicate_after_a_restart(
    centre: Centre, broker: Broker
) -> None:
    box = Box()
    centre.enrol(box)
    with Wire(broker.port) as wire:
        wire.send(box.topic(Channel.META), box.seal(box.meta(1), Channel.META), retain=True)
        until(lambda: centre.upto(box) == 1, "the meta")
    assert centre.stop() == 0
    centre.start()
    until(lambda: centre.outcomes().get(("meta", "duplicate")) == 1, "the retained meta")
    assert centre.get("/v1/dead-letters")["items"] == []


def test_a_device_enrolled_while_the_service_runs_is_accepted_when_its_box_tries_again(
    centre: Centre, broker: Broker
) -> None:
    box = Box()
    centre.wait_until_connected()  # what is said before a centre was ever there, nobody keeps
    with Wire(broker.port) as wire:
        wire.send(box.topic(), box.envelope(1))
        until(lambda: centre.outcomes().get(("report", "unknown-device")) == 1, "the refusal")
        centre.enrol(box)

        def tried_again() -> bool:
            wire.send(box.topic(), box.envelope(1))
            return centre.upto(box) == 1

        until(tried_again, "the device to be known")


def test_while_the_store_refuses_the_broker_keeps_what_comes_and_the_memory_stays_flat(
    tmp_path: Path,
) -> None:
    box, lines = Box(), tuple(line(f"line-{number}") for number in range(16))
    zones = tuple(zone(f"zone-{number}") for number in range(16))
    count, bound = 4_000, 200
    envelopes = [
        box.seal(box.report(sequence, lines=lines, zones=zones)) for sequence in range(1, count + 1)
    ]
    megabytes = sum(map(len, envelopes)) / 1e6
    broker = Broker(tmp_path / "broker", lines=["max_inflight_messages 2000"])
    with (
        broker,
        Centre(tmp_path / "centre", broker.port, ingest=f"queue_max = {bound}") as centre,
        Wire(broker.port) as wire,
    ):
        centre.enrol(box)
        wire.send(box.topic(), envelopes[0])
        until(lambda: centre.upto(box) == 1, "the first")
        before_mb = centre.rss_mb()
        with closing(sqlite3.connect(centre.store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # another program holds the store
            for envelope in envelopes[1:]:
                wire.send(box.topic(), envelope, wait=envelope is envelopes[-1])
            until(
                lambda: centre.get("/v1/health")["store"]["condition"] == "degraded",
                "the store's fault",
            )
            health = centre.get("/v1/health")
            assert health["inbox_depth"] <= bound
            assert "another program holds the store" in health["store"]["detail"]
            assert centre.rss_mb() - before_mb < megabytes / 2, (
                "what waits is held by the broker, not by the centre"
            )
        until(lambda: centre.upto(box) == count, "all of it")
        assert centre.outcomes()["report", "accepted"] == count
    assert megabytes > 10


def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing(
    tmp_path: Path, broker: Broker
) -> None:
    box, total, rounds = Box(), 450, 3
    with (
        ReadyCentre(tmp_path / "centre", broker.port, ingest="batch_max = 20") as centre,
        Wire(broker.port) as wire,
    ):
        centre.enrol(box)
        for part in range(rounds):
            first = part * total // rounds
            for sequence in range(first + 1, first + total // rounds + 1):
                wire.send(box.topic(), box.envelope(sequence), wait=False)
            until(lambda first=first: centre.upto(box) > first, "some of the commits")  # type: ignore[misc]  # bound on purpose
            centre.kill()
            heard = wire.acknowledgement(box.topic(Channel.ACK))
            with closing(sqlite3.connect(centre.store)) as connection:
                committed = connection.execute("SELECT max(upto) FROM stream").fetchone()[0]
            assert (
                heard is None or heard.upto <= committed
            )  # nothing was promised that was not on disk
            centre.start()
        until(lambda: centre.upto(box) == total, "the rest")
        until(
            lambda: wire.acknowledgement(box.topic(Channel.ACK)).upto == total,
            "the acknowledgement",
        )  # type: ignore[union-attr]
        assert centre.get("/v1/devices/beach/pier-1")["reports"] == total
        with closing(sqlite3.connect(centre.store)) as connection:
            assert connection.execute(
                "SELECT count(*), count(DISTINCT start_s) FROM report"
            ).fetchone() == (total, total)


def test_without_a_broker_the_api_is_up_and_says_so_and_a_broker_that_comes_is_used(
    tmp_path: Path,
) -> None:
    box, broker = Box(), Broker(tmp_path / "broker")
    with Centre(tmp_path / "centre", broker.port) as centre:
        centre.enrol(box)
        health = centre.get("/v1/health")
        assert (health["condition"], health["broker"]["state"]) == ("degraded", "connecting")
        with broker:
            until(lambda: centre.get("/v1/health")["condition"] == "fine", "the connection")
            with Wire(broker.port) as wire:
                wire.send(box.topic(), box.envelope(1))
                until(lambda: centre.upto(box) == 1, "the commit")
            broker.restart()
            until(
                lambda: centre.get("/v1/health")["condition"] == "fine",
                "the connection after a restart",
            )
            with Wire(broker.port) as wire:
                wire.send(box.topic(), box.envelope(2))
                until(lambda: centre.upto(box) == 2, "the commit after a restart")
        assert centre.stop() == 0


def test_a_full_store_is_told_and_nothing_is_lost(tmp_path: Path, broker: Broker) -> None:
    box, total = Box(), 5_000
    with (
        Centre(tmp_path / "centre", broker.port, store="size_mib_max = 1") as centre,
        Wire(broker.port) as wire,
    ):
        centre.enrol(box)
        for sequence in range(1, total + 1):
            wire.send(box.topic(), box.envelope(sequence), wait=False)
        until(
            lambda: centre.get("/v1/health")["store"]["condition"] == "degraded",
            "the store to be full",
        )
        assert "SQLITE_FULL" in centre.get("/v1/health")["store"]["detail"]
        assert "fusion_store_fine 0.0" in centre.text("/metrics")
        assert centre.upto(box) < total
        assert centre.stop() == 0
        centre.configure("size_mib_max = 64")
        centre.start()
        until(lambda: centre.upto(box) == total, "the rest")


def run(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, "run", "--config", config],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_taken_port_is_named_and_ends_with_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = tmp_path / "fusion.toml"
        config.write_text(f'[store]\npath = "fusion.sqlite"\n[http]\nport = {port}\n')
        ended = run(config)
    assert ended.returncode == 1
    assert f"http: 127.0.0.1:{port}: Address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unreadable_store_is_named_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "fusion.sqlite").write_text(
        "this is not a database, and long enough to be told from an empty one\n" * 20
    )
    config = tmp_path / "fusion.toml"
    config.write_text(f'[store]\npath = "fusion.sqlite"\n[http]\nport = {free_port()}\n')
    ended = run(config)
    assert ended.returncode == 1
    assert "SQLITE_NOTADB" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ctrl_c_ends_it_cleanly(centre: Centre) -> None:
    centre._process.send_signal(signal.SIGINT)
    assert centre._process.wait(20) == 0
    assert "fusion-service ended" in centre.log.read_text()
