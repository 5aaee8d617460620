# SPDX-License-Identifier: Apache-2.0
"""`fusion-service exercise`: a scripted or recorded day, in a store of its own."""

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from fusion_service.commands.needs import log_to_stderr, need
from fusion_service.errors import ConfigError
from wire_contract.programs.extras import Extra
from wire_contract.programs.shipped import shipped

if TYPE_CHECKING:
    from fusion_service.exercise.crowd import Minute
    from fusion_service.exercise.runner import Ran
    from fusion_service.exercise.scenario import Scenario
    from fusion_service.ledger.shift_log import ShiftEntry
    from fusion_service.store.estimates import EstimateRow

SCENARIO_BYTES_MAX = 1024 * 1024
HOUR_S = 3600


def run_scenario(
    scenario: Annotated[
        Path, typer.Argument(metavar="SCENARIO", help="A day, TOML.", show_default=False)
    ],
    store: Annotated[
        Path,
        typer.Option(help="The new file that the exercise is kept in.", show_default=False),
    ],
    site: Annotated[
        Path | None,
        typer.Option(
            help="The site's file.", show_default="as the scenario names it, beside it or shipped"
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            help="Serve the API on this port of loopback, to the end and after it.",
            show_default="no API",
        ),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            min=1.0,
            max=3600.0,
            help="How many times as fast as time.",
            show_default="as fast as it goes",
        ),
    ] = None,
) -> None:
    """Play a scripted or recorded day through the real path, in its own store, and estimate it.

    Each hour of it is told as a line: what is estimated of the fullest zones, and what is true
    where people are drawn. So is each alarm and each level that is proposed; at the end how long
    before the crowd that was.
    """
    need(Extra.FUSION)
    log_to_stderr()
    from fusion_service.config import HttpConfig
    from fusion_service.exercise.lead_times import LeadTimes
    from fusion_service.exercise_service import exercise

    drawn = _scenario(scenario, site)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    typer.echo(f"EXERCISE {drawn.name}: site {drawn.site.id}, kept in {store}")
    http = None if port is None else HttpConfig(port=port)
    leads = LeadTimes(drawn.site)
    tell_hour, tell_entries = _teller(drawn), _entry_teller(drawn)

    def tell(minute: "Minute", rows: list["EstimateRow"]) -> None:
        leads.note_truth(minute)
        tell_hour(minute, rows)

    def hear(entries: "Sequence[ShiftEntry]") -> None:
        leads.note_log(entries)
        tell_entries(entries)

    def tell_end(ran: "Ran") -> None:
        said = f"{ran.minutes} minutes, {ran.messages} messages committed"
        for line in leads.lines():
            typer.echo(line)
        typer.echo(f"EXERCISE {drawn.name}: {said}")

    exercise(
        drawn,
        store,
        speed=speed,
        http=http,
        told=tell,
        heard=hear,
        ended=tell_end,
        stop=stop,
    )


def _scenario(path: Path, site: Path | None) -> "Scenario":
    from fusion_service.exercise.scenario_file import read_scenario, site_named
    from fusion_service.registry.site_file.reading import read_site

    raw = _bytes(path)
    named = site_named(raw, str(path))
    if site is None:
        if named is None:
            raise ConfigError(f"{path}: site: got nothing, wanted a site's file; name it by --site")
        beside = path.parent / named
        site = (
            beside if beside.is_file() else Path(shipped("firmware_configs/sites"), f"{named}.toml")
        )
    content = _bytes(site)
    read = read_scenario(raw, str(path), read_site(content), content.decode("utf-8-sig"))
    if read.recorded is None:
        return read
    # A recording that is named without a folder lies beside the scenario.
    return replace(read, recorded=replace(read.recorded, file=path.parent / read.recorded.file))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SCENARIO_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; name a TOML file") from error


def _teller(scenario: "Scenario") -> Callable[["Minute", list["EstimateRow"]], None]:
    """Return who tells each hour of the exercise as a line."""
    zone = ZoneInfo(scenario.site.time_zone)

    def tell(minute: "Minute", rows: list["EstimateRow"]) -> None:
        end_s = minute.start_s + 60
        if end_s % HOUR_S or not rows:
            return
        fullest = sorted(rows, key=lambda row: -row.estimate.density)[:3]
        said = "; ".join(
            f"{one.zone} {one.people:.0f} ({one.low_80:.0f} to {one.high_80:.0f})"
            + (f", true {minute.people[one.zone]:.0f}" if one.zone in minute.people else "")
            for one in (row.estimate for row in fullest)
        )
        typer.echo(f"{datetime.fromtimestamp(end_s, zone):%H:%M}  {said}")

    return tell


def _entry_teller(scenario: "Scenario") -> Callable[["Sequence[ShiftEntry]"], None]:
    """Return who tells each alarm and each proposed level as a line."""
    zone = ZoneInfo(scenario.site.time_zone)
    levels = ("green", "yellow", "orange", "red")

    def tell(entries: "Sequence[ShiftEntry]") -> None:
        for entry in entries:
            level = levels[entry.number("level")] if entry.words("level") or entry.zone else ""
            about = entry.words("members") or entry.words("about") or entry.zone
            words = (entry.deed, entry.words("kind"), about, level, entry.words("reasons"))
            said = "  ".join(filter(None, words))
            typer.echo(f"{datetime.fromtimestamp(entry.at_ms / 1000, zone):%H:%M}    {said}")

    return tell
