# SPDX-License-Identifier: Apache-2.0
"""The routes of exercise control. They are there only where an exercise is run.

A player's screen shows none of what is to come: whoever may not direct is refused here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from fusion_service.exercise.control.direction import Controller, Direction
from fusion_service.exercise.scenario import INJECTS_MAX
from fusion_service.store.exercise.kept import ExerciseRecord
from fusion_service.web.access.reach import identity_of
from fusion_service.web.exercise.views import (
    ControlEntryView,
    ExerciseView,
    ScriptLineView,
    pace_of,
)
from fusion_service.web.form.instants import of_seconds
from fusion_service.web.problems import problem_response
from fusion_service.web.queries import NoQuery
from fusion_service.web.views.base import ProblemView

PATH = "/v1/exercise"
SPEED_MAX = 60.0
"""A minute a second: at more nobody can play."""
LOG_SHOWN = 200
CONTROL = "exercise_control"
"""Where the app has what exercise control stands on; nothing where no exercise is run."""
NO_STORE = {"Cache-Control": "no-store"}
LineNumber = Annotated[int, Field(ge=1, le=INJECTS_MAX)]


class Paced(BaseModel):
    """How time is to go: on or not, and so many times as fast as time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_paused: bool
    speed: Annotated[float, Field(ge=1.0, le=SPEED_MAX)] | None = None
    """Left out: as it is."""


class LineDeed(BaseModel):
    """What becomes of a line: it begins now, it ends now, or it is left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deed: Literal["begin", "end", "leave out"]


@dataclass(frozen=True, slots=True)
class ControlRoom:
    """What the routes stand on. now_ms: by the exercise's clock."""

    direction: Direction
    record: ExerciseRecord
    now_ms: Callable[[], int]

    def view(self) -> ExerciseView:
        """Show the exercise as it is now."""
        direction, scenario = self.direction, self.direction.scenario
        next_s, pace = direction.script.next_s, direction.pace
        coming_s = direction.script.next_line_s()
        return ExerciseView(
            scenario=scenario.name,
            text=scenario.text,
            site=scenario.site.id,
            begins=of_seconds(scenario.start_s),
            ends=of_seconds(scenario.end_s),
            now=of_seconds(self.now_ms() // 1000),
            pace=pace_of(direction),
            speed=pace.speed,
            speed_max=SPEED_MAX,
            next_line=None if coming_s is None else of_seconds(coming_s),
            lines=tuple(ScriptLineView.of_line(one, next_s) for one in direction.script.lines()),
            log=tuple(
                ControlEntryView.of_entry(one) for one in self.record.control(limit=LOG_SHOWN)
            ),
        )


def add_exercise(app: FastAPI, room: ControlRoom) -> None:
    """Add the routes of exercise control to the API."""
    setattr(app.state, CONTROL, room)

    @app.get(PATH)
    def get_exercise(response: Response, _query: Annotated[NoQuery, Query()]) -> ExerciseView:
        """The exercise: its script with what is to come, how time goes, and what was done."""
        response.headers.update(NO_STORE)
        return room.view()

    @app.put(f"{PATH}/pace", response_model=ExerciseView)
    def put_pace(request: Request, given: Paced) -> Response:
        """Pause or go on, so many times as fast as time."""
        speed = room.direction.pace.speed if given.speed is None else given.speed
        done = room.direction.set_pace(_who(request), speed=speed, is_paused=given.is_paused)
        return _answer(request, room, done=done)

    @app.post(f"{PATH}/jump", response_model=ExerciseView)
    def post_jump(request: Request) -> Response:
        """Play on at once to where the next line begins; to the end where none is left."""
        return _answer(request, room, done=room.direction.jump(_who(request)))

    @app.post(f"{PATH}/lines/{{line}}", response_model=ExerciseView)
    def post_line(request: Request, line: LineNumber, given: LineDeed) -> Response:
        """Have a line of the script begin or end with the next minute, or not happen."""
        deeds = {
            "begin": room.direction.begin,
            "end": room.direction.end_line,
            "leave out": room.direction.leave_out,
        }
        return _answer(request, room, done=deeds[given.deed](_who(request), line))

    @app.post(f"{PATH}/end", response_model=ExerciseView)
    def post_end(request: Request) -> Response:
        """Play nothing more; what was played stays to be looked at."""
        return _answer(request, room, done=room.direction.end(_who(request)))


def _who(request: Request) -> Controller:
    who = identity_of(request)
    return Controller(who.id, who.organisation)


def _answer(request: Request, room: ControlRoom, *, done: bool) -> Response:
    view = room.view()
    if not done:
        problem = ProblemView(
            where="exercise",
            got=f"an exercise that is {view.pace}",
            wanted="what can be done as things stand; see GET /v1/exercise",
        )
        return problem_response(request, HTTPStatus.CONFLICT, problem, headers=NO_STORE)
    return JSONResponse(view.model_dump(mode="json"), headers=NO_STORE)
