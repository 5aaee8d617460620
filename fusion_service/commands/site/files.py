# SPDX-License-Identifier: Apache-2.0
"""The files that the verbs of `fusion-service site` read and write."""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from fusion_service.errors import SiteError

if TYPE_CHECKING:
    from fusion_service.registry.site import Site
    from fusion_service.registry.site_file.mistakes import Mistake
    from fusion_service.site_import.feature import Feature
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

DRAWING_BYTES_MAX = 64 * 1024 * 1024
"""Above any drawing of a thousand zones."""


def read_file(file: Path) -> bytes:
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


def site_of(file: Path, raw: bytes) -> "Site":
    """Return the site of a file. Raises SiteError with every mistake, each after its name."""
    from fusion_service.registry.site_file.reading import examine

    examined = examine(raw)
    return sound(file, examined.site, examined.mistakes)


def sound(file: Path, site: "Site | None", mistakes: "tuple[Mistake, ...]") -> "Site":
    """Return a site that has no mistake. Raises SiteError with every one, each after the file."""
    from fusion_service.registry.site_file.reading import told

    if site is None:
        raise SiteError(f"{len(mistakes)} mistakes\n" + told(mistakes, before=f"{file}: "))
    return site


def drawn(
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
        raw = read_file(into)
        site_of(into, raw)
        return read_toml(raw, bytes_max=SITE_BYTES_MAX)
    if site is None:
        raise SiteError(
            f"{file}: got a drawing, wanted to know of which site; say --site or --into"
        )
    plan = plans.plan(site) if plans.is_there() else None
    return new_tree(site) if plan is None else tomllib.loads(plan.content)


def _features(file: Path, layer: str | None) -> "list[Feature]":
    from fusion_service.site_import.geojson import read_geojson
    from fusion_service.site_import.geopackage import read_geopackage

    suffix = file.suffix.lower()
    if suffix == ".gpkg":
        return read_geopackage(file, layer)
    if suffix in {".geojson", ".json"}:
        return read_geojson(read_file(file))
    raise SiteError(
        f"got a file that ends on {suffix or 'nothing'!r}, wanted .toml, .gpkg, .geojson or .json; "
        "rename it to what it is"
    )


def write_file(out: Path, content: bytes) -> None:
    """Write the file. Raises SiteError."""
    try:
        out.write_bytes(content)
    except OSError as error:
        raise SiteError(
            f"{out}: cannot be written: {error.strerror}; name another file with --out"
        ) from error
