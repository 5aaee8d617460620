# SPDX-License-Identifier: Apache-2.0
"""The level `unconfined`: a word for what was measured, and nothing that a box runs at."""

import ast
from pathlib import Path

import pytest

from development.release.build_wheel import FOLDERS, PACKAGES
from edge_agent.confinement.probe import require
from edge_agent.errors import ProcessError
from wire_contract.messages.report import Level

GIVERS = {"edge_agent.confinement.probe"}
"""Who may find a process unconfined; it is then refused."""
REFUSERS = {"edge_agent.config.site_rules", "fusion_service.ingest.admission"}
AUDITORS = {"privacy_audit.confinement.processes", "privacy_audit.report.report"}
"""Who finds the same of a box that runs, and says so."""


def test_no_minimum_is_low_enough_for_unconfined() -> None:
    for minimum in Level:
        with pytest.raises(ProcessError, match="level unconfined"):
            require(Level.UNCONFINED, minimum)


def test_no_other_room_knows_the_word(modules: list[Path], root: Path) -> None:
    found = set()
    for path in modules:
        tree = ast.parse(path.read_text())
        named = any(
            isinstance(node, ast.Attribute) and node.attr == "UNCONFINED" for node in ast.walk(tree)
        )
        if named or any(
            isinstance(node, ast.Constant) and node.value == "unconfined" for node in ast.walk(tree)
        ):
            found.add(".".join(path.relative_to(root).with_suffix("").parts))
    assert (
        found - {"wire_contract.messages.report", "wire_contract.messages.version_1"}
        == GIVERS | REFUSERS | AUDITORS
    )


def test_the_one_tool_that_sees_pixels_without_a_lock_is_not_in_the_package(root: Path) -> None:
    assert "development" not in {*PACKAGES, *FOLDERS}
    openers = ("FileCamera(", "open_camera(")
    starters = [
        path
        for path in (root / "edge_agent").rglob("*.py")
        if any(opener in path.read_text() for opener in openers)
    ]
    # Who opens a camera does it in a process which locks itself before its first frame; how one
    # is opened stands in the assembly.
    locked = {
        "processes/sensor.py": "SENSOR",
        "processes/video_probe.py": "SENSOR",
        "operations/commission/surveyor.py": "SURVEYOR",
    }
    found = {str(path.relative_to(root / "edge_agent")) for path in starters}
    assert found - {"vision/assembly.py"} <= set(locked)
    for name, role in locked.items():
        text = (root / "edge_agent" / name).read_text()
        assert text.index(f"lock.begin(Role.{role})") < text.index("lock.close_sensor(")
