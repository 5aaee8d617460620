# SPDX-License-Identifier: Apache-2.0
"""The starter's side of the hand-shake, over real pipes."""

import os
import time

from edge_agent.confinement.probe import Expected
from edge_agent.confinement.tables.policy import Role
from edge_agent.processes.supervision.handshake import Handshake


def test_a_lock_is_heard_once_and_the_word_is_given_once() -> None:
    ours, (locked_in, go_out) = Handshake.open(Expected(Role.GATE, None))
    assert ours.expected.go_fd == go_out
    assert (ours.is_locked(), ours.awaits_lock, ours.awaits_word) == (False, True, True)
    os.close(locked_in)
    assert [ours.is_locked(), ours.is_locked()] == [True, False]
    assert not ours.awaits_lock
    assert [ours.go(b"go"), ours.go(b"go")] == [True, False]
    assert os.read(go_out, 9) == b"go"
    assert os.read(go_out, 9) == b""
    os.close(go_out)
    ours.close()


def test_a_process_that_has_gone_takes_the_word_without_harm() -> None:
    ours, (locked_in, go_out) = Handshake.open(Expected(Role.UPLINK, None))
    os.close(locked_in)
    os.close(go_out)
    assert ours.is_locked()
    assert ours.go(b"go")
    ours.close()


def test_what_is_let_go_of_ends_the_wait_without_a_word() -> None:
    ours, (locked_in, go_out) = Handshake.open(Expected(Role.SENSOR, None))
    ours.close()
    assert os.read(go_out, 9) == b""
    assert not ours.is_locked()
    os.close(locked_in)
    os.close(go_out)


def test_only_who_has_not_locked_itself_can_be_late() -> None:
    ours, (locked_in, go_out) = Handshake.open(Expected(Role.SENSOR, None))
    assert not ours.is_late
    ours._lock_until_s = time.monotonic() - 1.0
    assert ours.is_late
    os.close(locked_in)
    assert ours.is_locked()
    assert not ours.is_late
    os.close(go_out)
    ours.close()
