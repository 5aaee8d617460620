# SPDX-License-Identifier: Apache-2.0
"""Make the table of errors from windows with known truth, and measure how often intervals hold.

A window of a labelled clip, or of a synthetic street, gives one sample for each count: what the box
counted, what was true, and the difficulty class. The table has, for each quantity, class and count,
equally likely errors (quantiles), so an interval of any coverage and any noise can be made of it.
Whether it holds is measured on clips that took no part.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from development.measure.clips.truth import Truth
from edge_agent.counting.detection import Detections
from edge_agent.counting.difficulty import Difficulty
from edge_agent.counting.line import Line
from edge_agent.counting.scene import Scene
from edge_agent.counting.tracker import TrackerSettings
from edge_agent.counting.window import Window, WindowSums
from edge_agent.counting.zone import Zone
from edge_agent.disclosure.interval.interval import Quantity, Table, interval, noise_law
from wire_contract.messages.report import Rule, RuleName

KNOTS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
"""The counts for which the table has errors."""
ERRORS = 20
"""How many equally likely errors stand for a law."""
SAMPLES_MIN = 40
"""A class with fewer samples near a count takes the row of all classes."""
EXACT_UNTIL = 2
"""Up to this count a knot speaks for itself alone; above, for counts from it over the root of two
to it times that."""
REAL_SHARE = 0.75
"""The weight of the real clips together, wherever streets have been too: streets are many, and no
street."""
BETWEEN_SCENES = {Quantity.LINE: 0.40, Quantity.MEAN: 0.25, Quantity.PEAK: 0.25}
"""How far truth over count lies from what the table's clips show, as a standard deviation, in a
scene and for a detector that are not among them. Between clips as wholes it is .1; between the
single lines of a clip .1 to .4, and between its zones .1 to .2. Of .3, .4 and .5, and .2, .25 and
.3, it is the least with which every clip that is held out holds in 75 % as released, lines and
zones (docs/ACCURACY.md)."""
EXPECTED_MORE = 1
"""Of a count of so many people one more is what is to be expected of its scene (the rule of
succession for a Poisson rate): where scenes are unlike, they are so too where nobody was
counted."""
_STUDENT_3 = (-2.35, -1.25, -0.765, -0.424, -0.137, 0.137, 0.424, 0.765, 1.25, 2.35)
"""The middles of the tenths of Student's law with three degrees of freedom, one less than there are
scenes ..."""
_STUDENT_3_SPREAD = 1.27
"""... and their standard deviation."""
FEW = 10
"""So many samples of a clip count half of what many would."""
ALONE_UNTIL = 64
"""Beyond this count nearly all that is known comes from streets of one density, where two fifths
are missed. A busy line need not be a crowd: there a knot is half the one before it, in
proportion."""
WINDOW_SHARE_MIN = 0.9
"""A window of which less was filmed is left out, and so is a saturated one: it has no high end."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One count of one window. scene names the place, clip what must be held out together."""

    clip: str
    scene: str
    quantity: Quantity
    count: int
    truth: int
    difficulty: int


@dataclass(frozen=True, slots=True)
class LabelledScene:
    """What was looked at: time (seconds) and detections of each frame, and the truth about it."""

    clip: str
    frames: Sequence[tuple[float, Detections]]
    truth: Truth
    lines: tuple[Line, ...]
    zones: tuple[Zone, ...]
    settings: TrackerSettings
    fps: float
    frame_width_px: float


def samples(labelled: LabelledScene, window_s: float) -> Iterator[Sample]:
    """Count over the frames as the sensor does, cut windows, and pair each count with the truth."""
    times_s = np.array([at_s for at_s, _ in labelled.frames])
    for slot, (sums, difficulty) in _windows(labelled, window_s).items():
        inside = (times_s >= slot * window_s) & (times_s < (slot + 1) * window_s)
        if inside.sum() < WINDOW_SHARE_MIN * window_s * labelled.fps or sums.saturated:
            continue
        name = f"{labelled.clip} {{}}"
        for line, crossings, counted in zip(
            labelled.lines, labelled.truth.crossings, sums.lines, strict=True
        ):
            ways = [
                way for at_s, way in crossings if slot * window_s <= at_s < (slot + 1) * window_s
            ]
            for way, count in ((True, counted.in_count), (False, counted.out_count)):
                yield Sample(
                    labelled.clip,
                    name.format(line.id),
                    Quantity.LINE,
                    count,
                    ways.count(way),
                    difficulty,
                )
        for zone, people, held in zip(
            labelled.zones, labelled.truth.people, sums.zones, strict=True
        ):
            here, scene = people[inside], name.format(zone.id)
            yield Sample(
                labelled.clip,
                scene,
                Quantity.MEAN,
                held.whole_mean,
                round(float(here.mean())),
                difficulty,
            )
            yield Sample(
                labelled.clip, scene, Quantity.PEAK, held.peak, int(here.max()), difficulty
            )


def _windows(labelled: LabelledScene, window_s: float) -> dict[int, tuple[WindowSums, Difficulty]]:
    scene = Scene(
        labelled.lines,
        labelled.zones,
        settings=labelled.settings,
        frame_width_px=labelled.frame_width_px,
    )
    window = Window(
        lines=len(labelled.lines), zones=len(labelled.zones), frame_s=1.0 / labelled.fps
    )
    closed, slot = {}, 0
    for at_s, detections in labelled.frames:
        while int(at_s // window_s) > slot:
            closed[slot] = window.close(), scene.difficulty.close_window()
            scene.begin_window()
            slot += 1
        counts = scene.observe_frame(detections, at_s)
        window.add_frame(at_s, counts.crossings, counts.occupancies, saturated=counts.saturated)
    window.add_crossings(scene.finish())
    closed[slot] = window.close(), scene.difficulty.close_window()
    return closed


def fit(
    known: Sequence[Sample],
    *,
    real: frozenset[str],
) -> Table:
    """Return the table of errors, as it holds for a scene that is not in `known`.

    Each clip in `real` weighs the same, and the streets together what REAL_SHARE leaves them.
    """
    table: dict[str, list[list[list[int]]]] = {}
    for quantity in Quantity:
        mine = [one for one in known if one.quantity is quantity]
        pooled = _row(mine, real, None)
        classes = [
            _row([one for one in mine if one.difficulty == number], real, pooled)
            for number in (1, 2, 3)
        ]
        table[quantity] = [pooled, *classes]
    return table


def _row(
    known: Sequence[Sample],
    real: frozenset[str],
    fallback: list[list[int]] | None,
) -> list[list[int]]:
    """Return the errors at each knot.

    Where too little is known, those of all classes, else of the knot before in proportion.
    """
    row: list[list[int]] = []
    for place, knot in enumerate(KNOTS):
        near = [one for one in known if _is_near(one.count, knot)]
        if len(near) >= SAMPLES_MIN:
            found = _quantiles(near, knot, real)
            row.append(_with_before(found, row[-1]) if knot > ALONE_UNTIL else found)
        elif fallback is not None:
            row.append(fallback[place])
        else:
            row.append(
                [error * knot // max(KNOTS[place - 1], 1) for error in row[-1]]
                if row
                else [0] * ERRORS
            )
    return row


def _with_before(found: Sequence[int], before: Sequence[int]) -> list[int]:
    """Return the errors of a knot and those of the one at half its count, in equal shares."""
    both = sorted([*found, *(2 * error for error in before)])
    return [(low + high) // 2 for low, high in zip(both[::2], both[1::2], strict=True)]


def _is_near(count: int, knot: int) -> bool:
    return count == knot if knot <= EXACT_UNTIL else knot / 2**0.5 <= count < knot * 2**0.5


def _quantiles(near: Sequence[Sample], knot: int, real: frozenset[str]) -> list[int]:
    """Return the middle of each twentieth of the errors, weighted, in hundredths.

    Each error of a real clip is spread by how far another scene may lie from these, but to fewer
    than nobody. Streets of every density and two flaws are spread as they are.
    """
    errors = np.array(
        [
            (one.truth - one.count) * (knot / one.count) ** 0.5 if one.count else one.truth
            for one in near
        ]
    )
    spread = (knot + EXPECTED_MORE) * BETWEEN_SCENES[near[0].quantity] / _STUDENT_3_SPREAD
    apart = spread * np.array(_STUDENT_3)
    of_clips = np.array([one.clip in real for one in near], np.float64)
    errors = np.maximum(errors[:, None] + of_clips[:, None] * apart, -knot).ravel()
    weights = np.repeat(_weights(near, real) / len(apart), len(apart))
    order = np.argsort(errors, kind="stable")
    up_to = np.cumsum(weights[order]) - weights[order] / 2.0
    middles = (np.arange(ERRORS) + 0.5) / ERRORS * weights.sum()
    return [
        round(float(error) * 100)
        for error in errors[order][np.searchsorted(up_to, middles).clip(max=len(errors) - 1)]
    ]


def _weights(near: Sequence[Sample], real: frozenset[str]) -> NDArray[np.float64]:
    """Weigh samples so that real clips weigh alike, and all streets what REAL_SHARE leaves them.

    Nearly: a few samples say little of their clip, so a clip with FEW of them has half its weight,
    and so have all together.
    """
    many = Counter(one.clip if one.clip in real else "" for one in near)
    clips = {clip: number / (number + FEW) for clip, number in many.items() if clip}
    number = sum(many[clip] for clip in clips)
    share = REAL_SHARE * number / (number + FEW) if many[""] else 1.0
    each = {
        clip: share * weight / sum(clips.values()) / many[clip] for clip, weight in clips.items()
    }
    each[""] = (1.0 - share) / max(many[""], 1)
    return np.array([each[one.clip if one.clip in real else ""] for one in near])


def between_scenes_permille(known: Iterable[Sample], *, counted_min: int = 30) -> int:
    """Return how far scenes lie apart.

    The standard deviation of truth over count, less 1, of whole scenes, thousandths.
    """
    totals: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(2, np.int64))
    for one in known:
        if one.quantity is Quantity.LINE:
            totals[one.scene] += (one.count, one.truth)
    biases = [truth / count - 1.0 for count, truth in totals.values() if count >= counted_min]
    return round(1000.0 * float(np.std(biases)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many intervals there were, which share held the truth, and their mean width, people."""

    intervals: int
    share: float
    width: float


def coverage(known: Sequence[Sample], table: Table, rule: Rule) -> Coverage:
    """Release each count under the rule, and measure whether its interval holds the truth.

    Of noise every value has its say by its chance, so nothing hangs on a draw. Under noise no class
    goes into an interval, as in the gate.
    """
    is_exact = rule.name is RuleName.EXACT
    noises = noise_law(rule, 0)
    made: dict[tuple[int, Quantity, int], tuple[int, int]] = {}
    held = width = 0.0
    for one in known:
        difficulty = one.difficulty if is_exact else 0
        for noise, chance in noises.items():
            place = one.count + noise, one.quantity, difficulty
            if place not in made:
                made[place] = _closed(place[0], one.quantity, rule, difficulty, table)
            low, high = made[place]
            held += chance * (low <= one.truth <= high)
            width += chance * (high - low)
    total = len(known) * sum(noises.values())
    return Coverage(len(known), held / total, width / total)


def _closed(
    released: int, quantity: Quantity, rule: Rule, difficulty: int, table: Table
) -> tuple[int, int]:
    """Return the ends of an interval that has both."""
    low, high = interval(released, quantity, rule, difficulty=difficulty, table=table)
    assert low is not None  # noqa: S101 - nothing was withheld
    assert high is not None  # noqa: S101 - and nothing is at its cap
    return low, high
