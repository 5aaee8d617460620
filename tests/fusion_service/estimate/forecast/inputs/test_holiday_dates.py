# SPDX-License-Identifier: Apache-2.0
from datetime import date

import pytest

from fusion_service.errors import ForecastError
from fusion_service.estimate.forecast.inputs.holiday_dates import special_days


def test_a_day_that_is_kept_later_has_one_name_in_every_year() -> None:
    found = special_days("NZ", 2021, 2022, "AUK")
    assert found[date(2021, 12, 27)] == found[date(2022, 12, 25)] == "Christmas Day"
    assert date(2022, 6, 7) not in found


def test_a_country_without_a_table_is_named() -> None:
    with pytest.raises(ForecastError, match="got 'XX'"):
        special_days("XX", 2025, 2025)
