# SPDX-License-Identifier: Apache-2.0
"""`fusion-service season`: what a season came to, as one document to share. It reads only."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from fusion_service.errors import AccessError, SiteError
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fusion_service.ledger.shift_log import ShiftEntry
    from fusion_service.season.evaluation import Evaluation, Season
    from fusion_service.season.words.told import SeasonWords
    from fusion_service.store.sqlite.shift.keeper import ShiftFile


class SeasonLanguage(StrEnum):
    """The languages of the document."""

    DUTCH = "nl"
    ENGLISH = "en"


def write_season(
    site: Annotated[
        str, typer.Argument(metavar="SITE", help="As `site list` shows it.", show_default=False)
    ],
    config: ConfigOption,
    first: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.", show_default=False),
    ],
    last: Annotated[
        datetime,
        typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to write it.")] = Path(
        "season"
    ),
    language: Annotated[
        SeasonLanguage, typer.Option(help="Of the document.")
    ] = SeasonLanguage.DUTCH,
) -> None:
    """Evaluate a season: lead times, measures, false alarms, answers. HTML, PDF and JSON."""
    need(Extra.FUSION)
    from fusion_service.config import load
    from fusion_service.season.documents import LANGUAGES
    from fusion_service.season.evaluation import evaluate
    from fusion_service.store.sqlite.forecast.keeper import ForecastFile
    from fusion_service.store.sqlite.read.long_past import LongPastFile
    from fusion_service.store.sqlite.shift.keeper import ShiftFile

    store = load(config).store
    season = _season(site, store.path, store.size_mib_max, first.date(), last.date())
    with (
        ShiftFile(store.path, size_mib_max=store.size_mib_max) as log,
        ForecastFile(store.path, size_mib_max=store.size_mib_max) as kept,
    ):
        _check(log)
        past = LongPastFile(store.path)
        found = evaluate(season, _entries(log, site), past, kept)
    words = LANGUAGES[language]
    for name, content in _contents(found, words):
        typer.echo(_written(out, name, content))
    for one in found.lacks:
        typer.echo(words.lacks[one], err=True)


def _season(site: str, store: Path, size_mib_max: int, first: date, last: date) -> "Season":
    """Return what is to be looked at. Raises SiteError where nothing can be."""
    from fusion_service.registry.site_file.reading import examine
    from fusion_service.season.evaluation import Season
    from fusion_service.season.period import DAYS_MAX, Period
    from fusion_service.store.site_plans import in_force_at
    from fusion_service.store.sqlite.exercise import exercise_of
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

    if not 0 <= (last - first).days < DAYS_MAX:
        wanted = f"--to on or after --from, and at most {DAYS_MAX} days"
        raise SiteError(f"{site}: got {first} to {last}, wanted {wanted}")
    plans = SqliteSitePlans(store, size_mib_max=size_mib_max)
    plan = plans.plan(site)
    if plan is None:
        raise SiteError(f"{site}: no file is in force; draw it with fusion-service site import")
    drawn = examine(plan.content.encode("utf-8")).site
    if drawn is None:
        raise SiteError(f"{site}: its file cannot be read by this release; import it again")
    period = Period(first, last, drawn.time_zone)
    then = in_force_at(plans, plan, period.to_s * 1000)
    was = examine(then.content.encode("utf-8")).site
    if was is not None:
        drawn, plan = was, then
    return Season(drawn, plan.version, period, datetime.now(UTC), exercise_of(store) or "")


def _check(log: "ShiftFile") -> None:
    """Raise AccessError where the log is not as it was written: nothing could be said of it."""
    from fusion_service.ledger.access_log import fault_of_chain

    fault = fault_of_chain(log.whole_log())
    if fault is not None:
        raise AccessError(f"shift log: {fault}; compare it with a backup")


def _entries(log: "ShiftFile", site: str) -> "Iterator[ShiftEntry]":
    return (one for one in log.whole_log() if one.site == site)


def _contents(found: "Evaluation", words: "SeasonWords") -> "Iterator[tuple[str, bytes]]":
    """Yield the files by their names."""
    from fusion_service.pages.page import page
    from fusion_service.pages.pdf import pdf
    from fusion_service.season.documents import document_of, json_of

    document = document_of(found, words)
    yield "season.html", page(document).encode()
    yield "season.pdf", pdf(document)
    yield "season.json", json_of(found, words).encode()


def _written(folder: Path, name: str, content: bytes) -> Path:
    """Write one file and return its path. Raises SiteError."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        told = error.strerror or error
        raise SiteError(f"{path}: {told}; name a folder that this user may write") from error
    return path
