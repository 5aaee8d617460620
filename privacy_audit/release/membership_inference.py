# SPDX-License-Identifier: Apache-2.0
"""Guess from what is released whether one person was there, and draw the noise again from its key.

1,000 quiet nights, each with one person or none, go through the gate's own disclosure. Attackers
who know the law of the noise and guess as well as can be done must not gain more than epsilon
allows over guessing; an attacker who looks at everything but the counts must gain nothing. All of
it is seeded: each audit of the same code sees the same nights. Then the noise itself: what the
running box and a gate beside it released must be what key and name of each number give, and what
another key does not give.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from edge_agent.config.schema import Config
from privacy_audit.finding import Finding, Verdict
from privacy_audit.gate import restarts
from privacy_audit.oracles import noise
from privacy_audit.oracles.binomial import interval
from privacy_audit.oracles.records import LINE, ZONE, Source
from privacy_audit.release import composition, judgement, side_channel
from privacy_audit.release.live_gate import LIVE_SLOTS, run_live, time_of_release
from privacy_audit.release.membership_findings import finding_of
from privacy_audit.release.nights import (
    NIGHTS,
    SEED,
    SIDE_NIGHTS,
    WINDOWS,
    Night,
    nights,
)
from privacy_audit.release.noise_redrawn import redraw_noise
from privacy_audit.target.box import AuditedBox

CONFIDENCE, MARGIN = 0.999, 0.06
"""Of the interval of what an attacker gains; how far its upper end may lie above what epsilon
allows."""
CONTROL_NIGHTS, CONTROL_MIN = 100, 0.49
"""Nights without the noise, and what the attacker who knows when to look must gain on them."""
CLASSIFIER_SIGMAS = 4.0
_CODE = "the box's own disclosure code, in the audit"


def look(box: AuditedBox) -> list[Finding]:
    """Infer membership over the nights, and draw the noise of two gates again.

    The gates are one beside the box, and the running one.
    """
    folder = box.folder / "guessing"
    folder.mkdir(mode=0o755)
    with ThreadPoolExecutor(2) as threads:
        beside = threads.submit(run_live, box, folder, slots=LIVE_SLOTS)
        again = threads.submit(restarts.look, box, folder / "again")
        found = [
            *_guesses(box.config),
            *composition.look(box.config),
            *_side_fields(box.config),
            *judgement.look(),
        ]
        live = beside.result()
    return [*found, again.result(), time_of_release(box, folder, live), *redraw_noise(box, live)]


# --- guessing presence --------------------------------------------------------------------------


def _guesses(config: Config) -> list[Finding]:
    scenes: list[tuple[str, Source, int]] = []
    if config.lines:
        scenes.append(("one crossing in a night", (LINE, 0), 1))
    if config.zones:
        scenes.append(("one stay of one window in a night", (ZONE, 0), 2))
    return [
        mark(
            config, name, source, spent, nights(config, source, count=NIGHTS, seed=SEED + source[0])
        )
        for name, source, spent in scenes
    ]


def mark(config: Config, name: str, source: Source, spent: int, seen: Sequence[Night]) -> Finding:
    """Mark two attackers on the same nights; `spent` is how many numbers one person changes by one.

    The verdict follows from the interval of what each gains: it falls where even the lower end is
    more than epsilon allows, and holds where the upper end is at most `MARGIN` more, since the best
    attacker gains just what is allowed. On nights without the noise the first attacker must
    succeed.
    """
    plain = nights(config, source, count=CONTROL_NIGHTS, seed=SEED, exact=True)
    epsilon = config.disclosure.epsilon
    odds = _odds_of(source, epsilon)
    attackers: dict[str, Callable[[Night], bool]] = {
        "who knows when to look": lambda night: odds(night, night.at, night.place) > 1.0,
        "who knows the habits only": lambda night: (
            sum(odds(night, at, place) for at in range(WINDOWS) for place in range(2))
            > 2.0 * WINDOWS
        ),
    }
    gains = {who: _gain(guess, seen) for who, guess in attackers.items()}
    control = _gain(attackers["who knows when to look"], plain).share
    allowed = math.exp(spent * epsilon) / (1.0 + math.exp(spent * epsilon)) - 0.5
    said = ", ".join(f"{who} gains {gain.said()}" for who, gain in gains.items())
    detail = (
        f"{len(seen):,} nights, half of them with one person: over guessing, an attacker {said}"
    )
    detail += f"; without the noise the first gains {control:+.3f}"
    if config.disclosure.rule != noise.LAPLACE:
        detail += (
            f"; the rule {config.disclosure.rule} is not differential privacy and promises no bound"
        )
        return finding_of(name, _CODE, Verdict.UNPROVEN, detail)
    detail += (
        f"; epsilon {spent} x {epsilon:g} allows {allowed:.3f}, and {MARGIN:g} more would be "
        "noticed"
    )
    if max(gain.low for gain in gains.values()) > allowed:
        return finding_of(name, _CODE, Verdict.FELL, detail)
    if max(gain.high for gain in gains.values()) > allowed + MARGIN or control < CONTROL_MIN:
        return finding_of(name, _CODE, Verdict.UNPROVEN, f"{detail}; too few nights to tell")
    return finding_of(name, _CODE, Verdict.TWIN, detail)


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much an attacker beats one half, with the 99.9 % interval of that."""

    share: float
    low: float
    high: float

    def said(self) -> str:
        """Say it in figures."""
        return f"{self.share:+.3f} (99.9 % interval {self.low:+.3f} to {self.high:+.3f})"


def _gain(guess: Callable[[Night], bool], seen: Sequence[Night]) -> Gain:
    right = sum(guess(night) == night.present for night in seen)
    low, high = interval(right, len(seen), confidence=CONFIDENCE)
    return Gain(right / len(seen) - 0.5, low - 0.5, high - 0.5)


def _odds_of(source: Source, epsilon: float) -> Callable[[Night, int, int], float]:
    """Return what turns a window's released numbers into the odds of a person.

    It is the best that can be done by who knows the law of the noise.
    """
    kind, index = source

    def odds(night: Night, at: int, place: int) -> float:
        window = night.released[at]
        if kind == LINE:
            line = window["lines"][index]
            numbers = [line["out"] if place else line["in"]]
        else:
            numbers = [window["zones"][index]["mean"], window["zones"][index]["peak"]]
        told = [0 if number is None else number for number in numbers]
        return math.exp(epsilon * sum(abs(number) - abs(number - 1) for number in told))

    return odds


# --- everything but the counts ------------------------------------------------------------------


def _side_fields(config: Config) -> list[Finding]:
    source = (ZONE, 0) if config.zones else (LINE, 0)
    seen = nights(config, source, count=SIDE_NIGHTS, seed=SEED)
    present = [night.present for night in seen]
    right = side_channel.accuracy([night.features for night in seen], present)
    control = side_channel.accuracy([night.exact for night in seen], present)
    bound = 0.5 + CLASSIFIER_SIGMAS * math.sqrt(0.25 / (len(seen) // 2))
    detail = (
        f"{len(seen[0].features)} fields beside the counts (image quality, difficulty, speed, "
        f"standing, health, length, time of disclosing): right in {right:.3f} of {len(seen) // 2} "
        f"windows it had not learned from, chance stays under {bound:.3f}; given the sensor's own "
        f"difficulty, which does not leave, the same attacker is right in {control:.3f}"
    )
    if control <= bound:
        return [
            finding_of(
                "side fields",
                _CODE,
                Verdict.UNPROVEN,
                f"the attacker cannot learn what is plain: {detail}",
            )
        ]
    if (epsilon := config.disclosure.class_epsilon) is not None:
        # One person may change difficulty, and the speed and standing of a zone; each leaves for
        # its own epsilon.
        classes = 1 + 2 * min(1, len(config.zones))
        bound += 1.0 / (1.0 + math.exp(-classes * epsilon)) - 0.5
        detail += f"; {classes} classes at epsilon {epsilon:g} each allow {bound:.3f}"
    verdict = Verdict.FELL if right > bound and config.disclosure.rule != "exact" else Verdict.TWIN
    return [finding_of("side fields", _CODE, verdict, detail), _intervals(seen)]


def _intervals(seen: list[Night]) -> Finding:
    """The interval of a count is made of what is released, never of what was counted."""
    count, faults = side_channel.interval_faults(
        [window for night in seen for window in night.released]
    )
    detail = (
        f"{count:,} intervals follow from the released number and the released image quality; "
        f"{faults} do not"
    )
    return finding_of(
        "intervals", _CODE, Verdict.FELL if faults or not count else Verdict.TWIN, detail
    )


# --- a gate by the clock ------------------------------------------------------------------------


# --- the noise and its key ----------------------------------------------------------------------
