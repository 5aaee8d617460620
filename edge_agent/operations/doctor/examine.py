# SPDX-License-Identifier: Apache-2.0
"""Examine a box for whoever stands beside it: one line a subject, what to do, and one verdict.

It reads only, beside a running box too, and believes no process's word but what it left on disk.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.config.schema import Config, load
from edge_agent.errors import ConfigError, EdgeAgentError, StoreError
from edge_agent.operations.doctor.certificate import examine_certificate
from edge_agent.operations.doctor.diagnosis import Diagnosis, State, Subject
from edge_agent.operations.doctor.machine import (
    examine_camera,
    examine_clock,
    examine_config,
    examine_disk,
)
from edge_agent.operations.doctor.reports import (
    examine_acknowledged,
    examine_broker,
    examine_link,
    examine_outbox,
    examine_reports,
    uplink_notes,
)
from edge_agent.operations.doctor.set_up import set_up_notes
from edge_agent.store import layout
from wire_contract.programs.shipped import shipped


def examine(path: Path, settings: tuple[str, ...], clock: Clock) -> Diagnosis:
    """Examine the box of a config. What is wrong with it is a subject, and raises nothing."""
    try:
        config = load(path, settings)
    except ConfigError as error:
        do = f"correct the file; {shipped('docs/CONFIGURATION.md')} lists every key"
        return Diagnosis((Subject("config", State.BROKEN, str(error), do),))
    subjects = [_examine(name, config, clock) for name in EXAMINATIONS]
    return Diagnosis(
        (
            examine_config(path, config),
            *subjects,
            *uplink_notes(config),
            *set_up_notes(config),
        )
    )


def _examine(name: str, config: Config, clock: Clock) -> Subject:
    """Make one examination; a file that keeps it from being made is its finding."""
    try:
        return EXAMINATIONS[name](config, clock)
    except EdgeAgentError as error:
        return Subject(name, State.BROKEN, str(error), "see the sentence itself")
    except sqlite3.OperationalError as error:
        return _unreadable(name, config, error)
    except OSError as error:
        return Subject(
            name, State.LOOK, f"cannot be read: {error}", "run as the box's user, or as root"
        )
    except sqlite3.Error as error:
        return Subject(
            name, State.BROKEN, f"{error}", "stop the box and look at the files in store.directory"
        )


def _unreadable(name: str, config: Config, error: sqlite3.Error) -> Subject:
    """Say why a file of the store cannot be read: its folder is wrong, or it is not there yet."""
    try:
        layout.look(config.store.directory)
    except StoreError as fault:
        return Subject(name, State.BROKEN, f"cannot be read: {error}", f"store.directory: {fault}")
    return Subject(
        name, State.LOOK, f"cannot be read: {error}", "run as root, and after the box has run once"
    )


EXAMINATIONS: dict[str, Callable[[Config, Clock], Subject]] = {
    "certificate": examine_certificate,
    "clock": examine_clock,
    "camera": examine_camera,
    "disk": examine_disk,
    "reports": examine_reports,
    "outbox": examine_outbox,
    "acknowledged": examine_acknowledged,
    "broker": examine_broker,
    "link": examine_link,
}
