# SPDX-License-Identifier: Apache-2.0
"""`fusion-service status`: how a running centre and its boxes fare."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from fusion_service.errors import UnreachableError
from wire_contract.messages.report import Level

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from fusion_service.web.views.base import Page, View
    from fusion_service.web.views.devices import CertificateDaysView, DeviceView
    from fusion_service.web.views.health import CertificateView, HealthView, OutletView
    from fusion_service.web.views.losses import GapView, LostView, OutcomesView

ANSWER_WAIT_S = 5.0
ANSWER_BYTES_MAX = 16 * 1024 * 1024
DEVICES_SHOWN = 100
GAPS_SHOWN = 50
LEVEL_STYLE: dict[str, str] = {"": "", Level.FULL: "", Level.STANDARD: ""}
"""How a level looks on a terminal; every other one is red."""
CERTIFICATE_DAYS_LOW = 14
"""Days that are left where a timer has failed for two weeks: it renews with thirty of ninety
left."""
CERTIFICATES_LOW = {
    "issuing": (60, "fusion-service ca issuing"),
    "root": (400, "fusion-service ca init"),
}
"""The same of those that no timer renews, and what does: `ca renew-servers` has asked for the one
for two months by then; the other ends with the last issuing certificate that it can make for a
year."""
BOX_DAYS_LOW = 7
"""A box's is renewed with ten of thirty days left."""

T = TypeVar("T", bound="View")


def status(
    url: Annotated[
        str | None,
        typer.Option(
            help="Where the running service listens.",
            show_default="as --config says, or http://127.0.0.1:8080",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="The centre's TOML file; its http.host and http.port are asked."
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with the key to ask by.",
            show_default="the key of this machine, as --config says",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Show how a running centre and its boxes fare."""
    from rich.console import Console

    from fusion_service.commands.tables import show
    from fusion_service.config import load, url_of
    from fusion_service.web.views.base import Page
    from fusion_service.web.views.devices import DeviceView
    from fusion_service.web.views.health import HealthView
    from fusion_service.web.views.losses import GapView, LostView, OutcomesView

    url = url or (url_of(load(config).http) if config is not None else "http://127.0.0.1:8080")
    key = _key(config, key_file)
    health = _ask(url, "/v1/health", HealthView, key)
    devices = _ask(url, f"/v1/devices?limit={DEVICES_SHOWN}", Page[DeviceView], key)
    gaps = _ask(url, f"/v1/gaps?limit={GAPS_SHOWN}", Page[GapView], key)
    lost = _ask(url, f"/v1/lost?limit={GAPS_SHOWN}", Page[LostView], key)
    outcomes = _ask(url, "/v1/outcomes", OutcomesView, key)
    if as_json:
        named = {"health": health, "devices": devices, "gaps": gaps, "lost": lost}
        views: dict[str, View] = {**named, "outcomes": outcomes}
        typer.echo(json.dumps({name: one.model_dump(mode="json") for name, one in views.items()}))
        return
    _print_health(Console(), health)
    tables = [_device_table(devices), _outcome_table(outcomes)]
    tables[1:1] = [_gap_table(gaps)] if gaps.items else []
    tables[-1:-1] = [_lost_table(lost)] if lost.items else []
    for table in tables:
        show(Console(), table)


def _print_health(console: "Console", health: "HealthView") -> None:
    console.print(
        f"centre {health.condition}, broker {health.broker.state} {health.broker.detail}".rstrip(),
        markup=False,
    )
    if health.store.detail:
        console.print(f"store: {health.store.detail}", markup=False)
    for outlet in health.outlets:
        console.print(_outlet_line(outlet))
    for one in health.certificates:
        console.print(_certificate_line(one))


def _key(config: Path | None, key_file: Path | None) -> str:
    """Return the key to ask by; empty where none is named."""
    from fusion_service.access.local_key import read_key
    from fusion_service.config import load

    if key_file is None and config is None:
        return ""
    return read_key(key_file or load(config or Path()).local_key)


def _ask(url: str, path: str, view: type[T], key: str) -> T:
    """Ask the running service. Raises UnreachableError where no sensible answer comes."""
    import urllib.error
    import urllib.request
    from http.client import HTTPException

    from pydantic import ValidationError

    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter(
            f"got {url[:80]!r}, wanted a URL that begins with http:// or https://"
        )
    address = url.rstrip("/") + path
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - http and https only, checked above
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WAIT_S) as answer:  # noqa: S310 - the same
            return view.model_validate_json(answer.read(ANSWER_BYTES_MAX))
    except urllib.error.HTTPError as error:
        advice = "name --config, or a key's file with --key-file"
        raise UnreachableError(f"{address}: {error.code} {error.reason}; {advice}") from error
    except (OSError, HTTPException) as error:
        raise UnreachableError(
            f"{address}: {error}; start fusion-service run, or name its address with --url or "
            "--config"
        ) from error
    except ValidationError as error:
        raise UnreachableError(
            f"{address}: answers, but not as fusion-service does; name its address with --url"
        ) from error


def _outlet_line(one: "OutletView") -> "Text":
    """Say whether an outlet takes what it is told; red where it does not, since when and why."""
    from rich.text import Text

    if one.since is None:
        return Text(f"{one.name}: fine")
    line = f"{one.name}: fails since {_utc(one.since)}: {one.detail}; {one.waiting} messages wait"
    if one.oldest_at is not None:
        line += f", the oldest since {_utc(one.oldest_at)}"
    return Text(line, "red")


def _certificate_line(one: "CertificateView") -> "Text":
    """Say how long a certificate is good; red while there is still time to do something."""
    from rich.text import Text

    line = (
        f"certificate of the {one.name}: {one.days_left} days left, until "
        f"{one.ends:%Y-%m-%d %H:%M} UTC"
    )
    days_low, remedy = CERTIFICATES_LOW.get(
        one.name, (CERTIFICATE_DAYS_LOW, "fusion-service ca renew-servers")
    )
    return Text(line) if one.days_left > days_low else Text(f"{line}; run {remedy}", style="red")


def _box_certificate(one: "CertificateDaysView | None") -> "Text":
    from rich.text import Text

    if one is None:
        return Text()
    return Text(f"{one.days_left} days", style="red" if one.days_left < BOX_DAYS_LOW else "")


def _device_table(devices: "Page[DeviceView]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(title="devices")
    table.add_column(
        "site/device", no_wrap=True
    )  # a name cut in two cannot be copied; the times may wrap
    known = any(device.certificate is not None for device in devices.items)
    names = ("link", "level", "reports", "late", "upto", "missing", "rejected", "last window (UTC)")
    for name in (*names, *(("certificate",) if known else ())):
        table.add_column(name)
    for device in devices.items:
        stream, window = device.stream, device.last_window
        table.add_row(
            f"{device.site}/{device.device}{' (test)' if device.test_site else ''}",
            "retired"
            if device.retired_at
            else device.link
            if device.lost_at is None
            else Text("lost", style="red"),
            Text(device.level or "", style=LEVEL_STYLE.get(device.level or "", "red")),
            str(device.reports),
            str(device.late_reports),
            "" if stream is None else str(stream.upto),
            Text(str(device.missing), style="red" if device.missing else ""),
            "" if stream is None else str(stream.rejected),
            ""
            if window is None
            else f"{_utc(window.start)} + {window.length_s} s, {window.validity}",
            *((_box_certificate(device.certificate),) if known else ()),
        )
    if devices.next is not None:
        table.caption = f"the first {len(devices.items)}; more at /v1/devices?after={devices.next}"
    return table


def _gap_table(gaps: "Page[GapView]") -> "Table":
    from rich.table import Table

    table = Table(
        "site/device",
        "stream",
        "sequences",
        "missing",
        "since (UTC)",
        title="missing until it comes",
    )
    for gap in gaps.items:
        since = _utc(gap.since)
        table.add_row(
            f"{gap.site}/{gap.device}",
            gap.stream,
            f"{gap.first} to {gap.last}",
            str(gap.missing),
            since,
        )
    if gaps.next is not None:
        table.caption = f"the first {len(gaps.items)}; more at /v1/gaps?after={gaps.next}"
    return table


def _lost_table(lost: "Page[LostView]") -> "Table":
    """Return what is lost for good; what a box withholds in red."""
    from rich.table import Table
    from rich.text import Text

    from fusion_service.ledger.lost import Why

    columns = ("site/device", "sequences", "missing", "why", "since (UTC)")
    table = Table(*columns, title="lost for good")
    for one in lost.items:
        since = _utc(one.since)
        why = Text(one.why, style="red" if one.why is Why.WITHHELD else "")
        run = f"{one.first} to {one.last}"
        table.add_row(f"{one.site}/{one.device}", run, str(one.missing), why, since)
    if lost.next is not None:
        table.caption = f"the first {len(lost.items)}; more at /v1/lost?after={lost.next}"
    return table


def _outcome_table(outcomes: "OutcomesView") -> "Table":
    from rich.table import Table

    table = Table("channel", "outcome", "total", title="messages")
    for row in outcomes.outcomes:
        table.add_row(row.channel, row.outcome, str(row.total))
    table.caption = (
        f"{outcomes.late_reports} reports came late, {outcomes.repeated_windows} have time "
        "of a window that was there already, "
        f"{_set_apart(outcomes)}"
        f"{outcomes.dead_letters_dropped} dead letters were dropped, "
        f"{outcomes.dead_letters_replayed} replayed"
    )
    return table


def _set_apart(outcomes: "OutcomesView") -> str:
    found = [f"{row.total} {row.reason}" for row in outcomes.set_apart if row.total]
    return f"in no sum are {', '.join(found)}; " if found else ""


def _utc(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")
