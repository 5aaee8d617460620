# SPDX-License-Identifier: Apache-2.0
"""Open a session for who stands before the box, guide, write what was drawn, and end."""

import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from edge_agent.config.schema import Config
from edge_agent.confinement import lock
from edge_agent.confinement.kernel.filter_reader import FilterReader
from edge_agent.errors import ConfigError, ProcessError
from edge_agent.keys import NOISE_KEY, SIGNING_KEY, generate
from edge_agent.operations.commission.entries import Entries
from edge_agent.operations.commission.help.as_built import as_built
from edge_agent.operations.commission.help.asking import Asked
from edge_agent.operations.commission.help.guide import Guide
from edge_agent.operations.commission.help.terminal import HELP, described, read_line
from edge_agent.operations.commission.on_the_spot import require_on_the_spot
from edge_agent.operations.commission.page.certificate import make_certificate
from edge_agent.operations.commission.record import bits_per_second, capacity_bits
from edge_agent.operations.commission.scene_file import load_blank, write_scene
from edge_agent.operations.commission.session import Session, require_quiet, session_folder
from edge_agent.process_settings import Source
from edge_agent.processes.launch import begin_run, lay_out_store


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an installer wants: how long at most, which lens, and where the paper goes."""

    minutes: float
    lens_degrees: float | None
    paper: Path


def commission(path: Path, settings: tuple[str, ...], wanted: Wanted) -> bool:
    """Set the box of a config up. Return whether what was drawn is written.

    Raises ProcessError where a session may not be opened, ConfigError where the config, or what was
    drawn, will not do; the config is then as it was.
    """
    require_on_the_spot()
    config = load_blank(path, settings)
    if config.camera.source in (Source.RTSP, Source.HTTP):
        raise ProcessError(
            f"commission: camera.source is {config.camera.source}; only a camera that is attached, "
            "or a file, can be set up without a picture"
        )
    require_quiet(config)
    for name in (SIGNING_KEY, NOISE_KEY):
        if not (config.keys.directory / name).exists():
            generate(config.keys.directory)
    lay_out_store(config, separate=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # As Ctrl-C does: a session that is ended from outside ends as any other, in the ledger too.
        signal.signal(number, signal.default_int_handler)
    reader = FilterReader()
    try:
        lock.close_supervisor()
        return _guided(path, config, wanted, reader)
    finally:
        reader.close()


def _guided(path: Path, config: Config, wanted: Wanted, filters: FilterReader) -> bool:
    """Open the session, guide, and write what was drawn once nothing sees any more."""
    host, _ = config.commission.address
    run, guide = begin_run(config), Guide(lens_degrees=wanted.lens_degrees)
    begun = datetime.now(UTC)
    with (
        Entries(config, run) as entries,
        tempfile.TemporaryDirectory(prefix="pc-commission-", dir=session_folder()) as folder,
    ):
        certificate = make_certificate(Path(folder), host, name=f"{config.site}/{config.device}")
        session = Session(
            config,
            run,
            entries,
            guide,
            minutes=wanted.minutes,
            certificate=certificate,
            read_filters=filters.read,
        )
        first = entries.size
        written = False
        try:
            measured = session.open()
            _welcome(session, certificate.words, certificate.fingerprint)
            if session.run(_terminal, lambda: _print(described(session.told()))):
                written = _write(path, session)
        finally:
            session.close()
        _print([f"ended; {_recorded(entries, first)}"])
        if not written:
            _print(["nothing was written: the config is as it was"])
            return False
        facts = {
            "Box": f"{config.site}/{config.device}",
            "Set up": f"{begun:%Y-%m-%d %H:%M} UTC, at the box",
            "Confined": f"{measured.level}, as measured",
            "Left the process that sees": f"{session.reader.admitted} records, at most "
            f"{capacity_bits():.0f} bits each and {bits_per_second():.0f} a second; "
            f"{session.reader.dropped + session.reader.refused} dropped",
            "Ledger": f"stream {entries.stream}; {_recorded(entries, first)}",
            "Page": f"certificate {certificate.words}",
        }
        wanted.paper.write_text(as_built(session.told(), facts), "utf-8")
        _print([f"written: {path}, and {wanted.paper} for the file"])
        return True


def _recorded(entries: Entries, first: int) -> str:
    """Say where the box's ledger tells of this session."""
    if entries.is_signed:
        return f"entries {first + 1} to {entries.size} of the ledger say so"
    return "its windows wait, unsigned, for a synchronised clock, and then go into the ledger"


def _write(path: Path, session: Session) -> bool:
    """Write what was drawn; what `check` will not have is told, and nothing is changed."""
    guide = session.guide
    if guide.frame_px is None:
        return False
    try:
        warnings = write_scene(path, guide.draft, guide.ground, guide.frame_px)
    except ConfigError as error:
        _print([str(error)])
        return False
    _print([f"warning: {one}" for one in warnings])
    return True


def _terminal(line: str) -> Asked | None:
    try:
        if line.strip() == "help":
            _print([HELP])
        return read_line(line)
    except ConfigError as error:
        _print([str(error)])
        return None


def _welcome(session: Session, words: str, fingerprint: str) -> None:
    url = session.url
    _print(
        [
            f"at most {session.left_s() / 60:.0f} minutes; the box publishes nothing meanwhile",
            f"at most {bits_per_second():.0f} bits a second leave the process that sees pictures",
            f"page         {url}",
            f"certificate  {words}",
            f"SHA-256      {fingerprint}",
        ]
    )
    if (code := _code_of(url)) is not None:
        code()
    _print(["help says what can be asked here"])


def _code_of(url: str) -> Callable[[], None] | None:
    """Return what shows the page's address as a QR code, None where nothing here can make one."""
    try:
        import segno  # noqa: PLC0415 - who has it sees a code; nobody needs it
    except ImportError:
        return None
    return lambda: segno.make_qr(url, error="m").terminal(out=sys.stdout, compact=True)


def _print(lines: list[str]) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
