# SPDX-License-Identifier: Apache-2.0
"""Rehearse a restore: put a copy back in a scratch place, start a centre on it, and take the time.

The rehearsed centre is told of a broker that does not exist and listens on loopback: it can
acknowledge nothing. The scratch place is deleted afterwards.
"""

import http.client
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fusion_service.errors import StoreError
from fusion_service.operations import backups
from fusion_service.store.sqlite.upkeep.backup import restore
from fusion_service.store.sqlite.upkeep.rebuild import Rebuilt, rebuild

ANSWERS_WAIT_S = 600.0
END_WAIT_S = 30.0
SCRATCH = "name a folder with room with --scratch"
FOLDER = "name the folder of fusion-service store backup --into"
ROOM = 2.2
"""The copy, once more what an upgrade keeps beside it, and some."""
_NO_BROKER_PORT = 1
"""Nothing listens there: the port of a service that died in the eighties."""
_RUN = "from fusion_service.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it, and how long it took.

    restore_s: to copy and check; start_s: from there to the API's first answer.
    """

    copy: Path
    size_bytes: int
    age_s: int
    restore_s: float
    start_s: float
    verify_s: float
    holds: Rebuilt

    @property
    def recovery_s(self) -> float:
        """How long the centre would have been away, from the moment at which someone types."""
        return self.restore_s + self.start_s


def rehearse(copy: Path, scratch: Path, *, now: datetime) -> Rehearsal:
    """Restore `copy` in a folder of its own below `scratch`, start, look, and delete it.

    Raises StoreError at what is not whole.
    """
    size_bytes = _size(copy, scratch)
    try:
        place = Path(tempfile.mkdtemp(prefix="fusion-rehearsal-", dir=scratch))  # mode 0700
    except OSError as error:
        raise StoreError(f"{scratch}: {error.strerror}; {SCRATCH}") from error
    try:
        store, begun_s = place / "fusion.sqlite", time.monotonic()
        restore(copy, store)
        restored_s = time.monotonic()
        with _answering(place):
            answered_s = time.monotonic()
        verify_from_s = time.monotonic()
        holds = rebuild(store)
        verify_s = time.monotonic() - verify_from_s
    finally:
        shutil.rmtree(place, ignore_errors=True)
    age_s = max(0, int((now - backups.made_at(copy)).total_seconds()))
    restore_s, start_s = restored_s - begun_s, answered_s - restored_s
    return Rehearsal(copy, size_bytes, age_s, restore_s, start_s, verify_s, holds)


def newest(folder: Path) -> Path:
    """Return the newest copy in a folder. Raises StoreError where there is none."""
    try:
        found = backups.copies(folder)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; {FOLDER}") from error
    if not found:
        raise StoreError(f"{folder}: holds no copy; {FOLDER}, or a copy")
    return found[0]


def _size(copy: Path, scratch: Path) -> int:
    try:
        size_bytes, free_bytes = copy.stat().st_size, shutil.disk_usage(scratch).free
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}; name a copy; {SCRATCH}") from error
    if free_bytes < ROOM * size_bytes:
        got, wanted = free_bytes // 2**20, int(ROOM * size_bytes) // 2**20 + 1
        raise StoreError(f"{scratch}: {got} MiB are free, wanted {wanted}; {SCRATCH}")
    return size_bytes


@contextmanager
def _answering(place: Path) -> Iterator[None]:
    """Run a centre on the store in `place` and yield once its API answers.

    Raises StoreError where it does not.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config, log = place / "rehearsal.toml", place / "rehearsal.log"
    lines = ("[store]", 'path = "fusion.sqlite"', "[broker]", f"port = {_NO_BROKER_PORT}", "[http]")
    config.write_text("\n".join((*lines, f"port = {port}", "")), "utf-8")
    command = [sys.executable, "-I", "-B", "-c", _RUN, "run", "--config", str(config)]
    with log.open("wb") as told:
        service = subprocess.Popen(  # noqa: S603 - our own program
            command, stdin=subprocess.DEVNULL, stdout=told, stderr=told
        )
    try:
        deadline_s = time.monotonic() + ANSWERS_WAIT_S
        while not _has_devices(port, place / "local.key"):
            if service.poll() is not None or time.monotonic() > deadline_s:
                said = log.read_text("utf-8", "replace").strip()[-300:]
                why = f"the rehearsed centre does not answer: {said}"
                raise StoreError(f"{place}: {why}; rehearse with an earlier copy")
            time.sleep(0.02)
        yield
    finally:
        service.terminate()
        try:
            service.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            service.kill()
            service.wait()


def _has_devices(port: int, key_file: Path) -> bool:
    """Ask by the key that the rehearsed centre has made for its machine."""
    try:
        headers = {"Authorization": f"Bearer {key_file.read_text('ascii').strip()}"}
        address = f"http://127.0.0.1:{port}/v1/devices?limit=1"
        request = urllib.request.Request(address, headers=headers)
        with urllib.request.urlopen(request, timeout=5.0) as answer:  # noqa: S310 - loopback
            return bool(answer.status == http.HTTPStatus.OK)
    except (OSError, http.client.HTTPException):
        return False
