# SPDX-License-Identifier: Apache-2.0
import io
import json
from dataclasses import replace

import numpy as np

from fusion_service.estimate.forecast.inputs.column_arrays import from_arrays, to_arrays
from fusion_service.estimate.forecast.inputs.events import Event, Events
from fusion_service.estimate.forecast.inputs.features import Features
from fusion_service.estimate.forecast.inputs.panel import Column
from fusion_service.estimate.forecast.inputs.revised import revised
from tests.fusion_service.estimate.forecast.towns import town


def test_columns_come_back_from_a_file_as_they_went_in() -> None:
    panel = town(30)
    missing = np.zeros(panel.steps, dtype=np.bool_)
    hours = np.arange(panel.steps)
    said = (hours, np.maximum(hours - 48, 0), hours.astype(np.float32))
    columns = (
        Column("tide", hours.astype(np.float32), 24),
        revised("weather:temperature", said, missing),
        Events("agenda", (Event("Concert, “één”", 300, 304, 200),), missing),
        Events("closed", (), missing),
    )
    heads, arrays = to_arrays(columns)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as kept:
        back = from_arrays(json.loads(json.dumps(heads)), kept)
    at, ahead = np.array([302, 310]), np.array([24, 5])
    rows = [Features(replace(panel, columns=each)).rows(at, ahead) for each in (columns, back)]
    assert rows[0].names == rows[1].names
    assert np.array_equal(rows[0].features, rows[1].features, equal_nan=True)
