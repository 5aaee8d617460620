# SPDX-License-Identifier: Apache-2.0
"""What is known of a site beside its counts: what feeds say, and when schools are closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from fusion_service.context.port import Feed
from fusion_service.estimate.forecast.inputs.holiday_dates import school_column
from fusion_service.estimate.forecast.inputs.panel import DAY_S, PanelColumn
from fusion_service.estimation.beside.context_columns import AHEAD_KINDS, columns_of
from fusion_service.estimation.history import Clock
from fusion_service.store.context import ContextKnown

LATELY_S = 57 * DAY_S
"""What one forecast reads of what was observed: eight weeks, over which is known what is usual."""
AHEAD_LATELY_S = 2 * DAY_S
"""And of what was said ahead: of today and what comes, as it is known now."""


@dataclass(frozen=True, slots=True)
class FeedColumns:
    """The feeds of a centre, and what they said. All its sites see the same."""

    known: ContextKnown
    feeds: Sequence[Feed]

    def lately(self, clock: Clock, at_s: int) -> tuple[PanelColumn, ...]:
        """Return the columns that a forecast from a moment reads."""
        return tuple(
            column
            for is_ahead, back_s in ((True, AHEAD_LATELY_S), (False, LATELY_S))
            for column in columns_of(
                self.known,
                [feed for feed in self.feeds if (feed.kind in AHEAD_KINDS) is is_ahead],
                clock,
                known_s=at_s,
                from_s=at_s - back_s,
            )
        )

    def whole(self, clock: Clock, at_s: int) -> tuple[PanelColumn, ...]:
        """Return the columns of all steps of a clock, to learn from."""
        return columns_of(self.known, self.feeds, clock, known_s=at_s)


def with_schools(
    columns: tuple[PanelColumn, ...], country: str, clock: Clock
) -> tuple[PanelColumn, ...]:
    """Return columns, and that of school holidays where a country's are known."""
    school = school_column(country, clock.first, clock.days, clock.step_s)
    return columns if school is None else (*columns, school)
