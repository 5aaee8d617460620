# SPDX-License-Identifier: Apache-2.0
"""Whole boxes whose sensor and uplink carry a thread more, which tell and hear a word.

Only the witness of the test knows the word.

With every mechanism in its place nothing of the word is heard. With the one that shuts a carrier
taken out, the word is heard and the audit of the same copy falls. Without a wall it is heard by all
carriers. Each takes a whole box, so the campaign runs them.
"""

import math
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from privacy_audit.target import synthetic_clip
from privacy_audit.target.testbed import CLIP_FPS, OWN_CONFIG
from tests.privacy_audit.copied import Change, Copied
from tests.privacy_audit.pairs import test_taken_out as taken
from tests.privacy_audit.pairs import trojan

pytestmark = [
    pytest.mark.campaign,
    pytest.mark.skipif(
        os.geteuid() != 0, reason="only root starts a box with its namespaces; run as root"
    ),
]
HEARD_S, START_WITHIN_S, SURE_Z = 20.0, 120.0, 6.0
SENSOR, UPLINK = "edge_agent/processes/sensor.py", "edge_agent/processes/uplink.py"
LAID = (
    Change(
        SENSOR,
        "    return_freed_memory()\n    release_code_pages",
        "    trojan.send(trojan.CARRIERS)\n    return_freed_memory()\n    release_code_pages",
    ),
    Change(
        SENSOR,
        "import numpy as np\n\nfrom",
        "import numpy as np\n\nfrom edge_agent import trojan\nfrom",
    ),
    Change(
        UPLINK,
        "    lock.close(Role.UPLINK)\n",
        "    trojan.receive(trojan.CARRIERS, str(Path(settings.outbox_path).parent / 'heard'))\n"
        "    lock.close(Role.UPLINK)\n",
    ),
    Change(
        UPLINK,
        "from edge_agent.clock import SystemClock\n",
        "from edge_agent import trojan\nfrom edge_agent.clock import SystemClock\n",
    ),
)
SHM = (
    Change(
        taken.VIEWS,
        "devices=existing(devices), machine=True)",
        'devices=existing(devices), machine=True, writable=("/dev/shm",))',
    ),
    Change(taken.VIEWS, "writable=(outbox,),", "writable=(outbox,), "),
    Change(
        taken.VIEWS,
        "existing((*_RESOLVER, *_OPENSSL))",
        'existing((*_RESOLVER, *_OPENSSL, "/dev/shm"))',
    ),
)
OUT = {
    "futex": taken.OUT["a futex may be shared"].changes,
    "argv": taken.OUT["the words are not emptied"].changes,
    "statm": taken.OUT["processes of the box see one another"].changes,
    "kept": (*taken.OUT["the lock does not look at memory"].changes, *SHM, taken.BLIND),
    "page": taken.OUT["the uplink may ask for a page without waiting"].changes,
}
NAMED = {
    "futex": "futex: FUTEX_WAKE",
    "argv": "bytes of arguments",
    "statm": "size of memory",
    "kept": "a mapping that is kept",
    "page": "a page of a cold file",
}


@dataclass
class Heard:
    """What the uplink wrote down and what any user saw of the sensor's words.

    Numbers by carrier and slot.
    """

    seen: dict[str, dict[int, float]] = field(default_factory=dict)

    def add(self, carrier: str, slot: int, value: float) -> None:
        self.seen.setdefault(carrier, {})[slot] = value

    def z(self, carrier: str) -> float:
        """How far from chance the word is to be read from a carrier, by its value or its change.

        By rank.
        """
        rows = sorted(self.seen.get(carrier, {}).items())
        bits = np.array([trojan.bit_of(slot) for slot, _ in rows], float)
        values = np.array([value for _, value in rows])
        return max(
            (_far(one, bits) for one in (values, np.diff(values, prepend=values[:1]))), default=0.0
        )


def _far(values: np.ndarray, bits: np.ndarray) -> float:
    if len(values) < 2 or values.min() == values.max():
        return 0.0
    ranks = np.searchsorted(np.sort(values), values, "left") + np.searchsorted(
        np.sort(values), values, "right"
    )
    return abs(float(np.corrcoef(ranks, bits)[0, 1])) * math.sqrt(len(values))


def lay(copied: Copied, *changes: Change) -> None:
    """Lay the trojan into the copy with a cold file beside it, and take out what `changes` do."""
    copied.change(*LAID, *dict.fromkeys(changes))
    (copied.source / "edge_agent" / "trojan.py").write_text(
        Path(trojan.__file__).read_text("utf-8"), "utf-8"
    )
    cold = copied.source / "edge_agent" / "cold.bin"
    with cold.open("wb") as file:
        file.write(bytes(trojan.PAGES * trojan.STRIDE))
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def running(copied: Copied, folder: Path) -> Iterator[int]:
    """Run a box of the copy, and give the process id of its sensor."""
    (folder / "box.toml").write_text(OWN_CONFIG, "utf-8")
    synthetic_clip.make(folder / "clip.avi", seconds=200, fps=CLIP_FPS)
    program = copied._venv / "bin" / "edge-agent"
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    subprocess.run(
        [program, "keygen", folder / "keys"], check=True, capture_output=True, env=environment
    )
    with (folder / "box.log").open("wb") as log:
        box = subprocess.Popen(
            [program, "run", folder / "box.toml"], stdout=log, stderr=log, env=environment, cwd="/"
        )
    try:
        yield until_up(box, folder)
    finally:
        box.terminate()
        with suppress(subprocess.TimeoutExpired):
            box.wait(30)
        box.kill()
        box.wait()


def until_up(box: subprocess.Popen[bytes], folder: Path) -> int:
    end_s = time.monotonic() + START_WITHIN_S
    while time.monotonic() < end_s and box.poll() is None:
        children = Path(f"/proc/{box.pid}/task/{box.pid}/children").read_text().split()
        named = {Path(f"/proc/{child}/comm").read_text().strip(): int(child) for child in children}
        if {"pc-sensor", "pc-uplink"} <= set(named) and (
            folder / "box" / "outbox" / "heard"
        ).exists():
            return named["pc-sensor"]
        time.sleep(0.2)
    raise AssertionError((folder / "box.log").read_text()[-3000:])


def heard(copied: Copied, folder: Path) -> Heard:
    """Run a box for a while and return what was heard.

    By its uplink, and by any user of the machine.
    """
    found = Heard()
    with running(copied, folder) as sensor:
        end_s = time.monotonic() + HEARD_S
        for slot in trojan.slots():
            with suppress(OSError):
                found.add(
                    "argv",
                    slot,
                    float(ord(Path(f"/proc/{sensor}/cmdline").read_bytes()[:1] or b"\0")),
                )
            if time.monotonic() > end_s:
                break
        for line in (folder / "box" / "outbox" / "heard").read_text().splitlines():
            carrier, slot_text, value = line.split()
            found.add(carrier, int(slot_text), float(value))
    return found


def test_without_a_wall_every_carrier_tells_the_word(copied: Copied, tmp_path: Path) -> None:
    lay(copied)
    program = "import sys, time; from edge_agent import trojan; "
    python = [copied._venv / "bin" / "python", "-I", "-c"]
    sender = subprocess.Popen(
        [
            *python,
            (
                f"{program}open('/proc/self/comm', 'w').write('pc-sensor'); "
                "trojan.send(trojan.CARRIERS); time.sleep(60)"
            ),
            "0" * 64,
        ]
    )
    receiver = subprocess.Popen(
        [
            *python,
            f"{program}trojan.receive(trojan.CARRIERS, sys.argv[1]); time.sleep(60)",
            tmp_path / "heard",
        ]
    )
    found = Heard()
    try:
        end_s = time.monotonic() + HEARD_S
        for slot in trojan.slots():
            found.add("argv", slot, float(Path(f"/proc/{sender.pid}/cmdline").read_bytes()[0]))
            if time.monotonic() > end_s:
                break
    finally:
        for process in (sender, receiver):
            process.kill()
            process.wait()
        trojan.KEPT.unlink(missing_ok=True)
    for line in (tmp_path / "heard").read_text().splitlines():
        carrier, slot_text, value = line.split()
        found.add(carrier, int(slot_text), float(value))
    assert {carrier: found.z(carrier) > SURE_Z for carrier in trojan.CARRIERS} == dict.fromkeys(
        trojan.CARRIERS, True
    ), {carrier: found.z(carrier) for carrier in trojan.CARRIERS}


def test_with_every_mechanism_in_its_place_nothing_of_the_word_is_heard(
    copied: Copied, tmp_path: Path
) -> None:
    lay(copied)
    found = heard(copied, tmp_path)
    assert len(found.seen["argv"]) > 100
    assert {
        carrier: round(found.z(carrier), 1)
        for carrier in trojan.CARRIERS
        if found.z(carrier) > SURE_Z / 1.5
    } == {}


@pytest.mark.parametrize("carrier", OUT)
def test_with_its_mechanism_taken_out_the_word_is_heard_and_the_audit_falls_and_names_it(
    copied: Copied, tmp_path: Path, carrier: str
) -> None:
    lay(copied, *OUT[carrier])
    try:
        found = heard(copied, tmp_path)
    finally:
        trojan.KEPT.unlink(missing_ok=True)
    code, printed = copied.audit("pairs")
    said = " ".join(
        f"{one['name']}: {one['detail']}" for one in printed["findings"] if one["verdict"] == "fell"
    )
    assert (code, NAMED[carrier] in said) == (1, True), printed["findings"]
    assert found.z(carrier) > SURE_Z, {name: found.z(name) for name in trojan.CARRIERS}
