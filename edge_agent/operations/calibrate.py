# SPDX-License-Identifier: Apache-2.0
"""Compare an installer's tally with what the box released of the same minutes, line by line.

Whoever calibrates sees nothing that the centre does not see too: the tally is compared with
released counts, noise and all, and never with what the box counted. So a tally needs enough people,
or enough minutes, to stand out from the noise.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from edge_agent.config.calibration_file import (
    Calibrations,
    LineCalibration,
    calibration_file,
    read_calibration,
)
from edge_agent.config.schema import Config, load
from edge_agent.config.sections.scene import Line
from edge_agent.disclosure.interval.calibration import (
    TALLIED_MIN,
    Tally,
    calibration,
    tally_variance,
)
from edge_agent.errors import ConfigError
from edge_agent.evidence.released import ReleasedCrossings, released_crossings
from wire_contract.messages.report import Rule, RuleName

SPANS_MAX = 64
"""Tallies of one line; more add nothing."""
FAR_APART, FAR_BETTER = 0.25, 0.5
"""In and out are taken for exchanged where they lie this share of the tally apart, and exchanged
less than this share of that."""
RATIO_MAX = 4.0
"""A tally and a count so far apart are not of the same line and minutes."""
MINUTES_MAX_S = 86_400


@dataclass(frozen=True, slots=True)
class HandCount:
    """What was counted by hand at a line, from one bound of windows to another (unix seconds)."""

    line: str
    from_s: int
    to_s: int
    in_count: int
    out_count: int


def calibrate(path: Path, settings: tuple[str, ...], hand: HandCount) -> LineCalibration:
    """Add a tally to earlier ones of the line, and return what they say together.

    The file beside the config is written anew. Raises ConfigError for a tally that fits neither
    config nor box, and StoreError where the released counts are not there.
    """
    config = load(path, settings)
    line = _line(config, hand)
    rule = Rule(config.disclosure.rule, config.disclosure.parameters())
    file = calibration_file(path)
    known = read_calibration(file) if file.exists() else {}
    before = known.get(line.id)
    if before is not None and any(
        begin < hand.to_s and hand.from_s < end for begin, end in before.spans
    ):
        raise ConfigError(
            f"--from, --to: these minutes, or some of them, are in {file} already; count others"
        )
    released = released_crossings(
        config.store.directory,
        line.id,
        from_s=hand.from_s,
        to_s=hand.to_s,
        length_s=config.window.length_s,
    )
    _fits(hand, released, rule)
    found = _found(config, line, hand, released, rule, before)
    _write(file, {**known, line.id: found})
    return found


def _line(config: Config, hand: HandCount) -> Line:
    """Return the line of the tally.

    Raises ConfigError where the tally cannot be one of this config.
    """
    line = next((one for one in config.lines if one.id == hand.line), None)
    if line is None:
        raise ConfigError(
            f"--line: got {hand.line}, wanted one of "
            f"{', '.join(one.id for one in config.lines) or 'none: no lines'}"
        )
    if config.disclosure.rule in (RuleName.SUPPRESS_BELOW, RuleName.BUCKETS):
        raise ConfigError(
            f"disclosure.rule: {config.disclosure.rule} hides too much for a tally; "
            "discrete_laplace does not"
        )
    length_s = config.window.length_s
    if (
        hand.from_s % length_s
        or hand.to_s % length_s
        or not 0 < hand.to_s - hand.from_s <= MINUTES_MAX_S
    ):
        raise ConfigError(
            f"--from, --to: got {hand.from_s} to {hand.to_s}, wanted whole windows of {length_s} "
            "s, in this order, within a day"
        )
    if min(hand.in_count, hand.out_count) < 0:
        raise ConfigError(
            f"--in, --out: got {hand.in_count} and {hand.out_count}, wanted people, 0 or more"
        )
    return line


def _fits(hand: HandCount, released: tuple[ReleasedCrossings, ...], rule: Rule) -> None:
    """Raise ConfigError where the tally is plainly of other minutes, another line or direction."""
    entered, left = sum(one.in_count for one in released), sum(one.out_count for one in released)
    tallied, counted = hand.in_count + hand.out_count, entered + left
    straight = abs(hand.in_count - entered) + abs(hand.out_count - left)
    exchanged = abs(hand.in_count - left) + abs(hand.out_count - entered)
    if straight > tallied * FAR_APART and exchanged < straight * FAR_BETTER:
        raise ConfigError(
            "--in, --out: they fit far better exchanged; edge-agent check says which way is in at "
            "each line"
        )
    slack = 3.0 * tally_variance(Tally(len(released), tallied, counted), rule) ** 0.5
    if tallied > RATIO_MAX * max(counted, 0) + slack or counted > RATIO_MAX * tallied + slack:
        raise ConfigError(
            f"--in, --out: got {tallied} people, and the box released {counted} for these minutes; "
            "is it this line, and this clock?"
        )


def _found(
    config: Config,
    line: Line,
    hand: HandCount,
    released: tuple[ReleasedCrossings, ...],
    rule: Rule,
    before: LineCalibration | None,
) -> LineCalibration:
    tally = Tally(
        windows=len(released) + (before.windows if before else 0),
        tallied=hand.in_count + hand.out_count + (before.tallied if before else 0),
        released=sum(one.in_count + one.out_count for one in released)
        + (before.released if before else 0),
    )
    said = calibration(tally, rule)
    if said is None:
        noise = round(tally_variance(tally, rule) ** 0.5)
        raise ConfigError(
            f"--in, --out: {tally.tallied} people over {tally.windows} windows say too little: "
            f"noise and chance alone are about {noise} people either way; count at least "
            f"{max(TALLIED_MIN, 10 * noise)}, at a busier hour or for longer"
        )
    spans = (*(before.spans if before else ()), (hand.from_s, hand.to_s))[-SPANS_MAX:]
    return LineCalibration(
        scene_sha256=config.scene_sha256(line),
        spans=spans,
        windows=tally.windows,
        tallied=tally.tallied,
        released=tally.released,
        bias_permille=said.bias_permille,
        spread_permille=said.spread_permille,
    )


def _write(file: Path, lines: dict[str, LineCalibration]) -> None:
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(Calibrations(lines=lines).model_dump_json(indent=1) + "\n", "utf-8")
        os.replace(fresh, file)  # noqa: PTH105 - the word for it: all of the file or none
    except OSError as error:
        raise ConfigError(f"{file}: {error}; may this user write beside the config?") from error
