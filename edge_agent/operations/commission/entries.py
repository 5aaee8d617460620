# SPDX-License-Identifier: Apache-2.0
"""Hold the box's store while it is being set up, and write that into its ledger.

The gate's own law, without a sensor: every window from the first to the last of a session is signed
with the code `commissioning` and no number, dated and released once as any window is, and goes to
the centre when the box counts again. Nobody else can open the store meanwhile.
"""

import time
from typing import Self

from edge_agent.channel import Kind, Record, pack
from edge_agent.clock import Clock, SystemClock
from edge_agent.config.schema import Config
from edge_agent.confinement.probe import Measured
from edge_agent.processes.gate import GateProcess
from edge_agent.processes.launch import Run, gate_settings
from edge_agent.processes.supervision.admission import level_to_tell
from wire_contract.quality import QualityCode

_WHOLE_S = 1.0
"""A window of less than a second is not released."""
_POLL_S = 0.2


class _CommissionedGate(GateProcess):
    """A gate of whose windows nobody says more than that the box is being set up."""

    def _silent(self) -> QualityCode:
        return QualityCode.COMMISSIONING


class Entries:
    """The session in the box's ledger. It holds the store until it is closed."""

    def __init__(self, config: Config, run: Run, clock: Clock | None = None) -> None:
        """Hold the store.

        Raises ProcessError where a gate has it open: a box that publishes is not set up.
        """
        self._clock = clock or SystemClock()
        self._config = config
        self._gate = _CommissionedGate(gate_settings(config, run, channel_fd=-1), self._clock)
        self._sequence = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._gate.close()

    @property
    def stream(self) -> str:
        """Return the name of the ledger's stream."""
        return self._gate.stores.ledger.stream

    @property
    def is_signed(self) -> bool:
        """Return whether every window so far is in the ledger; else some wait for a clock."""
        return self._gate.drained()

    @property
    def size(self) -> int:
        """Return how many entries the ledger has."""
        return self._gate.stores.ledger.size()

    def begin(self, measured: Measured) -> None:
        """Sign that a session begins, before anything is seen.

        Waits for a window that may be released: a whole second of it, at the most one window and a
        second.
        """
        self._gate.say_level(level_to_tell(measured, self._config))
        self._gate.sign_meta()
        self._say_now()

    def turn(self) -> None:
        """Sign the windows whose time is over."""
        self._gate.tick()
        self._gate.release()

    def end(self) -> None:
        """Sign that the session ends, once nothing is seen any more. Waits as `begin` does."""
        self._say_now()

    def _say_now(self) -> None:
        slots = self._gate.slots
        while True:
            self.turn()
            running = slots.running()
            aged_s = self._clock.monotonic_s() - slots.start_s(running)
            if running >= slots.next and aged_s >= _WHOLE_S:
                break
            time.sleep(_POLL_S)
        said = (int(QualityCode.COMMISSIONING), 0, 0, 0)
        self._gate.read_record(pack(Record(Kind.IMAGE_QUALITY, 0, running, self._sequence, said)))
        self._sequence += 1
        self._gate.finish()
