# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import numpy as np

from fusion_service.estimate.forecast.inputs.events import Event, Events
from fusion_service.estimation.forecasting.working.exchange import (
    read_answer,
    read_asked,
    write_answer,
    write_asked,
)
from fusion_service.estimation.forecasting.working.saying import Ahead, Answer, Asked
from tests.fusion_service.estimate.forecast.towns import town


def test_what_is_asked_takes_its_columns_along_and_the_answer_what_is_missing(
    tmp_path: Path,
) -> None:
    panel = town(8)
    calendar = Events("agenda", (Event("Concert", 90, 94, 3),), np.zeros(panel.steps, np.bool_))
    asked = Asked(("a", "b", "c"), tmp_path, panel, replace(panel, columns=(calendar,)))
    write_asked(tmp_path / "asked", asked)
    read = read_asked(tmp_path / "asked")
    assert read.hours is not None
    (column,) = read.hours.columns
    assert isinstance(column, Events)
    assert column.events == calendar.events
    assert read.quarters is not None
    assert read.quarters.columns == ()
    said = np.ones((2, 3, 3), np.float32)
    ahead = Ahead(said, said[..., 0], np.zeros(3, np.bool_), ("weather", "tram:delay"))
    write_answer(tmp_path / "answer", Answer(replace(ahead, missing=()), ahead, 4))
    found = read_answer(tmp_path / "answer")
    assert found.hours is not None
    assert found.quarters is not None
    assert (found.hours.missing, found.quarters.missing) == (("weather", "tram:delay"), ())
