# SPDX-License-Identifier: Apache-2.0
"""The verbs: what they say, where, and with which exit code."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from development.fakes.acknowledger import STORE
from development.testbed.verbs import ended_verb as run
from tests.broker import Broker, free_port
from tests.fusion_service.box import Box
from tests.fusion_service.centre import PROGRAM, ReadyCentre, until
from tests.fusion_service.wire import Wire
from wire_contract.codec import encode
from wire_contract.messages.acknowledgement import Acknowledgement
from wire_contract.messages.report import Level
from wire_contract.topics import Channel


def program(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "fusion.toml"
    path.write_text('[store]\npath = "fusion.sqlite"\n')
    return path


def test_a_program_of_its_own_ends_as_its_verb_does(tmp_path: Path, config: Path) -> None:
    # The others run the same in this process, without a start for each.
    key = Box().write_public_key(tmp_path)
    for arguments, code in (
        (("device", "add", "beach/pier-1", "--public-key", key, "--config", config), 0),
        (("device", "revoke", "beach/pier-1", "--ca", "nowhere"), 1),
        (("run", "--config", "nowhere.toml"), 2),
    ):
        alone, here = program(*arguments), run(*arguments)
        assert (alone.returncode, here.returncode) == (code, code)
        assert alone.stderr == here.stderr
        assert alone.stdout.replace("added", "was there already") == here.stdout


def test_a_device_is_added_once(tmp_path: Path, config: Path) -> None:
    key = Box().write_public_key(tmp_path)
    command = ("device", "add", "beach/pier-1", "--public-key", key, "--config", config)
    first, again = run(*command), run(*command)
    assert (first.returncode, first.stdout) == (0, "beach/pier-1 added\n")
    assert (again.returncode, again.stdout) == (0, "beach/pier-1 was there already\n")
    refused = run(*command, "--test-site")
    assert refused.returncode == 1
    assert "not a test site" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "Usage"),  # nothing
        (("run",), 2, "Missing option"),  # no config
        (("run", "--config", "nowhere.toml"), 2, "cannot be read"),  # no file
        (
            ("device", "add", "beach", "--public-key", "x", "--config", "x"),
            2,
            "wanted SITE/DEVICE",
        ),  # no device
        (
            ("device", "issue", "weird+#", "--ca", "x", "--out", "y"),
            2,
            "wanted SITE/DEVICE",
        ),  # wildcards
        (
            ("device", "issue", "beach/+", "--ca", "x", "--out", "y"),
            2,
            "wanted SITE/DEVICE",
        ),  # the same, behind the slash
        (
            ("device", "issue", "beach/pier-1", "--ca", "nowhere", "--out", "y"),
            1,
            "fusion-service ca init",
        ),  # no authority
        (
            ("device", "issue", "beach/pier-1", "--ca", "x", "--out", "y", "--days", "400"),
            2,
            "or equal to 397",
        ),  # too long
        (
            ("device", "revoke", "beach/pier-1", "--ca", "nowhere"),
            1,
            "holds no authority",
        ),  # no authority
        (("ca", "client", "a/b", "--ca", "x", "--out", "y"), 1, "client"),  # a box's name
        (
            ("ca", "server", "*.example", "--ca", "x", "--out", "y"),
            1,
            "wanted a host name",
        ),  # a wildcard
        (("status", "--url", "ftp://x"), 2, "http://"),  # not a web address
        (
            ("status", "--url", f"http://127.0.0.1:{free_port()}"),
            1,
            "start fusion-service run",
        ),  # nobody there
    ],
)
def test_wrong_use_is_2_and_failure_is_1(arguments: tuple[str, ...], code: int, told: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == code
    assert told in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr


def test_a_file_that_is_no_public_key_is_named(tmp_path: Path, config: Path) -> None:
    (tmp_path / "signing.pub").write_bytes(b"AAAA\n")
    ended = run(
        "device",
        "add",
        "beach/pier-1",
        "--public-key",
        tmp_path / "signing.pub",
        "--config",
        config,
    )
    assert ended.returncode == 1
    assert "got 5 bytes that are not a public key" in ended.stderr


def test_an_authority_is_made_issues_and_revokes(tmp_path: Path) -> None:
    ca, csr = tmp_path / "ca", tmp_path / "device.csr"
    made = run("ca", "init", ca, "--days", 100)
    assert (made.returncode, made.stdout) == (
        0,
        (
            f"{ca}/ca.pem made; {ca}/ca.key is needed again in a year: put it away, and keep a "
            "copy of it\n"
        ),
    )
    assert run("ca", "init", ca).returncode == 1
    server = run(
        "ca",
        "server",
        "mqtt.example",
        "--address",
        "192.0.2.1",
        "--ca",
        ca,
        "--out",
        tmp_path / "broker",
    )
    assert server.stdout.startswith("broker issued until ")
    assert run("ca", "client", "fusion", "--ca", ca, "--out", tmp_path / "centre").returncode == 0
    issued = run("device", "issue", "beach/pier-1", "--ca", ca, "--out", tmp_path / "box")
    assert issued.stdout.startswith("beach/pier-1 issued until ")
    assert issued.stdout.rstrip().endswith(
        f"{tmp_path}/box/device.key, {tmp_path}/box/device.pem, {tmp_path}/box/ca.pem"
    )
    request = [
        "openssl",
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/",
    ]
    subprocess.run(
        [*request, "-keyout", tmp_path / "device.key", "-out", csr], check=True, capture_output=True
    )
    assert (
        run(
            "device", "issue", "beach/pier-1", "--ca", ca, "--out", tmp_path / "again", "--csr", csr
        ).returncode
        == 0
    )
    revoked = run("device", "revoke", "beach/pier-1", "--ca", ca)
    assert (
        revoked.stdout
        == f"beach/pier-1: 2 certificates revoked; copy {ca}/crl.pem to the broker and restart it\n"
    )
    assert run("ca", "revoke", "fusion", "--ca", ca).stdout.startswith(
        "fusion: 1 certificates revoked"
    )
    assert (
        run(
            "ca", "client", "fusion", "--ca", ca, "--out", tmp_path / "late", "--days", 101
        ).returncode
        == 1
    )


def test_status_is_a_table_for_people_and_json_for_machines(tmp_path: Path, broker: Broker) -> None:
    with ReadyCentre(tmp_path / "centre", broker.port) as centre:
        centre.enrol(Box(), "--test-site")
        table = run("status", "--config", str(centre.config))
        machine = run("status", "--config", str(centre.config), "--json")
    assert table.returncode == 0
    assert "beach/pier-1 (test)" in table.stdout
    assert json.loads(machine.stdout)["devices"]["items"][0]["device"] == "pier-1"


def test_status_says_what_is_missing_and_replay_commits_what_is_of_use_now(
    tmp_path: Path, broker: Broker
) -> None:
    box = Box()
    with ReadyCentre(tmp_path / "centre", broker.port) as centre, Wire(broker.port) as wire:
        centre.enrol(box)
        for sequence in (1, 4):
            wire.send(box.topic(), box.envelope(sequence))
        wire.send(box.topic(), box.seal(box.report(5, level=Level.PROCESS)))
        until(lambda: centre.outcomes().get(("report", "unusable")) == 1, "the reports")
        table = run("status", "--config", str(centre.config))
        (gap,) = centre.status()["gaps"]["items"]
        assert (
            run("store", "replay-dead-letters", "--config", centre.config).stdout == "unusable 1\n"
        )
        with closing(sqlite3.connect(centre.store)) as connection, connection:
            connection.execute("UPDATE site SET test = 1")  # why it was refused is gone
        assert (
            run("store", "replay-dead-letters", "--config", centre.config).stdout == "accepted 1\n"
        )
        assert centre.get("/v1/devices/beach/pier-1")["reports"] == 3
        nothing = run("store", "replay-dead-letters", "--config", centre.config)
    assert "missing until it comes" in table.stdout
    assert "2 to 3" in table.stdout
    assert (gap["first"], gap["last"], gap["missing"]) == (2, 3, 2)
    assert nothing.stdout == "no authentic dead letter is kept\n"


def test_a_store_is_backed_up_and_put_back_by_command(tmp_path: Path, config: Path) -> None:
    key = Box().write_public_key(tmp_path)
    run("device", "add", "beach/pier-1", "--public-key", key, "--config", config)
    copy = tmp_path / "copy.sqlite"
    made = run("store", "backup", "--config", config, "--out", copy)
    assert made.returncode == 0
    assert "checked" in made.stdout
    refused = run("store", "restore", copy, "--config", config)
    assert (refused.returncode, "is there already" in refused.stderr) == (1, True)
    for path in tmp_path.glob("fusion.sqlite*"):
        path.rename(tmp_path / f"old-{path.name}")
    assert run("store", "restore", copy, "--config", config).returncode == 0
    letters = run("store", "dead-letters", "--config", config, "--json")
    assert (letters.returncode, json.loads(letters.stdout)) == (0, [])


def test_somebody_goes_on_by_hand_and_status_says_what_was_lost_by_it(
    tmp_path: Path, broker: Broker
) -> None:
    box = Box()
    with ReadyCentre(tmp_path / "centre", broker.port) as centre, Wire(broker.port) as wire:
        centre.enrol(box)
        for sequence in (1, 2, 7):
            wire.send(box.topic(), box.seal(box.report(sequence, level=Level.STANDARD)))
        until(lambda: centre.upto(box) == 2, "what came")
        command = ("device", "go-on", "beach/pier-1", "--config", centre.config)
        assert (
            run(*command).stdout
            == "beach/pier-1: 4 entries count as lost; the box is told when it speaks next\n"
        )
        assert run(*command).stdout.startswith("beach/pier-1: 0 entries")
        unknown = run("device", "go-on", "beach/pier-2", "--config", centre.config)
        assert (unknown.returncode, "is not enrolled here" in unknown.stderr) == (1, True)
        wire.send(box.topic(), box.seal(box.report(7, level=Level.STANDARD)))
        until(lambda: centre.upto(box) == 7, "the box to be told")
        shown = " ".join(run("status", "--config", str(centre.config)).stdout.split())
        assert "lost for good" in shown
        assert "3 to 6" in shown
        assert "gone on by hand" in shown
        assert 'fusion_lost{why="gone on by hand"} 4.0' in centre.text("/metrics")


def test_a_centre_reads_what_the_broker_kept_of_it_says_so_and_tells_every_stream_anew(
    tmp_path: Path, broker: Broker
) -> None:
    box, stranger = Box(), Box(device="pier-9")
    with ReadyCentre(tmp_path / "centre", broker.port) as centre, Wire(broker.port) as wire:
        centre.enrol(box)
        wire.send(box.topic(), box.seal(box.report(1, level=Level.STANDARD)))
        until(lambda: centre.upto(box) == 1, "what came")
        assert centre.get("/v1/health")["condition"] == "fine"
        centre.stop()
        for one, upto in ((box, 40), (stranger, 7)):
            said = Acknowledgement(2, one.stream, upto, 0, None, STORE, upto)
            wire.send(one.topic(Channel.ACK), encode(said), retain=True)
        wire.heard.clear()
        centre.start()
        until(lambda: centre.get("/v1/health")["condition"] == "degraded", "the centre to see it")
        detail = centre.get("/v1/health")["store"]["detail"]
        assert (
            "holds less of 2 streams than was acknowledged; 1 of boxes that are not enrolled here"
            in detail
        )
        until(lambda: box.topic(Channel.ACK) in wire.heard, "the stream to be told")
        told = wire.acknowledgement(box.topic(Channel.ACK))
        assert isinstance(told, Acknowledgement)
        assert (told.upto, told.held) == (1, 1)
        assert told.store != STORE
        assert "40 entries were acknowledged, 1 are here" in centre.log.read_text()
        assert stranger.topic(Channel.ACK) not in wire.heard
