# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service site`: bring in, check, show and list the files of sites."""

import json
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from fusion_service.commands.tables import show
from fusion_service.errors import SiteError
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.config import FusionConfig
    from fusion_service.registry.site import Site
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

DRAWING_BYTES_MAX = 64 * 1024 * 1024
"""Above any drawing of a thousand zones."""
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


def check_site(file: FileArgument) -> None:
    """Tell every mistake in a site's file, and what is odd about it. Nothing is written."""
    need(Extra.FUSION)
    from fusion_service.registry.site_file.remarks import remarks_on

    site = _site_of(file, _read(file))
    for remark in remarks_on(site):
        typer.echo(f"{file}: {remark}", err=True)
    typer.echo(f"{file}: {_summary(site)}; no mistake")


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
        content = _read(file)
    else:
        content = _drawn(file, plans, site=site, into=into, layer=layer, id_column=id_column)
    found = _site_of(file, content)
    if site not in {None, found.id}:
        raise SiteError(f"{file}: got site {found.id!r}, wanted {site!r} as --site says; use one")
    if out is not None:
        _write(out, content)
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
    table = Table("site", "version", "imported (UTC)", "bytes", title="site files")
    for row in rows:
        when = datetime.fromtimestamp(row.imported_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(row.site, str(row.version), when, str(row.size))
    show(Console(), table)


def _plans(config: "FusionConfig") -> "SqliteSitePlans":
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

    return SqliteSitePlans(config.store.path, size_mib_max=config.store.size_mib_max)


def _read(file: Path) -> bytes:
    """Return what a file holds. Raises SiteError."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(DRAWING_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise SiteError(f"{file}: cannot be read: {what}; name a readable file") from error
    if len(raw) > DRAWING_BYTES_MAX:
        raise SiteError(f"{file}: more than {DRAWING_BYTES_MAX} bytes; keep the zones alone")
    return raw


def _site_of(file: Path, raw: bytes) -> "Site":
    """Return the site of a file. Raises SiteError with every mistake, each after the file's name."""
    from fusion_service.registry.site_file.reading import examine, told

    examined = examine(raw)
    if examined.site is None:
        raise SiteError(
            f"{len(examined.mistakes)} mistakes\n" + told(examined.mistakes, before=f"{file}: ")
        )
    return examined.site


def _drawn(
    file: Path,
    plans: "SqliteSitePlans",
    *,
    site: str | None,
    into: Path | None,
    layer: str | None,
    id_column: str | None,
) -> bytes:
    """Return the site's file that a drawing and the file of before come to."""
    from fusion_service.registry.site_file.writing import written
    from fusion_service.site_import.merging import merged

    before = _before(plans, file, site, into)
    try:
        found = merged(before, _features(file, layer), id_column=id_column)
    except SiteError as error:
        raise SiteError(f"{file}: {error}") from error
    for what, ids in (
        ("new", found.added),
        ("redrawn", found.redrawn),
        ("not in the drawing, kept as before", found.untouched),
    ):
        if ids:
            typer.echo(f"{file}: {what}: {', '.join(ids)}", err=True)
    return written(found.tree).encode("utf-8")


def _before(
    plans: "SqliteSitePlans", file: Path, site: str | None, into: Path | None
) -> dict[str, Any]:
    """Return the tree that a drawing goes into."""
    from fusion_service.registry.site_file.reading import SITE_BYTES_MAX
    from fusion_service.site_import.merging import new_tree
    from wire_contract.programs.config_text import read_toml

    if into is not None:
        raw = _read(into)
        _site_of(into, raw)
        return read_toml(raw, bytes_max=SITE_BYTES_MAX)
    if site is None:
        raise SiteError(
            f"{file}: got a drawing, wanted to know of which site; say --site or --into"
        )
    plan = plans.plan(site) if plans.is_there() else None
    return new_tree(site) if plan is None else tomllib.loads(plan.content.replace("\r\n", "\n"))


def _features(file: Path, layer: str | None) -> list[Any]:
    from fusion_service.site_import.geojson import read_geojson
    from fusion_service.site_import.geopackage import read_geopackage

    suffix = file.suffix.lower()
    if suffix == ".gpkg":
        return list(read_geopackage(file, layer))
    if suffix in {".geojson", ".json"}:
        return list(read_geojson(_read(file)))
    raise SiteError(
        f"got a file that ends on {suffix or 'nothing'!r}, wanted .toml, .gpkg, .geojson or .json; "
        "rename it to what it is"
    )


def _write(out: Path, content: bytes) -> None:
    """Write the file. Raises SiteError."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise SiteError(
            f"{out}: cannot be written: {error.strerror}; name another file with --out"
        ) from error


def _summary(site: "Site") -> str:
    counters = sum(len(one.counters) for one in site.placements)
    return (
        f"{len(site.zones)} zones, {len(site.links)} links, {len(site.emergency_routes)} emergency "
        f"routes, {len(site.placements)} devices with {counters} counters, {len(site.measures)} "
        "measures"
    )
