# SPDX-License-Identifier: Apache-2.0
"""The shipped proxy configuration, in a real nginx before a real centre.

TLS, log-in, limits, and events that come as they are.
"""

import asyncio
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from fusion_service.identity.ca import authority, holders
from fusion_service.web.page.built import BuiltPage, read_built
from fusion_service.web.page.routes import PATHS, POLICY
from tests.broker import free_port
from tests.fusion_service.access.people import add_person
from tests.fusion_service.centre import Centre, ReadyCentre, until
from tests.fusion_service.commands.test_sources import DRAWN, run

SHIPPED = Path(__file__).parents[3] / "firmware_configs" / "nginx" / "people-count.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
HOST = "centre.example"
pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed: apt install nginx-light"
)


class Proxy:
    """One nginx with the shipped file.

    Only its placeholders, ports and the places of its own files are filled in.
    """

    def __init__(self, folder: Path, upstream: int) -> None:
        folder.mkdir()
        self.folder, self.port = folder, free_port()
        ca = folder / "ca"
        authority.make(ca, days=300, now=datetime.now(UTC))
        made = authority.Authority(ca).issue(
            holders.broker(HOST, []), out=folder / "tls", days=9, now=datetime.now(UTC)
        )
        assert made.files
        (folder / "tls" / "broker.pem").rename(folder / "tls" / "server.pem")
        (folder / "tls" / "broker.key").rename(folder / "tls" / "server.key")
        text = SHIPPED.read_text().replace("@HOST@", HOST).replace("@TLS@", str(folder / "tls"))
        text = text.replace("listen 443 ", f"listen 127.0.0.1:{self.port} ").replace(
            "127.0.0.1:8080", f"127.0.0.1:{upstream}"
        )
        places = "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;\n" if os.geteuid() == 0 else ""  # the test's folder is no other user's
        # The TLS lines are those of Debian's own nginx.conf, which the shipped file has to
        # overrule.
        own = (
            "access_log off;\nssl_protocols TLSv1 TLSv1.1 TLSv1.2 "
            "TLSv1.3;\nssl_prefer_server_ciphers on;\n"
        )
        main = f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        (folder / "nginx.conf").write_text(f"{main}http {{\n{own}{places}{text}}}\n")

    def __enter__(self) -> Self:
        command = [
            str(NGINX),
            "-p",
            str(self.folder),
            "-c",
            str(self.folder / "nginx.conf"),
            "-e",
            str(self.folder / "error.log"),
        ]
        self._process = subprocess.Popen(command)
        until(
            self._listens,
            f"nginx: {(self.folder / 'error.log').read_text() if self._process.poll() else ''}",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def client(self) -> httpx.Client:
        """Return a client that looks for the host here, and believes this authority only."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca" / "ca.pem"))
        headers = {"Host": HOST}
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            verify=context,
            headers=headers,
            timeout=20,
        )

    def get(self, path: str, *, method: str = "GET", **headers: str) -> httpx.Response:
        with self.client() as client:
            return client.request(method, path, headers=headers, extensions={"sni_hostname": HOST})

    def _listens(self) -> bool:
        assert self._process.poll() is None, (self.folder / "error.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    with ReadyCentre(tmp_path_factory.mktemp("centre") / "centre", 1) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, centre: Centre) -> Iterator[Proxy]:
    with Proxy(tmp_path_factory.mktemp("proxied") / "proxy", centre.port) as running:
        yield running


def test_the_page_and_its_files_come_through_with_their_policy(proxy: Proxy) -> None:
    for path in PATHS:
        answer = proxy.get(path.format(site="beach", device="pier-1", zone="deck"))
        assert answer.status_code == (503 if read_built() is None else 200), path
        assert answer.headers["content-security-policy"] == POLICY
        assert answer.headers["cache-control"] == "no-store"
    for name in (read_built() or BuiltPage(b"", {})).assets:
        answer = proxy.get(f"/assets/{name}")
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
        assert answer.headers["content-security-policy"] == POLICY


def test_who_logs_in_reads_and_nobody_else(proxy: Proxy, centre: Centre) -> None:
    answer = proxy.get("/v1/health")
    assert (answer.status_code, answer.json()["store"]["condition"]) == (200, "fine")
    assert answer.headers["strict-transport-security"]
    assert "nginx/" not in answer.headers["server"]
    assert proxy.get("/metrics").status_code == 401
    assert proxy.get("/metrics", **centre.key_header()).status_code == 200
    person, sni = add_person(centre, "duty", "viewer"), {"sni_hostname": HOST}
    given = {"login": person.login, "password": person.password, "code": person.code()}
    with proxy.client() as client:
        said = {"json": given, "headers": {"Origin": f"https://{HOST}"}}
        entered = client.post("/v1/session", extensions=sni, **said)
        assert entered.status_code == 200, entered.text
        laid = entered.headers["set-cookie"]
        assert laid.startswith("__Host-session=")
        assert "; Secure" in laid
        cookie = {"Cookie": laid.partition(";")[0]}
        assert client.get("/metrics", headers=cookie, extensions=sni).status_code == 200
        token = {"Origin": f"https://{HOST}", "X-Page-Token": entered.json()["page_token"]}
        ended = client.delete("/v1/session", headers={**cookie, **token}, extensions=sni)
        assert ended.status_code == 204
        assert client.get("/metrics", headers=cookie, extensions=sni).status_code == 401


def test_nobody_says_for_themselves_that_they_are_on_this_machine(proxy: Proxy) -> None:
    lies = {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "Authorization": "Basic x"}
    assert proxy.get("/metrics", **lies).status_code == 401


def test_nothing_that_would_write_is_passed_on(proxy: Proxy) -> None:
    assert {
        method: proxy.get("/v1/health", method=method).status_code
        for method in ("POST", "PUT", "DELETE")
    } == {
        "POST": 403,
        "PUT": 403,
        "DELETE": 403,
    }


def test_what_people_do_in_a_shift_reaches_the_centre(
    fed: tuple[Proxy, Centre, list[str]],
) -> None:
    proxy, centre, _ = fed
    site = "/v1/sites/beach"
    asked = [
        ("PUT", f"{site}/zones/square/level"),
        ("PUT", f"{site}/zones/square/measures/stewards"),
        ("POST", f"{site}/alarms/1/acknowledgement"),
        ("DELETE", f"{site}/alarms/1/shelf"),
        ("POST", f"{site}/log"),
        ("POST", f"{site}/handover"),
        ("POST", f"{site}/handover/acceptance"),
    ]
    for method, path in asked:
        # Nothing is said in it, so the centre itself refuses it; the proxy would with 403.
        said = proxy.get(path, method=method, **centre.key_header())
        assert said.status_code in {400, 428}, (method, path, said.text)
        assert said.headers["content-type"] == "application/problem+json"
        assert proxy.get(path, method=method).status_code == 401


def test_tls_1_3_alone_and_only_for_its_own_name(proxy: Proxy) -> None:
    def shake(version: ssl.TLSVersion, name: str) -> str:
        context = ssl.create_default_context(cafile=str(proxy.folder / "ca" / "ca.pem"))
        context.maximum_version = version
        try:
            with (
                socket.create_connection(("127.0.0.1", proxy.port), 10) as plain,
                context.wrap_socket(plain, server_hostname=name) as tls,
            ):
                return f"{tls.version()} {tls.cipher()}"
        except (ssl.SSLError, ConnectionError) as error:
            return type(error).__name__

    assert shake(ssl.TLSVersion.TLSv1_3, HOST).startswith("TLSv1.3")
    assert "Error" in shake(ssl.TLSVersion.TLSv1_2, HOST)
    assert "Error" in shake(ssl.TLSVersion.TLSv1_3, "other.example")


def test_half_requests_held_open_keep_nobody_out(proxy: Proxy) -> None:
    context = ssl.create_default_context(cafile=str(proxy.folder / "ca" / "ca.pem"))
    held = []
    try:
        for _ in range(200):
            plain = socket.create_connection(("127.0.0.1", proxy.port), 10)
            held.append(context.wrap_socket(plain, server_hostname=HOST))
            held[-1].sendall(b"GET /v1/health HTTP/1.1\r\nHost: centre.example\r\n")
        # From another address of this machine the API answers as before.
        with httpx.Client(
            transport=httpx.HTTPTransport(verify=context, local_address="127.0.0.2"),
            timeout=5,
        ) as other:
            asked = other.get(
                f"https://127.0.0.1:{proxy.port}/v1/health",
                headers={"Host": HOST},
                extensions={"sni_hostname": HOST},
            )
        assert asked.status_code == 200
    finally:
        for one in held:
            one.close()


def test_too_many_requests_of_one_address_are_told_so(proxy: Proxy) -> None:
    with proxy.client() as client:
        codes = [
            client.get("/v1/health", extensions={"sni_hostname": HOST}).status_code
            for _ in range(200)
        ]
    assert codes[0] == 200
    assert 429 in codes


# --- counters of others and stewards


STEWARD = """
[[sources]]
id = "steward-a"
kind = "person"
technology = "person"
provenance = "A steward at the square"
licence = "Agreement of 2026-05-01"

[[sources.counters]]
zone = "square"
at_zone = "square"
"""


@pytest.fixture(name="fed", scope="module")
def _fed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxy, Centre, list[str]]]:
    folder = tmp_path_factory.mktemp("fed")
    with (
        ReadyCentre(folder / "centre", 1) as centre,
        Proxy(folder / "proxy", int(centre.url.rpartition(":")[2])) as running,
    ):
        drawn = folder / "beach.toml"
        drawn.write_text(DRAWN + STEWARD)
        centre.draw(drawn)
        keys = []
        for name in ("car-park", "steward-a"):
            added = run("source", "add", "beach", name, "--config", centre.config)
            found = re.search(r"[A-Z2-7]{32}", added.stdout.replace("-", "").replace(" ", ""))
            assert found, added.stdout + added.stderr
            keys.append(found[0])
        yield running, centre, keys


def test_a_counter_of_others_pushes_with_its_key_and_no_log_in(
    fed: tuple[Proxy, Centre, list[str]],
) -> None:
    proxy, centre, (key, _) = fed
    rows = [{"at": int(time.time()) - 600, "people": 41}]
    with proxy.client() as client:

        def push(key: str, **more: Any) -> httpx.Response:
            return client.post(
                "/v1/sources/beach/car-park",
                headers={"Authorization": f"Bearer {key}", "X-Forwarded-For": "198.51.100.7"},
                extensions={"sni_hostname": HOST},
                **more,
            )

        taken = push(key, json={"rows": rows})
        assert (taken.status_code, taken.json()["new"]) == (200, 1)
        large = push(key, json={"rows": rows, "more": "x" * 100_000})
        assert (large.status_code, large.json()["repeated"]) == (200, 1)
        assert push(key, content=b" " * 262_145).status_code == 413
        wrong = push("AAAA", json={"rows": rows})
        assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")
    # Who says to be somebody else's proxy is not believed.
    refused = (centre.folder / "security-refused.log").read_text()
    assert json.loads(refused.splitlines()[-1])["origin"] == "127.0.0.1"


def test_only_what_a_source_says_is_let_through_without_a_log_in(
    fed: tuple[Proxy, Centre, list[str]],
) -> None:
    proxy, centre, _ = fed
    path = "/v1/sources/beach/car-park"
    codes = {method: proxy.get(path, method=method).status_code for method in ("GET", "PUT")}
    assert codes == {"GET": 403, "PUT": 403}
    assert proxy.get("/v1/sources").status_code == 401
    assert proxy.get("/v1/sources", **centre.key_header()).status_code == 200
    assert proxy.get("/v1/sources", method="POST").status_code == 403
    assert proxy.get("/steward/beach/steward-a", method="DELETE").status_code == 403
    # Nobody walks out of these paths to another.
    for way in ("/v1/sources/../latest", "/steward/%2e%2e/v1/latest"):
        assert proxy.get(way).status_code in {401, 404}


def test_a_steward_fills_in_the_page_with_a_cookie_that_only_tls_carries(
    fed: tuple[Proxy, Centre, list[str]],
) -> None:
    proxy, _, (_, key) = fed
    page = proxy.get("/steward/beach/steward-a")
    assert (page.status_code, 'name="key"' in page.text) == (200, True)
    with proxy.client() as client:
        answer = client.post(
            "/steward/beach/steward-a",
            data={"key": key, "zone": "square", "people": "120"},
            extensions={"sni_hostname": HOST},
        )
    assert answer.status_code == 200
    assert "120" in answer.text
    assert "Secure" in answer.headers["set-cookie"]


# --- a stream of events


def streaming(second: threading.Event) -> FastAPI:
    app = FastAPI()

    @app.get("/events")
    async def events() -> StreamingResponse:
        async def told() -> AsyncIterator[str]:
            yield "data: first\n\n"
            await asyncio.to_thread(second.wait)
            yield "data: second\n\n"

        return StreamingResponse(told(), media_type="text/event-stream")

    return app


def test_an_event_comes_before_the_next_one_is_sent(tmp_path: Path) -> None:
    second, port = threading.Event(), free_port()
    server = uvicorn.Server(
        uvicorn.Config(streaming(second), port=port, log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, "the server of events")
        with (
            Proxy(tmp_path / "proxy", port) as proxy,
            proxy.client() as client,
            client.stream("GET", "/events", extensions={"sni_hostname": HOST}) as answer,
        ):
            lines = answer.iter_lines()
            assert (
                next(line for line in lines if line) == "data: first"
            )  # the second has not been sent yet
            second.set()
            assert next(line for line in lines if line) == "data: second"
    finally:
        second.set()
        server.should_exit = True
        thread.join(30)
