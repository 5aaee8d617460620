# SPDX-License-Identifier: Apache-2.0
"""Read a scenario's TOML file for one site. Every mistake in it is told at once.

A scenario names no city: it speaks of roles, and [roles] says what each is at a site, by the id
that the site's file gives or by its place there (`zone 2`, `gate 1`, `link 3`, `device 14`, counted
from 1 in the order of the file; a gate is a link that leads outside). docs/EXERCISES.md shows it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fusion_service.errors import ConfigError
from fusion_service.exercise.scenario import (
    HOURS_MAX,
    HOURS_OF_A_DAY,
    INJECTS_MAX,
    Inject,
    InjectKind,
    Profile,
    Scenario,
)
from fusion_service.registry.site import Site, TrustClass
from wire_contract.programs.config_text import TextError, line_of, read_text, read_toml, shown

EVERY = "every"
_ORDINAL = re.compile(r"(zone|gate|link|device) ([1-9][0-9]{0,3})")
_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
Word = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$", description="1 to 32 of a-z 0-9 -")]
Reference = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9 -]{0,39}$",
        description="a role of [roles], an id of the site, or a place such as `zone 2`",
    ),
]
Time = Annotated[str, Field(pattern=_TIME, description='a local time such as "14:30"')]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ProfileTable(_Table):
    """How people come to a zone and leave it; see `Profile`."""

    zone: Reference
    arrivals: Annotated[
        list[Annotated[float, Field(ge=0, le=5)]],
        Field(
            min_length=HOURS_OF_A_DAY,
            max_length=HOURS_OF_A_DAY,
            description="24 numbers from 0 to 5, one for each local hour: the share of the zone's "
            "capacity that comes in it",
        ),
    ]
    stay_min: Annotated[
        float, Field(ge=1, le=1440, description="a number from 1 to 1440, minutes")
    ] = 45.0
    """A walk, or something to eat."""
    onward: Annotated[float, Field(ge=0, le=0.9, description="a number from 0 to 0.9")] = 0.4
    """Under .9: somebody goes home."""


class InjectTable(_Table):
    """One thing that happens; see `InjectKind`."""

    kind: Annotated[InjectKind, Field(strict=False, description=" or ".join(InjectKind))]
    at: Time
    until: Time | None = None
    """None: until the end of the scenario."""
    zone: Reference | None = None
    to: Reference | None = None
    link: Reference | None = None
    devices: Annotated[
        list[Reference], Field(max_length=1_000, description="a list of devices")
    ] = []
    factor: Annotated[float, Field(ge=0, le=10, description="a number from 0 to 10")] | None = None
    people: (
        Annotated[int, Field(ge=1, le=100_000, description="a whole number from 1 to 100000")]
        | None
    ) = None


class ScenarioTable(_Table):
    """The whole file."""

    format: Annotated[Literal[1], Field(description="1")]
    name: Word
    text: Annotated[str, Field(max_length=2_000, description="a text of 2,000 characters")] = ""
    """What is practised: for whoever runs it."""
    site: Annotated[str, Field(max_length=4_096, description="a file, or a site's name")] | None = (
        None
    )
    """None: it is named when it is run. With one the scenario is of one city."""
    date: Annotated[date, Field(description="a day such as 2026-07-19, without quotes")]
    begins: Time = "06:00"
    hours: Annotated[
        float, Field(gt=0, le=HOURS_MAX, description=f"a number above 0 to {HOURS_MAX}")
    ] = 24.0
    """A day."""
    seed: Annotated[int, Field(ge=0, le=2**31, description="a whole number from 0")] = 1
    """Another one draws another day of the same kind."""
    roles: dict[Word, Reference] = Field(default_factory=dict)
    profiles: Annotated[list[ProfileTable], Field(min_length=1, max_length=1_000)]
    injects: Annotated[list[InjectTable], Field(max_length=INJECTS_MAX)] = []


NEEDS: Mapping[InjectKind, tuple[frozenset[str], frozenset[str]]] = {
    InjectKind.GATE_CLOSES: (frozenset({"link"}), frozenset()),
    InjectKind.LINK_CLOSES: (frozenset({"link"}), frozenset()),
    InjectKind.TRAM_REROUTED: (frozenset({"zone", "factor"}), frozenset({"to"})),
    InjectKind.CROWD_ARRIVES: (frozenset({"zone", "people", "until"}), frozenset()),
    InjectKind.BOXES_FAIL: (frozenset({"devices"}), frozenset()),
    InjectKind.UPLINK_FAILS: (frozenset({"devices"}), frozenset()),
    InjectKind.CAMERA_DARK: (frozenset({"devices"}), frozenset()),
    InjectKind.COUNTER_LIES: (frozenset({"devices", "factor"}), frozenset()),
    InjectKind.COUNTER_STUCK: (frozenset({"devices"}), frozenset()),
}
"""Of each kind the keys that it needs, and those that it may have, besides kind, at and until."""
_KEYS = ("zone", "to", "link", "devices", "factor", "people")


def site_named(raw: bytes, where: str) -> str | None:
    """Return the site that a scenario names itself. Raises ConfigError where it is no TOML."""
    named = _tree(raw, where).get("site")
    return named if isinstance(named, str) else None


def read_scenario(raw: bytes, where: str, site: Site, site_text: str) -> Scenario:
    """Read a scenario for a site. where: what the file is called in messages.

    Raises ConfigError with a line for every mistake.
    """
    tree = _tree(raw, where)
    reading = _Reading(where, read_text(raw), site)
    try:
        table = ScenarioTable.model_validate(tree)
    except ValidationError as error:
        for mistake in error.errors():
            reading.tell_shape(mistake["loc"], mistake["type"], mistake["input"], mistake["msg"])
        raise ConfigError("\n".join(reading.mistakes)) from error
    reading.roles = _roles(reading, table.roles)
    start = _local(site, table.date, table.begins)
    length_s = round(table.hours * 60) * 60
    profiles = _profiles(reading, table.profiles)
    injects = tuple(_injects(reading, table, start, length_s))
    if reading.mistakes:
        raise ConfigError("\n".join(reading.mistakes))
    return Scenario(
        name=table.name,
        site=site,
        site_text=site_text,
        start_s=int(start.timestamp()),
        length_s=length_s,
        seed=table.seed,
        profiles=profiles,
        injects=injects,
    )


@dataclass(slots=True)
class _Reading:
    """One file as it is read: what it is called, its text, and the mistakes found so far."""

    where: str
    text: str
    site: Site
    roles: dict[str, str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def tell(self, place: tuple[int | str, ...], got: str, wanted: str) -> None:
        """Note a mistake: where, what was found, what is wanted, and on which line."""
        number = line_of(self.text, place) if any(isinstance(one, str) for one in place) else None
        line = "" if number is None else f" (line {number})"
        self.mistakes.append(f"{self.where}: {_key(place)}: got {got}, wanted {wanted}{line}")

    def tell_shape(
        self, loc: tuple[int | str, ...], kind: str, found: object, message: str
    ) -> None:
        """Note a mistake of shape, as pydantic found it."""
        place = loc[:3]
        if kind == "extra_forbidden":
            wanted = f"one of {', '.join(_table_at(loc).model_fields)}"
            self.tell(place, f"an unknown key {str(loc[-1])[:40]!r}", wanted)
            return
        got = "nothing" if kind == "missing" else shown(found)
        self.tell(place, got, _description(loc) or message)

    def find(self, kind: str, word: str, place: tuple[int | str, ...]) -> str | None:
        """Return the id of the site's zone, gate, link or device that a word stands for."""
        meant = self.roles.get(word, word)
        known = _known(self.site, kind)
        ordinal = _ORDINAL.fullmatch(meant)
        if ordinal is not None and ordinal[1] == kind and int(ordinal[2]) <= len(known):
            return known[int(ordinal[2]) - 1]
        if meant in known:
            return meant
        roles = [f"a role of [roles] ({', '.join(self.roles)})"] if self.roles else []
        some = ", ".join(known[:6]) + (", ..." if len(known) > 6 else "")  # noqa: PLR2004 - what fits on a line
        place_words = f"`{kind} 1` to `{kind} {len(known)}`" if known else f"no {kind}: it has none"
        wanted = " or ".join([*roles, place_words, f"a {kind} of site {self.site.id}: {some}"])
        self.tell(place, repr(word) if meant == word else f"{word!r}, which is {meant!r}", wanted)
        return None


def _tree(raw: bytes, where: str) -> dict[str, object]:
    try:
        return read_toml(raw)
    except TextError as error:
        raise ConfigError(f"{where}: {error}") from error


def _known(site: Site, kind: str) -> Sequence[str]:
    if kind == "zone":
        return [zone.id for zone in site.zones]
    if kind == "device":
        return [one.device for one in site.placements if one.trust is TrustClass.BOX]
    is_gate = kind == "gate"
    return [one.id for one in site.links if (None in {one.from_zone, one.to_zone}) == is_gate]


def _roles(reading: _Reading, named: Mapping[str, str]) -> dict[str, str]:
    """Return the roles, where each means something that the site has."""
    ids = {
        word for kind in ("zone", "gate", "link", "device") for word in _known(reading.site, kind)
    }
    roles = {}
    for role, meant in named.items():
        place = ("roles", role)
        ordinal = _ORDINAL.fullmatch(meant)
        if role == EVERY or role in ids:
            reading.tell(place, repr(role), "a role that is neither `every` nor an id of the site")
        elif ordinal is not None:
            if reading.find(ordinal[1], meant, place) is not None:
                roles[role] = meant
        elif meant in ids:
            roles[role] = meant
        else:
            wanted = f"an id of site {reading.site.id}, or a place there such as `zone 1`"
            reading.tell(place, repr(meant), wanted)
    return roles


def _profiles(reading: _Reading, tables: Sequence[ProfileTable]) -> dict[str, Profile]:
    """Return each zone's profile: its own, or that of every zone."""
    found: dict[str, Profile] = {}
    for number, table in enumerate(tables):
        place = ("profiles", number, "zone")
        zone = EVERY if table.zone == EVERY else reading.find("zone", table.zone, place)
        if zone is None:
            continue
        if zone in found:
            reading.tell(place, repr(table.zone), "each zone once")
        found[zone] = Profile(tuple(table.arrivals), table.stay_min, table.onward)
    every = found.pop(EVERY, None)
    lacking = [zone.id for zone in reading.site.zones if zone.id not in found]
    if every is None and lacking:
        wanted = f'a profile for {", ".join(lacking[:6])}; or one with zone = "every"'
        reading.tell(("profiles",), f"{len(found)} of {len(reading.site.zones)} zones", wanted)
        return found
    return {zone.id: found.get(zone.id) or every or _NOBODY for zone in reading.site.zones}


_NOBODY = Profile((0.0,) * HOURS_OF_A_DAY, 1.0, 0.0)


def _injects(
    reading: _Reading, table: ScenarioTable, start: datetime, length_s: int
) -> Iterator[Inject]:
    start_s = int(start.timestamp())
    for number, each in enumerate(table.injects):
        place = ("injects", number)
        if not _has_its_keys(reading, each, place):
            continue
        at_s = _moment(start, each.at)
        until_s = start_s + length_s if each.until is None else _moment(start, each.until, at_s)
        if not start_s <= at_s < start_s + length_s:
            wanted = f"a time of the scenario: {table.hours:g} hours from {table.begins}"
            reading.tell((*place, "at"), repr(each.at), wanted)
        of_link = "gate" if each.kind is InjectKind.GATE_CLOSES else "link"
        yield Inject(
            kind=each.kind,
            at_s=at_s,
            until_s=until_s,
            zones=_found(reading, "zone", each.zone, (*place, "zone")),
            links=_found(reading, of_link, each.link, (*place, "link")),
            devices=tuple(
                device
                for word in each.devices
                for device in _found(reading, "device", word, (*place, "devices"))
            ),
            to=next(iter(_found(reading, "zone", each.to, (*place, "to"))), None),
            factor=1.0 if each.factor is None else each.factor,
            people=each.people or 0,
        )


def _has_its_keys(reading: _Reading, each: InjectTable, place: tuple[int | str, ...]) -> bool:
    """Say whether an inject has the keys of its kind and no others."""
    needed, allowed = NEEDS[each.kind]
    given = {key for key in (*_KEYS, "until") if getattr(each, key) not in (None, [])}
    for key in sorted(needed - given):
        reading.tell((*place, key), "nothing", f"{key}, which {each.kind} needs")
    for key in sorted(given - needed - allowed - {"until"}):
        keys = ", ".join(sorted(needed | allowed | {"kind", "at", "until"}))
        reading.tell((*place, key), "a key that does nothing", f"of {each.kind} only {keys}")
    return needed <= given


def _found(
    reading: _Reading, kind: str, word: str | None, place: tuple[int | str, ...]
) -> tuple[str, ...]:
    found = None if word is None else reading.find(kind, word, place)
    return () if found is None else (found,)


def _local(site: Site, day: date, time: str) -> datetime:
    hour, minute = map(int, time.split(":"))
    zone = ZoneInfo(site.time_zone)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def _moment(start: datetime, time: str, after_s: int | None = None) -> int:
    """Return the first such local time from the start on, or after another moment, unix s."""
    hour, minute = map(int, time.split(":"))
    moment = start.replace(hour=hour, minute=minute)
    begin_s = int(start.timestamp()) if after_s is None else after_s + 1
    while moment.timestamp() < begin_s:
        moment += timedelta(days=1)
    return int(moment.timestamp())


def _key(place: tuple[int | str, ...]) -> str:
    words = (f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)
    return "".join(words).lstrip(".")


def _table_at(loc: tuple[int | str, ...]) -> type[_Table]:
    """Return the table in which the last key of a place stands."""
    if len(loc) == 1:
        return ScenarioTable
    return InjectTable if loc[0] == "injects" else ProfileTable


def _description(loc: tuple[int | str, ...]) -> str:
    """Return what a key allows, empty where the file's shape is not even that of a table."""
    keys = [one for one in loc if isinstance(one, str)]
    table = ScenarioTable if len(keys) == 1 else _table_at(loc)
    if len(keys) > 1 and loc[0] == "roles":
        return "1 to 32 of a-z 0-9 - for the role, and an id of the site or a place for what it is"
    properties = table.model_json_schema()["properties"]
    schema = properties.get(keys[-1] if len(keys) > 1 else keys[0], {})
    inner = schema.get("anyOf", [schema])[0]
    return str(schema.get("description", inner.get("description", "")))
