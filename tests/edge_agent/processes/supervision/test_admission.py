# SPDX-License-Identifier: Apache-2.0
"""What a measured process is held to, whoever starts it."""

import logging
from pathlib import Path

import pytest

from edge_agent.config.schema import Config, load
from edge_agent.confinement import lock
from edge_agent.confinement.probe import Measured
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import ProcessError
from edge_agent.process_settings import Source
from edge_agent.processes.supervision.admission import (
    hold_to_config,
    hold_to_level,
    level_to_tell,
    not_locked,
    word_for,
)
from wire_contract.messages.report import Level

EXAMPLE = Path(__file__).parents[4] / "firmware_configs" / "examples" / "vtest.toml"
LOG = logging.getLogger("test")


@pytest.fixture
def config() -> Config:
    return load(EXAMPLE)


def test_a_lock_is_told_with_what_is_missing_and_held_to_the_config(
    config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    hold_to_config("gate", Measured(Level.PROCESS, ("seccomp",), ("a user",)), config, LOG)
    assert "gate: confinement level process (seccomp)" in caplog.text
    assert "gate: missing for a higher level: a user" in caplog.text
    with pytest.raises(ProcessError, match=r"level unconfined.*no seccomp filter"):
        hold_to_config("gate", Measured(Level.UNCONFINED, (), ("no seccomp filter",)), config, LOG)


def test_a_box_tells_its_gates_level_and_no_more_than_its_camera_allows(config: Config) -> None:
    gate = Measured(Level.STANDARD, (), ())
    assert level_to_tell(gate, config) is Level.STANDARD
    camera = config.camera.model_copy(update={"source": Source.HTTP})
    network = config.model_copy(update={"camera": camera})
    assert level_to_tell(gate, network) is Level.NETWORK_CAMERA


def test_whoever_comes_after_must_reach_what_the_box_has_told() -> None:
    hold_to_level(Measured(Level.STANDARD, (), ()), Level.STANDARD)
    with pytest.raises(ProcessError, match=r"level process.*standard or better.*a user"):
        hold_to_level(Measured(Level.PROCESS, (), ("a user",)), Level.STANDARD)


@pytest.mark.parametrize(
    ("role", "word"),
    [
        (Role.SENSOR, lock.GO),
        (Role.UPLINK, lock.GO),
        (Role.GATE, lock.word_with(Level.STANDARD)),
    ],
)
def test_only_the_gate_hears_the_level_with_its_word(role: Role, word: bytes) -> None:
    assert word_for(role, Level.STANDARD) == word


def test_who_does_not_lock_itself_is_named() -> None:
    assert str(not_locked("sensor")).startswith("sensor: not locked within 120 s of its start")
