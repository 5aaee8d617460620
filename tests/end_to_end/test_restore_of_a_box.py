# SPDX-License-Identifier: Apache-2.0
"""A whole box, its real processes locked in, before a centre that was put back from a copy.

Each of them killed meanwhile.
"""

import os
import signal
import sqlite3
import subprocess
from contextlib import closing

import pytest

from edge_agent.store.layout import LEDGER_FILE
from tests.end_to_end.whole import CONFIG, PROGRAM, Whole
from tests.fusion_service.centre import PROGRAM as CENTRE
from tests.fusion_service.centre import until


def signed(whole: Whole) -> list[int]:
    with closing(sqlite3.connect(whole.folder / "box" / LEDGER_FILE)) as file:
        return [
            row[0]
            for row in file.execute(
                "SELECT sequence FROM entry WHERE window_id IS NOT NULL ORDER BY sequence"
            )
        ]


def committed(whole: Whole) -> list[int]:
    query = (
        "SELECT e.sequence FROM report r JOIN entry e ON e.id = r.id WHERE r.set_apart IS NULL "
        "ORDER BY e.sequence"
    )
    with closing(sqlite3.connect(whole.centre.store)) as file:
        return [row[0] for row in file.execute(query)]


@pytest.mark.campaign
def test_a_box_that_runs_is_live_after_a_restore_and_all_it_signed_is_there_whoever_is_killed(
    whole: Whole,
) -> None:
    whole.start(camera__fps="0.6")  # at this rate the file lasts long enough
    whole.wait_for_windows(3)
    copy = whole.folder / "copy.sqlite"
    subprocess.run(
        [CENTRE, "store", "backup", "--config", whole.centre.config, "--out", copy],
        check=True,
        capture_output=True,
    )
    whole.wait_for_windows(12)
    whole.centre.stop()
    for path in whole.centre.store.parent.glob("fusion.sqlite*"):
        path.rename(path.with_name(f"gone-{path.name}"))
    subprocess.run(
        [CENTRE, "store", "restore", copy, "--config", whole.centre.config],
        check=True,
        capture_output=True,
    )
    before = len(signed(whole))
    whole.centre.start()
    until(lambda: max(committed(whole)) > before + 1, "the first live window")
    for name in ("gate", "uplink"):
        os.kill(whole.children()[name], signal.SIGKILL)
        whole.centre.kill()
        whole.centre.start()
        until(lambda: name in whole.children(), f"{name} to be back")  # noqa: B023 - waited for here
    whole.box.send_signal(signal.SIGTERM)
    assert whole.box.wait(120) == 0
    until(lambda: committed(whole) == signed(whole), "every report that was signed")
    assert whole.centre.get("/v1/lost")["items"] == []
    until(
        lambda: whole.centre.get("/v1/devices/demo/vtest")["ledger"]["state"] == "complete",
        "the ledger to be complete",
    )
    doctor = subprocess.run(
        [PROGRAM, "doctor", CONFIG, *whole.settings()], capture_output=True, check=False, text=True
    )
    assert "put back from a copy" not in doctor.stdout
