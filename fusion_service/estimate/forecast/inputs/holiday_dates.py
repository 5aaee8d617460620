# SPDX-License-Identifier: Apache-2.0
"""The public holidays of a country or a part of it, by date, each under one name in every year."""

from datetime import date

import holidays

from fusion_service.errors import ForecastError


def special_days(
    country: str, first_year: int, last_year: int, part: str | None = None
) -> dict[date, str]:
    """Return the holidays of these years; country and part as in ISO 3166.

    One that is kept on another day has the name of the day that it is kept for. Raises
    ForecastError for a country that the table has not.
    """
    if country not in holidays.list_supported_countries():
        raise ForecastError(
            f"country: got {country!r}, wanted two letters of ISO 3166 with known public holidays"
        )
    years = range(first_year, last_year + 1)
    found = holidays.country_holidays(country, subdiv=part, years=years)
    return {day: name.split(" (")[0] for day, name in found.items()}
