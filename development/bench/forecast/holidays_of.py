# SPDX-License-Identifier: Apache-2.0
"""The public holidays of a country or a part of it, by date, each under one name in every year."""

from datetime import date

import holidays

YEARS_BACK = 8


def special_days(country: str, part: str, until_year: int) -> dict[date, str]:
    """Return the holidays of eight years up to and with the year after `until_year`.

    One that is kept on another day has the name of the day that it is kept for.
    """
    years = range(until_year - YEARS_BACK, until_year + 2)
    found = holidays.country_holidays(country, subdiv=part, years=years)
    return {day: name.split(" (")[0] for day, name in found.items()}
