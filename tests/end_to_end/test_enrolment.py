# SPDX-License-Identifier: Apache-2.0
"""From a blank box to one that counts.

Tokens, the enrolment service, and what it refuses, over real TLS.
"""

import http.client
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import segno

from development.testbed.program import Program
from development.testbed.verbs import ended_box_verb, ended_verb
from fusion_service.access.refusals import FREE
from fusion_service.identity.tokens import Tokens
from tests.broker import free_port
from wire_contract.codec import ENVELOPE_BYTES_MAX

BIN = Path(sys.executable).parent
TEMPLATE = Path(__file__).parents[2] / "firmware_configs" / "examples" / "box.template.toml"


def fusion(*arguments: object, code: int = 0) -> str:
    done = ended_verb(*arguments)
    assert done.returncode == code, done.stderr
    return done.stdout + (done.stderr if code else "")


def edge_agent(*arguments: object) -> subprocess.CompletedProcess[str]:
    return ended_box_verb(*arguments)


def make_papers(folder: Path) -> Path:
    """Make an authority, and the certificate of its server, by the commands; return the folder."""
    fusion("ca", "init", folder / "ca")
    # As for another machine: a host name, and an address that is not the first one.
    server = ("server", "localhost", "--address", "127.0.0.1")
    fusion("ca", *server, "--ca", folder / "ca", "--out", folder / "server")
    return folder


class Office:
    """An authority, a centre's store and the enrolment service."""

    def __init__(self, folder: Path, papers: Path) -> None:
        self.folder, self.ca, self.port = folder, folder / "ca", free_port()
        self.config = folder / "fusion.toml"
        self.config.write_text('[store]\npath = "fusion.sqlite"\n')
        shutil.copytree(papers, folder, dirs_exist_ok=True)
        server = folder / "server"
        command = [
            BIN / "fusion-service",
            "enrol-serve",
            "--config",
            self.config,
            "--ca",
            self.ca,
            "--host",
            "0.0.0.0",  # noqa: S104 - as for boxes on other machines
            "--port",
            str(self.port),
            "--certificate",
            server / "broker.pem",
            "--key",
            server / "broker.key",
            "--broker",
            "broker.example:8883",
        ]
        self.log = folder / "enrol.log"
        self.process = Program(command, self.log)
        self.process.start()
        wanted = ("boxes may enrol", "running on")
        self.process.wait_until(lambda: all(said in self.process.words() for said in wanted))

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def token(self, name: str, *more: object) -> str:
        return fusion("enrol-token", name, "--ca", self.ca, *more).strip()

    def enrol(
        self, token: str, directory: Path, *, url: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        path = directory.with_suffix(".token")
        path.write_text(token)
        command = (
            "enrol",
            url or self.url,
            "--token",
            path,
            "--directory",
            directory,
            "--template",
            TEMPLATE,
            "--json",
        )
        return edge_agent(*command)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every office of these tests begins with; each has a copy of its own."""
    return make_papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def office(tmp_path: Path, papers: Path) -> Iterator[Office]:
    made = Office(tmp_path, papers)
    yield made
    made.process.send_signal(signal.SIGTERM)
    made.process.wait(20)


def test_a_blank_box_gets_keys_certificate_and_config(office: Office, tmp_path: Path) -> None:
    box = tmp_path / "box"
    done = office.enrol(office.token("beach/pier-1"), box)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["broker_host"] == "broker.example"
    files = {
        str(path.relative_to(box)): path.stat().st_mode & 0o777
        for path in box.rglob("*")
        if path.is_file()
    }
    assert {name for name, mode in files.items() if mode & 0o077} == {"keys/signing.pub"}
    assert {
        "keys/signing.key",
        "keys/noise.key",
        "tls/device.key",
        "tls/device.pem",
        "tls/ca.pem",
        "box.toml",
    } <= files.keys()
    checked = edge_agent("check", box / "box.toml", "--set", "test_site=true")
    assert "device beach/pier-1" in checked.stdout
    assert "broker" not in checked.stderr
    key = tmp_path / "box" / "keys" / "signing.pub"
    assert "was there already" in fusion(
        "device", "add", "beach/pier-1", "--public-key", key, "--config", office.config
    )


def test_the_service_shows_a_renewed_certificate_without_a_new_start(
    office: Office, tmp_path: Path
) -> None:
    fusion("ca", "issuing", "--ca", office.ca)  # all that was issued before is due by this
    assert "broker renewed" in fusion(
        "ca", "renew-servers", tmp_path / "server" / "broker.pem", "--ca", office.ca
    )
    done = office.enrol(office.token("beach/pier-1"), tmp_path / "box")
    assert done.returncode == 0, done.stderr
    assert "shows the certificate that is now in" in office.log.read_text()


def test_a_token_lets_one_box_in_once(office: Office, tmp_path: Path) -> None:
    token = office.token("beach/pier-1")
    assert office.enrol(token, tmp_path / "first").returncode == 0
    second = office.enrol(token, tmp_path / "second")
    assert second.returncode == 1
    assert "refuses this token: it was used before, and a token is good once" in second.stderr
    assert not (tmp_path / "second" / "tls").exists()
    assert "used before" in office.log.read_text()
    again = office.enrol(office.token("beach/pier-1"), tmp_path / "first")
    assert again.returncode == 1
    assert "enrolled already" in again.stderr


def test_another_box_does_not_get_the_name_of_one_that_is_there(
    office: Office, tmp_path: Path
) -> None:
    assert office.enrol(office.token("beach/pier-1"), tmp_path / "first").returncode == 0
    other = office.enrol(office.token("beach/pier-1"), tmp_path / "other")
    assert other.returncode == 1
    assert "enrolled with another key" in office.log.read_text()
    assert "was good and is used up, but the centre could not enrol this box" in other.stderr


def test_a_box_elsewhere_asks_by_name_and_one_that_asks_by_another_is_told_the_names(
    office: Office, tmp_path: Path
) -> None:
    token = office.token("beach/pier-1")
    wrong = office.enrol(token, tmp_path / "box", url=f"https://127.0.0.2:{office.port}")
    assert wrong.returncode == 1
    assert "its certificate is for localhost, 127.0.0.1, not for 127.0.0.2" in wrong.stderr
    assert "--address 127.0.0.2" in wrong.stderr
    assert "clock" not in wrong.stderr
    assert "for localhost, 127.0.0.1, and boxes ask one of these" in office.log.read_text()
    done = office.enrol(token, tmp_path / "box", url=f"https://localhost:{office.port}")
    assert done.returncode == 0, done.stderr


def test_a_guesser_hears_one_answer_whatever_is_wrong_and_the_holder_hears_why(
    office: Office, tmp_path: Path
) -> None:
    secret = Tokens(office.ca).make(
        "beach", "pier-1", test_site=False, good_for=timedelta(seconds=-1), now=datetime.now(UTC)
    )
    [_, _, _, fingerprint] = office.token("beach/pier-2").replace("/", ":").split(":")
    over = office.enrol(f"beach/pier-1:{secret}:{fingerprint}", tmp_path / "over")
    assert "it is over: its time has passed" in over.stderr
    guess = office.enrol(f"beach/pier-1:{'A' * 32}:{fingerprint}", tmp_path / "guess")
    assert "is unknown there, or was used before or is over" in guess.stderr
    asks = [(1, "A" * 32), (2, "A" * 32), (2, "A" * 31), (1, secret)]
    answers = [
        answered(
            office,
            f'{{"request":"{"A" * 400}","secret":"{it}","signing_key":"{"A" * 43}=","v":{v}}}',
        )
        for v, it in asks
    ]
    assert set(answers) == {(403, b"")}, (
        "a box of before hears nothing more, either: its release is judged before its token"
    )
    assert (
        answered(
            office,
            f'{{"request":"{"A" * 400}","secret":"{secret}","signing_key":"{"A" * 43}=","v":2}}',
        )[0]
        == 429
    )


def test_who_is_refused_again_and_again_waits_and_then_gets_in(
    office: Office, tmp_path: Path
) -> None:
    statuses = [asked(office, b"{}") for _ in range(FREE + 1)]
    assert statuses == [403] * (FREE + 1)
    assert asked(office, b"{}") == 429
    refused = office.log.read_text().count("refused 127.0.0.1")
    while (status := asked(office, b"{}")) == 429:
        time.sleep(0.05)
    assert status == 403, "listened to again, and refused again: now it waits two seconds"
    assert office.log.read_text().count("refused 127.0.0.1") == refused + 1, (
        "who waits is not even read"
    )
    done = office.enrol(office.token("beach/pier-1"), tmp_path / "box")
    assert done.returncode == 0, done.stderr
    assert asked(office, b"{}") == 403, "who came with a token begins anew"


def test_a_stranger_who_answers_gets_no_secret(office: Office, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    stranger = Office(tmp_path / "elsewhere", make_papers(tmp_path / "theirs"))
    try:
        token = office.token("beach/pier-1")
        done = office.enrol(token, tmp_path / "box", url=stranger.url)
        assert done.returncode == 1
        assert "another root than the token names" in done.stderr
        assert "refused" not in stranger.log.read_text(), "nothing was asked of it but its root"
        assert office.enrol(token, tmp_path / "box").returncode == 0, (
            "the token is as good as before"
        )
    finally:
        stranger.process.send_signal(signal.SIGTERM)
        stranger.process.wait(20)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1", "wanted https"),  # in the clear
        ("https://127.0.0.1:99999", "wanted https"),  # no such port
        ("https://user@127.0.0.1", "wanted https"),  # a name in it
        ("https://127.0.0.1:1", "enrol-serve run there"),  # nobody there
    ],
)
def test_an_address_that_will_not_do_is_told(tmp_path: Path, url: str, told: str) -> None:
    token = tmp_path / "token"
    token.write_text(f"beach/pier-1:{'A' * 32}:{'0' * 64}\n")
    done = edge_agent("enrol", url, "--token", token, "--directory", tmp_path / "box")
    assert done.returncode == 1
    assert told in done.stderr
    assert "AAAA" not in done.stderr


def test_a_token_file_that_holds_none_is_told_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("my password")
    done = edge_agent(
        "enrol",
        "https://127.0.0.1:1",
        "--token",
        tmp_path / "token",
        "--directory",
        tmp_path / "box",
    )
    assert done.returncode == 1
    assert "wanted SITE/DEVICE:SECRET:FINGERPRINT" in done.stderr
    assert "password" not in done.stderr


@pytest.mark.parametrize("blanks", [3, pytest.param(40, marks=pytest.mark.campaign)])
def test_a_fleet_of_blanks_from_one_file_needs_no_hand(
    office: Office, tmp_path: Path, blanks: int
) -> None:
    fleet = tmp_path / "fleet.csv"
    fleet.write_text(
        "site,device,test\n" + "".join(f"beach,pier-{number},no\n" for number in range(blanks))
    )
    tokens = fusion("enrol-token", "--csv", fleet, "--ca", office.ca).splitlines()
    assert len(tokens) == blanks
    begun_s = time.monotonic()
    for number, token in enumerate(tokens):
        done = office.enrol(token, tmp_path / f"box-{number}")
        assert done.returncode == 0, done.stderr
        assert f'device = "pier-{number}"' in (tmp_path / f"box-{number}" / "box.toml").read_text()
    sys.stderr.write(f"{blanks} blanks enrolled in {time.monotonic() - begun_s:.0f} s\n")
    assert time.monotonic() - begun_s < 60 * blanks


def test_a_box_whose_certificate_is_over_keeps_its_keys_and_its_config(
    office: Office, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    assert office.enrol(office.token("beach/pier-1"), box).returncode == 0
    with (box / "box.toml").open("a") as config:
        config.write("# drawn on site\n")
    kept = {
        path: path.read_bytes()
        for path in sorted(box.rglob("*"))
        if path.is_file() and path.name != "device.pem"
    }
    before = (box / "tls" / "device.pem").read_bytes()
    token = tmp_path / "again.token"
    token.write_text(office.token("beach/pier-1"))
    again = ("enrol", office.url, "--token", token, "--directory", box, "--again")
    refused = edge_agent(*again, "--template", TEMPLATE)
    assert refused.returncode == 1
    assert "leave --template out" in refused.stderr
    done = edge_agent(*again)
    assert done.returncode == 0, done.stderr
    assert {
        path: path.read_bytes()
        for path in sorted(box.rglob("*"))
        if path.is_file() and path.name != "device.pem"
    } == kept
    assert (box / "tls" / "device.pem").read_bytes() != before
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(
        box / "tls" / "device.pem", box / "tls" / "device.key"
    )
    never = edge_agent(
        "enrol", office.url, "--token", token, "--directory", tmp_path / "never", "--again"
    )
    assert never.returncode == 1
    assert "device.key" in never.stderr


def test_a_token_is_also_a_code_to_be_scanned_that_only_its_owner_may_read(
    tmp_path: Path, papers: Path
) -> None:
    shutil.copytree(papers, tmp_path, dirs_exist_ok=True)
    code = tmp_path / "pier-1.svg"
    token = fusion("enrol-token", "beach/pier-1", "--ca", tmp_path / "ca", "--qr", code).strip()
    assert code.stat().st_mode & 0o777 == 0o600
    expected = BytesIO()
    segno.make_qr(token, error="m").save(expected, kind="svg", scale=6, xmldecl=False)
    assert code.read_bytes() == expected.getvalue()
    made = (tmp_path / "ca" / "tokens.jsonl").read_text()
    assert "there already" in fusion(
        "enrol-token", "beach/pier-1", "--ca", tmp_path / "ca", "--qr", code, code=1
    )
    assert (tmp_path / "ca" / "tokens.jsonl").read_text() == made, "no token without its code"
    fleet = tmp_path / "fleet.csv"
    fleet.write_text("site,device\nbeach,a\nbeach,b\n")
    fusion("enrol-token", "--csv", fleet, "--ca", tmp_path / "ca", "--qr", tmp_path / "codes")
    assert sorted(path.name for path in (tmp_path / "codes").iterdir()) == [
        "beach.a.svg",
        "beach.b.svg",
    ]


def test_a_token_may_be_typed_by_a_scanner(office: Office, tmp_path: Path) -> None:
    command = [
        BIN / "edge-agent",
        "enrol",
        office.url,
        "--token",
        "-",
        "--directory",
        tmp_path / "box",
    ]
    typed = office.token("beach/pier-1") + "\n"
    done = subprocess.run(
        command, input=typed, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "wanted the columns"),  # nothing
        ("name\nx\n", "wanted the columns"),  # another file
        ("site,device\nbeach,pier 1\n", ":2:"),  # a name that is none
        ("site,device,test\nbeach,pier-1,maybe\n", ":2:"),  # neither yes nor no
        ("site,device\nbeach,a\nbeach,a\n", "stands twice"),  # the same box twice
        (
            "site;device\nbeach;a\n",
            "save it with commas",
        ),  # as a spreadsheet writes it in half of Europe
    ],
)
def test_a_file_of_boxes_is_taken_whole_or_not_at_all(
    tmp_path: Path, papers: Path, text: str, told: str
) -> None:
    shutil.copytree(papers, tmp_path, dirs_exist_ok=True)
    (tmp_path / "fleet.csv").write_text(text)
    assert told in fusion(
        "enrol-token", "--csv", tmp_path / "fleet.csv", "--ca", tmp_path / "ca", code=2
    )
    assert not (tmp_path / "ca" / "tokens.jsonl").exists()


def test_a_file_of_boxes_may_be_saved_with_a_mark_and_in_no_other_encoding(
    tmp_path: Path, papers: Path
) -> None:
    shutil.copytree(papers, tmp_path, dirs_exist_ok=True)
    (tmp_path / "fleet.csv").write_text("site,device\nbeach,a\n", "utf-16")
    assert "saved as UTF-16" in fusion(
        "enrol-token", "--csv", tmp_path / "fleet.csv", "--ca", tmp_path / "ca", code=2
    )
    (tmp_path / "fleet.csv").write_text("site,device\nbeach,a\n", "utf-8-sig")
    fusion("enrol-token", "--csv", tmp_path / "fleet.csv", "--ca", tmp_path / "ca")


def answered(office: Office, text: str) -> tuple[int | None, bytes]:
    """Send a request; return status and content."""
    context = ssl.create_default_context(cafile=str(office.ca / "ca.pem"))
    with closing(
        http.client.HTTPSConnection("127.0.0.1", office.port, context=context, timeout=20)
    ) as connection:
        connection.request("POST", "/v1/enrol", body=text.encode("ascii"))
        with connection.getresponse() as answer:
            return answer.status, answer.read()


def asked(office: Office, body: bytes) -> int | None:
    """Send a body; return the status, or None where the connection ended before there was one."""
    context = ssl.create_default_context(cafile=str(office.ca / "ca.pem"))
    connection = http.client.HTTPSConnection("127.0.0.1", office.port, context=context, timeout=20)
    with closing(connection):
        try:
            connection.request("POST", "/v1/enrol", body=body)
            with connection.getresponse() as answer:
                return answer.status
        except (ssl.SSLEOFError, ConnectionError):
            return None


def test_the_service_does_not_read_without_end(office: Office) -> None:
    assert asked(office, os.urandom(ENVELOPE_BYTES_MAX + 1)) == 413
    # Of a body that is far too large the connection may end while it is still being sent.
    assert asked(office, os.urandom(1 << 20)) in {413, None}
    assert asked(office, b"{}") == 403
