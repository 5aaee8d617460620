# SPDX-License-Identifier: Apache-2.0
"""The API keeps its own description: schemathesis asks a real centre, filled with real reports."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from development.testbed.program import finished
from tests.broker import Broker
from tests.fusion_service.box import Box
from tests.fusion_service.centre import Centre, ReadyCentre, until
from tests.fusion_service.web.picture.drawn import SHIPPED
from tests.fusion_service.wire import Wire
from wire_contract.codec import encode
from wire_contract.messages.state import Link, State
from wire_contract.topics import Channel

PROGRAM = Path(sys.executable).with_name("schemathesis")
REPORTS = 40
NAMES = """
[parameters]
site = "scheveningen"
device = "box-01"
line = "door"
zone = "pier"
feature = "scheveningen.pier"
"""
"""What is there, so that questions reach it; other parts of each question are made up."""
CHECKS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "428", "429", "5xx"]
"""
"""No schema says on which version a change of the shift is decided (412, 428), nor how often
somebody was refused (429)."""


@pytest.fixture(name="filled")
def _filled(tmp_path: Path, broker: Broker) -> Iterator[Centre]:
    with ReadyCentre(tmp_path / "centre", broker.port) as centre:
        box = Box("scheveningen", "box-01")
        centre.enrol(box)
        finished([*centre.program, "site", "import", SHIPPED, "--config", centre.config])
        with Wire(broker.port) as wire:
            state = encode(State(1, box.boot, Link.ONLINE))
            wire.send(box.topic(Channel.STATE), state, retain=True)
            wire.send(box.topic(Channel.META), box.seal(box.meta(1), Channel.META), retain=True)
            for number in range(2, REPORTS):
                wire.send(box.topic(), box.envelope(number))
            # One that never comes, and one that is none.
            wire.send(box.topic(), box.envelope(REPORTS + 2))
            wire.send(box.topic(), b"nothing")
            until(lambda: centre.upto(box) == REPORTS - 1, "the reports")
        until(lambda: centre.get("/v1/sites/scheveningen/latest")["zones"], "the first estimates")
        yield centre


@pytest.mark.parametrize(
    ("examples", "names", "seconds"),
    [
        pytest.param(5, NAMES, 20, id="bounded"),
        pytest.param(300, NAMES, 1_800, id="long", marks=pytest.mark.campaign),
        pytest.param(300, "", 1_800, id="names made up", marks=pytest.mark.campaign),
    ],
)
def test_every_answer_is_as_described_and_nothing_described_is_refused(
    filled: Centre, tmp_path: Path, examples: int, names: str, seconds: int
) -> None:
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(names + CHECKS, "utf-8")
    done = subprocess.run(
        [
            PROGRAM,
            *("--config-file", settings),
            *("run", f"{filled.url}/v1/openapi.json"),
            *("--header", f"Authorization: {filled.key_header()['Authorization']}"),
            # A stream never ends; test_stream.py asks it.
            *("--exclude-path-regex", "/stream$"),
            *("--max-examples", str(examples), "--seed", "14", "--max-time", str(seconds)),
        ],
        capture_output=True,
        text=True,
        timeout=2 * seconds + 60,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert " 0 selected" not in done.stdout
    assert filled.health() is not None
