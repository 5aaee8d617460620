# SPDX-License-Identifier: Apache-2.0
"""Make the table of errors from windows with known truth, and measure how often intervals hold.

A window of a labelled clip, or of a synthetic street, gives one sample for each count: what the box
counted, what was true, and the difficulty class. The table has, for each quantity, class and count,
equally likely errors (quantiles), so an interval of any coverage and any noise can be made of it.
Whether it holds is measured on clips that took no part.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
"""Up to this count a knot speaks for itself alone ..."""
NEAR = 4.0
"""... and above, for counts from a NEARth of it to NEAR times it. How many people a scene has says
little of how well they are counted: taken from its own counts alone a knot says what the few scenes
of that many people get wrong, and says it surely."""
RATIO_OF_CLIP = 20.0
"""The ratio of a line or a zone begins at its clip's, as if so many people had shown it."""
REAL_SHARE = 0.5
"""The weight of the real clips together, wherever drawn scenes have been too: those are many, and
nobody walked in them."""
BETWEEN_SCENES = {Quantity.LINE: 0.35, Quantity.MEAN: 0.18, Quantity.PEAK: 0.18}
"""How far truth over count lies from what the table's clips show, as a standard deviation, in a
scene and for a detector that are not among them. Between clips as wholes it is .1; between the
single lines of a clip .1 to .4, and between its zones .1 to .2. Narrower ones were tried (lines .2
and .3, zones .08 and .12): more scenes that are held out fall under 60 % (docs/ACCURACY.md)."""
EXPECTED_MORE = 1
"""Of a count of so many people one more is what is to be expected of its scene (the rule of
succession for a Poisson rate): where scenes are unlike, they are so too where nobody was
counted."""
_STUDENT_3 = (-2.35, -1.25, -0.765, -0.424, -0.137, 0.137, 0.424, 0.765, 1.25, 2.35)
"""The middles of the tenths of Student's law with three degrees of freedom, one less than there are
places with real clips ..."""
_STUDENT_3_SPREAD = 1.27
"""... and their standard deviation."""
FEW = 10
"""So many samples of a clip count half of what many would."""
FEW_CLIPS = 4
"""A class that so many clips have shown speaks half for itself, and half as all classes do."""
WIDE_FROM = 4
"""Of smaller counts a width over the count says little."""
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

    Each clip in `real` weighs the same, and so does each that was drawn; the real ones together
    weigh REAL_SHARE.
    """
    table: dict[str, list[list[list[int]]]] = {}
    for quantity in Quantity:
        mine = [one for one in known if one.quantity is quantity]
        ratios = _ratios(mine)
        pooled = _row(mine, ratios, real, None)
        classes = [
            _row([one for one in mine if one.difficulty == number], ratios, real, pooled)
            for number in (1, 2, 3)
        ]
        table[quantity] = [pooled, *classes]
    return table


def _ratios(known: Sequence[Sample]) -> dict[str, float]:
    """Return truth over count of each line or zone, drawn towards that of its whole clip."""
    scenes: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(2, np.int64))
    clips: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(2, np.int64))
    clip_of = {one.scene: one.clip for one in known}
    for one in known:
        scenes[one.scene] += (one.count, one.truth)
        clips[one.clip] += (one.count, one.truth)
    of_clip = {
        clip: (truth + EXPECTED_MORE) / (count + EXPECTED_MORE)
        for clip, (count, truth) in clips.items()
    }
    return {
        scene: (truth + RATIO_OF_CLIP * of_clip[clip_of[scene]]) / (count + RATIO_OF_CLIP)
        for scene, (count, truth) in scenes.items()
    }


def _row(
    known: Sequence[Sample],
    ratios: Mapping[str, float],
    real: frozenset[str],
    pooled: list[list[int]] | None,
) -> list[list[int]]:
    """Return the errors at each knot.

    Where too little is known, those of all classes, else of the knot before in proportion.
    """
    row: list[list[int]] = []
    for place, knot in enumerate(KNOTS):
        near = [one for one in known if _is_near(one.count, knot)]
        if len(near) >= SAMPLES_MIN:
            errors, weights = _errors(near, ratios, knot, real)
            if pooled is not None:
                clips = len({one.clip for one in near})
                own = clips / (clips + FEW_CLIPS)
                errors = np.concatenate([errors, np.array(pooled[place]) / 100.0])
                weights = np.concatenate(
                    [own * weights / weights.sum(), np.full(ERRORS, (1.0 - own) / ERRORS)]
                )
            row.append(_quantiles(errors, weights))
        elif pooled is not None:
            row.append(pooled[place])
        else:
            row.append(
                [error * knot // max(KNOTS[place - 1], 1) for error in row[-1]]
                if row
                else [0] * ERRORS
            )
    return row


def _is_near(count: int, knot: int) -> bool:
    return count == knot if knot <= EXACT_UNTIL else knot / NEAR <= count < knot * NEAR


def _errors(
    near: Sequence[Sample], ratios: Mapping[str, float], knot: int, real: frozenset[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return errors (people) at a knot, and their weights.

    What a scene gets wrong all the time grows with the count, what a window does by chance with its
    root. Each error of a real clip is spread by how far another scene may lie from these, but to
    fewer than nobody. Drawn scenes are of many kinds, and are spread as they are.
    """
    counts = np.array([one.count for one in near], np.float64)
    truths = np.array([one.truth for one in near], np.float64)
    errors = truths - counts
    if knot > EXACT_UNTIL:
        ratio = np.array([ratios[one.scene] for one in near])
        errors = (ratio - 1.0) * knot + (truths - ratio * counts) * np.sqrt(knot / counts)
    spread = (knot + EXPECTED_MORE) * BETWEEN_SCENES[near[0].quantity] / _STUDENT_3_SPREAD
    apart = spread * np.array(_STUDENT_3)
    of_clips = np.array([one.clip in real for one in near], np.float64)
    errors = np.maximum(errors[:, None] + of_clips[:, None] * apart, -knot).ravel()
    return errors, np.repeat(_weights(near, real) / len(apart), len(apart))


def _quantiles(errors: NDArray[np.float64], weights: NDArray[np.float64]) -> list[int]:
    """Return the middle of each twentieth of the weighted errors, in hundredths."""
    order = np.argsort(errors, kind="stable")
    up_to = np.cumsum(weights[order]) - weights[order] / 2.0
    middles = (np.arange(ERRORS) + 0.5) / ERRORS * weights.sum()
    return [
        round(float(error) * 100)
        for error in errors[order][np.searchsorted(up_to, middles).clip(max=len(errors) - 1)]
    ]


def _weights(near: Sequence[Sample], real: frozenset[str]) -> NDArray[np.float64]:
    """Weigh samples so that real clips weigh alike, and what was drawn so too.

    Nearly: a few samples say little of their clip, so a clip with FEW of them has half its weight,
    and so have the real ones together.
    """
    many = Counter(one.clip for one in near)
    clips = {clip: number / (number + FEW) for clip, number in many.items()}
    number = sum(many[clip] for clip in many if clip in real)
    share = 1.0 if real >= many.keys() else REAL_SHARE * number / (number + FEW)
    whole = dict.fromkeys((True, False), 0.0)
    for clip, weight in clips.items():
        whole[clip in real] += weight
    each = {
        clip: (share if clip in real else 1.0 - share) * weight / whole[clip in real] / many[clip]
        for clip, weight in clips.items()
    }
    return np.array([each[one.clip] for one in near])


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
    """How many intervals there were, and which share held the truth.

    width: the mean, people. relative: the median of width over count, of counts from WIDE_FROM on;
    0 where there are none.
    """

    intervals: int
    share: float
    width: float
    relative: float


def coverage(known: Sequence[Sample], table: Table, rule: Rule) -> Coverage:
    """Release each count under the rule, and measure whether its interval holds the truth.

    Of noise every value has its say by its chance, so nothing hangs on a draw. Under noise no class
    goes into an interval, as in the gate.
    """
    is_exact = rule.name is RuleName.EXACT
    noises = noise_law(rule, 0)
    made: dict[tuple[int, Quantity, int], tuple[int, int]] = {}
    held = width = 0.0
    widths = list[tuple[float, float]]()
    for one in known:
        difficulty = one.difficulty if is_exact else 0
        for noise, chance in noises.items():
            place = one.count + noise, one.quantity, difficulty
            if place not in made:
                made[place] = _closed(place[0], one.quantity, rule, difficulty, table)
            low, high = made[place]
            held += chance * (low <= one.truth <= high)
            width += chance * (high - low)
            if one.count >= WIDE_FROM:
                widths.append(((high - low) / one.count, chance))
    total = len(known) * sum(noises.values())
    return Coverage(len(known), held / total, width / total, _median(widths))


def _median(weighted: list[tuple[float, float]]) -> float:
    """Return the weighted median of (value, weight), 0 of nothing."""
    half, up_to = sum(weight for _, weight in weighted) / 2.0, 0.0
    for value, weight in sorted(weighted):
        up_to += weight
        if up_to >= half:
            return value
    return 0.0


def _closed(
    released: int, quantity: Quantity, rule: Rule, difficulty: int, table: Table
) -> tuple[int, int]:
    """Return the ends of an interval that has both."""
    low, high = interval(released, quantity, rule, difficulty=difficulty, table=table)
    assert low is not None  # noqa: S101 - nothing was withheld
    assert high is not None  # noqa: S101 - and nothing is at its cap
    return low, high
