# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service audit`: an auditor's key, signing, bringing in, showing."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption, SiteDevice, site_and_device
from fusion_service.errors import AuditError
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from fusion_service.audits.bringing import Shown

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A signed audit.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    """Give the command group its verbs."""
    app.command("keygen")(make_key)
    app.command("sign")(sign_audit)
    app.command("import")(import_audit)
    app.command("show")(show_audit)


def make_key(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where the secret key goes.", show_default=False),
    ],
) -> None:
    """Make an auditor's key, and show its public half for fusion.toml. Never at a box."""
    need(Extra.FUSION)
    from fusion_service.audits.auditor_key import make_auditor_key

    public = make_auditor_key(file)
    typer.echo(f"{file}: the secret key; keep it where no box and no centre is", err=True)
    typer.echo(public)


def sign_audit(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="What edge-agent audit CONFIG --json printed.", show_default=False
        ),
    ],
    key: Annotated[
        Path, typer.Option("--key", help="The file of audit keygen.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option("--out", help="The signed file; never overwritten.", show_default=False)
    ],
) -> None:
    """Sign what an audit printed, after it was read: whoever signs vouches for this file."""
    need(Extra.FUSION)
    from fusion_service.audits.auditor_key import read_auditor_key
    from fusion_service.audits.content import read_content
    from wire_contract.errors import DecodeError
    from wire_contract.programs.signed_audit import read_audit, seal_audit

    try:
        raw = seal_audit(_read(file), read_auditor_key(key))
        audit = read_content(read_audit(raw).payload)
    except DecodeError as error:
        raise AuditError(f"{file}: {error}") from error
    try:
        with out.open("xb") as written:
            written.write(raw)
    except OSError as error:
        raise AuditError(f"{out}: cannot be written: {error.strerror}; name a new file") from error
    fell = ", ".join(audit.fell) or "nothing"
    typer.echo(
        f"{out}: {audit.site}/{audit.device}, {audit.serial}: did not hold: {fell}; unproven: "
        f"{len(audit.unproven)}"
    )


def import_audit(file: FileArgument, config: ConfigOption) -> None:
    """Bring a signed audit in: its signature, its box and its date are checked."""
    need(Extra.FUSION)
    from fusion_service.audits.bringing import auditors_of, bring_in
    from fusion_service.audits.judging import AuditRefusedError
    from fusion_service.config import load
    from fusion_service.ledger.access_log import CENTRE, COMMAND, Action, Draft, Outcome
    from fusion_service.security_log import own_actor
    from fusion_service.store.sqlite.access.keeper import AccessFile
    from fusion_service.store.sqlite.audit.keeper import SqliteAudits
    from fusion_service.store.sqlite.reader import Reader

    settings = load(config)
    store, now_ms = settings.store, time.time_ns() // 1_000_000
    try:
        shown = bring_in(
            _read(file),
            auditors_of(settings.officer.auditors),
            Reader(store.path),
            SqliteAudits(store.path, size_mib_max=store.size_mib_max),
            by=COMMAND,
            now_ms=now_ms,
        )
    except AuditRefusedError as error:
        raise AuditError(f"{file}: {error}") from error
    audit = shown.audit
    what = f"{audit.site}/{audit.device}, {audit.serial}"
    texts = (("by", own_actor()),)
    with AccessFile(store.path, size_mib_max=store.size_mib_max) as keeper:
        keeper.append([Draft(now_ms, COMMAND, Action.AUDIT, Outcome.DONE, what, CENTRE, texts)])
    typer.echo(_told(shown))


def show_audit(device: SiteDevice, config: ConfigOption) -> None:
    """Show the newest audit of a box, and what of the box has changed since."""
    need(Extra.FUSION)
    from fusion_service.audits.bringing import shown
    from fusion_service.config import load
    from fusion_service.store.sqlite.audit.keeper import SqliteAudits
    from fusion_service.store.sqlite.reader import Reader

    store = load(config).store
    place = site_and_device(device)
    row = SqliteAudits(store.path, size_mib_max=store.size_mib_max).newest(*place)
    live = Reader(store.path).device(*place)
    if row is None or live is None:
        raise AuditError(f"{device}: no audit was brought in; fusion-service audit import FILE")
    found = shown(row, live)
    typer.echo(_told(found))
    for one in found.audit.unproven:
        typer.echo(f"unproven: {one}")


def _told(shown: "Shown") -> str:
    audit = shown.audit
    changed = ", ".join(shown.changed)
    since = f"; EXPIRED, the box changed since: {changed}" if changed else ""
    return (
        f"{audit.site}/{audit.device}: {audit.serial}, signed by {shown.auditor}: level "
        f"{audit.level or 'not measured'}, {audit.refused} of {audit.attacks} attacks refused, did "
        f"not hold: {', '.join(audit.fell) or 'nothing'}, unproven: {len(audit.unproven)}{since}"
    )


def _read(file: Path) -> bytes:
    from wire_contract.programs.signed_audit import AUDIT_BYTES_MAX

    try:
        with file.open("rb") as opened:
            return opened.read(AUDIT_BYTES_MAX + 1)
    except OSError as error:
        raise AuditError(f"{file}: cannot be read: {error.strerror}; name a file") from error
