# SPDX-License-Identifier: Apache-2.0
"""A real fusion-service: its own process, its own store and config, for tests from outside."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import httpx

from tests.broker import free_port
from tests.fusion_service.box import Box

PROGRAM = Path(sys.executable).with_name("fusion-service")
WAIT_S = 60.0


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds."""
    deadline_s = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline_s, f"waited {WAIT_S} s for {what}"
        time.sleep(0.02)


class Centre:
    """One fusion-service and its folder."""

    def __init__(
        self, folder: Path, broker_port: int, *, broker: str = "", ingest: str = "", store: str = ""
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.store = folder / "fusion.sqlite"
        self.config = folder / "fusion.toml"
        self.log = folder / "centre.log"
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._broker_port, self._broker, self._ingest = broker_port, broker, ingest
        self._process: subprocess.Popen[bytes] | None = None
        self.program: tuple[str | Path, ...] = (PROGRAM,)
        self._client = httpx.Client(base_url=self.url, timeout=10.0)
        self.configure(store)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        if self._process is not None:
            self.kill()

    def configure(self, store: str) -> None:
        """Write the config, with these lines more in [store]."""
        self.config.write_text(
            f'[store]\npath = "fusion.sqlite"\n{store}\n[broker]\nport = '
            f"{self._broker_port}\n{self._broker}\n"
            f"[ingest]\n{self._ingest}\n[http]\nport = {self._port}\n"
        )

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.program, "run", "--config", self.config], stderr=log
            )
        until(self._answers, "the API")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(WAIT_S)
        self._process = None

    def stop(self) -> int:
        """End it as a service manager would; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(WAIT_S)
        self._process = None
        return code

    def rss_mb(self) -> float:
        """Return its resident memory now."""
        assert self._process is not None
        rows = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return int(next(row for row in rows if row.startswith("VmRSS")).split()[1]) / 1024

    def enrol(self, box: Box, *more: str) -> None:
        command = [
            PROGRAM,
            "device",
            "add",
            f"{box.site}/{box.device}",
            "--public-key",
            box.write_public_key(self.folder),
        ]
        subprocess.run([*command, "--config", self.config, *more], check=True, capture_output=True)

    def get(self, path: str) -> dict[str, Any]:
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def text(self, path: str) -> str:
        return self._client.get(path).text

    def upto(self, box: Box) -> int:
        stream = self.get(f"/v1/devices/{box.site}/{box.device}")["stream"]
        return 0 if stream is None else int(stream["upto"])

    def outcomes(self) -> dict[tuple[str, str], int]:
        return {
            (row["channel"], row["outcome"]): row["total"]
            for row in self.get("/v1/outcomes")["outcomes"]
        }

    def status(self) -> dict[str, Any]:
        command = [PROGRAM, "status", "--url", self.url, "--json"]
        answer: dict[str, Any] = json.loads(
            subprocess.run(command, check=True, capture_output=True).stdout
        )
        return answer

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            return self._client.get("/v1/health").status_code == 200
        except httpx.TransportError:
            return False
