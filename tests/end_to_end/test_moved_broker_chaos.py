# SPDX-License-Identifier: Apache-2.0
"""A whole box, locked and under its supervisor, whose broker moves ten times while things break.

And boxes of before.

Kept: every report that the box signed is at the centre once, and nothing that it did not sign.
"""

import logging
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import cv2
import pytest

from development.testbed.box import make_keys
from edge_agent.store.layout import LEDGER_FILE
from tests.end_to_end.conftest import CLIP, MODEL
from tests.end_to_end.old_code import LAST_OF_VERSION_1, Program, programs
from tests.end_to_end.real_box import command
from tests.end_to_end.test_devices import centre_of
from tests.end_to_end.test_moved_broker import move, move_centre
from tests.end_to_end.test_versions import asked, committed, enrol, signed
from tests.end_to_end.whole import CONFIG, PROGRAM, Whole
from tests.fusion_service.centre import Centre
from tests.fusion_service.identity.secure_broker import HOST, Identities, SecureBroker, files

NAME = ("demo", "vtest")
MOVES = 10
FPS, FILM_S = 2, 1200
MOVED_WITHIN_S = 240.0
BEFORE = {"version 1 of the wire": LAST_OF_VERSION_1, "the release before": "9704673"}

pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def long_street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty minutes of the street, two pictures a second: longer than the campaign takes."""
    if not CLIP.exists() or not MODEL.exists():
        pytest.skip("the clip or the model is not there; run scripts/test, which fetches both")
    path = tmp_path_factory.mktemp("clip") / "long.avi"
    source, target = (
        cv2.VideoCapture(str(CLIP)),
        cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (768, 576)),
    )
    frames = [source.read()[1] for _ in range(60)]
    for number in range(FPS * FILM_S):
        target.write(frames[number % len(frames)])
    target.release()
    source.release()
    return path


@pytest.fixture
def identities(tmp_path: Path) -> Identities:
    return Identities(tmp_path / "identities")


@pytest.fixture
def brokers(identities: Identities) -> Iterator[list[SecureBroker]]:
    with SecureBroker(identities) as one, SecureBroker(identities) as other:
        yield [one, other]


def whole_of(
    folder: Path, identities: Identities, broker: SecureBroker, centre: Centre, street: Path
) -> tuple[Whole, dict[str, str]]:
    """Return a box, and the settings by which it comes in with a certificate of its own."""
    make_keys(folder / "keys")
    ca, certificate, key = map(str, files(identities.device(*NAME)))
    tls = {
        "broker__host": HOST,
        "broker__ca_file": ca,
        "broker__certificate_file": certificate,
        "broker__key_file": key,
    }
    one = Whole(folder, broker, centre, street)  # type: ignore[arg-type]  # it asks for the port alone
    enrol(one)
    return one, tls


def doctor(one: Whole, settings: dict[str, str]) -> str:
    done = subprocess.run(
        [PROGRAM, "doctor", CONFIG, *one.settings(**settings)],
        capture_output=True,
        check=False,
        text=True,
    )
    return " ".join((done.stdout + done.stderr).split())


def test_a_broker_that_moves_ten_times_in_chaos_costs_no_report_and_doubles_none(
    tmp_path: Path,
    identities: Identities,
    brokers: list[SecureBroker],
    long_street: Path,
) -> None:
    chance, took_s = random.Random(1128), []
    with ExitStack() as stack:
        centre = stack.enter_context(centre_of(tmp_path, identities, brokers[0]))
        one, tls = whole_of(tmp_path, identities, brokers[0], centre, long_street)
        stack.callback(one.end)
        settings = {**tls, "window__clock": "live", "camera__fps": str(FPS)}
        configured = one.broker
        one.start(**settings)
        one.wait_for_windows(2)
        old, new = brokers
        for turn in range(MOVES):
            begun_s = time.monotonic()
            deeds = [
                lambda old=old, new=new: move(identities, old, new),
                lambda new=new: move_centre(centre, new),
            ]
            if turn % 2:
                deeds.reverse()
            for deed in deeds:
                deed()
                time.sleep(chance.uniform(0.0, 6.0))
                broken = chance.choice(("uplink", "new broker", "old broker", "gate", "nothing"))
                if (
                    broken in {"uplink", "gate"}
                    and (found := one.children().get(broken)) is not None
                ):
                    os.kill(found, signal.SIGKILL)
                elif broken.endswith("broker"):
                    (new if broken == "new broker" else old).restart()
            before = len(committed(one))
            deadline_s = begun_s + MOVED_WITHIN_S
            while len(committed(one)) < before + 3:
                assert time.monotonic() < deadline_s, f"turn {turn}: {one.log.read_text()[-3000:]}"
                time.sleep(0.2)
            took_s.append(time.monotonic() - begun_s)
            old, new = new, old
        # Where the box is now, and why, stands there for whoever comes.
        one.broker = configured
        told = doctor(one, settings)
        assert f"127.0.0.1:{old.port}" in told
        one.box.send_signal(signal.SIGTERM)
        assert one.box.wait(90) == 0
        assert asked(one, "SELECT count(*) FROM dead_letter") == [(0,)]
        assert committed(one) == signed(one)
        with closing(sqlite3.connect(one.folder / "box" / LEDGER_FILE)) as file:
            assert file.execute("SELECT count(*) FROM entry").fetchall() == asked(
                one, "SELECT count(*) FROM entry"
            )
        took = ", ".join(f"{each_s:.0f}" for each_s in took_s)
        logging.getLogger(__name__).warning(
            "%d moves, %d reports, none lost or doubled; they took %s s",
            MOVES,
            len(signed(one)),
            took,
        )


@pytest.mark.parametrize("commit", BEFORE.values(), ids=BEFORE.keys())
def test_a_box_of_before_ignores_a_signed_config_and_goes_on(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    identities: Identities,
    brokers: list[SecureBroker],
    street: Path,
    commit: str,
) -> None:
    before: dict[str, Program] = programs(tmp_path_factory.mktemp("before"), commit)
    old, new = brokers
    with centre_of(tmp_path, identities, old) as centre:
        one, tls = whole_of(tmp_path, identities, old, centre, street)
        one.program = before["edge-agent"]
        move(identities, old, new)
        assert one.run(window__clock="replay", **tls) == 0, one.log.read_text()[-2000:]
        assert committed(one) == signed(one)
        assert len(signed(one)) >= 5
        log = one.log.read_text()
        assert "Traceback" not in log
        assert "signed config" not in log
        # A certificate that is handed out beside it is heard all the same.
        told = command(
            "renew", "--ca", identities.ca, "--broker", f"{HOST}:{old.port}", "--days", "40"
        )
        assert "1 still good" in told
        one.end()
