# SPDX-License-Identifier: Apache-2.0
"""A fusion-service as its own process, with its own store and config, looked at by its API."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any, ClassVar, Self

from development.testbed.program import HOST, Program, StageError, find_program, finished, free_port
from development.testbed.verbs import run_verb
from development.testbed.web import key_header

ASK_S = 10.0


class Centre:
    """One fusion-service and its folder.

    `broker`, `ingest` and `store` are lines more of these tables of its config.
    """

    STARTED_AS: ClassVar[type[Program]] = Program

    def __init__(
        self,
        folder: Path,
        broker_port: int,
        *,
        broker: str = "",
        ingest: str = "",
        store: str = "",
        store_path: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.store = store_path or folder / "fusion.sqlite"
        self._store_path = store_path or Path("fusion.sqlite")
        self.config = folder / "fusion.toml"
        self.log = folder / "centre.log"
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._tables = (
            f"[broker]\nport = {broker_port}\n{broker}\n[ingest]\n{ingest}\n"
            f"[http]\nport = {self.port}\n"
        )
        self.program: tuple[str | Path, ...] = (find_program("fusion-service"),)
        """What it is started by: another one for a centre of before."""
        self._process = self.STARTED_AS((), self.log, environment=environment)
        self.configure(store)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()  # it loses nothing by that, and a test does not wait

    def configure(self, store: str) -> None:
        """Write the config, with these lines more in [store]."""
        path = f'[store]\npath = "{self._store_path}"\n{store}\n'
        self.config.write_text(path + self._tables, "utf-8")

    def start(self) -> None:
        """Start it, and return once its API answers."""
        self._process.command = [*map(str, self.program), "run", "--config", str(self.config)]
        self._process.start()
        self._process.wait_until(lambda: self.health() is not None)

    def wait_until_connected(self) -> None:
        """Wait until it is connected to the broker: what is sent before may come in late."""
        self._process.wait_until(
            lambda: (found := self.health()) is not None and found["broker"]["state"] == "connected"
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def kill(self) -> None:
        """End it without a chance to save anything."""
        self._process.kill()

    def stop(self) -> int | None:
        """End it as a service manager would; return its exit code, None where it did not run."""
        return self._process.stop()

    def add_device(self, name: str, public_key: Path, *more: str) -> None:
        """Enrol a box, `site/device`, by its public key."""
        given: list[str | Path] = [name, "--public-key", public_key, "--config", self.config]
        self._do("device", "add", *given, *more)

    def draw(self, site: Path) -> None:
        """Put a site's file in force."""
        self._do("site", "import", site, "--config", self.config)

    def _do(self, *verb: str | Path) -> None:
        if self.program == (find_program("fusion-service"),):
            run_verb(*verb)
        else:
            finished([*self.program, *verb])

    def health(self) -> dict[str, Any] | None:
        """Return what it says of itself, None while it does not answer."""
        try:
            found: dict[str, Any] = self.get("/v1/health")
        except (OSError, HTTPException, StageError):
            return None
        return found

    def key_header(self) -> dict[str, str]:
        """Return the header that lets this machine in; none of a centre that made no key."""
        return key_header(self.store)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Ask the API. Raises StageError where it answers with an error."""
        return json.loads(self.text(path))

    def text(self, path: str) -> str:
        """Return an answer as it is. Raises StageError where it is an error."""
        request = urllib.request.Request(self.url + path, headers=self.key_header())  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request, timeout=ASK_S) as answer:  # noqa: S310 - loopback
                said: bytes = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise StageError(f"{path}: {error.code}: {error.read().decode()}") from error
        return said.decode()
