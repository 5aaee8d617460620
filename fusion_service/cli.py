# SPDX-License-Identifier: Apache-2.0
"""The verbs of `fusion-service`.

Results go to stdout, the story to stderr; exit 0 done, 1 failed, 2 wrong use.

A config file that says something wrong is wrong use.
"""

import http.client
import json
import logging
import sys
import time
import urllib.request
from csv import Error as CsvError
from csv import reader as csv_reader
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fusion_service.commands import backup, broker, devices, restore
from fusion_service.commands.options import (
    TOKEN_HOURS,
    AuthorityOption,
    ConfigOption,
    HoursOption,
    SiteDevice,
    host_and_port,
    site_and_device,
)
from fusion_service.commands.tables import show
from fusion_service.config import FusionConfig, load, url_of
from fusion_service.errors import ConfigError, FusionError, UnreachableError
from fusion_service.identity.ca import authority, files
from fusion_service.identity.ca.issuers import ROOT_KEY
from fusion_service.identity.names import BROKER
from fusion_service.identity.tokens import Tokens
from fusion_service.operations.recorded import recorded
from fusion_service.registry.registry import read_public_key
from fusion_service.store.sqlite.reader import Reader
from fusion_service.store.sqlite.upkeep import backup as store_backup
from fusion_service.store.sqlite.writer import Writer
from fusion_service.web.views import (
    CertificateDaysView,
    CertificateView,
    DeadLetterView,
    DeviceView,
    GapView,
    HealthView,
    LostView,
    OutcomesView,
    Page,
    View,
)
from wire_contract.errors import FieldError
from wire_contract.messages.enrolment import Token
from wire_contract.messages.report import NAME, Level
from wire_contract.programs.config_text import TEXT_BYTES_MAX, TextError, read_text
from wire_contract.programs.extras import Extra, explained, lacking

FAILED, WRONG_USE = 1, 2
ANSWER_WAIT_S = 5.0
ANSWER_BYTES_MAX = 16 * 1024 * 1024
DEVICES_SHOWN = 100
GAPS_SHOWN = 50
NEWEST = 2**62
"""Above any row's id."""
LEVEL_STYLE: dict[str, str] = {"": "", Level.FULL: "", Level.STANDARD: ""}
"""How a level looks on a terminal; every other one is red."""

T = TypeVar("T", bound=View)

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
CERTIFICATE_DAYS_MAX, ROOT_DAYS_MAX = 397, 7300
"""Past these a mistake is likelier than a wish: a year and a month, as browsers allow, and twenty
years."""

OutOption = Annotated[
    Path,
    typer.Option(
        "--out", help="The folder to write to; nothing in it is overwritten.", show_default=False
    ),
]
DaysOption = Annotated[
    int,
    typer.Option(
        "--days", min=1, max=CERTIFICATE_DAYS_MAX, help="How long the certificate is good."
    ),
]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Take signed reports, keep them, serve them.",
)
device_app = typer.Typer(no_args_is_help=True, help="The boxes that are known.")
app.add_typer(device_app, name="device")
devices.add_to(device_app)
broker.add_to(app)
device_app.command("go-on")(restore.go_on)
store_app = typer.Typer(no_args_is_help=True, help="The file in which the centre keeps everything.")
app.add_typer(store_app, name="store")
store_app.command("copy")(restore.move_store)
ca_app = typer.Typer(
    no_args_is_help=True,
    help="The certificate authority of broker, centre and boxes: one folder, offline.",
)
app.add_typer(ca_app, name="ca")


@app.command()
def run(config: ConfigOption) -> None:
    """Run the centre in the foreground until SIGTERM or SIGINT."""
    _need(Extra.FUSION)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # Imported here: the web server takes half a second to load, which no other verb needs.
    from fusion_service.service import serve

    serve(load(config))


@device_app.command("add")
def add_device(
    name: SiteDevice,
    public_key: Annotated[
        Path, typer.Option(help="The box's signing.pub: base64 on one line.", show_default=False)
    ],
    config: ConfigOption,
    *,
    test_site: Annotated[
        bool, typer.Option("--test-site", help="Let this site send replays and unconfined boxes.")
    ] = False,
) -> None:
    """Enrol a box. A running service learns of it by itself."""
    _need(Extra.FUSION)
    site, device = site_and_device(name)
    settings: FusionConfig = load(config)
    key = read_public_key(public_key)
    store = settings.store
    with Writer(store.path, **store.limits) as writer:
        added = writer.add_device(
            site, device, key, test_site=test_site, added_ms=time.time_ns() // 1_000_000
        )
    typer.echo(f"{site}/{device} {'added' if added else 'was there already'}")


@device_app.command("issue")
def issue_device(
    name: SiteDevice,
    ca: AuthorityOption,
    out: OutOption,
    csr: Annotated[
        Path | None,
        typer.Option(
            help="The box's own request, PEM, on P-256: its key then never leaves it.",
            show_default="a key is made too",
        ),
    ] = None,
    days: DaysOption = authority.DEVICE_DAYS,
) -> None:
    """Issue a box the certificate that lets it speak to the broker, as itself and on its own topics only."""
    _issue(authority.device(*site_and_device(name)), ca=ca, out=out, days=days, request=csr)


@device_app.command("revoke")
def revoke_device(name: SiteDevice, ca: AuthorityOption) -> None:
    """Put all certificates of a box on the revocation list, which the broker then needs."""
    _revoke(authority.device(*site_and_device(name)), ca)


store_app.command("backup")(backup.back_up)
store_app.command("rehearse")(backup.rehearse)


@store_app.command("restore")
def put_back(
    copy: Annotated[Path, typer.Argument(help="What `store backup` wrote.", show_default=False)],
    config: ConfigOption,
) -> None:
    """Put a copy back as the store, which must not be there.

    Move the old one away first, and stop the service.
    """
    path = load(config).store.path
    typer.echo(
        f"{path}: {store_backup.restore(copy, path)} reports; what was acknowledged after the copy "
        "is not in it"
    )


@store_app.command("dead-letters")
def list_dead_letters(
    config: ConfigOption,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")] = 20,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """List messages that came to nothing, and why."""
    rows = [
        DeadLetterView.of(row)
        for row in Reader(load(config).store.path).dead_letters(before_id=NEWEST, limit=last)
    ]
    if as_json:
        typer.echo(json.dumps([row.model_dump(mode="json") for row in rows]))
        return
    table = Table("id", "site/device", "channel", "reason", "detail", "times", title="dead letters")
    for row in rows:
        table.add_row(
            str(row.id),
            f"{row.site}/{row.device}",
            row.channel,
            row.reason,
            row.detail,
            str(row.times),
        )
    show(Console(), table)


@store_app.command("replay-dead-letters")
def replay_dead_letters(config: ConfigOption) -> None:
    """Judge authentic dead letters again, after an upgrade, and commit what is of use now.

    The service may run meanwhile.
    """
    _need(Extra.FUSION)
    from fusion_service.ingest.replay import replay

    settings = load(config)
    store = settings.store
    with Writer(store.path, **store.limits) as writer:
        ended = replay(
            writer, late_after_s=settings.ingest.late_after_s, now_ms=time.time_ns() // 1_000_000
        )
    typer.echo(
        ", ".join(f"{outcome} {number}" for outcome, number in sorted(ended.items()))
        or "no authentic dead letter is kept"
    )


@app.command("enrol-token")
def make_token(
    ca: AuthorityOption,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[SITE/DEVICE]", help="One box; or give --csv.", show_default=False),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", help="Many boxes: a file with the columns site,device[,test]."),
    ] = None,
    hours: HoursOption = TOKEN_HOURS,
    qr: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.svg|-",
            help="Also as a QR code: one file, - for the terminal; with --csv a new folder of "
            "files.",
        ),
    ] = None,
    *,
    test_site: Annotated[
        bool, typer.Option("--test-site", help="The site is a test site.")
    ] = False,
) -> None:
    """Make the token of a box, good once: name, secret and fingerprint, one a line.

    It is kept nowhere; hand it over by hand.
    """
    from fusion_service.identity.token_qr import TokenCodes

    if (name is None) == (csv is None):
        raise typer.BadParameter("give either SITE/DEVICE or --csv FILE")
    boxes = [(*site_and_device(name), test_site)] if name is not None else _boxes_of(csv or Path())
    codes = TokenCodes(qr, many=csv is not None) if qr is not None else None
    now, tokens = datetime.now(UTC), Tokens(ca)
    root = files.fingerprint(authority.root_certificate(ca))
    for site, device, test in boxes:
        token = Token(
            site,
            device,
            tokens.make(site, device, test_site=test, good_for=timedelta(hours=hours), now=now),
            root,
        )
        typer.echo(token.text)
        if codes is not None:
            codes.show(token)


@app.command("enrol-serve")
def serve_enrolment(
    config: ConfigOption,
    ca: AuthorityOption,
    certificate: Annotated[
        Path, typer.Option(help="What `ca server` wrote: broker.pem.", show_default=False)
    ],
    key: Annotated[Path, typer.Option(help="Its key: broker.key.", show_default=False)],
    broker: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", help="Where the boxes find the broker.", show_default=False
        ),
    ],
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where to listen.")] = 8443,
    days: DaysOption = authority.DEVICE_DAYS,
) -> None:
    """Answer blank boxes until a signal comes.

    For roll-out days, on the machine that holds the authority.
    """
    _need(Extra.FUSION)
    from fusion_service.web.enrolment import Enrolment
    from fusion_service.web.enrolment import serve as answer

    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    authority.root_certificate(ca)
    store = load(config).store
    answer(
        Enrolment(ca, lambda: Writer(store.path, **store.limits), *host_and_port(broker), days),
        host=host,
        port=port,
        certificate=certificate,
        key=key,
    )


@app.command()
def renew(
    ca: AuthorityOption,
    broker: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The broker.", show_default=False)
    ],
    days: DaysOption = authority.DEVICE_DAYS,
    every_hours: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=168, help="Stay, and come back so often.", show_default="once, then end"
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: a line a run.")] = False,
) -> None:
    """Hand boxes a new certificate for the key that they have, over the broker, once a third of the old one's life is left."""
    from fusion_service.identity import renewal
    from fusion_service.operations import broker_move

    address = renewal.BrokerAddress(*host_and_port(broker))
    for _ in [None] if every_hours is None else renewal.repeat(every_hours):
        try:
            now = datetime.now(UTC)
            done = renewal.renew(ca, address, days=days, now=now)
            # Behind the certificates, so that it is what is retained: while a move is on, it is
            # what counts.
            if configs := broker_move.in_force(ca, now):
                renewal.publish_as(renewal.NAME, ca, address, configs, now=now)
        except FusionError as error:
            if every_hours is None:
                raise
            typer.echo(f"fusion-service: {error}; next try in {every_hours:g} h", err=True)
            continue
        if as_json:
            typer.echo(json.dumps(asdict(done)))
            continue
        typer.echo(
            f"{len(done.renewed)} renewed, {len(done.good)} still good, {len(done.revoked)} "
            f"revoked, {len(done.over)} over"
        )
        for name in done.over:
            typer.echo(
                f"{name}: its certificate is over; fusion-service enrol-token {name}, then "
                "edge-agent enrol --again",
                err=True,
            )


@ca_app.command("init")
def init_authority(
    directory: Annotated[
        Path, typer.Argument(help="An empty folder, or one to be made.", show_default=False)
    ],
    days: Annotated[
        int, typer.Option(min=1, max=ROOT_DAYS_MAX, help="How long the root is good.")
    ] = authority.ROOT_DAYS,
    root: Annotated[
        Path | None,
        typer.Option(
            help="Where the root's key goes: a medium that is put away.",
            show_default="beside the rest",
        ),
    ] = None,
) -> None:
    """Make the authority: a root, an issuing certificate of a year that signs from then on, and empty revocation lists."""
    certificate = authority.make(directory, days=days, now=datetime.now(UTC), root_folder=root)
    key = (root or directory) / ROOT_KEY
    typer.echo(
        f"{certificate} made; {key} is needed again in a year: put it away, and keep a copy of it"
    )


@ca_app.command("issuing")
def make_issuing(
    ca: AuthorityOption,
    root: Annotated[
        Path | None,
        typer.Option(help="The folder with the root's key.", show_default="it is in --ca"),
    ] = None,
    days: DaysOption = authority.ISSUING_DAYS,
    *,
    withdraw: Annotated[
        bool,
        typer.Option(
            "--withdraw", help="Those of before were stolen: trust nothing that they signed."
        ),
    ] = False,
) -> None:
    """Make the next issuing certificate: once a year.

    And once for an authority whose root has signed everything itself.
    """
    opened = authority.Authority(ca)
    made = opened.add_issuing(days=days, now=datetime.now(UTC), root_folder=root, withdraw=withdraw)
    if withdraw:
        typer.echo(
            "issue the certificates of servers and programs anew, restart the broker, and enrol "
            "boxes with --again",
            err=True,
        )
        if made.certificate.subject == opened.issuers.root.subject:
            typer.echo(
                "this root is of before: a broker still lets the thief in; make a new one with "
                "fusion-service ca init",
                err=True,
            )
    typer.echo(
        f"issues until {made.certificate.not_valid_after_utc:%Y-%m-%d}; now run: fusion-service ca "
        "renew-servers, then renew"
    )


@ca_app.command("renew-servers")
def renew_servers(
    certificates: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Where the broker's and the centre's certificates lie.",
            show_default=False,
        ),
    ],
    ca: AuthorityOption,
    days: DaysOption = authority.SERVER_DAYS,
    broker_pid: Annotated[
        Path | None,
        typer.Option(
            help="The broker's pid_file, on this machine.", show_default="reloaded by hand"
        ),
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Look whether the broker shows it.",
            show_default="not looked at",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Renew, where they lie and for the keys they have, certificates that are due.

    For a timer, once a day.
    """
    from fusion_service.identity import renewal
    from fusion_service.identity.ca import installed

    address = host_and_port(broker) if broker is not None else None
    now, opened = datetime.now(UTC), authority.Authority(ca)
    done = [installed.renew_installed(opened, path, days=days, now=now) for path in certificates]
    if as_json:
        typer.echo(
            json.dumps(
                [
                    {**asdict(one), "path": str(one.path), "ends": one.ends.isoformat()}
                    for one in done
                ]
            )
        )
    for one in [] if as_json else done:
        days_left = (one.ends - now).days
        typer.echo(
            f"{one.path}: {one.name} {'renewed' if one.renewed else 'good'} for {days_left} days"
        )
    if opened.issuers.issuing and authority.is_due(opened.issuers.signer(now).certificate, now):
        left = (opened.issuers.signer(now).certificate.not_valid_after_utc - now).days
        typer.echo(
            f"the issuing certificate is good for {left} days: bring the root, run fusion-service "
            "ca issuing",
            err=True,
        )
    servers = [one for one in done if one.name == BROKER]
    if not any(one.changed for one in servers):
        return
    if broker_pid is None:
        typer.echo(
            "reload the broker (SIGHUP): until then it shows what it showed before", err=True
        )
        return
    renewal.reload_broker(broker_pid)
    if address is not None:
        renewal.wait_until_shown(*address, files.read_certificate(servers[0].path))


@ca_app.command("server")
def issue_server(
    host: Annotated[
        str,
        typer.Argument(
            help="Where boxes and centre find the broker: their broker.host.", show_default=False
        ),
    ],
    ca: AuthorityOption,
    out: OutOption,
    address: Annotated[
        list[str] | None, typer.Option(help="A further host name or address; may be given again.")
    ] = None,
    days: DaysOption = authority.SERVER_DAYS,
) -> None:
    """Issue the broker its certificate, and hand it the root's and the revocation list."""
    _issue(authority.broker(host, address or ()), ca=ca, out=out, days=days)


@ca_app.command("client")
def issue_client(
    name: Annotated[
        str,
        typer.Argument(
            help="fusion for the centre; others need lines in the broker's acl.", show_default=False
        ),
    ],
    ca: AuthorityOption,
    out: OutOption,
    days: DaysOption = authority.CLIENT_DAYS,
) -> None:
    """Issue the centre, or another program beside it, its certificate."""
    _issue(authority.client(name), ca=ca, out=out, days=days)


@ca_app.command("revoke")
def revoke_client(
    name: Annotated[str, typer.Argument(help="As it was issued.", show_default=False)],
    ca: AuthorityOption,
) -> None:
    """Put all certificates of a client on the revocation list, as `device revoke` does those of a box."""
    _revoke(authority.client(name), ca)


@app.command()
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
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Show how a running centre and its boxes fare."""
    url = url or (url_of(load(config).http) if config is not None else "http://127.0.0.1:8080")
    health = _ask(url, "/v1/health", HealthView)
    devices = _ask(url, f"/v1/devices?limit={DEVICES_SHOWN}", Page[DeviceView])
    gaps = _ask(url, f"/v1/gaps?limit={GAPS_SHOWN}", Page[GapView])
    lost = _ask(url, f"/v1/lost?limit={GAPS_SHOWN}", Page[LostView])
    outcomes = _ask(url, "/v1/outcomes", OutcomesView)
    if as_json:
        answer = {
            "health": health.model_dump(mode="json"),
            "devices": devices.model_dump(mode="json"),
            "gaps": gaps.model_dump(mode="json"),
            "lost": lost.model_dump(mode="json"),
            "outcomes": outcomes.model_dump(mode="json"),
        }
        typer.echo(json.dumps(answer))
        return
    console = Console()
    console.print(
        f"centre {health.condition}, broker {health.broker.state} {health.broker.detail}".rstrip(),
        markup=False,
    )
    if health.store.detail:
        console.print(f"store: {health.store.detail}", markup=False)
    for one in health.certificates:
        console.print(_certificate_line(one))
    show(console, _device_table(devices))
    if gaps.items:
        show(console, _gap_table(gaps))
    if lost.items:
        show(console, restore.lost_table(lost))
    show(console, _outcome_table(outcomes))


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Every named error is one line and an exit code; see recorded.py for what is written down.
    """
    try:
        recorded(typer.main.get_command(app))(arguments)
    except ConfigError as error:
        typer.echo(f"fusion-service: {error}", err=True)
        sys.exit(WRONG_USE)
    except FusionError as error:
        typer.echo(f"fusion-service: {error}", err=True)
        sys.exit(FAILED)
    except ImportError as error:
        if not (sentence := explained(error)):
            raise
        typer.echo(f"fusion-service: {sentence}", err=True)
        sys.exit(FAILED)


def _need(*extras: Extra) -> None:
    """End here, with one sentence, where what this verb runs on is not installed.

    Before anything is written.
    """
    if sentence := lacking(*extras):
        typer.echo(f"fusion-service: {sentence}", err=True)
        sys.exit(FAILED)


def _boxes_of(path: Path) -> list[tuple[str, str, bool]]:
    """Read a CSV of boxes; every line that is wrong is told, and then none is used."""
    try:
        with path.open("rb") as file:
            rows = list(csv_reader(read_text(file.read(TEXT_BYTES_MAX + 1)).splitlines()))
    except (OSError, ValueError, TextError, CsvError) as error:
        raise ConfigError(
            f"{path}: cannot be read: {error}; wanted a CSV with the columns site,device[,test]"
        ) from error
    if rows and len(rows[0]) == 1 and ";" in rows[0][0]:
        raise ConfigError(
            f"{path}:1: got ; between the columns, wanted a comma; save it with commas"
        )
    if not rows or rows[0][:2] != ["site", "device"]:
        raise ConfigError(
            f"{path}:1: got {','.join(rows[0])[:80] if rows else 'nothing'!r}, wanted the columns "
            "site,device[,test]"
        )
    boxes, mistakes = [], []
    for number, row in enumerate(rows[1:], start=2):
        try:
            site, device, *test = row
            NAME.check(site, "site")
            NAME.check(device, "device")
            boxes.append(
                (
                    site,
                    device,
                    {(): False, ("",): False, ("no",): False, ("yes",): True}[tuple(test)],
                )
            )
        except (ValueError, KeyError, FieldError) as error:
            mistakes.append(f"{path}:{number}: {error}; wanted site,device[,yes or no]")
    twice = {
        f"{site}/{device}"
        for site, device, _ in boxes
        if [box[:2] for box in boxes].count((site, device)) > 1
    }
    mistakes += [f"{path}: {name} stands twice" for name in sorted(twice)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return boxes


def _issue(
    holder: authority.Holder, *, ca: Path, out: Path, days: int, request: Path | None = None
) -> None:
    receipt = authority.Authority(ca).issue(
        holder, out=out, days=days, now=datetime.now(UTC), request=request
    )
    typer.echo(
        f"{receipt.name} issued until {receipt.ends:%Y-%m-%d %H:%M:%S} UTC: "
        f"{', '.join(map(str, receipt.files))}"
    )


def _revoke(holder: authority.Holder, ca: Path) -> None:
    count = authority.Authority(ca).revoke(holder, now=datetime.now(UTC))
    revocation_list = ca / authority.REVOCATION_LIST
    typer.echo(
        f"{holder.name}: {count} certificates revoked; copy {revocation_list} to the broker and "
        "restart it"
    )


def _ask(url: str, path: str, view: type[T]) -> T:
    """Ask the running service. Raises UnreachableError where no sensible answer comes."""
    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter(
            f"got {url[:80]!r}, wanted a URL that begins with http:// or https://"
        )
    address = url.rstrip("/") + path
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_WAIT_S) as answer:  # noqa: S310 - http and https only, checked above
            return view.model_validate_json(answer.read(ANSWER_BYTES_MAX))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(
            f"{address}: {error}; start fusion-service run, or name its address with --url or "
            "--config"
        ) from error
    except ValidationError as error:
        raise UnreachableError(
            f"{address}: answers, but not as fusion-service does; name its address with --url"
        ) from error


def _certificate_line(one: CertificateView) -> Text:
    """Say how long a certificate is good; red while there is still time to do something."""
    line = (
        f"certificate of the {one.name}: {one.days_left} days left, until "
        f"{one.ends[:16].replace('T', ' ')} UTC"
    )
    days_low, remedy = CERTIFICATES_LOW.get(
        one.name, (CERTIFICATE_DAYS_LOW, "fusion-service ca renew-servers")
    )
    return Text(line) if one.days_left > days_low else Text(f"{line}; run {remedy}", style="red")


def _box_certificate(one: CertificateDaysView | None) -> Text:
    if one is None:
        return Text()
    return Text(f"{one.days_left} days", style="red" if one.days_left < BOX_DAYS_LOW else "")


def _device_table(devices: Page[DeviceView]) -> Table:
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
            if device.retired_ms
            else device.link
            if device.lost_ms is None
            else Text("lost", style="red"),
            Text(device.level or "", style=LEVEL_STYLE.get(device.level or "", "red")),
            str(device.reports),
            str(device.late_reports),
            "" if stream is None else str(stream.upto),
            Text(str(device.missing), style="red" if device.missing else ""),
            "" if stream is None else str(stream.rejected),
            ""
            if window is None
            else f"{_utc(window.start_s)} + {window.length_s} s, {window.validity}",
            *((_box_certificate(device.certificate),) if known else ()),
        )
    if devices.next is not None:
        table.caption = f"the first {len(devices.items)}; more at /v1/devices?after={devices.next}"
    return table


def _gap_table(gaps: Page[GapView]) -> Table:
    table = Table(
        "site/device",
        "stream",
        "sequences",
        "missing",
        "since (UTC)",
        title="missing until it comes",
    )
    for gap in gaps.items:
        since = _utc(gap.since_ms // 1000)
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


def _outcome_table(outcomes: OutcomesView) -> Table:
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


def _set_apart(outcomes: OutcomesView) -> str:
    found = [f"{row.total} {row.reason}" for row in outcomes.set_apart if row.total]
    return f"in no sum are {', '.join(found)}; " if found else ""


def _utc(time_s: int) -> str:
    """Write a time; a box may claim one that no calendar has."""
    try:
        return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return str(time_s)
