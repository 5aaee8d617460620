# SPDX-License-Identifier: Apache-2.0
"""Forecast all drawn sites, each quarter of an hour. One thread runs it; time is an argument.

Rule 1: what is committed, and what is estimated, waits for nothing here. Rule 2: a turn does one
thing of one site (says, scores, or reads a day of the past) and is followed by a rest of three
times its length, so that forecasting takes a quarter of one processor at the very most. Rule 3:
only what is now is said. What a centre that was away did not say stays unsaid.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

from fusion_service.errors import ForecastError, StoreError
from fusion_service.estimate.forecast.inputs.holiday_dates import special_days
from fusion_service.estimation.beside.sources import NOTHING, Beside
from fusion_service.estimation.forecasting.ahead import KnownAhead
from fusion_service.estimation.forecasting.history import HISTORY_DAYS, Stores
from fusion_service.estimation.forecasting.quarters import DAY_S
from fusion_service.estimation.forecasting.site_forecasts import (
    SiteForecasts,
    known_days,
)
from fusion_service.estimation.forecasting.started import Keeping, Plans
from fusion_service.estimation.forecasting.training.retraining import (
    DAYS_MIN,
    Retraining,
    newest_of,
)
from fusion_service.estimation.forecasting.working.saying import Say, say_here
from fusion_service.registry.site import Site
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S

GRACE_S = 120
"""How long after a quarter its last windows are waited for (ingest.late_after_s)."""
REST, REST_S = 3.0, (0.2, 20.0)
IDLE_S = 5.0
FORGET_MAX = 500
log = logging.getLogger(__name__)


class Forecasting:
    """Every drawn site's forecasts.

    Its attributes are what it reads and writes, the sites, and what it is at.
    """

    def __init__(
        self,
        stores: Stores,
        plans: Plans,
        keeping: Keeping,
        *,
        now_s: Callable[[], int],
        ahead: KnownAhead,
        beside: Beside = NOTHING,
        say: Say = say_here,
        trains: bool = True,
    ) -> None:
        """ahead: is told of each forecast.

        beside: what is known beside counts. say: who works a forecast out. trains: False where
        LightGBM is not there.
        """
        self._stores, self._plans, self._keeping = stores, plans, keeping
        self._now_s, self._ahead = now_s, ahead
        self._beside, self._work, self._trains = beside, say, trains
        self._sites: dict[str, tuple[int, SiteForecasts]] = {}
        self._retraining = Retraining()
        self._fault = ""
        self._forgot_day = 0

    @property
    def fault(self) -> str:
        """What fails now; empty where nothing does."""
        troubles = [one.trouble for _, one in list(self._sites.values()) if one.trouble]
        return "; ".join([*filter(None, [self._fault]), *troubles, *self._troubles()])

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        try:
            while not stop.is_set():
                begun = time.monotonic()
                worked = self._turn_or_fault()
                rest_s = REST * (time.monotonic() - begun)
                stop.wait(min(max(rest_s, REST_S[0] if worked else IDLE_S), REST_S[1]))
        finally:
            self._retraining.stop()

    def turn(self) -> bool:
        """Do what is due first; say whether there was anything. Raises StoreError."""
        now_s = self._now_s()
        for name, (version, site) in self._follow().items():
            forecasts = self._of(name, version, site, now_s)
            if not forecasts.history.is_ready() and forecasts.history.fill():
                return True
            if self._say(forecasts, now_s) or forecasts.yesterday_to_score(now_s):
                return True
        self._train(now_s)
        if self._forget(now_s):
            return True
        return any(one.history.fill() for _, one in self._sites.values())

    def site(self, name: str) -> SiteForecasts | None:
        """Return what is forecast of a site; None where nothing was yet."""
        known = self._sites.get(name)
        return None if known is None else known[1]

    def _turn_or_fault(self) -> bool:
        try:
            worked = self.turn()
        except (StoreError, ForecastError) as error:
            if not self._fault:
                log.warning("forecasts wait: %s", error)
            self._fault = f"forecasts wait: {error}"
            return False
        self._fault = ""
        return worked

    def _follow(self) -> Mapping[str, tuple[int, Site]]:
        drawn = self._plans()
        for name in [name for name in self._sites if name not in drawn]:
            del self._sites[name]
        return drawn

    def _of(self, name: str, version: int, site: Site, now_s: int) -> SiteForecasts:
        known = self._sites.get(name)
        if known is not None and known[0] == version:
            return known[1]
        models = self._keeping.models / name
        for left in models.glob("*.request"):
            left.unlink(missing_ok=True)
        begun_s = (now_s - GRACE_S) // QUARTER_S * QUARTER_S
        found = SiteForecasts(
            site,
            self._stores,
            models,
            now_s=begun_s,
            special=lambda first, last: self._special(site, first, last),
            beside=self._beside,
            say=self._work,
            days=min(self._keeping.days_s // DAY_S, HISTORY_DAYS),
        )
        self._ahead.recall(self._stores.keeper, name, found.locality.zone)
        self._sites[name] = version, found
        if found.history.left_out:
            log.warning("site %s: %d places are not forecast", name, found.history.left_out)
        return found

    def _special(self, site: Site, first: int, last: int) -> dict[date, str]:
        with suppress(ModuleNotFoundError, ForecastError):
            return special_days(site.country, first, last)
        return {}

    def _say(self, forecasts: SiteForecasts, now_s: int) -> bool:
        origin_s = (now_s - GRACE_S) // QUARTER_S * QUARTER_S
        if not forecasts.is_due(origin_s):
            return False
        for one in forecasts.say(origin_s, now_s * 1000):
            self._ahead.tell(one.made, one.said, forecasts.locality.zone, one.coming)
        return True

    def _train(self, now_s: int) -> None:
        if not self._trains:
            return
        self._retraining.look_after()
        for name, (_, forecasts) in self._sites.items():
            # Most of the day it is not the hour, and nothing is read for that.
            if self._retraining.is_quiet(now_s, forecasts.locality):
                self._begin_training(name, forecasts, now_s)

    def _begin_training(self, name: str, forecasts: SiteForecasts, now_s: int) -> None:
        from fusion_service.estimation.model_folder import ModelFolder  # noqa: PLC0415 - LightGBM

        folder = self._keeping.models / name
        newest_ms = newest_of(ModelFolder(folder), forecasts.places)
        if not self._retraining.is_due(name, now_s, newest_ms):
            return
        origin_s = now_s // HOUR_S * HOUR_S
        laid = forecasts.laid(origin_s, HOUR_S, HISTORY_DAYS, to_learn=True)
        self._retraining.note_tried(name, now_s)
        if known_days(laid) >= DAYS_MIN:
            at = datetime.fromtimestamp(now_s, UTC)
            self._retraining.begin(name, laid.panel, forecasts.places, folder, at)

    def _troubles(self) -> list[str]:
        return sorted(self._retraining.trouble.values())

    def _forget(self, now_s: int) -> bool:
        """Delete what is past its time, some of it each turn, until that is all: once a day."""
        if self._forgot_day == now_s // DAY_S:
            return False
        gone = self._stores.keeper.forget(
            made_before_s=now_s - self._keeping.made_s,
            days_before_s=now_s - self._keeping.days_s,
            limit=FORGET_MAX,
        )
        if not gone:
            self._forgot_day = now_s // DAY_S
        return True
