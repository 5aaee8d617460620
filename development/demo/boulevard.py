# SPDX-License-Identifier: Apache-2.0
"""The boulevard: a hot Sunday with fourteen synthetic boxes, fused into one number a zone.

An exercise as a city would run it. What is shown comes from the public API; what is true is known
because the day is made up, and is told by the exercise itself.
"""

import contextlib
import json
import shutil
import time
import urllib.error
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.live import Live
from rich.table import Table

from development.demo import page
from development.demo.stage import ROOT, STAGE, clear
from development.testbed.exercise import Exercise
from development.testbed.guests import let_in
from development.testbed.program import Program, StageError
from development.testbed.web import ask, key_header

SITE = "scheveningen"
ZONE = ZoneInfo("Europe/Amsterdam")
SCENARIO = ROOT / "firmware_configs" / "scenarios" / "hot-sunday.toml"
DRAWN = ROOT / "firmware_configs" / "sites" / f"{SITE}.toml"
STORE = STAGE / "exercise.sqlite"
SPEED = 120.0
"""A day in twelve minutes: slow enough to look at, fast enough to wait for."""
REFRESH_S = 0.5
HOUR_S = 3600
NOBODY = (
    "Nobody was counted: an exercise draws its people and its boxes; their reports are signed, "
    "admitted, committed and fused as real ones are."
)
console = Console()


@dataclass(slots=True)
class Fullest:
    """The fullest that a zone was, and when."""

    zone: dict[str, Any]
    at: datetime


def run(*, fast: bool, keep: bool, stays: bool) -> None:
    """Play the day, show the zones as they fill, and say at the end which was fullest when."""
    clear()
    with Exercise(STAGE, SCENARIO, DRAWN, speed=None if fast else SPEED) as exercise:
        exercise.wait_until_it_answers()
        guest = let_in(exercise.config, page.LOGIN, page.ROLE, language="en")
        where = page.address(exercise.url, guest)
        console.print(where, soft_wrap=True, highlight=False)
        fullest = _show_day(exercise)
        console.print(_table(list(_of(fullest)), "The fullest that each zone was", at=fullest))
        console.print(_closing(exercise.program), soft_wrap=True, highlight=False)
        page.stay(where, asked=stays)
    if not keep:
        shutil.rmtree(STAGE)


def _of(fullest: dict[str, Fullest]) -> list[dict[str, Any]]:
    return [one.zone for one in fullest.values()]


def _show_day(exercise: Exercise) -> dict[str, Fullest]:
    """Show what the API says until the day is over; return the fullest that each zone was."""
    url = exercise.url
    fullest: dict[str, Fullest] = {}
    hour = None
    live = (
        Live(console=console, refresh_per_second=4)
        if console.is_terminal
        else contextlib.nullcontext()
    )
    with live:
        while not exercise.is_over():
            zones = _latest(url)
            for zone in zones:
                at = datetime.fromisoformat(zone["at"]).astimezone(ZONE)
                before = fullest.get(zone["zone"])
                if before is None or zone["people"] > before.zone["people"]:
                    fullest[zone["zone"]] = Fullest(zone, at)
            if not zones:
                time.sleep(REFRESH_S)
                continue
            now = datetime.fromisoformat(zones[0]["at"]).astimezone(ZONE)
            if isinstance(live, Live):
                live.update(_table(zones, f"EXERCISE hot-sunday, {now:%H:%M}, {url}"))
            elif hour != now.hour:
                hour = now.hour
                worst = max(zones, key=lambda zone: zone["density"])
                console.print(
                    f"EXERCISE {now:%H:%M}: fullest {worst['zone']}, {_people(worst)}",
                    soft_wrap=True,
                    highlight=False,
                )
            time.sleep(REFRESH_S)
    return fullest


def _latest(url: str) -> list[dict[str, Any]]:
    if not (header := key_header(STORE)):
        return []  # its address is bound before it has made its key
    try:
        said = json.loads(ask(f"{url}/v1/sites/{SITE}/latest", header))
    except urllib.error.HTTPError as error:
        if error.code in {401, 403}:
            raise StageError(f"the exercise lets nobody in: {error}") from error
        return []  # the first minute is not over
    except OSError:
        return []  # it does not listen yet
    zones: list[dict[str, Any]] = said["zones"]
    return zones


def _table(
    zones: list[dict[str, Any]], title: str, *, at: dict[str, Fullest] | None = None
) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("zone")
    table.add_column("people (80 of 100 times between)", justify="right")
    table.add_column("a m²", justify="right")
    table.add_column("level")
    table.add_column("when" if at else "stands on")
    for zone in sorted(zones, key=lambda zone: -zone["density"]):
        stands = zone["basis"] if at is None else f"{at[zone['zone']].at:%H:%M}"
        level = zone["level"] or "none"
        table.add_row(zone["zone"], _people(zone), f"{zone['density']:.2f}", level, stands)
    return table


def _people(zone: dict[str, Any]) -> str:
    return f"{zone['people']:.0f} ({zone['low_80']:.0f} to {zone['high_80']:.0f})"


def _closing(exercise: Program) -> str:
    """Say what was true, hour by hour, as the exercise told it, and what this is."""
    told = [line for line in exercise.words().splitlines() if "true" in line]
    some = [line for line in told if line[:5] in {"09:00", "12:00", "15:00", "18:00"}]
    return "\n".join(
        (
            "What was estimated of the fullest zones, and what was true:",
            *(f"  {line}" for line in some),
            NOBODY,
        )
    )
