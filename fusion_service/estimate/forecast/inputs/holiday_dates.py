# SPDX-License-Identifier: Apache-2.0
"""The public and the school holidays of a country, by date.

A public one has one name in every year. Those of schools differ by region; people come from all of
them.
"""

from datetime import date, timedelta

import holidays
import numpy as np

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.panel import DAY_S, DAYS_AHEAD, Column

SCHOOL = "school"


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


def school_column(country: str, first: date, days: int, step_s: int) -> Column | None:
    """Return which share of a country's regions has no school at each step of so many days.

    Known years ahead, so its values go eight days beyond. None where the table has no school
    holidays of the country.
    """
    kind = getattr(holidays, country, None)
    if kind is None or SCHOOL not in kind.supported_categories:
        return None
    dates = [first + timedelta(days=one) for one in range(days + DAYS_AHEAD)]
    years = range(first.year, dates[-1].year + 1)
    regions = [
        holidays.country_holidays(country, subdiv=part, years=years, categories=(SCHOOL,))
        for part in kind.subdivisions or (None,)
    ]
    shares = [sum(one in region for region in regions) / len(regions) for one in dates]
    values = np.repeat(np.array(shares, dtype=np.float32), DAY_S // step_s)
    return Column("school_holiday", values, DAYS_AHEAD * DAY_S // step_s)
