# SPDX-License-Identifier: Apache-2.0
"""The tables `[[sources]]` of a site's file: counters of others, each with whose it is. Pure.

docs/SOURCES.md shows the keys. A source that follows what people carry is refused unless its
method, its controller and its legal ground are declared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, Field

from fusion_service.registry.site import Counter, CountSource, TrustClass
from fusion_service.registry.site_file.mistakes import Mistake, Place
from fusion_service.registry.site_file.tables import DeviceTable, Id, Sentence, Table
from fusion_service.registry.source import Mapping as CountMapping
from fusion_service.registry.source import (
    Path,
    Privacy,
    SourceKind,
    Step,
    Technology,
    TimeFormat,
    parse_path,
)

NAMES_MAX = 64


def _is_path(text: str) -> str:
    parse_path(text)
    return text


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("no time zone") from error
    return name


PathText = Annotated[
    str,
    Field(
        max_length=200,
        description="a path such as data.rows[].people: names, dots, [] and [name=value]",
    ),
    AfterValidator(_is_path),
]


class PrivacyTable(Table):
    """How a source treats people; see `Privacy`."""

    method: Sentence
    controller: Sentence
    legal_ground: Sentence


class MappingTable(Table):
    """Where in a message its counts are; see `registry.source.Mapping`."""

    rows: PathText = ""
    """The message itself: one count in each."""
    time: PathText
    time_format: Annotated[
        TimeFormat, Field(strict=False, description='"iso", "unix_s", "unix_ms" or "compact"')
    ] = TimeFormat.ISO
    """As 2026-07-19T14:30:00Z."""
    time_zone: Annotated[
        str,
        Field(max_length=64, description="a time zone such as Europe/Amsterdam"),
        AfterValidator(_is_zone),
    ] = "UTC"
    """Of times that say none themselves."""
    time_is_end: Annotated[bool, Field(description="true or false")] = False
    """The time is when the window began."""
    until: PathText | None = None
    """None: length_s says how long a window is."""
    length_s: (
        Annotated[int, Field(ge=1, le=86_400, description="a whole number of seconds, 1 to 86400")]
        | None
    ) = None
    """None: until says when it ended."""
    counter: PathText | None = None
    """None: there is one counter only."""
    names: Annotated[
        dict[str, Id], Field(max_length=NAMES_MAX, description="a table of its names and ours")
    ] = Field(default_factory=dict)
    """None: its names are those of the counters."""
    people: PathText | None = None
    """None: it counts lines only."""
    entered: Annotated[PathText | None, Field(alias="in")] = None
    """None: it counts zones only."""
    gone: Annotated[PathText | None, Field(alias="out")] = None
    """None: it counts zones only."""
    low: PathText | None = None
    """None: it does not say how sure it is."""
    high: PathText | None = None
    """None: the same."""
    delimiter: Annotated[str, Field(pattern=r"^[,;\t|]$", description="one of , ; | and tab")] = ","
    """As the name CSV says."""


class SourceTable(DeviceTable):
    """A counter of others: as a device, and never mistaken for a box."""

    kind: Annotated[SourceKind, Field(strict=False, description='"json", "csv" or "person"')]
    technology: Annotated[  # type: ignore[assignment]  # a source may be of any, and says which
        Technology, Field(strict=False, description=" or ".join(f'"{one}"' for one in Technology))
    ]
    provenance: Sentence
    licence: Sentence
    trust: Annotated[TrustClass, Field(strict=False, description='"counter" or "person"')] = (
        TrustClass.COUNTER
    )
    """A machine without a signature; of the kind person, a person."""
    privacy: Annotated[PrivacyTable | None, Field(description="a table [sources.privacy]")] = None
    """None: it follows nothing that people carry."""
    mapping: Annotated[MappingTable | None, Field(description="a table [sources.mapping]")] = None
    """None: of a person."""


class _Sources(BaseModel):
    sources: Annotated[tuple[SourceTable, ...], Field(strict=False)]


def read_sources(tables: Sequence[Mapping[str, object]]) -> tuple[SourceTable, ...]:
    """Return the sources of a file.

    Raises pydantic's ValidationError, whose places begin with `sources`.
    """
    return _Sources.model_validate({"sources": list(tables)}).sources


def source_mistakes(sources: Iterable[SourceTable]) -> Iterator[Mistake]:
    """Yield what is wrong of several keys of a source together."""
    for number, one in enumerate(sources):
        place, owner = ("sources", number), f"source {one.id}"
        yield from _privacy_mistakes(place, owner, one)
        yield from _kind_mistakes(place, owner, one)
        if one.mapping is not None and one.kind is not SourceKind.PERSON:
            yield from _mapping_mistakes((*place, "mapping"), owner, one, one.mapping)


def source_of(table: SourceTable) -> CountSource:
    """Return a source. Its table has passed every rule."""
    person = table.kind is SourceKind.PERSON
    privacy, mapping = table.privacy, table.mapping
    return CountSource(
        id=table.id,
        kind=table.kind,
        technology=table.technology,
        trust=TrustClass.PERSON if person else table.trust,
        counters=tuple(Counter(**one.model_dump()) for one in table.counters),
        provenance=table.provenance,
        licence=table.licence,
        privacy=None
        if privacy is None
        else Privacy(privacy.method, privacy.controller, privacy.legal_ground),
        mapping=None if mapping is None else _mapping(mapping, table.kind),
        position=table.position,
    )


def _mapping(read: MappingTable, kind: SourceKind) -> CountMapping:
    # A table of CSV is a list of rows.
    each: Path = (Step(None),) if kind is SourceKind.CSV else ()

    def path(text: str | None) -> Path | None:
        return None if text is None else each + parse_path(text)

    return CountMapping(
        rows=each + parse_path(read.rows),
        time=each + parse_path(read.time),
        time_format=read.time_format,
        time_zone=read.time_zone,
        time_is_end=read.time_is_end,
        until=path(read.until),
        length_s=read.length_s,
        counter=path(read.counter),
        names=tuple(read.names.items()),
        people=path(read.people),
        entered=path(read.entered),
        gone=path(read.gone),
        low=path(read.low),
        high=path(read.high),
        delimiter=read.delimiter,
    )


def _privacy_mistakes(place: Place, owner: str, one: SourceTable) -> Iterator[Mistake]:
    if one.technology.follows_devices and one.privacy is None:
        yield Mistake(
            (*place, "privacy"),
            owner,
            "nothing",
            f"method, controller and legal_ground, because {one.technology} follows what people "
            "carry",
            "declare them in [sources.privacy], or leave the source out",
        )


def _kind_mistakes(place: Place, owner: str, one: SourceTable) -> Iterator[Mistake]:
    """Yield where a person has a mapping or counts a line, and where another has no mapping."""
    person = one.kind is SourceKind.PERSON
    if person and one.mapping is not None:
        at = (*place, "mapping")
        yield Mistake(at, owner, "a table", "none: a person fills in a page", "take it out")
    if not person and one.mapping is None:
        at, wanted = (*place, "mapping"), "where in its messages the counts are"
        yield Mistake(at, owner, "nothing", wanted, "write [sources.mapping]")
    if not one.counters:
        at, wanted = (*place, "counters"), "a line or zone that it counts"
        yield Mistake(at, owner, "nothing", wanted, "write [[sources.counters]]")
    for number, counter in enumerate(one.counters):
        if person and (counter.zone is None or counter.at_zone is None):
            at = (*place, "counters", number)
            wanted = "zone and at_zone: a person estimates zones"
            yield Mistake(at, owner, "a line or a link", wanted, "name the zone")
    names = [counter.line or counter.zone for counter in one.counters]
    if len(set(names)) < len(names):
        wanted = "each name once: what comes in names its line or zone, and not which of both"
        yield Mistake((*place, "counters"), owner, "a name twice", wanted, "rename one")


def _mapping_mistakes(
    place: Place, owner: str, one: SourceTable, mapping: MappingTable
) -> Iterator[Mistake]:
    def lacking(key: str, wanted: str) -> Mistake:
        return Mistake((*place, key), owner, "nothing", wanted, f"write {key} = ...")

    if (mapping.until is None) == (mapping.length_s is None):
        got = "neither" if mapping.until is None else "both until and length_s"
        wanted = "one of until and length_s: how long a window is"
        yield Mistake((*place, "length_s"), owner, got, wanted, "write one of them")
    if mapping.until is not None and mapping.time_is_end:
        wanted = "false beside until: the time is when the window began"
        yield Mistake((*place, "time_is_end"), owner, "true", wanted, "take one of them out")
    if mapping.counter is None and len(one.counters) > 1:
        yield lacking("counter", "the path of the name, where there are several counters")
    if any(counter.zone for counter in one.counters) and mapping.people is None:
        yield lacking("people", "the path of the people in a zone")
    for key, path in (("in", mapping.entered), ("out", mapping.gone)):
        if any(counter.line for counter in one.counters) and path is None:
            yield lacking(key, "the path of those who cross a line this way")
    known = [counter.line or counter.zone or "" for counter in one.counters]
    for theirs, ours in mapping.names.items():
        if ours not in known:
            at, wanted = (*place, "names"), f"a name of a counter: {', '.join(known)}"
            yield Mistake(at, owner, f"{theirs!r} is {ours!r}", wanted, "correct the name")
    yield from _path_mistakes(place, owner, mapping)


def _path_mistakes(place: Place, owner: str, mapping: MappingTable) -> Iterator[Mistake]:
    rows = parse_path(mapping.rows)
    texts = {
        "time": mapping.time,
        "until": mapping.until,
        "counter": mapping.counter,
        "people": mapping.people,
        "in": mapping.entered,
        "out": mapping.gone,
        "low": mapping.low,
        "high": mapping.high,
    }
    for key, text in texts.items():
        if text is not None and _goes_beyond(parse_path(text), rows):
            wanted = f"[] only where rows has it: rows is {mapping.rows!r}"
            remedy = "go through the list in rows, or choose one of it by [name=value]"
            yield Mistake((*place, key), owner, repr(text), wanted, remedy)


def _goes_beyond(path: Path, rows: Path) -> bool:
    """Say whether a path goes through a list that rows does not go through."""
    return any(
        step.field is None and step.key is None and path[: number + 1] != rows[: number + 1]
        for number, step in enumerate(path)
    )
