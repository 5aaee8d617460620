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
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from fusion_service.errors import ConfigError
from fusion_service.exercise.scenario import (
    HOURS_OF_A_DAY,
    MINUTE_S,
    MOMENTS,
    OF_A_CROWD,
    Inject,
    InjectKind,
    Profile,
    Recorded,
    Scenario,
)
from fusion_service.exercise.scenario_tables import (
    BEGINS,
    EVERY,
    HOURS,
    NEEDS,
    InjectTable,
    ProfileTable,
    ScenarioTable,
    Table,
)
from fusion_service.exercise.steward import who_looks
from fusion_service.registry.site import Site, TrustClass
from wire_contract.programs.config_text import TextError, line_of, read_text, read_toml, shown

_ORDINAL = re.compile(r"(zone|gate|link|device) ([1-9][0-9]{0,3})")
_KEYS = ("zone", "to", "link", "devices", "factor", "people", "text")


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
    if not tree.get("profiles") and "recorded" not in tree:
        wanted = "how people come, [[profiles]]; or recorded, of a day that was"
        reading.tell(("profiles",), "nothing", wanted)
    try:
        table = ScenarioTable.model_validate(tree)
    except ValidationError as error:
        for mistake in error.errors():
            reading.tell_shape(mistake["loc"], mistake["type"], mistake["input"], mistake["msg"])
        raise ConfigError("\n".join(reading.mistakes)) from error
    reading.roles = _roles(reading, table.roles)
    _tell_other_kind(reading, table)
    is_recorded = table.recorded is not None
    begins = (table.since if is_recorded else table.begins) or BEGINS
    start = _local(site, table.date, begins)
    length_s = round((table.hours or HOURS) * 60) * 60
    recorded = None
    if table.recorded is not None and table.day is not None and table.to is not None:
        from_ = _local(site, table.day, begins)
        recorded = Recorded(Path(table.recorded), int(from_.timestamp()))
        length_s = _moment(from_, table.to, recorded.from_s) - recorded.from_s
    profiles = _profiles(reading, table.profiles) if table.profiles and not is_recorded else {}
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
        text=table.text,
        recorded=recorded,
    )


def _tell_other_kind(reading: "_Reading", table: ScenarioTable) -> None:
    """Tell what a recorded day lacks, and keys of the other kind of day."""
    recorded = {"day": table.day, "from": table.since, "to": table.to}
    scripted = {"begins": table.begins, "hours": table.hours, "profiles": table.profiles}
    if table.recorded is None:
        for key in (key for key, value in recorded.items() if value is not None):
            wanted = f"{key} only beside recorded; a scripted day has begins and hours"
            reading.tell((key,), "a key that does nothing", wanted)
        return
    for key in (key for key, value in recorded.items() if value is None):
        wanted = f"{key}, which a recorded day needs: day, from and to say what is played again"
        reading.tell((key,), "nothing", wanted)
    for key in (key for key, value in scripted.items() if value not in (None, [])):
        wanted = f"no {key} beside recorded; a recorded day has day, from and to"
        reading.tell((key,), "a key that does nothing", wanted)


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
            fields = _table_at(loc).model_fields.items()
            wanted = f"one of {', '.join(field.alias or name for name, field in fields)}"
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
        if table.recorded is not None and each.kind in OF_A_CROWD:
            kinds = " or ".join(kind for kind in InjectKind if kind not in OF_A_CROWD)
            wanted = f"{kinds}: in a recorded day nobody is drawn who could go elsewhere"
            reading.tell((*place, "kind"), repr(str(each.kind)), wanted)
            continue
        at_s = _moment(start, each.at)
        until_s = start_s + length_s if each.until is None else _moment(start, each.until, at_s)
        if not start_s <= at_s < start_s + length_s:
            wanted = f"a time of the scenario: {length_s / 3600:g} hours from {start:%H:%M}"
            reading.tell((*place, "at"), repr(each.at), wanted)
        if each.kind in MOMENTS:
            until_s = at_s + MINUTE_S
        if each.kind is InjectKind.PERSON_SAYS:
            _tell_who_looks(reading, each, (*place, "zone"))
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
            text=each.text or "",
        )


def _has_its_keys(reading: _Reading, each: InjectTable, place: tuple[int | str, ...]) -> bool:
    """Say whether an inject has the keys of its kind and no others."""
    needed, allowed = NEEDS[each.kind]
    given = {key for key in (*_KEYS, "until") if getattr(each, key) not in (None, [])}
    for key in sorted(needed - given):
        reading.tell((*place, key), "nothing", f"{key}, which {each.kind} needs")
    always = {"kind", "at"} | (set() if each.kind in MOMENTS else {"until"})
    for key in sorted(given - needed - allowed - always):
        keys = ", ".join(sorted(needed | allowed | always))
        reading.tell((*place, key), "a key that does nothing", f"of {each.kind} only {keys}")
    return needed <= given


def _tell_who_looks(reading: _Reading, each: InjectTable, place: tuple[int | str, ...]) -> None:
    """Tell where nobody of the site looks at the zone of which a person is to speak."""
    watched = [zone.id for zone in reading.site.zones if who_looks(reading.site, zone.id)]
    zones = _found(reading, "zone", each.zone, place)
    if zones and zones[0] not in watched:
        some = f"{', '.join(watched)}, or" if watched else "of this site none;"
        wanted = (
            f"a zone that a source of kind person looks at: {some} add [[sources]] with kind = "
            '"person" to the site\'s file'
        )
        reading.tell(place, repr(each.zone), wanted)


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


def _table_at(loc: tuple[int | str, ...]) -> type[Table]:
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
