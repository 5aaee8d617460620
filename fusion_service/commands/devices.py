# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service device` for a box's life after its first day.

List, lost, found, rename, retire, replace, clear.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.options import (
    TOKEN_HOURS,
    AuthorityOption,
    ConfigOption,
    HoursOption,
    SiteDevice,
    site_and_device,
)
from fusion_service.errors import DeviceError

if TYPE_CHECKING:
    from rich.text import Text

    from fusion_service.config import FusionConfig
    from fusion_service.store.port import DeviceChanges
    from fusion_service.store.rows import DeviceRow
    from fusion_service.store.sqlite.reader import Reader

PAGE = 200

AnyAuthority = Annotated[
    Path | None,
    typer.Option(
        "--ca", help="The folder that `ca init` made.", show_default="certificates stay as they are"
    ),
]
CrlOption = Annotated[
    Path | None,
    typer.Option(
        help="The crl.pem that the broker reads, on this machine.", show_default="copied by hand"
    ),
]
PidOption = Annotated[
    Path | None,
    typer.Option(help="The broker's pid_file, on this machine.", show_default="reloaded by hand"),
]


def add_to(app: typer.Typer) -> None:
    """Give the command group its verbs."""
    for name, verb in (
        ("list", list_devices),
        ("lost", lose_device),
        ("found", find_device),
        ("rename", rename_device),
        ("retire", retire_device),
        ("replace", replace_device),
        ("clear", clear_name),
    ):
        app.command(name)(verb)


def list_devices(
    config: ConfigOption,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List every device that was ever enrolled, with its history in one line."""
    from rich.console import Console
    from rich.table import Table

    from fusion_service.commands.tables import show
    from fusion_service.config import load
    from fusion_service.store.sqlite.reader import Reader

    rows = list(_devices(Reader(load(config).store.path)))
    if as_json:
        typer.echo(json.dumps([_plain(row) for row in rows]))
        return
    table = Table(
        "site/device",
        "state",
        "key",
        "reports",
        "last window (UTC)",
        "history (UTC)",
        title="devices",
    )
    for row in rows:
        window = row.last_window
        table.add_row(
            f"{row.site}/{row.device}{' (test)' if row.test_site else ''}",
            _state(row),
            row.key[:8],
            str(row.reports),
            "" if window is None else _when(window.start_s * 1000),
            history_line(row),
        )
    show(Console(), table)


def lose_device(
    name: SiteDevice,
    config: ConfigOption,
    ca: AnyAuthority = None,
    crl: CrlOption = None,
    broker_pid: PidOption = None,
) -> None:
    """Refuse from now on all that a lost box sends.

    At the centre, and at the broker, whose connection with it is ended.
    """
    from fusion_service.commands import leaving
    from fusion_service.config import load

    site, device = site_and_device(name)
    settings = load(config)
    with _writing(settings) as (devices, now_ms):
        news = devices.set_lost(site, device, now_ms, now_ms)
    typer.echo(
        f"{name} {'lost' if news else 'was lost already'}: the centre refuses what it sends, and "
        "shows it"
    )
    if ca is None:
        leaving.tell_still_good(name, "lost")
    else:
        leaving.revoke(settings, ca, crl, broker_pid, site, device)


def find_device(name: SiteDevice, config: ConfigOption) -> None:
    """Take a box back that was lost; it needs a new token too, and edge-agent enrol --again."""
    from fusion_service.config import load

    site, device = site_and_device(name)
    with _writing(load(config)) as (devices, now_ms):
        news = devices.set_lost(site, device, None, now_ms)
    typer.echo(f"{name} {'found: the centre takes what it sends' if news else 'was not lost'}")


def rename_device(
    name: SiteDevice,
    to: Annotated[
        str,
        typer.Argument(metavar="SITE/DEVICE", help="What it is to be called.", show_default=False),
    ],
    config: ConfigOption,
) -> None:
    """Call a device something else, with all that it has counted.

    Its box may speak under the old name until it is told.
    """
    from fusion_service.config import load
    from fusion_service.identity import names

    before, after = site_and_device(name), site_and_device(to)
    names.of_device(*after)
    with _writing(load(config)) as (devices, now_ms):
        devices.rename(before, after, now_ms)
    typer.echo(
        f"{name} is {to} from now on, with all that it has counted; its box may go on as {name} "
        "until you come to it"
    )
    typer.echo(
        f"then: fusion-service enrol-token {to}; at the box site and device in its config, and "
        f"edge-agent enrol --again; and after that: fusion-service device revoke {name}, and "
        f"fusion-service device clear {name}",
        err=True,
    )


def retire_device(
    name: SiteDevice,
    config: ConfigOption,
    ca: AnyAuthority = None,
    crl: CrlOption = None,
    broker_pid: PidOption = None,
    *,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take the same box back, with the key that it has.")
    ] = False,
) -> None:
    """Take a device out of service.

    What it counted stays; what it still sends is refused, and nothing of it is waited for.
    """
    from fusion_service.commands import leaving
    from fusion_service.config import load

    site, device = site_and_device(name)
    settings = load(config)
    if undo:
        with _writing(settings) as (devices, now_ms):
            news = devices.reinstate(site, device, now_ms)
        typer.echo(f"{name} {'is in service again' if news else 'was in service already'}")
        return
    with _writing(settings) as (devices, now_ms):
        news = devices.retire(site, device, now_ms)
    typer.echo(
        f"{name} {'retired' if news else 'was retired already'}: what it counted stays, what it "
        "still sends is refused"
    )
    if ca is None:
        leaving.tell_still_good(name, "retire")
        return
    if leaving.revoke(settings, ca, crl, broker_pid, site, device):
        leaving.take_back(settings, ca, site, device, all_of_it=True)
    else:
        typer.echo(f"and after that: fusion-service device clear {name}", err=True)


def replace_device(
    name: SiteDevice,
    config: ConfigOption,
    ca: AnyAuthority = None,
    public_key: Annotated[
        Path | None,
        typer.Option(
            help="The new box's signing.pub: it takes the place at once.",
            show_default="a token is made",
        ),
    ] = None,
    hours: HoursOption = TOKEN_HOURS,
    crl: CrlOption = None,
    broker_pid: PidOption = None,
) -> None:
    """Put another box in the place of one, under the same name.

    What the one before counted until then still counts.
    """
    from fusion_service.commands import leaving
    from fusion_service.config import load
    from fusion_service.registry.registry import read_public_key

    site, device = site_and_device(name)
    settings = load(config)
    row = _known(settings, site, device)
    if public_key is None:
        leaving.hand_over(settings, ca, row, hours)
        return
    key = read_public_key(public_key)
    with _writing(settings) as (devices, now_ms):
        news = devices.replace(site, device, key, now_ms)
    _tell_replaced(name, news=news, before=row, after=_known(settings, site, device))
    if news and ca is not None:
        leaving.revoke(settings, ca, crl, broker_pid, site, device)
        typer.echo(f"now: fusion-service device issue {name}", err=True)
        leaving.take_back(settings, ca, site, device, all_of_it=False)


def clear_name(
    name: SiteDevice,
    config: ConfigOption,
    ca: AuthorityOption,
) -> None:
    """Take back what the broker retains under a name that nobody goes by any more.

    Of a device that is retired or renamed.
    """
    from fusion_service.commands import leaving
    from fusion_service.config import load
    from fusion_service.store.sqlite.reader import Reader

    site, device = site_and_device(name)
    settings = load(config)
    reader = Reader(settings.store.path)
    row = reader.device(site, device)
    if row is not None and row.retired_ms is None:
        raise DeviceError(
            f"{name}: is in service; only a name that nobody goes by is cleared, see device retire "
            "and rename"
        )
    if (of := reader.goes_by(site, device)) is not None:
        raise DeviceError(
            f"{name}: the box of {of} still goes by this name; enrol it as {of} first"
        )
    leaving.take_back(settings, ca, site, device, all_of_it=True)


def history_line(row: "DeviceRow") -> str:
    """Write what became of a device, the oldest first, in one line."""
    parts = (
        f"{_when(one.at_ms)[:10]} {one.event}{f' {one.detail}' if one.detail else ''}"
        for one in row.history
    )
    return "; ".join(parts)


def _tell_replaced(name: str, *, news: bool, before: "DeviceRow", after: "DeviceRow") -> None:
    done = "replaced" if news else "has this key already"
    typer.echo(f"{name} {done}: {history_line(after)}")
    if news and before.missing:
        typer.echo(
            f"{before.missing} sequences of the box before have not come; they still count if they "
            "do",
            err=True,
        )


def _devices(reader: "Reader") -> Iterator["DeviceRow"]:
    after = ("", "")
    while rows := reader.devices(after=after, limit=PAGE):
        yield from rows
        after = (rows[-1].site, rows[-1].device)


def _plain(row: "DeviceRow") -> dict[str, object]:
    return {
        "site": row.site,
        "device": row.device,
        "test_site": row.test_site,
        "state": str(_state(row)),
        "key": row.key,
        "reports": row.reports,
        "missing": row.missing,
        "last_window_start_s": None if row.last_window is None else row.last_window.start_s,
        "former_names": list(row.former_names),
        "history": [asdict(one) for one in row.history],
        "history_line": history_line(row),
    }


def _state(row: "DeviceRow") -> "Text":
    from rich.text import Text

    if row.retired_ms is not None:
        return Text("retired")
    return Text("lost", style="red") if row.lost_ms is not None else Text("in service")


def _when(at_ms: int) -> str:
    """Write a time; a box may claim one that no calendar has."""
    try:
        return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError):
        return str(at_ms // 1000)


def _known(settings: "FusionConfig", site: str, device: str) -> "DeviceRow":
    from fusion_service.store.sqlite.reader import Reader

    row = Reader(settings.store.path).device(site, device)
    if row is None:
        raise DeviceError(
            f"{site}/{device}: is not enrolled here; fusion-service device list shows who is"
        )
    return row


@contextmanager
def _writing(settings: "FusionConfig") -> Iterator[tuple["DeviceChanges", int]]:
    from fusion_service.store.sqlite.writer import Writer

    store = settings.store
    with (
        Writer(store.path, **store.limits) as writer,
        writer.transaction() as transaction,
    ):
        yield transaction.devices, time.time_ns() // 1_000_000
