# SPDX-License-Identifier: Apache-2.0
"""What is shown at the end: the truth, what was released, and what that does not mean."""

import math
import os
import secrets
import shlex
import tomllib
from pathlib import Path
from typing import Any

from rich.table import Table

from development.demo.picture import NOT_SEEN, told
from development.demo.stage import CONFIG, EXAMPLES, ROOT, STAGE
from development.demo.sums import Names, line_sums, zone_mean
from edge_agent.disclosure.noise import Bits
from edge_agent.disclosure.rules import release
from wire_contract.messages.report import Rule, RuleName

DEFAULT_RULE = Rule(RuleName.DISCRETE_LAPLACE, (1000,))
BIN = ROOT / ".venv" / "bin"


def truth() -> dict[str, Any]:
    """Read what a person would have counted."""
    return tomllib.loads((EXAMPLES / "vtest.truth.toml").read_text("utf-8"))


def result(windows: list[dict[str, Any]], names: Names, known: dict[str, Any] | None) -> Table:
    """Lay the truth, what was released, and what the default rule would release side by side."""
    table = Table(title="The whole clip", title_justify="left")
    table.add_column("line or zone")
    for column in ("truth", "released", "the default rule instead"):
        table.add_column(column, justify="right")
    key = secrets.token_bytes(32)
    for name, sums in line_sums(windows, names).items():
        for way, total in zip(("in", "out"), sums, strict=True):
            true = str(known["lines"][name][way]) if known else "not known"
            values = [
                line[f"{way}_count"]
                for window in windows
                for line in window["lines"]
                if line["line"] == name
            ]
            table.add_row(
                f"line {name}, {way}",
                true,
                told(total),
                default_words(key, f"{name} {way}", values),
            )
    for name in names.zones:
        true = f"{known['zones'][name]['mean']:.1f}" if known else "not known"
        mean = zone_mean(windows, name)
        said = NOT_SEEN if mean is None else f"{mean:.1f}"
        table.add_row(f"zone {name}, mean people", true, said, f"± {spread():.1f} each window")
    return table


def fused(zones: list[dict[str, Any]]) -> str:
    """Say what the centre makes of each zone: one number, how sure, and what it stands on."""
    return "\n".join(
        f"Fused, zone {zone['zone']} at {zone['at'][11:16]} UTC: {zone['people']:.1f} people, "
        f"80 of 100 times {zone['low_80']:.1f} to {zone['high_80']:.1f}; {zone['basis']} by "
        + ", ".join(one["sensor"] for one in zone["contributions"] if one["weight"] > 0)
        for zone in zones
    )


def default_words(key: bytes, name: str, values: list[int | None]) -> str:
    """Draw what discrete Laplace noise with epsilon 1 would have made of the windows.

    And say how far its sum spreads.
    """
    seen = [value for value in values if value is not None]
    if not seen:
        return NOT_SEEN
    drawn = [
        release(value, DEFAULT_RULE, Bits(key, f"{name} {turn}")) or 0
        for turn, value in enumerate(seen)
    ]
    return f"{sum(drawn)}  (± {spread() * math.sqrt(len(seen)):.1f})"


def spread() -> float:
    """Return the standard deviation of the default rule's noise on one number.

    Sqrt(2 q) / (1 - q), q = exp(-epsilon).
    """
    q = math.exp(-DEFAULT_RULE.parameters[0] / 1000)
    return math.sqrt(2 * q) / (1 - q)


def closing(windows: list[dict[str, Any]], device: dict[str, Any], *, keep: bool) -> str:
    """Say what was committed, under which rule and level, and what that does not mean.

    Every command works as it is printed.
    """
    if not windows:
        return (
            f"No window was released: the video is shorter than one, or {STAGE.name}/box.log says "
            "why (--keep)."
        )
    upto = device["stream"]["upto"] if device["stream"] else 0
    ledger = device["ledger"]["state"] if device["ledger"] else "unknown"
    kept = [
        (
            f"Look at it: {_here(STAGE / 'box.log')} says what the level rests on. Check the "
            "ledger yourself:"
        )
    ]
    kept += [f"  {_here(BIN / 'edge-agent')} ledger verify {_here(CONFIG)}"]
    gone = [
        "To keep its files, its log and its ledger, and to be told how to check them:",
        f"  {_here(ROOT / 'scripts' / 'demo')} --keep",
    ]
    lines = (
        (
            f"{len(windows)} windows of {windows[-1]['length_s']} s released and committed, each "
            "once; acknowledged up to"
        ),
        f"sequence {upto} (the box's meta message is one of them). Ledger: {ledger}.",
        (
            f"Rule {windows[-1]['rule']}: this is a test site; a real one adds noise, ± is one "
            "standard deviation of it."
        ),
        f"Confinement level: {device['level']}, measured from outside.",
        *(kept if keep else gone),
        (
            "See for yourself what gets out of a box (as root it can prove all; three to four "
            "minutes):"
        ),
        f"  {_here(BIN / 'edge-agent')} audit",
    )
    return "\n".join(lines)


def _here(path: Path) -> str:
    """Write a path as a shell takes it in the folder where this was started."""
    return shlex.quote(os.path.relpath(path))
