# SPDX-License-Identifier: Apache-2.0
"""What an installer is told and what is made of it: figures, ground, lines, counts. Pure.

Surveys and what is asked come in, a state comes out. Everything kept is bounded.
"""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge_agent.errors import ConfigError
from edge_agent.operations.commission.help.asking import Asked
from edge_agent.operations.commission.help.ground_fit import Ground, fit_ground
from edge_agent.operations.commission.help.scene_draft import Place, SceneDraft, Taped
from edge_agent.operations.commission.help.walks import Trial, line_of_walk
from edge_agent.operations.commission.record import CELLS, Survey, place_of

SAMPLES_MAX, WALK_MAX = 2048, 1200
STAND_S = 6.0
"""How long somebody stands on a taped mark."""
STANDING_SAMPLES_MIN = 6
_EDGE = 1.6 / CELLS
"""Who stands so near the picture's edge may be cut off: their height says nothing."""
_FIT_EACH = 8
_HEAT_WORDS = 9
Cells: TypeAlias = NDArray[np.int64]
"""(CELLS, CELLS): how often somebody was seen to stand in each."""
_Deeds: TypeAlias = dict[str, Callable[[], None]]


@dataclass(slots=True)
class _Stand:
    """Somebody stands on a mark, until a time."""

    until_s: float
    right_m: float | None
    away_m: float
    places: list[Place]


class Guide:
    """The state of one session.

    More than ten attributes: it is what a session knows, and each is asked for on its own.
    """

    def __init__(self, *, lens_degrees: float | None = None) -> None:
        self.draft = SceneDraft()
        self.ground: Ground | None = None
        self.frame_px: tuple[int, int] | None = None
        self.heat: Cells = np.zeros((CELLS, CELLS), np.int64)
        self.sharpest = 0
        self.is_finished = False
        self.lens_degrees = lens_degrees
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES_MAX)
        self._last: Survey | None = None
        self._walk: tuple[str, list[Place]] | None = None
        self._stand: _Stand | None = None
        self._trial: Trial | None = None
        self._said = ""

    def observe(self, survey: Survey, now_s: float) -> None:
        """Take in one survey."""
        self.frame_px, self._last = survey.frame_px, survey
        self.sharpest = max(self.sharpest, survey.sharpness)
        people: dict[int, Place] = {}
        for who, body in enumerate(survey.people):
            if body is None:
                continue
            x, y, tall = place_of(body)
            people[who] = (x, y)
            self.heat[body.row, body.column] += 1
            if _EDGE < x < 1 - _EDGE and y < 1 - _EDGE and y - tall > 0:
                self._samples.append((y, tall))
        self._follow(people, now_s)
        if self._samples and len(self._samples) % _FIT_EACH == 0 and people:
            self._fit()

    def _follow(self, people: dict[int, Place], now_s: float) -> None:
        """Let the walk, the stand or the count that is on see where people are."""
        if self._walk is not None and len(self._walk[1]) < WALK_MAX:
            # Who walks is known only where nobody else is.
            self._walk[1].extend(people.values() if len(people) == 1 else ())
        if self._trial is not None:
            self._trial.observe(people)
        stand = self._stand
        if stand is not None:
            stand.places.extend(people.values() if len(people) == 1 else ())
            if now_s >= stand.until_s:
                self._end_stand(stand)

    def ask(self, asked: Asked, now_s: float) -> None:
        """Do what was asked; what cannot be done is said in the state."""
        self._said = ""
        try:
            self._do(asked, now_s)
        except ConfigError as error:
            self._said = str(error)

    def _do(self, asked: Asked, now_s: float) -> None:
        draft = self.draft
        deeds: _Deeds = {
            "walk": lambda: self._begin_walk(asked.name),
            "walked": self._end_walk,
            "line": lambda: draft.draw_line(asked.name, *_ends(asked.corners)),
            "line_at": lambda: draft.draw_line(asked.name, *self._across(asked.metres)),
            "turn": lambda: draft.turn_line(asked.name),
            "zone": lambda: draft.draw_zone(asked.name, asked.corners),
            "mask": lambda: draft.draw_mask(asked.corners),
            "remove": lambda: self._remove(asked.name),
            "stand": lambda: self._begin_stand(asked, now_s),
            "lens": lambda: self._set_lens(asked.metres),
            "trial": lambda: self._begin_trial(asked.name),
            "trialled": self._end_trial,
            "finish": self._finish,
        }
        if asked.do in deeds:
            deeds[asked.do]()

    def _begin_walk(self, name: str) -> None:
        self._walk = (name, [])

    def _begin_stand(self, asked: Asked, now_s: float) -> None:
        if asked.metres <= 0:
            raise ConfigError("a mark lies some metres off")
        self._stand = _Stand(now_s + STAND_S, asked.right, asked.metres, [])

    def _begin_trial(self, name: str) -> None:
        if name not in self.draft.lines:
            raise ConfigError("there is no such line")
        self._trial = Trial(name, *self.draft.lines[name])

    def _set_lens(self, degrees: float) -> None:
        if not 10 <= degrees <= 150:  # noqa: PLR2004 - tele to very wide
            raise ConfigError("a lens sees 10 to 150 degrees across")
        self.lens_degrees = degrees
        self._fit()

    def _remove(self, name: str) -> None:
        self.draft.remove(name)
        self._fit()

    def _finish(self) -> None:
        if not self.draft.lines and not self.draft.zones:
            raise ConfigError("draw a line or a zone first: a box counts at one")
        if self.frame_px is None:
            raise ConfigError("the camera has not shown anything yet")
        self.is_finished = True

    def _end_walk(self) -> None:
        if self._walk is None:
            raise ConfigError("no walk was begun")
        (name, places), self._walk = self._walk, None
        found = line_of_walk(np.array(places).reshape(-1, 2))
        if found is None:
            raise ConfigError(
                "too little was seen of that walk: walk along it again, slower, with nobody else "
                "in the picture"
            )
        self.draft.draw_line(name, *found)

    def _end_trial(self) -> None:
        if self._trial is None:
            raise ConfigError("no count was begun")
        trial, self._trial = self._trial, None
        self.draft.walked[trial.line] = (trial.entered, trial.left)

    def _end_stand(self, stand: _Stand) -> None:
        self._stand = None
        if len(stand.places) < STANDING_SAMPLES_MIN:
            self._said = "nobody stood alone in the picture: stand on the mark and ask again"
            return
        columns, rows = zip(*stand.places, strict=True)
        place = float(np.mean(columns)), float(np.mean(rows))
        try:
            self.draft.tape(Taped(place, stand.right_m, stand.away_m))
        except ConfigError as error:
            self._said = str(error)
        self._fit()

    def _across(self, metres: float) -> tuple[Place, Place]:
        """Return the line across the street, from edge to edge, at a distance by the ground."""
        if self.ground is None:
            raise ConfigError("the ground is not known yet: let people walk, near and far")
        if not self._is_confirmed():
            # A detector's boxes may be loose, and then the ground is metres off where it is far.
            raise ConfigError("the ground is not confirmed: stand on a mark near and one far first")
        row = self.ground.row(metres) / self.ground.height_px
        if not 0.0 < row < 1.0:
            raise ConfigError("the picture does not show the ground there")
        return (0.0, row), (1.0, row)

    def _fit(self) -> None:
        """Work the ground out anew, from all that is known."""
        if self.frame_px is None or not self._samples:
            return
        height_px = self.frame_px[1]
        rows, heights = (np.array(part) * height_px for part in zip(*self._samples, strict=True))
        taped = tuple((one.place[1] * height_px, one.away_m) for one in self.draft.taped)
        self.ground = fit_ground(
            rows, heights, frame_px=self.frame_px, lens_degrees=self.lens_degrees, taped=taped
        ) or (self.ground if not taped else None)

    def state(self, *, left_s: float, bits_per_second: float, dropped: int) -> bytes:
        """Return all that an installer is told, as JSON: where people are by cells alone."""
        last, ground, draft = self._last, self.ground, self.draft
        tree = {
            "left_s": round(left_s),
            "bits_per_second": round(bits_per_second),
            "dropped": dropped,
            "frame": self.frame_px,
            "sharpness": None if last is None else last.sharpness,
            "sharpest": self.sharpest,
            "light": None if last is None else last.state.name.lower(),
            "people": []
            if last is None
            else [[body.column, body.row, body.height] if body else None for body in last.people],
            "heat": self._heat(),
            "samples": len(self._samples),
            "reach": self._reach(),
            "ground": None if ground is None else self._ground_told(ground),
            "lines": [
                {"name": name, "a": a, "b": b, "walked": draft.walked.get(name)}
                for name, (a, b) in draft.lines.items()
            ],
            "zones": [{"name": name, "corners": at} for name, at in draft.zones.items()],
            "masks": draft.masks,
            "taped": [
                {"at": one.place, "right_m": one.right_m, "away_m": one.away_m}
                for one in draft.taped
            ],
            "walk": None if self._walk is None else len(self._walk[1]),
            "standing": self._stand is not None,
            "trial": self._trial_told(),
            "said": self._said,
            "finished": self.is_finished,
        }
        return json.dumps(tree, separators=(",", ":")).encode()

    def _trial_told(self) -> dict[str, object] | None:
        trial = self._trial
        if trial is None:
            return None
        counted = {"in": trial.entered, "out": trial.left, "beside": trial.beside}
        return {"line": trial.line, **counted}

    def _heat(self) -> str:
        """Return how much each cell was walked on, a digit a cell, row by row."""
        highest = max(1, int(self.heat.max()))
        words = np.ceil(_HEAT_WORDS * np.sqrt(self.heat / highest)).astype(np.int64)
        return "".join(str(one) for one in words.ravel())

    def _reach(self) -> dict[str, float] | None:
        """Return where people walked, top and bottom row, and the smallest body: for the aim."""
        if not self._samples:
            return None
        rows, heights = (np.sort(part) for part in zip(*self._samples, strict=True))
        cut = len(rows) // 20
        return {
            "top": round(float(rows[cut]), 3),
            "bottom": round(float(rows[-1 - cut]), 3),
            "smallest": round(float(heights[cut]), 3),
            "tallest": round(float(heights[-1 - cut]), 3),
        }

    def _is_confirmed(self) -> bool:
        """Say whether a tape says what the ground does: near and far, or once for a known lens."""
        wanted = 2 if self.lens_degrees is None else 1
        return len(self.draft.taped) >= wanted

    def _ground_told(self, ground: Ground) -> dict[str, object]:
        return {
            "camera_m": round(ground.camera_m, 2),
            "pitch": round(float(np.degrees(ground.pitch)), 1),
            "horizon": round(ground.horizon_px / ground.height_px, 4),
            "off": round(ground.off_share, 3),
            "marks": [
                [metres, round(ground.row(metres) / ground.height_px, 4)]
                for metres in (3, 5, 8, 10, 15, 20, 30)
            ],
            "confirmed": self._is_confirmed(),
        }


def _ends(corners: tuple[Place, ...]) -> tuple[Place, Place]:
    if len(corners) != 2:  # noqa: PLR2004 - its ends
        raise ConfigError("a line has two ends")
    return corners[0], corners[1]
