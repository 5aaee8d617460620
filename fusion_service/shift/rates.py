# SPDX-License-Identifier: Apache-2.0
"""How many alarms come: within ten minutes, within a duty of eight hours, and what is open. Pure.

One in ten minutes can be handled well, two are the limit (EEMUA 191; ISA-18.2). Of several sites
the highest number is told: a control room hears of a site.
"""

from collections.abc import Iterable

from fusion_service.ledger.alarm_rates import AlarmRates
from fusion_service.shift.state import SiteShift

SHIFT_MS = 8 * 3_600_000


def rates_of(shifts: Iterable[SiteShift], now_ms: int) -> AlarmRates:
    """Return how many alarms came lately."""
    sites = list(shifts)
    alarms = [alarm for one in sites for alarm in one.open.values()]
    return AlarmRates(
        max((one.raised_lately(now_ms) for one in sites), default=0),
        max((_raised(one, now_ms, SHIFT_MS) for one in sites), default=0),
        len(alarms),
        sum(one.acknowledged is None for one in alarms),
    )


def _raised(shift: SiteShift, now_ms: int, within_ms: int) -> int:
    return sum(now_ms - within_ms < one <= now_ms for one in shift.raised_ms)
