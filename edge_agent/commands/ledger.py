# SPDX-License-Identifier: Apache-2.0
"""`edge-agent ledger`: look at what has gone, prove an entry, check all of it."""

import json
import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from edge_agent.commands.options import AsJson, ConfigPath, Settings, misuse, print_fields

app = typer.Typer(
    help="Look at what has gone, prove an entry, check all of it.", no_args_is_help=True
)


@app.command("show")
def ledger_show(
    config: ConfigPath,
    last: Annotated[
        int, typer.Option("--last", min=1, max=1000, help="How many entries, newest last.")
    ] = 10,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Show a box's ledger: stream, size, root, how far the centre agrees, and the last counts."""
    from edge_agent.config.schema import load
    from edge_agent.evidence.show import show

    shown = show(load(config, tuple(settings or ())).store.directory, last=last)
    if as_json:
        print_fields(asdict(shown), as_json=True)
        return
    print_fields(
        {name: value for name, value in asdict(shown).items() if name != "last"}, as_json=False
    )
    for one in shown.last:
        print(f"entry {one.sequence}: {one.in_words()}")


@app.command("prove")
def ledger_prove(
    config: ConfigPath,
    sequence: Annotated[int, typer.Argument(metavar="SEQUENCE", help="The entry's number.")],
    size: Annotated[
        int | None,
        typer.Option("--size", min=1, help="In the tree of so many entries; all by default."),
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Prove that one entry stands in the ledger (RFC 6962 inclusion proof)."""
    from edge_agent.config.schema import load
    from edge_agent.evidence.prove import prove

    print_fields(
        asdict(prove(load(config, tuple(settings or ())).store.directory, sequence, size=size)),
        as_json=as_json,
    )


@app.command("prove-consistency")
def ledger_prove_consistency(
    config: ConfigPath,
    first: Annotated[int, typer.Argument(metavar="SIZE", help="The earlier number of entries.")],
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="The later number; all by default.")
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Prove that the ledger begins with what it was at an earlier size (RFC 6962)."""
    from edge_agent.config.schema import load
    from edge_agent.evidence.prove import prove_consistency

    store = load(config, tuple(settings or ())).store.directory
    print_fields(asdict(prove_consistency(store, first, size=size)), as_json=as_json)


@app.command("check-proof")
def ledger_check_proof(
    proof: Annotated[
        Path,
        typer.Argument(
            metavar="PROOF", help="What prove or prove-consistency printed with --json."
        ),
    ],
    public_key: Annotated[
        Path, typer.Option("--public-key", metavar="FILE", help="The box's signing.pub.")
    ],
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", metavar="FILE", help="A signed checkpoint; of consistency both."
        ),
    ] = None,
    envelope: Annotated[
        Path | None,
        typer.Option(
            "--envelope", metavar="FILE", help="The entry as you kept it, where it was purged."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof with the box's public key and a checkpoint, on any machine.

    Exit 1 if it does not hold.
    """
    from edge_agent.evidence.proof_file import check_proof

    checked = check_proof(proof, public_key, tuple(checkpoint or ()), envelope=envelope)
    if as_json:
        print(json.dumps(asdict(checked)))
    else:
        print("holds" if checked.holds else "does not hold")
        for line in checked.says:
            print(line)
    raise typer.Exit(0 if checked.holds else 1)


@app.command("verify")
def ledger_verify(
    config: ConfigPath,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint", metavar="FILE", help="A signed checkpoint to hold it against."
        ),
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Make every hash anew, check every signature, and compare with what was handed over.

    Exit 1 if anything differs.
    """
    from edge_agent.config.schema import load
    from edge_agent.evidence.verify import NOT_SHOWN, verify
    from edge_agent.keys import SIGNING_PUBLIC
    from edge_agent.processes.launch import outbox_path

    loaded = load(config, tuple(settings or ()))
    public, outbox = loaded.keys.directory / SIGNING_PUBLIC, outbox_path(loaded)
    verified = verify(
        loaded.store.directory,
        public,
        checkpoint=checkpoint,
        outbox=outbox if outbox.exists() else None,
    )
    not_shown = (
        NOT_SHOWN if outbox.exists() else f"there is no {outbox} to compare with; {NOT_SHOWN}"
    )
    print_fields({**asdict(verified), "not_shown": not_shown}, as_json=as_json)
    raise typer.Exit(1 if verified.findings else 0)


@app.command("close")
def ledger_close(config: ConfigPath, settings: Settings = None, as_json: AsJson = False) -> None:
    """Close the ledger of a box that does not run.

    The next one says in its checkpoints which it follows.
    """
    from edge_agent.config.schema import load
    from edge_agent.store.merkle_file import close_ledger

    store = load(config, tuple(settings or ())).store
    head = close_ledger(store.directory, bytes_max=store.bytes_max)
    print_fields(
        {"stream": head.stream, "size": head.size, "root": head.root.hex()}, as_json=as_json
    )


def witness(
    device: Annotated[str, typer.Argument(metavar="SITE/DEVICE", help="The box to follow.")],
    public_key: Annotated[
        Path, typer.Option("--public-key", metavar="FILE", help="The box's signing.pub.")
    ],
    key: Annotated[
        Path,
        typer.Option(
            "--key", metavar="FILE", help="The witness's own key, as edge-agent keygen writes it."
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="The witness's name in what it co-signs.")
    ],
    store: Annotated[
        Path, typer.Option("--store", metavar="DIRECTORY", help="Where it keeps what it has seen.")
    ],
    host: Annotated[str, typer.Option("--host", help="The broker.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="Its port.")] = 1883,
    begin_at: Annotated[
        Path | None,
        typer.Option("--begin-at", metavar="FILE", help="What ledger show --json printed."),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="With --certificate and --tls-key: TLS 1.3."),
    ] = None,
    certificate: Annotated[Path | None, typer.Option("--certificate", metavar="FILE")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", metavar="FILE")] = None,
) -> None:
    """Follow and co-sign a box's checkpoints as a second party; exit 1 at a fork, naming both."""
    import time

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from edge_agent.evidence.public_key import PublicKey
    from edge_agent.evidence.witness import Witness, WitnessLink, follow
    from edge_agent.keys import read_secret
    from edge_agent.uplink.tls import client_context

    site, slash, box = device.partition("/")
    files = (ca, certificate, tls_key)
    if not slash or (any(files) and not all(files)):
        misuse("wanted SITE/DEVICE, and for TLS all of --ca, --certificate and --tls-key")
    stopping = _log_until_stopped()
    tls = (
        client_context(ca_path=str(ca), certificate_path=str(certificate), key_path=str(tls_key))
        if ca
        else None
    )
    one = Witness(
        store,
        site=site,
        device=box,
        box=PublicKey.read(public_key),
        name=name,
        key=Ed25519PrivateKey.from_private_bytes(read_secret(key)),
        now_s=time.time,
    )
    if begin_at is not None:
        one.begin_at(begin_at.read_text("utf-8"))
    link = WitnessLink(host=host, port=port, client_id=f"witness-{name}", tls=tls)
    raise typer.Exit(follow(one, link, site=site, device=box, stopping=stopping))


def _log_until_stopped() -> list[int]:
    """Log to standard error, and return a list that gets the number of each signal to end."""
    import signal

    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    return stopping
