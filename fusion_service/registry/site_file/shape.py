# SPDX-License-Identifier: Apache-2.0
"""Whether each value of a site's file is of the kind that its key asks for. Pure."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fusion_service.registry.site_file.mistakes import Mistake, Place
from fusion_service.registry.site_file.tables import SiteTable
from fusion_service.registry.source_file import SourceTable, read_sources
from wire_contract.programs.config_text import shown
from wire_contract.programs.shipped import shipped


def read_shape(
    tree: Mapping[str, Any],
) -> tuple[SiteTable | None, tuple[SourceTable, ...], list[Mistake]]:
    """Return the file's tables and its sources, and every value that is of another kind."""
    errors: list[ErrorDetails] = []
    site: SiteTable | None = None
    sources: tuple[SourceTable, ...] = ()
    try:
        site = SiteTable.model_validate(tree)
    except ValidationError as error:
        errors += error.errors()
    listed = tree.get("sources")
    if isinstance(listed, list) and all(isinstance(one, dict) for one in listed):
        try:
            sources = read_sources(listed)
        except ValidationError as error:
            errors += error.errors()
    mistakes = [_mistake(tree, error) for error in errors if not _is_counted_twice(error)]
    # A value that may be of two kinds is told once.
    return site, sources, list({one.place: one for one in reversed(mistakes)}.values())[::-1]


def _is_counted_twice(error: ErrorDetails) -> bool:
    """Say whether a list is called too short only because what stands in it cannot be read."""
    found = error["input"]
    return (
        error["type"] == "too_short"
        and isinstance(found, list)
        and len(found) >= error["ctx"]["min_length"]
    )


def owner_of(tree: object, place: Place) -> str:
    """Return the innermost id on the way to a place, as `zone pier`; empty where there is none."""
    found, kind = "", ""
    for part in place:
        if isinstance(part, str):
            kind = part
        tree = _step(tree, part)
        named = _step(tree, "id")
        if isinstance(part, int) and isinstance(named, str):
            found = f"{kind.removesuffix('s').replace('_', ' ')} {named[:40]}"
    return found


def _step(tree: object, part: int | str) -> object:
    if isinstance(tree, dict):
        return tree.get(part)
    if isinstance(tree, list) and isinstance(part, int) and part < len(tree):
        return tree[part]
    return None


def _mistake(tree: Mapping[str, Any], error: ErrorDetails) -> Mistake:
    """Say one of pydantic's errors in the words of the file."""
    place = _known_part(error["loc"])
    table, key = _table_of(place)
    wanted = _description(table, key)
    owner = owner_of(tree, place)
    if error["type"] == "missing":
        return Mistake(place, owner, "nothing", wanted, f"write {key} = ... in this table")
    if error["type"] == "extra_forbidden":
        names = [field.alias or name for name, field in table.model_fields.items()]
        near = get_close_matches(key, names, 1)
        remedy = f"write {near[0]}" if near else f"take it out, or see {shipped('docs/SITE.md')}"
        return Mistake(place, owner, f"the unknown key {key!r}", ", ".join(names), remedy)
    found = error["input"]
    return Mistake(place, owner, _got(found), wanted, _remedy(error["type"], found, key))


def _known_part(loc: tuple[int | str, ...]) -> Place:
    """Leave out of a place what pydantic adds: the kinds that it tried."""
    return tuple(part for part in loc if isinstance(part, int) or part.replace("_", "").isalnum())


def _table_of(place: Place) -> tuple[type[BaseModel], str]:
    """Return the table in which the last key of a place stands, and that key."""
    table: type[BaseModel] = SiteTable
    names = [part for part in place if isinstance(part, str)]
    for name in names[:-1]:
        inner = SourceTable if name == "sources" else _inner(table, name)
        if inner is None:
            return table, name
        table = inner
    return table, names[-1] if names else "id"


def _inner(table: type[BaseModel], key: str) -> type[BaseModel] | None:
    field = next((f for n, f in table.model_fields.items() if key in {n, f.alias}), None)
    waiting = [] if field is None else [field.annotation]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        waiting += get_args(kind)
    return None


def _description(table: type[BaseModel], key: str) -> str:
    """Return what a key allows.

    An optional key keeps its description on the inner type, which only the schema shows.
    """
    schema = _properties(table).get(key, {})
    inner = schema.get("anyOf", [schema])[0]
    return str(schema.get("description", inner.get("description", "another value")))


@cache
def _properties(table: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = table.model_json_schema()["properties"]
    return found


def _got(found: object) -> str:
    if isinstance(found, list | dict | tuple):
        return f"{type(found).__name__.replace('dict', 'table')} of {len(found)}"
    return shown(found) if isinstance(found, str) else shown(found).strip("'")


def _remedy(kind: str, found: object, key: str) -> str:
    """Say what to do about a value of another kind."""
    text = found if isinstance(found, str) else ""
    if text.replace(",", "", 1).replace(".", "", 1).lstrip("-").isdigit():
        return f"write it as a number, with a point and without quotes: {text.replace(',', '.')}"
    if kind == "string_pattern_mismatch":
        words = "".join(letter if letter.isalnum() else "-" for letter in text.lower())
        plain = words.encode("ascii", "ignore").decode("ascii").strip("-")[:32]
        return f'write "{plain}"' if plain else f"give {key} a short name"
    if kind == "too_long":
        return "leave some out, or simplify the drawing"
    if kind == "too_short":
        return "draw or write more"
    if isinstance(found, dict):
        return f"write [[{key}]] with two brackets, once for each"
    return "change it"
