# SPDX-License-Identifier: Apache-2.0
"""Start to forecast where the centre has what that takes; else say what it lacks. No numpy here.

Without numpy nothing is forecast and the trend stands in; without LightGBM the ratio model answers.
What forecasts is loaded when the first site is drawn: it is an eighth of a start, and no centre
waits for it.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fusion_service.errors import StoreError
from fusion_service.estimation.beside.told import Told
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.registry.site import Site
from fusion_service.store.forecast.kept import ForecastKeeper
from fusion_service.store.port import Archive
from wire_contract.programs.extras import Extra, lacking, missing

NEEDED = {"holidays", "numpy"}
"""Without these nothing is forecast."""
LOOKED_AGAIN_S = 5.0
SITES_LOOKED_AT = 20
"""Sites that begin alike, among which one is found by name."""
Plans = Callable[[], Mapping[str, tuple[int, Site]]]
"""Return the version in force of each site that is drawn."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what is kept is kept, and where models lie: a folder of each site below this."""

    models: Path
    made_s: int
    days_s: int


class Loop(Protocol):
    """Whatever forecasts, on a thread of its own."""

    @property
    def fault(self) -> str:
        """What fails now; empty where nothing does."""

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""


@dataclass(slots=True)
class Drawn:
    """A loop that is loaded once there is something to forecast. load: loads it.

    plans: a store that cannot be read now is asked again.
    """

    plans: Plans
    load: Callable[[], Loop]
    loop: Loop | None = field(default=None)

    @property
    def fault(self) -> str:
        """What fails now; empty where nothing does."""
        return "" if self.loop is None else self.loop.fault

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        while not self._is_drawn():
            if stop.wait(LOOKED_AGAIN_S):
                return
        self.loop = self.load()
        self.loop.run(stop)

    def _is_drawn(self) -> bool:
        with suppress(StoreError):
            return bool(self.plans())
        return False


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


def started(
    keeper: ForecastKeeper,
    archive: Archive,
    plans: Plans,
    keeping: Keeping,
    *,
    now_s: Callable[[], int],
    ahead: KnownAhead,
    told: Told,
) -> Forecaster:
    """Return what forecasts over a store. A site for tests has a time of its own, and no future.

    told: what feeds said and people declared.
    """
    lacks, gone = lacking(Extra.FORECAST), set(missing(Extra.FORECAST))
    if gone & NEEDED:
        return Forecaster(f"nothing is forecast, the trend stands in: {lacks}")

    def is_test(site: str) -> bool:
        found = archive.sites(after=site[:-1], limit=SITES_LOOKED_AT)
        return any(row.site == site and row.test_site for row in found)

    def real() -> dict[str, tuple[int, Site]]:
        return {name: each for name, each in plans().items() if not is_test(name)}

    def load() -> Loop:
        from fusion_service.estimation.beside.sources import beside_of  # noqa: PLC0415 - they load numpy
        from fusion_service.estimation.forecasting.history import Stores  # noqa: PLC0415 - alike
        from fusion_service.estimation.forecasting.loop import Forecasting  # noqa: PLC0415 - alike
        from fusion_service.estimation.forecasting.working.apart import say_apart  # noqa: PLC0415 - alike

        return Forecasting(
            Stores(keeper, archive),
            real,
            keeping,
            now_s=now_s,
            ahead=ahead,
            beside=beside_of(told),
            say=say_apart,
            trains=not lacks,
        )

    note = f"forecasts are by the ratio model: {lacks}" if lacks else ""
    return Forecaster(note, Drawn(plans, load))
