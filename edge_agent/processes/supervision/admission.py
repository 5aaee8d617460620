# SPDX-License-Identifier: Apache-2.0
"""Let a process begin that has locked itself: measured from outside, held to what is asked.

One law for both who start the processes of a box: the supervisor, and the units of systemd. What
the box tells of its confinement is what the gate's lock was measured to be, and no more than its
kind of camera allows; whoever comes after must reach it.
"""

import logging

from edge_agent.config.schema import Config
from edge_agent.config.site_rules import level_max, level_min
from edge_agent.confinement import lock
from edge_agent.confinement.probe import Measured, require, weakest
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from wire_contract.messages.report import Level

LOCK_WITHIN_S = 120.0
"""How long a process may take from its start to its lock: on a small board most of it is loading
the model."""


def hold_to_config(name: str, measured: Measured, config: Config, log: logging.Logger) -> None:
    """Say what a lock was measured to be.

    Raises ProcessError where it is less than the config asks for.
    """
    log.info("%s: confinement level %s (%s)", name, measured.level, "; ".join(measured.evidence))
    if measured.missing:
        log.info("%s: missing for a higher level: %s", name, "; ".join(measured.missing))
    require(measured.level, level_min(config), missing=measured.missing)


def level_to_tell(gate: Measured, config: Config) -> Level:
    """Return what every report of a run says, from the lock of its first gate."""
    return weakest((gate.level, level_max(config)))


def hold_to_level(measured: Measured, level: Level) -> None:
    """Raise ProcessError where a lock is less than the box has told."""
    require(measured.level, level, missing=measured.missing)


def word_for(role: Role, level: Level) -> bytes:
    """Return the word to begin; a gate hears with it what to tell."""
    return lock.word_with(level) if role is Role.GATE else lock.GO


def not_locked(name: str) -> ProcessError:
    """Return the error of a process that has not locked itself in time."""
    return ProcessError(
        f"{name}: not locked within {LOCK_WITHIN_S:.0f} s of its start; its own lines above say why"
    )
