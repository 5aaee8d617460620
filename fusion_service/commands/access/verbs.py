# SPDX-License-Identifier: Apache-2.0
"""The verbs of people, keys and the access log; cli.py hangs them up.

No secret is an argument, since any user of the machine may see those of a process: a password is
asked for, or read from stdin. What is made here is shown once.
"""

import base64
import json
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fusion_service.access.making import By, Shown
    from fusion_service.ledger.access_log import Entry
    from fusion_service.store.sqlite.access.keeper import AccessFile

SHOWN_MAX = 100_000
Login = Annotated[str, typer.Argument(help="By which they log in.", show_default=False)]
Role = Annotated[str, typer.Option(help="What they are, as viewer or officer.", show_default=False)]
Organisation = Annotated[str, typer.Option(help="Whose they are.", show_default=False)]
Places = Annotated[
    list[str] | None,
    typer.Option("--scope", help="A site, or site/zone; again for more.", show_default="all sites"),
]
KeyName = Annotated[str, typer.Argument(help="What the key is called.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def add_to(person_app: typer.Typer, key_app: typer.Typer, access_app: typer.Typer) -> None:
    """Hang the verbs up."""
    person_app.command("add")(add_person)
    person_app.command("list")(list_persons)
    person_app.command("disable")(disable_person)
    person_app.command("reset")(reset_person)
    key_app.command("add")(add_key)
    key_app.command("list")(list_keys)
    key_app.command("revoke")(revoke_key)
    access_app.command("log")(show_log)
    access_app.command("erase")(erase)


def add_person(
    login: Login,
    config: ConfigOption,
    role: Role,
    organisation: Organisation,
    scope: Places = None,
    language: Annotated[str, typer.Option(help="nl or en.")] = "nl",
) -> None:
    """Let a person in; their password is asked for, and what they need besides is shown once."""
    from fusion_service.access.making import Wanted, check_person
    from fusion_service.access.making import add_person as made

    with _opened(config) as (keeper, by):
        wanted = Wanted(login, role, organisation, tuple(scope or ("*",)), language)
        check_person(wanted)
        _show_once(login, made(keeper, wanted, _password(is_sealed=role == "break-glass"), by))


def reset_person(login: Login, config: ConfigOption) -> None:
    """Give a person a new password, code and recovery codes; seal a sealed account anew."""
    from fusion_service.access.making import found_person
    from fusion_service.access.making import reset_person as made

    with _opened(config) as (keeper, by):
        is_sealed = found_person(keeper, login).role == "break-glass"
        _show_once(login, made(keeper, login, _password(is_sealed=is_sealed), by))


def disable_person(login: Login, config: ConfigOption) -> None:
    """Let a person in no more, for good; their sessions end at once."""
    from fusion_service.access.making import disable_person as disabled

    with _opened(config) as (keeper, by):
        disabled(keeper, login, by)
    typer.echo(f"{login}: is let in no more; fusion-service access erase --person takes the name")


def list_persons(config: ConfigOption, *, as_json: AsJson = False) -> None:
    """List who may log in."""
    with _opened(config) as (keeper, _):
        rows = keeper.persons()
    shown: list[dict[str, object]] = [
        {
            "login": row.login or f"(erased {_time(row.erased_ms)})",
            "id": row.id,
            "role": row.role,
            "organisation": row.organisation,
            "scope": row.scope,
            "state": "disabled" if row.disabled_ms else "seal broken" if row.opened_ms else "open",
        }
        for row in rows
    ]
    _show(shown, as_json=as_json)


def add_key(
    name: KeyName,
    config: ConfigOption,
    role: Role,
    organisation: Organisation,
    scope: Places = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="How long it is good.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="A new file for it, mode 0600.", show_default="shown once")
    ] = None,
) -> None:
    """Make a key for a program, or with --role wall-screen one that pairs a screen, once."""
    from fusion_service.access.making import Wanted
    from fusion_service.access.making import add_key as made
    from fusion_service.private_file import make_private

    if out is not None and out.exists():
        raise typer.BadParameter(f"{out}: is there already; name a new file with --out")
    with _opened(config) as (keeper, by):
        wanted = Wanted(name, role, organisation, tuple(scope or ("*",)))
        key = made(keeper, wanted, days, by)
    if out is None:
        typer.echo(key)
        typer.echo("shown once; the centre keeps its hash alone", err=True)
        return
    make_private(out)
    out.write_text(f"{key}\n", "ascii")
    typer.echo(f"{out}: has the key; for Authorization: Bearer")


def list_keys(config: ConfigOption, *, as_json: AsJson = False) -> None:
    """List the keys of programs and screens."""
    with _opened(config) as (keeper, _):
        rows = keeper.all_keys()
    shown: list[dict[str, object]] = [
        {
            "name": row.name,
            "role": row.role,
            "organisation": row.organisation,
            "scope": row.scope,
            "ends": _time(row.ends_ms),
            "used": _time(row.used_ms or row.paired_ms),
            "state": "revoked" if row.revoked_ms else "paired" if row.paired_ms else "open",
        }
        for row in rows
    ]
    _show(shown, as_json=as_json)


def revoke_key(name: KeyName, config: ConfigOption) -> None:
    """Let a key, and a screen that was paired by it, open nothing more."""
    from fusion_service.access.making import revoke_key as revoked

    with _opened(config) as (keeper, by):
        revoked(keeper, name, by)
    typer.echo(f"{name}: opens nothing any more")


def show_log(
    config: ConfigOption,
    limit: Annotated[int, typer.Option(min=1, max=SHOWN_MAX, help="The last so many.")] = 100,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the access log, and say whether its chain is whole."""
    from fusion_service.errors import AccessError
    from fusion_service.ledger.access_log import fault_of_chain

    with _opened(config) as (keeper, _):
        fault = fault_of_chain(keeper.whole_log())
        entries = keeper.entries(before_id=2**53, limit=limit)
    _show([_entry(one) for one in reversed(entries)], as_json=as_json)
    if fault is not None:
        raise AccessError(f"access log: {fault}; compare it with a backup")
    typer.echo("the chain is whole", err=True)


def erase(
    config: ConfigOption,
    person: Annotated[
        str | None, typer.Option(help="Who somebody was: a login, or an id of person list.")
    ] = None,
    entry: Annotated[int | None, typer.Option(min=1, help="The texts of an entry.")] = None,
    field: Annotated[str | None, typer.Option(help="With --entry: this one alone.")] = None,
    *,
    of_shift: Annotated[
        bool, typer.Option("--of-shift", help="The entry is one of the shift's log.")
    ] = False,
    containing: Annotated[
        bool, typer.Option("--containing", help="Every text with the words that are asked for.")
    ] = False,
) -> None:
    """Erase names and texts from the access log; a tombstone says when and by whom."""
    from fusion_service.store.access import Place

    if [person is not None, entry is not None, containing].count(True) != 1:
        raise typer.BadParameter("give one of --person, --entry and --containing")
    with _opened(config) as (keeper, by):
        if person is not None:
            count = _erase_person(keeper, person, by)
        else:
            words = _asked("Words") if containing else None
            if containing and not words:
                raise typer.BadParameter("--containing: got no words, wanted those to erase")
            place = Place(entry, field, words, of_shift=of_shift)
            count = keeper.erase_texts(place, at_ms=by.now_ms, by=by.name)
    typer.echo(
        f"{count} texts erased. Copies of the store that were made before still hold them, and a "
        "restore takes them out; make a copy now, so that the list of it goes along"
    )


def _erase_person(keeper: "AccessFile", person: str, by: "By") -> int:
    from fusion_service.errors import AccessError

    row = keeper.person(person) or keeper.person_by_id(person)
    former = [one for one in keeper.persons() if one.login == person]
    if row is None and not former:
        raise AccessError("person: nobody has this login or id; fusion-service person list has all")
    return keeper.erase_person((row or former[0]).id, at_ms=by.now_ms, by=by.name)


@contextmanager
def _opened(config: Path) -> "Iterator[tuple[AccessFile, By]]":
    need(Extra.FUSION)
    from fusion_service.access.making import By
    from fusion_service.config import load
    from fusion_service.security_log import own_actor
    from fusion_service.store.sqlite.access.keeper import AccessFile

    store = load(config).store
    with AccessFile(store.path, size_mib_max=store.size_mib_max) as keeper:
        yield keeper, By(own_actor(), time.time_ns() // 1_000_000)


def _password(*, is_sealed: bool) -> str:
    """Ask for a password, or read it from stdin; an empty one is made."""
    return "" if is_sealed else _asked("Password (empty: one is made)", is_hidden=True)


def _asked(what: str, *, is_hidden: bool = False) -> str:
    if sys.stdin.isatty():
        found = typer.prompt(
            what,
            default="",
            hide_input=is_hidden,
            confirmation_prompt=is_hidden,
            show_default=False,
        )
        return str(found).strip()
    return sys.stdin.readline().rstrip("\n")


def _show_once(login: str, shown: "Shown") -> None:
    from fusion_service.access.one_time_code import enrolment_address

    typer.echo(f"login     {login}")
    typer.echo(f"password  {shown.password}")
    if shown.totp is None:
        typer.echo("print this, seal it, and keep it apart; its use is an alarm, and opens it once")
        return
    typer.echo(f"code      {base64.b32encode(shown.totp).decode('ascii')}")
    typer.echo(f"          {enrolment_address(shown.totp, login=login, issuer='people-count')}")
    typer.echo(f"recovery  {' '.join(shown.recovery)}")
    typer.echo("shown once; the centre keeps hashes, and the secret of the codes", err=True)


def _show(rows: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo("  ".join(f"{key}={value}" for key, value in row.items() if value != ""))


def _entry(entry: "Entry") -> dict[str, object]:
    texts = {
        one.field: one.content
        if one.content is not None
        else f"(erased {_time(one.erased_ms)} by {one.erased_by})"
        for one in entry.texts
    }
    return {
        "id": entry.id,
        "at": _time(entry.at_ms),
        "actor": entry.actor,
        "action": entry.action,
        "outcome": entry.outcome,
        "object": entry.object,
        "organisation": entry.organisation,
        "retention": entry.retention,
        **texts,
    }


def _time(time_ms: int | None) -> str:
    if time_ms is None:
        return ""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
