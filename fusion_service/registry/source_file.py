# SPDX-License-Identifier: Apache-2.0
"""Read the `[[sources]]` of a site's file: counters of others, each with whose it is.

docs/SOURCES.md shows the keys. A source that follows what people carry is refused unless its
method, its controller and its legal ground are declared.
"""

from collections.abc import Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from fusion_service.errors import ConfigError
from fusion_service.registry.site import Counter, CountSource, TrustClass
from fusion_service.registry.source import (
    Mapping,
    Path,
    Privacy,
    SourceKind,
    Step,
    Technology,
    TimeFormat,
    parse_path,
)

COUNTERS_MAX, SOURCES_MAX, NAMES_MAX = 64, 500, 64
NAME = r"^[a-z0-9-]{1,32}$"


def _is_path(text: str) -> str:
    parse_path(text)
    return text


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("no time zone") from error
    return name


Name = Annotated[str, Field(pattern=NAME, description="1 to 32 of a-z 0-9 -")]
Sentence = Annotated[
    str, Field(min_length=3, max_length=400, description="a sentence of 3 to 400 characters")
]
PathText = Annotated[
    str,
    Field(
        max_length=200,
        description="a path such as `data.rows[].people`: names, dots, [] and [name=value]",
    ),
    AfterValidator(_is_path),
]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CounterTable(_Table):
    """One line or zone of a source, and what of the site it looks at; as of a device."""

    line: Name | None = None
    zone: Name | None = None
    at_zone: Name | None = None
    at_link: Name | None = None
    in_toward: Name | None = None
    share: Annotated[float, Field(gt=0, le=1, description="a number above 0 to 1")] | None = None


class PrivacyTable(_Table):
    """How a source treats people; see `Privacy`."""

    method: Sentence
    controller: Sentence
    legal_ground: Sentence


class MappingTable(_Table):
    """Where in a message its counts are; see `Mapping`."""

    rows: PathText = ""
    time: PathText
    time_format: Annotated[TimeFormat, Field(strict=False, description=" or ".join(TimeFormat))] = (
        TimeFormat.ISO
    )
    time_zone: Annotated[
        str, Field(max_length=64, description="a time zone such as UTC"), AfterValidator(_is_zone)
    ] = "UTC"
    """Of times that say none themselves."""
    time_is_end: Annotated[bool, Field(description="true or false")] = False
    until: PathText | None = None
    length_s: (
        Annotated[int, Field(ge=1, le=86_400, description="a whole number from 1 to 86400")] | None
    ) = None
    counter: PathText | None = None
    names: Annotated[dict[str, Name], Field(max_length=NAMES_MAX)] = Field(default_factory=dict)
    people: PathText | None = None
    entered: PathText | None = Field(default=None, alias="in")
    gone: PathText | None = Field(default=None, alias="out")
    low: PathText | None = None
    high: PathText | None = None
    delimiter: Annotated[str, Field(pattern=r"^[,;\t|]$", description="one of , ; | and tab")] = ","


class SourceTable(_Table):
    """One source."""

    id: Name
    kind: Annotated[SourceKind, Field(strict=False, description=" or ".join(SourceKind))]
    technology: Annotated[Technology, Field(strict=False, description=" or ".join(Technology))]
    provenance: Sentence
    licence: Sentence
    trust: Annotated[TrustClass, Field(strict=False, description="counter or person")] | None = None
    """None: `person` of a person, `counter` of all else."""
    counters: Annotated[list[CounterTable], Field(min_length=1, max_length=COUNTERS_MAX)]
    privacy: PrivacyTable | None = None
    mapping: MappingTable | None = None


def read_sources(tables: Sequence[object]) -> tuple[CountSource, ...]:
    """Return the sources of a site's file. Whether their zones and links exist, the site says.

    Raises ConfigError with a line for every mistake, each beginning with its key.
    """
    mistakes: list[str] = []
    sources = []
    if len(tables) > SOURCES_MAX:
        raise ConfigError(f"sources: got {len(tables)}, wanted at most {SOURCES_MAX}")
    for number, table in enumerate(tables):
        try:
            read = SourceTable.model_validate(table)
        except ValidationError as error:
            mistakes += [_explain(number, one) for one in error.errors()]
            continue
        told = [f"sources[{number}].{one}" for one in _contradictions(read)]
        mistakes += told
        if not told:
            sources.append(_source(read))
    ids = [source.id for source in sources]
    mistakes += [
        f"sources: got {name} more than once, wanted each id once"
        for name in sorted({one for one in ids if ids.count(one) > 1})
    ]
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return tuple(sources)


def _source(read: SourceTable) -> CountSource:
    person = read.kind is SourceKind.PERSON
    privacy = read.privacy
    return CountSource(
        id=read.id,
        kind=read.kind,
        technology=read.technology,
        trust=read.trust or (TrustClass.PERSON if person else TrustClass.COUNTER),
        counters=tuple(Counter(**one.model_dump()) for one in read.counters),
        provenance=read.provenance,
        licence=read.licence,
        privacy=None
        if privacy is None
        else Privacy(privacy.method, privacy.controller, privacy.legal_ground),
        mapping=None if read.mapping is None else _mapping(read.mapping, read.kind),
    )


def _mapping(read: MappingTable, kind: SourceKind) -> Mapping:
    # A table of CSV is a list of rows.
    each: Path = (Step(None),) if kind is SourceKind.CSV else ()

    def path(text: str | None) -> Path | None:
        return None if text is None else each + parse_path(text)

    return Mapping(
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


def _contradictions(read: SourceTable) -> list[str]:
    """Return what is wrong of several keys together, each from the key on."""
    found = []
    if read.technology.follows_devices and read.privacy is None:
        found.append(
            f"privacy: got nothing, wanted method, controller and legal_ground: {read.technology} "
            "follows what people carry, and is refused without a declaration; declare it, or leave "
            "the source out"
        )
    if read.trust is TrustClass.BOX:
        found.append("trust: got box, wanted counter or person: a box signs what it says")
    if (read.kind is SourceKind.PERSON) != (read.mapping is None):
        wanted = "none, a person has a page" if read.mapping else "a table [sources.mapping]"
        found.append(f"mapping: got {'one' if read.mapping else 'nothing'}, wanted {wanted}")
    for number, one in enumerate(read.counters):
        key = f"counters[{number}]"
        if (one.line is None) == (one.zone is None):
            found.append(f"{key}: got both or neither of line and zone, wanted one of them")
        if (one.at_zone is None) == (one.at_link is None):
            found.append(f"{key}: got both or neither of at_zone and at_link, wanted one of them")
        if read.kind is SourceKind.PERSON and (one.zone is None or one.at_zone is None):
            found.append(f"{key}: got a line, wanted zone and at_zone: a person estimates zones")
    names = [one.line or one.zone or "" for one in read.counters]
    if len(set(names)) < len(names):
        found.append("counters: got a name twice, wanted each once")
    return found if read.mapping is None else found + _mapping_contradictions(read, read.mapping)


def _mapping_contradictions(read: SourceTable, mapping: MappingTable) -> list[str]:
    found = []
    if mapping.until is None and mapping.length_s is None:
        found.append("mapping.length_s: got nothing, wanted length_s, or until with a path")
    if mapping.until is not None and mapping.time_is_end:
        found.append("mapping.until: got a path beside time_is_end, wanted one of them")
    lacking = mapping.counter is None and len(read.counters) > 1
    if lacking:
        found.append("mapping.counter: got nothing, wanted the path of the name: several counters")
    if any(one.zone for one in read.counters) and mapping.people is None:
        found.append("mapping.people: got nothing, wanted a path: a zone is among the counters")
    if any(one.line for one in read.counters) and None in {mapping.entered, mapping.gone}:
        found.append("mapping.in: got nothing for in or out, wanted both: a line is among them")
    known = {one.line or one.zone for one in read.counters}
    found += [
        f"mapping.names: got {ours!r}, wanted one of the counters: {', '.join(map(str, known))}"
        for ours in mapping.names.values()
        if ours not in known
    ]
    rows = parse_path(mapping.rows)
    for key in ("time", "until", "counter", "people", "entered", "gone", "low", "high"):
        text = getattr(mapping, key)
        beyond = None if text is None else _each_beyond(parse_path(text), rows)
        if beyond is not None:
            name = {"entered": "in", "gone": "out"}.get(key, key)
            found.append(
                f"mapping.{name}: got {text!r}, in which [] stands for each of a list that rows "
                f"does not go through, wanted [] only where rows has it; rows is {mapping.rows!r}"
            )
    return found


def _each_beyond(path: Path, rows: Path) -> Step | None:
    for number, step in enumerate(path):
        each = step.field is None and step.key is None
        if each and path[: number + 1] != rows[: number + 1]:
            return step
    return None


def _explain(number: int, mistake: Any) -> str:  # noqa: ANN401 - as pydantic gives it
    """Say one mistake of shape: key, what was found, what is allowed."""
    parts = [f"[{one}]" if isinstance(one, int) else f".{one}" for one in mistake["loc"]]
    key = f"sources[{number}]{''.join(parts)}"
    names = [one for one in mistake["loc"] if isinstance(one, str)]
    table = _table_of(names)
    if mistake["type"] == "extra_forbidden":
        fields = ", ".join(one.alias or name for name, one in table.model_fields.items())
        return f"{key}: unknown key, wanted one of {fields}"
    got = "nothing" if mistake["type"] == "missing" else repr(mistake["input"])[:60]
    schema = table.model_json_schema()["properties"].get(names[-1] if names else "", {})
    inner = schema.get("anyOf", [schema])[0]
    wanted = schema.get("description", inner.get("description", mistake["msg"]))
    return f"{key}: got {got}, wanted {wanted}"


def _table_of(names: Sequence[str]) -> type[_Table]:
    """Return the table in which the last of these keys stands."""
    inner: dict[str, type[_Table]] = {
        "counters": CounterTable,
        "privacy": PrivacyTable,
        "mapping": MappingTable,
    }
    return inner.get(names[0], SourceTable) if len(names) > 1 else SourceTable
