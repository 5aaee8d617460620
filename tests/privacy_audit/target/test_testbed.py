# SPDX-License-Identifier: Apache-2.0
"""The box that an audit gets: one of its own, or the one that runs."""

import subprocess
from pathlib import Path

import pytest

from edge_agent.confinement.tables.policy import Role
from privacy_audit.target.box import AuditedBox, BrokerCapture, until
from privacy_audit.target.testbed import ENDS_MAX, RestlessBoxError, _wait_until_up


def test_the_box_runs_with_all_that_an_audit_needs_beside_it(audited: AuditedBox) -> None:
    assert audited.started
    assert set(audited.pids) == {Role.SENSOR, Role.GATE, Role.UPLINK}
    assert audited.capture is not None
    assert audited.clip is not None
    assert audited.clip.stat().st_size > 0
    wanted = {"meta", "state", "checkpoint", "report", "ack"}
    assert audited.capture.wait_for(
        lambda messages: wanted <= {message.topic.rpartition("/")[2] for message in messages},
        within_s=30,
    )


def test_the_centre_takes_what_the_box_says(audited: AuditedBox) -> None:
    device = f"/v1/devices/{audited.config.site}/{audited.config.device}"

    def has_report() -> bool:
        assert audited.centre is not None
        told = audited.centre.ask(device)
        return bool(told["reports"]) and told["ledger"]["state"] == "complete"

    assert until(has_report, within_s=30)


def test_a_box_whose_processes_end_again_and_again_is_not_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "box.log"
    line = (
        "edge_agent.processes.supervision.supervisor WARNING gate ended with exit code -31, at a "
        "system call that its policy forbids; starting again\n"
    )
    log.write_text(
        "edge_agent.processes.supervision.supervisor WARNING uplink ended with exit code 1; "
        f"starting again in 1 s\n{line * ENDS_MAX}"
    )
    with subprocess.Popen(["/bin/sleep", "60"]) as box:
        try:
            with pytest.raises(RestlessBoxError, match="does not stay up: its gate ended") as told:
                _wait_until_up(box, BrokerCapture(), log, tmp_path)
            assert box.poll() is None
        finally:
            box.kill()
    assert (
        told.value.ends
        == "the box does not stay up: its gate ended 3 times before all had begun, with exit "
        "code -31"
    )
