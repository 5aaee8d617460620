# SPDX-License-Identifier: Apache-2.0
"""Does anything in a report but its counts depend on who was there?

Let a gate hear windows that differ only by people.

A gate beside the box, with the box's own rule, hears as many windows as its audit has time for:
first with few people, then with numbers that stand out. How the picture was is said the same in
each. So every field but the counts and what is made of them must be the same in all reports, or one
more than in the report before; and the bytes must be the one form that these fields have. What a
field of the box's health does by itself is allowed if chance alone would tie it to the people as
closely.
"""

import base64
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from edge_agent.config.schema import Config
from edge_agent.keys import SIGNING_KEY
from edge_agent.process_settings import SlotSettings
from privacy_audit import timing
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.oracles.records import IMAGE_QUALITY, LINE, ZONE, Source, Values, pack
from privacy_audit.outside.leftovers import Leftovers, take_files
from privacy_audit.outside.leftovers import judge as judge_leftovers
from privacy_audit.outside.stated import possible_temperatures, sealed
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.companion import GateBeside, LockLikeness, other_filters
from privacy_audit.target.stored_entries import read_envelopes

PART = "fields and files"
_SUBJECT = "a gate beside the box, with its rule, which hears windows that differ only by people"
COUNT_MAX = 65_535
"""So many may be said here, whatever the box's config allows: a number that stands out is known
again wherever it stands."""
FEW_SLOTS, MANY_SLOTS, FEW_MAX = 60, 120, 8
_FROM, _APART = 10_007, 37
"""Numbers that stand out begin here and lie so far apart that noise hardly takes one for
another."""
SEED = 20_261_129
_SEEN: Values = (0, 3, 2, 1)
"""The image quality, the same in every window: fine, nearly all of it, 5 to 10 frames a second,
easy."""
_SPEED, _STANDING = 3, 2
DEPENDS = ("in", "out", "mean", "most", "peak", "speed", "standing", "difficulty")
"""The fields that may depend on people: released counts, their intervals, and classes that the rule
lets out."""
CLASSES = {"speed": _SPEED, "standing": _STANDING, "difficulty": _SEEN[3]}
RISING = {"sequence": 1, "start": None}
CHANGES_MAX = 8
"""A machine grows warm and its outbox full by steps; what goes with the people goes to and fro in
every window."""
SHUFFLES = 2_000
CHANCE_MIN = 0.0005
Said = dict[Source, Values]
Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GateOutput:
    """What a gate was told, slot by slot, and what it signed and left behind."""

    said: tuple[Said, ...]
    reports: tuple[Fields, ...]
    envelopes: tuple[tuple[str, bytes], ...]
    key: Ed25519PrivateKey
    likeness: LockLikeness
    leftovers: Leftovers
    pool: tuple[int, ...]
    whole: bool
    """It took every record, and ended by itself when the last had come."""


def look(box: AuditedBox) -> list[Finding]:
    """Tell a gate of people, and look at all that it says and leaves.

    Raises ProcessError where it does not lock itself.
    """
    folder = box.folder / "fields"
    folder.mkdir(mode=0o755)
    heard = tell(box, folder)
    if not heard.whole:
        what = (
            f"the gate did not hear and sign all {len(heard.said)} windows in time; the machine "
            "may be too busy"
        )
        return [_finding("fields beside the counts", Verdict.UNPROVEN, what)]
    if len(heard.reports) != len(heard.said):
        # A window that is left out tells, too.
        what = f"of {len(heard.said)} windows that it was told {len(heard.reports)} were reported"
        return [_finding("fields beside the counts", Verdict.FELL, what)]
    return [
        *other_filters(PART, heard.likeness),
        _fields(heard),
        *judge_leftovers(PART, _SUBJECT, heard.leftovers, _exact(heard), heard.pool),
    ]


def tell(box: AuditedBox, folder: Path) -> GateOutput:
    """Run a gate on windows of known people; take what it signed and every file that it leaves."""
    config, rng = _open_config(box.config), random.Random(SEED)  # noqa: S311 - seeded, so that a finding can be shown again
    pool = list(range(_FROM, COUNT_MAX, _APART))
    rng.shuffle(pool)
    numbers = 2 * (len(config.lines) + len(config.zones))
    many = min(MANY_SLOTS, len(pool) // 3 // max(1, numbers))
    said = [
        _window(config, [rng.randrange(FEW_MAX) for _ in range(numbers)]) for _ in range(FEW_SLOTS)
    ]
    said += [_window(config, pool[turn * numbers : (turn + 1) * numbers]) for turn in range(many)]
    # Mixed, so that what changes with the time follows nobody.
    rng.shuffle(said)
    slots = SlotSettings(origin_s=0.0, length_s=config.window.length_s, replay=True)
    rule, parameters = config.disclosure.rule, config.disclosure.parameters()
    with GateBeside(config, folder, slots=slots, rule=rule, parameters=parameters) as gate:
        likeness, sequence, whole = gate.likeness(box), 0, True
        for slot, window in enumerate(said):
            for source, values in window.items():
                whole = whole and gate.write(pack(source, slot, sequence, values))
                sequence += 1
        key = _key(folder)
        # A copy while it works: what it writes down and takes away again must not be there either.
        working = take_files(gate.store, gate.words())
        gate.end_channel()
        whole = gate.wait_ended() and whole
        envelopes = tuple(read_envelopes(gate.store))
        leftovers = working.and_also(take_files(gate.store, gate.words()))
    reports = tuple(
        json.loads(envelope.rpartition(b"\n")[0])
        for channel, envelope in envelopes
        if channel == "report"
    )
    return GateOutput(tuple(said), reports, envelopes, key, likeness, leftovers, tuple(pool), whole)


def _open_config(config: Config) -> Config:
    """Return the config with room for numbers that stand out."""
    lines = tuple(line.model_copy(update={"count_max": COUNT_MAX}) for line in config.lines)
    zones = tuple(zone.model_copy(update={"count_max": COUNT_MAX}) for zone in config.zones)
    return config.model_copy(update={"lines": lines, "zones": zones})


def _window(config: Config, numbers: Sequence[int]) -> Said:
    pairs = [(numbers[at], numbers[at + 1]) for at in range(0, len(numbers), 2)]
    lines, zones = pairs[: len(config.lines)], pairs[len(config.lines) :]
    said: Said = {
        (LINE, index): (entered, left, 0, 0) for index, (entered, left) in enumerate(lines)
    }
    said |= {
        (ZONE, index): (mean, maximum, _SPEED, _STANDING)
        for index, (mean, maximum) in enumerate(zones)
    }
    return {**said, (IMAGE_QUALITY, 0): _SEEN}


def _key(folder: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        base64.b64decode((folder / "keys" / SIGNING_KEY).read_text("ascii"))
    )


def _exact(heard: GateOutput) -> list[tuple[int, ...]]:
    """Return the numbers that were told in each slot, without image quality and without classes."""
    return [
        tuple(
            value
            for source, values in window.items()
            if source[0] != IMAGE_QUALITY
            for value in values[:2]
        )
        for window in heard.said
    ]


# --- fields -------------------------------------------------------------------------------------


def _fields(heard: GateOutput) -> Finding:
    wrong = [*_differing(heard), *_bytes(heard)]
    names = sorted({name for report in heard.reports for name in flat(report)})
    free = [name for name in names if may_depend(name)]
    detail = (
        f"{len(heard.reports)} windows that differ only by people; {len(names) - len(free)} fields"
    )
    detail += f" beside {len(free)} that may depend on them"
    if wrong:
        return _finding(
            "fields beside the counts", Verdict.FELL, f"{detail}: {wrong[0]} ({len(wrong)} such)"
        )
    more = (
        f"{detail}: the same in all, or one more each time; bytes and signatures in their one "
        f"form; {heard.likeness.value}"
    )
    return _finding("fields beside the counts", heard.likeness.verdict, more)


def flat(value: Any, above: str = "") -> Fields:  # noqa: ANN401 - a message of any form
    """Return every field of a message by its path, the elements of arrays by their place."""
    if isinstance(value, dict):
        return {
            path: found
            for name, one in value.items()
            for path, found in flat(one, f"{above}.{name}" if above else name).items()
        }
    if isinstance(value, list):
        return {
            path: found
            for at, one in enumerate(value)
            for path, found in flat(one, f"{above}[{at}]").items()
        }
    return {above: value}


def may_depend(path: str) -> bool:
    """Say whether a field may depend on people."""
    return path.rpartition(".")[2].partition("_")[0] in DEPENDS


def _differing(heard: GateOutput) -> Iterator[str]:
    """Yield the fields that are not the same in every report, but for those that may differ."""
    told, exact = [flat(report) for report in heard.reports], _exact(heard)
    for name in sorted({name for fields in told for name in fields}):
        values = [fields.get(name, "left out") for fields in told]
        field = name.rpartition(".")[2]
        if field in CLASSES:
            if strange := set(values) - {0, CLASSES[field]}:
                yield f"{name} is {min(map(str, strange))}, which nobody said"
        elif name in RISING:
            steps = {after - before for before, after in pairwise(values)}
            if len(steps) != 1 or steps == {0}:
                yield f"{name} does not rise by the same each time"
        elif not may_depend(name) and len(set(values)) > 1 and _is_tied(name, values, exact):
            yield f"{name} differs with the people: {', '.join(sorted(map(str, set(values)))[:4])}"


def _is_tied(name: str, values: Sequence[Any], exact: Sequence[tuple[int, ...]]) -> bool:
    """Say whether a field that differs tells of people.

    Only the box's health may differ by itself, and that now and then.

    Of a temperature that lies at the edge of two classes, as measured here, it may go to and fro.
    """
    if not name.startswith("health."):
        return True
    changes = sum(before != after for before, after in pairwise(values))
    at_an_edge = name == "health.temperature" and set(values) <= possible_temperatures()
    return (changes > CHANGES_MAX and not at_an_edge) or dependence(values, exact) < CHANCE_MIN


def dependence(values: Sequence[Any], exact: Sequence[tuple[int, ...]]) -> float:
    """Return how likely chance alone ties these values to the exact numbers as closely.

    This is a permutation test.

    Looked at are remainders and sizes of the numbers and their sums; the closest tie counts, and
    pays for having been chosen.
    """
    looks: list[list[int]] = []
    columns = [[numbers[place] for numbers in exact] for place in range(len(exact[0]))]
    columns += [
        [sum(numbers[start::step]) for numbers in exact] for start, step in ((0, 1), (0, 2), (1, 2))
    ]
    for column in columns:
        looks += [[number % by for number in column] for by in (2, 3, 4, 8, 16)]
        looks.append([number.bit_length() for number in column])
        looks.append([min(number, 3) for number in column])
    kinds = sorted(set(map(str, values)))
    codes = np.array([kinds.index(str(value)) for value in values])
    groups = [np.unique(np.array(look), return_inverse=True)[1] for look in looks]
    seen = _closest(codes, groups, len(kinds))
    rng = np.random.default_rng(SEED)
    as_close = sum(
        _closest(rng.permutation(codes), groups, len(kinds)) >= seen for _ in range(SHUFFLES)
    )
    return (as_close + 1) / (SHUFFLES + 1)


def _closest(codes: NDArray[np.int64], looks: Sequence[NDArray[np.int64]], kinds: int) -> int:
    """Return for the best reading of the values how often a group's commonest code is right."""
    return max(
        int(
            np.bincount(look * kinds + codes, minlength=(int(look.max()) + 1) * kinds)
            .reshape(-1, kinds)
            .max(axis=1)
            .sum()
        )
        for look in looks
    )


def _bytes(heard: GateOutput) -> Iterable[str]:
    """Return the messages that are not the one form of what they say, and reports out of order."""
    wrong = [
        f"the bytes of entry {place} are not the one form of what it says"
        for place, (channel, envelope) in enumerate(heard.envelopes, 1)
        if envelope != sealed(heard.key, channel, envelope)
    ]
    kinds = [channel for channel, _ in heard.envelopes]
    with suppress(IndexError):
        if kinds[0] != "meta" or set(kinds[1:]) != {"report"}:
            wrong.append("entries of another kind between the reports")
    return wrong


def _finding(name: str, verdict: Verdict, detail: str) -> Finding:
    timed = timing.ran_out(verdict, detail)
    return Finding(PART, name, Mechanism.OTHER_FIELDS, _SUBJECT, verdict, detail, timed=timed)
