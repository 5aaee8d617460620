# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service site`: bring in, check, show and list the files of sites."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from fusion_service.commands.site.files import drawn, read_file, site_of, sound, write_file
from fusion_service.errors import SiteError
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.config import FusionConfig
    from fusion_service.registry.site import Site
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A site's file, TOML.", show_default=False)
]
SiteArgument = Annotated[
    str, typer.Argument(metavar="SITE", help="As `site list` shows it.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Give the command group its verbs."""
    app.command("check")(check_site)
    app.command("import")(import_site)
    app.command("show")(show_site)
    app.command("list")(list_sites)
    app.command("buildings")(write_buildings)


def check_site(file: FileArgument) -> None:
    """Tell every mistake in a site's file, and what is odd about it. Nothing is written."""
    need(Extra.FUSION)
    from fusion_service.registry.site_file.remarks import check

    checked = check(read_file(file))
    site = sound(file, checked.site, checked.mistakes)
    for remark in checked.remarks:
        typer.echo(f"{file}: {remark}", err=True)
    typer.echo(f"{file}: {_summary(site)}; no mistake")


def write_buildings(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="CityJSON or CityJSONSeq: .json, .jsonl.", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="What map.buildings names.")
    ] = Path("buildings.geojson"),
) -> None:
    """Write rims and heights of buildings for the map: compact GeoJSON, out of CityJSON."""
    need(Extra.FUSION)
    from fusion_service.site_import.buildings import geojson_of, read_buildings

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise SiteError(f"{file}: {error.strerror}; name a file that can be read") from error
    try:
        found = read_buildings(raw)
        content = geojson_of(found)
    except SiteError as error:
        raise SiteError(f"{file}: {error}") from error
    try:
        out.write_bytes(content)
    except OSError as error:
        raise SiteError(f"{out}: {error.strerror}; name a file that can be written") from error
    typer.echo(f"{out}: {len(found)} buildings, {len(content) // 1024 + 1} KiB")


def import_site(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A site's file (.toml), or a drawing of zones (.gpkg, .geojson, .json).",
            show_default=False,
        ),
    ],
    config: ConfigOption,
    site: Annotated[
        str | None,
        typer.Option(help="Of which site a drawing is.", show_default="as a .toml says"),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="The site's file that a drawing's zones go into.",
            show_default="the one in force, or a new one",
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(help="Of a GeoPackage.", show_default="the only one")
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="What names a zone.", show_default="id, zone, code or name")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write the new file here too.", show_default="only into the store"),
    ] = None,
) -> None:
    """Check a site's file, or make one of a drawing, and put it in force as a new version."""
    need(Extra.FUSION)
    from fusion_service.config import load

    plans = _plans(load(config))
    if file.suffix.lower() == ".toml":
        content = read_file(file)
    else:
        content = drawn(file, plans, site=site, into=into, layer=layer, id_column=id_column)
    found = site_of(file, content)
    if site not in {None, found.id}:
        raise SiteError(f"{file}: got site {found.id!r}, wanted {site!r} as --site says; use one")
    if out is not None:
        write_file(out, content)
    text = content.decode("utf-8-sig")
    kept = plans.keep(found.id, text, now_ms=time.time_ns() // 1_000_000)
    assert kept is not None  # noqa: S101 - no version was expected
    what = "in force now" if kept.is_new else "in force already, nothing changed"
    typer.echo(f"{found.id}: version {kept.version} is {what}: {_summary(found)}")


def show_site(
    site: SiteArgument,
    config: ConfigOption,
    version: Annotated[
        int | None, typer.Option(min=1, help="Which one.", show_default="the one in force")
    ] = None,
) -> None:
    """Print a site's file as it is in force, or as a version of before was."""
    from fusion_service.config import load

    plan = _plans(load(config)).plan(site, version)
    if plan is None:
        which = "" if version is None else f" version {version} of"
        raise SiteError(f"{site[:40]!r}: there is no{which} such site; fusion-service site list")
    typer.echo(plan.content, nl=False)


def list_sites(
    config: ConfigOption,
    site: Annotated[
        str | None,
        typer.Option(help="All versions of this one.", show_default="what is in force"),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List which version of each site's file is in force, or all versions of one."""
    from fusion_service.config import load

    plans = _plans(load(config))
    rows = plans.in_force() if site is None else plans.versions(site, before=2**53, limit=1_000)
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {
                        "site": row.site,
                        "version": row.version,
                        "imported_ms": row.imported_ms,
                        "bytes": row.size,
                    }
                    for row in rows
                ]
            )
        )
        return
    from rich.console import Console
    from rich.table import Table

    from fusion_service.commands.tables import show

    table = Table("site", "version", "imported (UTC)", "bytes", title="site files")
    for row in rows:
        when = datetime.fromtimestamp(row.imported_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(row.site, str(row.version), when, str(row.size))
    show(Console(), table)


def _plans(config: "FusionConfig") -> "SqliteSitePlans":
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

    return SqliteSitePlans(config.store.path, size_mib_max=config.store.size_mib_max)


def _summary(site: "Site") -> str:
    counters = sum(len(one.counters) for one in site.placements)
    return (
        f"{len(site.zones)} zones, {len(site.links)} links, {len(site.emergency_routes)} emergency "
        f"routes, {len(site.placements)} devices with {counters} counters, {len(site.measures)} "
        "measures"
    )
