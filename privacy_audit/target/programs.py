# SPDX-License-Identifier: Apache-2.0
"""Start the programs that stand beside an audited box, and end them with their block."""

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from edge_agent.config.schema import Config
from edge_agent.errors import ProcessError
from privacy_audit.target.box import Access, AuditCentre, until
from privacy_audit.target.broker import HOST, access, call, find_program, free_port

CENTRE_WITHIN_S, STOP_S = 30.0, 60.0
_LAST_LINES = 12


class NotInTimeError(ProcessError):
    """The box, or what must stand beside it, lives and had not come up when the time was over."""


@contextmanager
def run_centre(
    config: Config, broker_port: int, tls_folder: Path, folder: Path
) -> Iterator[AuditCentre]:
    """Enrol the box and run a fusion-service.

    Give it once it is connected to the broker.
    """
    port, settings = free_port(), folder / "fusion.toml"
    _write_settings(settings, port, broker_port, access(broker_port, tls_folder))
    public = config.keys.directory / "signing.pub"
    device = ("device", "add", f"{config.site}/{config.device}", "--public-key", str(public))
    test_site = ("--test-site",) if config.test_site else ()
    call("fusion-service", *device, "--config", str(settings), *test_site)
    url, log = f"http://{HOST}:{port}", folder / "centre.log"
    command = [find_program("fusion-service"), "run", "--config", str(settings)]
    with run_program(command, log) as running:
        is_up = until(
            lambda: _is_connected(url) or running.poll() is not None, within_s=CENTRE_WITHIN_S
        )
        if not is_up or running.poll() is not None:
            kind = NotInTimeError if running.poll() is None else ProcessError
            raise kind(
                f"fusion-service: did not come up within {CENTRE_WITHIN_S:.0f} s; its last words:\n"
                f"{last_words(log)}"
            )
        yield AuditCentre(url, folder / "local.key")


def _write_settings(settings: Path, port: int, broker_port: int, holder: Access) -> None:
    settings.write_text(
        f"""\
[store]
path = "fusion.sqlite"
[http]
port = {port}
[broker]
host = "{HOST}"
port = {broker_port}
ca = "{holder.ca_file}"
certificate = "{holder.certificate_file}"
key = "{holder.key_file}"
""",
        "utf-8",
    )


def _is_connected(url: str) -> bool:
    with (
        suppress(OSError, ValueError),
        urllib.request.urlopen(f"{url}/v1/health", timeout=5) as answer,  # noqa: S310 - loopback
    ):
        return bool(json.load(answer)["broker"]["state"] == "connected")
    return False


@contextmanager
def run_program(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program in a session of its own, its words in a file, and end it with the block."""
    with log.open("wb") as words:
        started = subprocess.Popen(  # noqa: S603 - ours, found beside this Python
            command, stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True
        )
    try:
        yield started
    finally:
        started.terminate()
        with suppress(subprocess.TimeoutExpired):
            started.wait(STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def last_words(log: Path) -> str:
    """Return the last lines that a program wrote."""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:])
