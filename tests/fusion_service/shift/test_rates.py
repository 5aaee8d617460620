# SPDX-License-Identifier: Apache-2.0
"""How many alarms come: of the site that has the highest number."""

from fusion_service.ledger.alarm_rates import AlarmRates
from fusion_service.shift.rates import rates_of
from fusion_service.shift.state import SiteShift

MINUTE_MS = 60_000


def test_the_site_with_the_highest_number_counts() -> None:
    now_ms = 100 * 3_600_000
    busy, calm = SiteShift("busy"), SiteShift("calm")
    busy.raised_ms.extend(now_ms - minutes * MINUTE_MS for minutes in (481, 479, 60, 11, 9, 0))
    calm.raised_ms.append(now_ms)
    assert rates_of([busy, calm], now_ms) == AlarmRates(2, 5, 0, 0)
    assert rates_of([], now_ms) == AlarmRates()
