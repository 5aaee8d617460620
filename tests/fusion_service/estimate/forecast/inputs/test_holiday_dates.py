# SPDX-License-Identifier: Apache-2.0
from datetime import date

import pytest

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.holiday_dates import school_column, special_days


def test_a_day_that_is_kept_later_has_one_name_in_every_year() -> None:
    found = special_days("NZ", 2021, 2022, "AUK")
    assert found[date(2021, 12, 27)] == found[date(2022, 12, 25)] == "Christmas Day"
    assert date(2022, 6, 7) not in found


def test_a_country_without_a_table_is_named() -> None:
    with pytest.raises(ForecastError, match="got 'XX'"):
        special_days("XX", 2025, 2025)


def test_the_regions_of_a_country_have_their_school_holidays_at_other_times() -> None:
    column = school_column("NL", date(2025, 7, 1), 70, 3600)
    assert column is not None
    assert len(column.values) == 78 * 24
    shares = {round(float(one) * 3) for one in column.values}
    assert shares == {0, 1, 2, 3}
    assert column.values[0] == 0.0
    august = (date(2025, 8, 10) - date(2025, 7, 1)).days * 24
    assert column.values[august] == 1.0
    assert column.ahead_steps >= 7 * 24


def test_a_country_whose_school_holidays_nobody_lists_has_no_column() -> None:
    assert school_column("NZ", date(2025, 7, 1), 70, 3600) is None
