# SPDX-License-Identifier: Apache-2.0
"""`fusion-service dossier`: write the papers of a site, in Dutch, and ask what they still miss."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fusion_service.commands.needs import need
from fusion_service.commands.options import ConfigOption
from fusion_service.errors import SiteError
from wire_contract.programs.extras import Extra

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fusion_service.config import FusionConfig
    from fusion_service.dossier.answers.answers_file import Answers
    from fusion_service.dossier.answers.applying import Answered
    from fusion_service.dossier.dossier import Dossier, Operator
    from fusion_service.store.rows import DeviceRow
    from fusion_service.store.sqlite.reader import Reader

PAPERS_DIFFER = 3
"""The exit code where a box has no paper, or one that it denies; and where an answer is denied."""
PAPERS_MAX = 10_000
"""Above three for each box that a site may have."""
_ROWS = 500


def write_dossier(
    site: Annotated[
        str, typer.Argument(metavar="SITE", help="As `site list` shows it.", show_default=False)
    ],
    config: ConfigOption,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="Where to write it.", show_default=False),
    ],
    papers: Annotated[
        Path | None,
        typer.Option(
            "--papers",
            metavar="FOLDER",
            help="The files that `edge-agent register --export` wrote at the boxes.",
            show_default="no paper of any box",
        ),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Answers to what is open; made with every open question where it is not there.",
            show_default="nothing is answered",
        ),
    ] = None,
) -> None:
    """Write the papers of a site: DPIA annex, both registers, signs. HTML, PDF and JSON."""
    need(Extra.FUSION)
    from fusion_service.config import load
    from fusion_service.dossier.answers.applying import answered
    from fusion_service.dossier.contents import contents_of
    from fusion_service.dossier.documents import pages_of, registers_of
    from fusion_service.pages.page import page
    from fusion_service.pages.pdf import pdf

    dossier = _collected(site, load(config), _files(papers))
    found = answered(dossier, contents_of(dossier), _answers(answers, site))
    for name, document in pages_of(dossier, found).items():
        typer.echo(_written(out, f"{name}.html", page(document).encode()))
        typer.echo(_written(out, f"{name}.pdf", pdf(document)))
    for name, text in registers_of(dossier, found).items():
        typer.echo(_written(out, name, text.encode()))
    for one in dossier.findings:
        where = " ".join(filter(None, (one.device, one.file)))
        typer.echo(f"{where}: {one.fault}: {one.detail}", err=True)
    if answers is not None:
        _ask(answers, site, found)
    if dossier.findings or found.refused:
        raise typer.Exit(PAPERS_DIFFER)


def _answers(path: Path | None, site: str) -> "Answers":
    """Return what people answered. Raises SiteError where the file cannot be read."""
    from fusion_service.dossier.answers.answers_file import BYTES_MAX, Answers, read_answers

    if path is None or not path.exists():
        return Answers()
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise SiteError(f"{path}: {error.strerror or error}; name a file to answer in") from error
    return read_answers(raw, str(path), site)


def _ask(path: Path, site: str, found: "Answered") -> None:
    """Write the file of answers anew, open questions first, and tell what was refused."""
    from fusion_service.dossier.answers.answers_file import open_places, written

    for (what, place), why in found.refused.items():
        typer.echo(f"{path}: {what}{f' ({place})' if place else ''}: geweigerd: {why}", err=True)
    text = written(site, found.questions, found.given, found.refused)
    # In one step: whoever is answering has the old file or the new one, and never half of one.
    new = path.with_name(f".{path.name}.new")
    _written(path.parent, new.name, text.encode())
    new.replace(path)
    left = sum(bool(open_places(one, found.given, found.refused)) for one in found.questions)
    typer.echo(f"{path}: {left} van {len(found.questions)} vragen staan nog open", err=True)


def _collected(site: str, config: "FusionConfig", files: "Mapping[str, bytes]") -> "Dossier":
    """Return all that is known of a site. Raises SiteError where none is drawn."""
    from fusion_service.dossier.dossier import collect
    from fusion_service.registry.site_file.reading import examine
    from fusion_service.store.sqlite.reader import Reader
    from fusion_service.store.sqlite.site_plans import SqliteSitePlans

    path = config.store.path
    plan = SqliteSitePlans(path, size_mib_max=config.store.size_mib_max).plan(site)
    if plan is None:
        raise SiteError(f"{site}: no file is in force; draw it with fusion-service site import")
    drawn = examine(plan.content.encode("utf-8")).site
    if drawn is None:
        raise SiteError(f"{site}: its file cannot be read by this release; import it again")
    reader = Reader(path)
    return collect(
        drawn,
        plan,
        rows=_devices(reader, site),
        registry=reader.registry(),
        files=files,
        operator=_operator(config),
        now=datetime.now(UTC),
    )


def _devices(reader: "Reader", site: str) -> "list[DeviceRow]":
    found: list[DeviceRow] = []
    while True:
        after = found[-1].device if found else ""
        rows = reader.devices(after=(site, after), limit=_ROWS)
        found += [row for row in rows if row.site == site]
        if len(rows) < _ROWS or rows[-1].site != site:
            return found


def _operator(config: "FusionConfig") -> "Operator":
    from fusion_service.config import ContactConfig
    from fusion_service.dossier.dossier import Kept, Operator
    from fusion_service.ledger.access_log import RETENTION_DAYS
    from fusion_service.security_log import FILE_BYTES_MAX, FILES_MAX

    contact, nobody, kept = config.contact, ContactConfig(), config.retention
    return Operator(
        contact_name=None if contact.name == nobody.name else contact.name,
        contact_email=None if contact.email == nobody.email else contact.email,
        kept=Kept(
            report_days=kept.report_days,
            estimate_days=kept.estimate_days,
            context_days=kept.context_days,
            forecast_days=kept.forecast_days,
            dead_letter_days=kept.dead_letter_days,
            text_days=tuple((str(name), days) for name, days in RETENTION_DAYS.items()),
            security_log_bytes=FILE_BYTES_MAX * FILES_MAX,
        ),
        is_public=config.public.enabled,
        is_on_broker=config.home_assistant.enabled,
        tells_a_program=bool(config.webhook.url),
        tells_by_mail=config.mail.host is not None and bool(config.mail.to),
        feeds=tuple(sorted({feed.kind for feed in config.context.values()})),
    )


def _files(folder: Path | None) -> "dict[str, bytes]":
    """Return what the files of a folder hold, by name. Raises SiteError."""
    from wire_contract.programs.box_paper import PAPER_BYTES_MAX

    if folder is None:
        return {}
    found = {}
    try:
        there = (one for one in folder.iterdir() if not one.name.startswith("."))
        names = sorted(one for one in there if one.is_file())
        for path in names[:PAPERS_MAX]:
            with path.open("rb") as file:
                found[path.name] = file.read(PAPER_BYTES_MAX + 1)
    except OSError as error:
        told = error.strerror or error
        raise SiteError(f"{folder}: {told}; name the folder of the boxes' papers") from error
    if len(names) > PAPERS_MAX:
        raise SiteError(f"{folder}: {len(names)} files, wanted at most {PAPERS_MAX}")
    return found


def _written(folder: Path, name: str, content: bytes) -> Path:
    """Write one file of the dossier and return its path. Raises SiteError."""
    path = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        told = error.strerror or error
        raise SiteError(f"{path}: {told}; name a folder that this user may write") from error
    return path
