# SPDX-License-Identifier: Apache-2.0
"""`fusion-service exercise`: a scripted or recorded day, in a store of its own."""

import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperGroup

from fusion_service.commands.needs import log_to_stderr, need
from fusion_service.errors import ConfigError, SiteError, StoreError
from wire_contract.programs.extras import Extra
from wire_contract.programs.shipped import shipped

if TYPE_CHECKING:
    from fusion_service.debrief.evaluation import Debrief
    from fusion_service.exercise.crowd import Minute
    from fusion_service.exercise.runner import Ran
    from fusion_service.exercise.scenario import Scenario
    from fusion_service.ledger.shift_log import ShiftEntry
    from fusion_service.store.estimates import EstimateRow

SCENARIO_BYTES_MAX = 1024 * 1024
HOUR_S = 3600
_STORE_MIB = 4_096


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the group."""
    app.command("run")(run_scenario)
    app.command("debrief")(write_debrief)


class ScenarioGroup(TyperGroup):
    """The group `exercise`, which plays a scenario where no verb is named, as it once did alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer hides its type
        """Read the words of the command line."""
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)


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
    is_paused: Annotated[
        bool,
        typer.Option(
            "--paused", help="Wait after the first minute until exercise control goes on."
        ),
    ] = False,
) -> None:
    """Play a scripted or recorded day through the real path, in its own store, and estimate it.

    Each hour of it is told as a line: what is estimated of the fullest zones, and what is true
    where people are drawn. So is each alarm and each level that is proposed; at the end how long
    before the crowd that was.
    """
    need(Extra.FUSION)
    log_to_stderr()
    if is_paused and port is None:
        raise typer.BadParameter("--paused needs --port: nobody could say that it goes on")
    from fusion_service.config import HttpConfig
    from fusion_service.exercise.control.direction import Pace
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
        pace=Pace(speed, is_paused),
        http=http,
        told=tell,
        heard=hear,
        ended=tell_end,
        stop=stop,
    )


class DebriefLanguage(StrEnum):
    """The languages of the page."""

    DUTCH = "nl"
    ENGLISH = "en"


def write_debrief(
    store: Annotated[
        Path,
        typer.Argument(metavar="STORE", help="What the exercise was kept in.", show_default=False),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Ends in .html or .pdf.")
    ] = Path("debrief.html"),
    language: Annotated[DebriefLanguage, typer.Option(help="Of the page.")] = DebriefLanguage.DUTCH,
) -> None:
    """Write what was known when in an exercise, and what was declared when, on one page."""
    need(Extra.FUSION)
    from fusion_service.debrief.documents import LANGUAGES, document_of
    from fusion_service.pages.page import page

    if out.suffix not in {".html", ".pdf"}:
        raise typer.BadParameter(f"got {out}, wanted a name that ends in .html or .pdf")
    document = document_of(_debrief(store), LANGUAGES[language])
    if out.suffix == ".pdf":
        from fusion_service.pages.pdf import pdf

        content = pdf(document)
    else:
        content = page(document).encode()
    try:
        out.write_bytes(content)
    except OSError as error:
        told = error.strerror or error
        raise SiteError(f"{out}: {told}; name a file that this user may write") from error
    typer.echo(out)


def _debrief(store: Path) -> "Debrief":
    """Work out the debrief of an exercise's store. Raises StoreError where it is none."""
    from fusion_service.debrief.evaluation import Asked, Stores, debrief_of
    from fusion_service.registry.site_file.reading import read_site
    from fusion_service.store.sqlite.estimates import EstimateReader
    from fusion_service.store.sqlite.exercise import ExerciseReader, exercise_of, exercise_span
    from fusion_service.store.sqlite.forecast.keeper import ForecastFile
    from fusion_service.store.sqlite.shift.keeper import ShiftFile
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

    scenario = exercise_of(store)
    if scenario is None:
        raise StoreError(
            f"{store}: is of no exercise, wanted a store that fusion-service exercise made; of a "
            "shift the page has a debrief, below /debrief"
        )
    plans = SqliteSitePlans(store, size_mib_max=_STORE_MIB)
    plan = next((plans.plan(row.site) for row in plans.in_force()), None)
    if plan is None:
        raise StoreError(f"{store}: has no site yet; let the exercise play for a minute")
    from_s, to_s = exercise_span(store, plan.site)
    site = read_site(plan.content.encode())
    with (
        ShiftFile(store, size_mib_max=_STORE_MIB) as log,
        ForecastFile(store, size_mib_max=_STORE_MIB) as forecasts,
    ):
        stores = Stores(EstimateReader(store), log, forecasts, ExerciseReader(store))
        return debrief_of(Asked(site, plan.version, from_s, to_s, scenario), stores)


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
