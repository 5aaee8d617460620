# SPDX-License-Identifier: Apache-2.0
"""All that is forecast of one site, one version of its file: say, score, learn."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from fusion_service.estimate.levels import Coming
from fusion_service.estimation.beside.feed_columns import with_schools
from fusion_service.estimation.beside.moving import moved
from fusion_service.estimation.beside.sources import NOTHING, Beside
from fusion_service.estimation.forecasting.history import HISTORY_DAYS, SiteHistory, Stores
from fusion_service.estimation.forecasting.quarters import DAY_S
from fusion_service.estimation.forecasting.wall_panel import Laid, Locality, clock_of, lay
from fusion_service.estimation.forecasting.warned import LOOK_BACK_DAYS, Rules, learn, tell
from fusion_service.estimation.forecasting.widths import Widths, written
from fusion_service.estimation.forecasting.working.saying import (
    RATIO_DAYS,
    Ahead,
    Answer,
    Asked,
    Say,
    say_here,
)
from fusion_service.estimation.forecasting.yesterday import DayToScore, learn_widths, score_of
from fusion_service.registry.site import Site
from fusion_service.store.forecast.kept import Made, Said, ScoreRow
from fusion_service.store.forecast.steps import HOUR_S, QUARTER_S

SCORED_AFTER_S = 2 * HOUR_S
"""After midnight: what came late of the evening is in by then."""
DAYS_BACK = 7
"""How many days are scored that nobody scored while the centre was away."""
LEARNT_DAYS = 14
"""Over how many days before a start widths are learnt again."""


@dataclass(frozen=True, slots=True)
class Uttered:
    """One forecast as it was kept, and what it warns of."""

    made: Made
    said: list[Said]
    coming: tuple[Coming, ...] = ()


class SiteForecasts:
    """One site. Raises StoreError where the store fails; what was not kept is then not said.

    Its attributes are what it reads, what it has learnt, and how far it has come.
    """

    def __init__(
        self,
        site: Site,
        stores: Stores,
        models: Path,
        *,
        now_s: int,
        special: Callable[[int, int], dict[date, str]],
        beside: Beside = NOTHING,
        say: Say = say_here,
        days: int = HISTORY_DAYS,
    ) -> None:
        """Take up what was kept. special: the special days of years, from one to another.

        beside: what is known beside the counts. say: who works a forecast out.
        """
        self.site, self._stores, self._models = site, stores, models
        self._beside, self._say = beside, say
        year = datetime.fromtimestamp(now_s, UTC).year
        self.locality = Locality(ZoneInfo(site.time_zone), special(year - 2, year + 1))
        self._special_year, self._special = year, special
        self.history = SiteHistory(site, stores, now_s=now_s, days=days)
        self._widths: Widths | None = None
        self._learnt = date.min
        """The last day from which widths were learnt."""
        self._rules: Rules | None = None
        self.trouble = ""
        newest = [stores.keeper.newest(site.id, step_s) for step_s in (QUARTER_S, HOUR_S)]
        self._said_s = max((one.origin_s for one in newest if one is not None), default=0)
        self._scored: date | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The places that are forecast, in their order."""
        return self.history.quarters.places

    def is_due(self, origin_s: int) -> bool:
        """Say whether something is to be said from a moment on."""
        return origin_s > self._said_s

    def say(self, origin_s: int, made_ms: int) -> list[Uttered]:
        """Say what comes after a moment, a whole quarter, and keep it: hours at whole hours.

        Raises ForecastError where it cannot be worked out.
        """
        self.history.advance(origin_s)
        hour_s = self._hour_due(origin_s)
        quarters = self.laid(origin_s, QUARTER_S, RATIO_DAYS + 1)
        hours = None if hour_s is None else self.laid(hour_s, HOUR_S, HISTORY_DAYS)
        answer = self._say(
            Asked(
                self.places,
                self._models,
                quarters.panel if quarters.panel.steps else None,
                hours.panel if hours is not None and hours.panel.steps else None,
            )
        )
        uttered = []
        if answer.quarters is not None:
            made = Made(self.site.id, QUARTER_S, origin_s, made_ms, None)
            said = self._written(answer.quarters, origin_s, QUARTER_S)
            uttered.append(Uttered(made, said))
            self._stores.keeper.keep_made(made, said)
        if hour_s is not None and hours is not None and answer.hours is not None:
            uttered.append(self._utter_hours(hour_s, made_ms, hours, answer))
        self._said_s = origin_s
        return [one for one in uttered if one.said]

    def _hour_due(self, origin_s: int) -> int | None:
        """Return the whole hour from which hours are to be said; None where they were."""
        local = datetime.fromtimestamp(origin_s, UTC).astimezone(self.locality.zone)
        hour_s = origin_s - local.minute * 60
        newest = self._stores.keeper.newest(self.site.id, HOUR_S)
        return hour_s if newest is None or newest.origin_s < hour_s else None

    def _utter_hours(self, origin_s: int, made_ms: int, laid: Laid, answer: Answer) -> Uttered:
        assert answer.hours is not None  # noqa: S101 - its caller looked
        ahead = self._learnt_widths(origin_s).applied(laid.panel, answer.hours)
        self.trouble = answer.trouble
        made = Made(self.site.id, HOUR_S, origin_s, made_ms, answer.version, ahead.missing)
        rules = self._learn_rules(origin_s) if self._rules is None else self._rules
        told = tell(self.site, self.places, origin_s, ahead.quantiles, rules)
        said = self._written(ahead, origin_s, HOUR_S)
        self._stores.keeper.keep_made(made, said, told.rows)
        return Uttered(made, said, told.coming)

    def _written(self, ahead: Ahead, origin_s: int, step_s: int) -> list[Said]:
        """Return what is said, and as what was declared or is closed moves it beside."""
        effects = self._beside.effects_of(self.site, origin_s)
        said = ahead.quantiles
        other = moved(self.site, self.places, said, effects, origin_s=origin_s, step_s=step_s)
        return written(self.places, ahead, other)

    def laid(self, origin_s: int, step_s: int, days: int, *, to_learn: bool = False) -> Laid:
        """Return the panel that a moment knows, at most so many days of it.

        to_learn: with what feeds said over all of them, not lately alone.
        """
        self._renew_special(origin_s)
        quarters = self.history.quarters
        clock = clock_of(quarters, origin_s, step_s, self.locality.zone, days)
        if step_s != HOUR_S:
            return lay(quarters, origin_s, clock, self.locality)
        known_of = self._beside.whole if to_learn else self._beside.lately
        columns = with_schools(known_of(clock, origin_s), self.site.country, clock)
        return lay(quarters, origin_s, clock, self.locality, columns)

    def yesterday_to_score(self, now_s: int) -> list[ScoreRow]:
        """Score the oldest day that is over and was not yet, and learn from it; [] for none."""
        zone = self.locality.zone
        last = datetime.fromtimestamp(now_s - SCORED_AFTER_S, UTC).astimezone(
            zone
        ).date() - timedelta(days=1)
        first = max(last - timedelta(days=DAYS_BACK - 1), self._held_from())
        if self._scored is None:
            kept = self._stores.keeper.scores(self.site.id, from_day=first.isoformat())
            self._scored = max(
                (date.fromisoformat(row.day) for row in kept), default=first - timedelta(days=1)
            )
        rows: list[ScoreRow] = []
        while self._scored < last and not rows:
            day = self._day(max(self._scored + timedelta(days=1), first))
            rows = self._score(day, now_s)
            if day.day == last:
                self._learn_rules(now_s)
        return rows

    def _score(self, day: DayToScore, now_s: int) -> list[ScoreRow]:
        self.history.advance(max(self.history.upto_s, day.ends_s))
        rows = score_of(day, now_s * 1000)
        self._stores.keeper.keep_scores(rows)
        if self._widths is not None and day.day > self._learnt:
            learn_widths(day, self._widths)
            self._learnt = day.day
        self._scored = day.day
        return rows

    def _learn_rules(self, now_s: int) -> Rules:
        """Learn from which probability on a level is warned of, by what was said until now."""
        midnight = datetime.combine(
            datetime.fromtimestamp(now_s, UTC).astimezone(self.locality.zone).date(),
            time(),
            self.locality.zone,
        )
        upto_s = int(midnight.timestamp())
        from_s = upto_s - (LOOK_BACK_DAYS + 1) * DAY_S
        rows = self._stores.keeper.warnings(self.site.id, from_s=from_s, to_s=upto_s)
        self._rules = learn(self.site, self.history.quarters, rows, upto_s)
        return self._rules

    def _learnt_widths(self, origin_s: int) -> Widths:
        """Return how wide intervals are said; after a start by the days before, once."""
        if self._widths is None:
            self._widths = Widths()
            local = datetime.fromtimestamp(origin_s, UTC).astimezone(self.locality.zone).date()
            for back in range(LEARNT_DAYS, 0, -1):
                self._learnt = local - timedelta(days=back)
                if self._learnt >= self._held_from():
                    learn_widths(self._day(self._learnt), self._widths)
        return self._widths

    def _held_from(self) -> date:
        """Return the first day by the clock there of which counts are held whole."""
        return date(1970, 1, 1) + timedelta(days=self.history.quarters.first_day + 1)

    def _day(self, day: date) -> DayToScore:
        kept = self._stores.keeper
        return DayToScore(self.site, day, self.history.quarters, self.locality, kept)

    def _renew_special(self, now_s: int) -> None:
        year = datetime.fromtimestamp(now_s, UTC).year
        if year != self._special_year:
            self._special_year = year
            self.locality = Locality(self.locality.zone, self._special(year - 2, year + 1))


def known_days(laid: Laid) -> int:
    """Return over how many days a panel has counts."""
    rows = np.flatnonzero(np.isfinite(laid.panel.counts).any(axis=1))
    return (laid.panel.steps - int(rows[0])) // laid.panel.day if len(rows) else 0
