# SPDX-License-Identifier: Apache-2.0
"""A box of version 1 before this centre, and this box before a centre of version 1.

The other side runs the code of the last commit that spoke version 1, with the libraries of this
environment.
"""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from development.testbed.box import make_keys
from development.testbed.program import find_program
from edge_agent.store.layout import LEDGER_FILE
from tests.broker import Broker
from tests.end_to_end.old_code import Program
from tests.end_to_end.whole import CONFIG, PROGRAM, Whole
from tests.fusion_service.centre import Centre, until
from tests.fusion_service.wire import Wire
from wire_contract.messages.acknowledgement import AcknowledgementV1, read_acknowledgement

REJECTED_MAX = 8


@pytest.fixture
def wholes(tmp_path: Path, broker: Broker, street: Path) -> Iterator[Whole]:
    """A box, enrolled at a centre that does not run yet."""
    centre = Centre(tmp_path / "centre", broker.port)
    make_keys(tmp_path / "keys")
    one = Whole(tmp_path, broker, centre, street)
    yield one
    one.end()
    centre.__exit__()


def enrol(one: Whole) -> None:
    one.centre.add_device("demo/vtest", one.folder / "keys" / "signing.pub", "--test-site")


def signed(one: Whole) -> list[int]:
    """Return the sequences of the reports that the box has signed."""
    with closing(sqlite3.connect(one.folder / "box" / LEDGER_FILE)) as file:
        return [
            row[0]
            for row in file.execute(
                "SELECT sequence FROM entry WHERE channel = 'report' ORDER BY sequence"
            )
        ]


def committed(one: Whole) -> list[int]:
    return [
        row[0]
        for row in asked(
            one, "SELECT e.sequence FROM report r JOIN entry e ON e.id = r.id ORDER BY e.sequence"
        )
    ]


def asked(one: Whole, query: str) -> list[Any]:
    with closing(sqlite3.connect(one.centre.store)) as file:
        return file.execute(query).fetchall()


@pytest.mark.campaign
def test_a_box_of_version_1_before_this_centre_loses_nothing_and_hears_its_own_version(
    wholes: Whole, old: dict[str, Program]
) -> None:
    one, one.program = wholes, old["edge-agent"]
    enrol(one)
    one.centre.start()
    with Wire(one.broker.port) as wire:
        assert one.run(window__clock="replay") == 0, one.log.read_text()[-2000:]
        heard = [
            read_acknowledgement(payload)
            for payloads in wire.heard.values()
            for payload in payloads
        ]
    assert committed(one) == signed(one)
    assert len(signed(one)) >= 5
    assert {type(said) for said in heard} == {AcknowledgementV1}
    assert asked(one, "SELECT rejected FROM stream") == [(0,)]
    with closing(sqlite3.connect(one.folder / "box" / "outbox" / "outbox.db")) as file:
        assert file.execute("SELECT count(*) FROM outbox").fetchall() == [(0,)]


@pytest.mark.campaign
def test_this_box_before_a_centre_of_version_1_holds_and_after_its_upgrade_each_report_comes_once(
    wholes: Whole, old: dict[str, Program]
) -> None:
    one, one.centre.program = wholes, old["fusion-service"]
    enrol(one)
    one.centre.start()
    for _ in range(2):
        assert one.run(window__clock="replay") == 0, one.log.read_text()[-2000:]
    (rejected,) = asked(one, "SELECT rejected FROM stream")[0]
    details = [row[0] for row in asked(one, "SELECT detail FROM dead_letter WHERE authentic")]
    assert (committed(one), rejected, len(details)) == ([], REJECTED_MAX, REJECTED_MAX)
    assert all(
        "missing" in detail or "wanted a whole number from 1 to 1" in detail for detail in details
    )
    assert len(signed(one)) >= REJECTED_MAX + 2
    said = "the centre knows version 1 of the wire only: it could use none of the last 8 messages"
    assert said in one.log.read_text()
    doctor = subprocess.run(
        [PROGRAM, "doctor", CONFIG, *one.settings()], capture_output=True, check=False, text=True
    )
    assert "version 1 of the wire only" in " ".join((doctor.stdout + doctor.stderr).split())
    one.centre.stop()
    one.centre.program = (find_program("fusion-service"),)
    one.centre.start()
    replay = [
        find_program("fusion-service"),
        "store",
        "replay-dead-letters",
        "--config",
        one.centre.config,
    ]
    subprocess.run(replay, check=True, capture_output=True)
    assert one.run(window__clock="replay") == 0, one.log.read_text()[-2000:]
    until(lambda: committed(one) == signed(one), "every report")
    assert asked(one, "SELECT rejected FROM stream") == [(0,)]
    assert asked(one, "SELECT count(*) FROM dead_letter") == [(0,)]
    assert one.centre.get("/v1/devices/demo/vtest")["ledger"]["state"] == "complete"
