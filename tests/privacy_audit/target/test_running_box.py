# SPDX-License-Identifier: Apache-2.0
"""A box that runs already is found by its config."""

import subprocess
import sys
from pathlib import Path

from privacy_audit.target.box import AuditedBox
from privacy_audit.target.running_box import find_running


def test_a_running_box_is_found_by_its_config_with_the_settings_laid_over_it(
    audited: AuditedBox,
) -> None:
    running = find_running(audited.config_path)
    assert running is not None
    assert running.supervisor_pid == audited.supervisor_pid
    assert running.settings == audited.settings


def test_no_box_is_found_where_none_runs(tmp_path: Path) -> None:
    # A program that merely has the words among its arguments is none.
    words = [sys.executable, "-c", "input()", "edge-agent", "check", str(tmp_path / "box.toml")]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as other:
        assert find_running(tmp_path / "box.toml") is None
        other.kill()
