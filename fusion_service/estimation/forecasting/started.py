# SPDX-License-Identifier: Apache-2.0
"""Start to forecast where the centre has what that takes; else say what it lacks. No numpy here.

Without numpy nothing is forecast and the trend stands in; without LightGBM the ratio model answers.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from wire_contract.programs.extras import Extra, lacking


class Loop(Protocol):
    """Whatever forecasts, on a thread of its own."""

    @property
    def fault(self) -> str:
        """What fails now; empty where nothing does."""

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""


@dataclass(slots=True)
class Forecaster:
    """The part of the service that forecasts.

    note: what it lacks, and what it does instead; empty where it lacks nothing.
    """

    note: str = ""
    loop: Loop | None = field(default=None)

    @property
    def fault(self) -> str:
        """What fails now; empty where nothing does."""
        return "" if self.loop is None else self.loop.fault

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        if self.loop is None:
            stop.wait()
        else:
            self.loop.run(stop)


def started(make: Callable[[bool], Loop]) -> Forecaster:
    """Return what forecasts. make: makes the loop, told whether trees can be trained."""
    lacks = lacking(Extra.FORECAST)
    try:
        loop = make(not lacks)
    except ModuleNotFoundError:
        return Forecaster(f"nothing is forecast, the trend stands in: {lacks}")
    return Forecaster(f"forecasts are by the ratio model: {lacks}" if lacks else "", loop)
