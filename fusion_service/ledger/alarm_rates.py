# SPDX-License-Identifier: Apache-2.0
"""How many alarms come, as numbers; shift/rates.py counts them. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlarmRates:
    """Alarms raised within a time, of the site with the highest number; open ones of all sites.

    A flood is no alarm of its own here. At most the last 500 of a site are known.
    """

    in_ten_minutes: int = 0
    in_a_shift: int = 0
    open: int = 0
    unacknowledged: int = 0
