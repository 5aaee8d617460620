# SPDX-License-Identifier: Apache-2.0
"""A whole box, `edge-agent run`, as a program, and its keys."""

from collections.abc import Mapping
from pathlib import Path

from development.testbed.program import Program, find_program
from edge_agent.keys import generate


def box_program(config: Path, log: Path, settings: Mapping[str, str] | None = None) -> Program:
    """Return the box of a config, with settings laid over it, that is not started yet."""
    over = [part for pair in (settings or {}).items() for part in ("--set", "=".join(pair))]
    return Program([find_program("edge-agent"), "run", config, *over], log)


def make_keys(folder: Path) -> Path:
    """Make a box's keys; return the public one, which its centre gets."""
    return generate(folder)
