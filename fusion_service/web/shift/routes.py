# SPDX-License-Identifier: Apache-2.0
"""All routes of the shift."""

from fastapi import FastAPI

from fusion_service.web.shift.acting import ShiftRoom
from fusion_service.web.shift.alarms import add_alarms
from fusion_service.web.shift.levels import add_levels
from fusion_service.web.shift.log import add_log
from fusion_service.web.shift.report import add_report
from fusion_service.web.shift.stream import add_shift_stream


def add_shift(app: FastAPI, room: ShiftRoom, exercise: str | None) -> None:
    """Add the routes to the API. exercise: the scenario that all of it is of."""
    add_alarms(app, room)
    add_levels(app, room)
    add_log(app, room)
    add_report(app, room, exercise)
    add_shift_stream(app, room)
