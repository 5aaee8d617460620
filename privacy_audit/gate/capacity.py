# SPDX-License-Identifier: Apache-2.0
"""How much a sensor that lies could tell.

The bound is computed once more from the config; the reader must enforce it, and a cap limits it.

The bound: at most one record for each line, zone and the image quality in a window, so the bits are
the sum over them of log2 of what a record may say, silence included. What it may say is the table
of docs/REPORT_FORMAT.md, written here in this file's own words; the largest counts are worked out
anew from the metres (`oracles.caps`).
"""

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from edge_agent.channel import Kind, Record, Schema, pack, unpack
from edge_agent.config.schema import Config
from edge_agent.errors import EdgeAgentError, ProcessError, RecordError
from edge_agent.process_settings import GateSettings, SlotSettings, write_settings
from edge_agent.processes.launch import begin_run, gate_settings
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.oracles import caps
from privacy_audit.target.box import AuditedBox, processes_of, until
from privacy_audit.target.broker import call, find_program

PART = "capacity"
QUALITY_WORDS = 32 * 4 * 4 * 4
HEALTH_BITS = 8.0
"""Four classes of four in the health of each report; the sensor does not choose them, a report
carries them."""
AGREES_TO_BITS = 0.06
"""Bounds are printed to a tenth of a bit."""
ENDS_WITHIN_S = 60.0
_STAGES = 2
SMALL = Schema(lines=(2,), zones=(1,))
_PRINTED = re.compile(r"capacity: ([\d.]+) bits a window from the sensor, ([\d.]+) of health")


def look(box: AuditedBox) -> list[Finding]:
    """Compare the printed bound with our own, and count what the reader accepts.

    Then start a box and a gate above the cap, which must refuse.
    """
    return [_bound(box), _reader(), _box_refuses(box), _gate_refuses(box)]


def bits_per_window(config: Config) -> float:
    """Return the most that the sensor of this config could say in one window, bits.

    Health comes on top.
    """
    line_words = [(maximum + 1) ** 2 for maximum in caps.line_count_maxima(config)]
    zone_words = [(maximum + 1) ** 2 * 5 * 5 for maximum in caps.zone_count_maxima(config)]
    return sum(math.log2(words + 1) for words in (*line_words, *zone_words, QUALITY_WORDS))


def _bound(box: AuditedBox) -> Finding:
    """Check the bound that the box printed at its start and signed, against its config.

    It is signed in its meta message.
    """
    own = bits_per_window(box.config)
    per_minute = (own + HEALTH_BITS) * 60.0 / box.config.window.length_s
    figures = (
        f"{own:.1f} bits a window from the sensor, {HEALTH_BITS:g} of health, {per_minute:.1f} "
        "bits a minute"
    )
    said, other = _told(box)
    subject = "the running production process"
    if not said:
        reason = (
            f"{figures} by the config; what the box told of it is not ours to hear, for it was "
            "started before the audit"
        )
        return _finding("the bound", subject, Verdict.UNPROVEN, reason)
    wrong = {
        how: told
        for how, told in said.items()
        if abs(told[0] - own) > AGREES_TO_BITS or told[1] != HEALTH_BITS
    }
    cap = box.config.disclosure.capacity_bits_per_minute_max
    faults = [
        f"{how}: {told[0]:.1f} bits of the sensor and {told[1]:g} of health"
        for how, told in wrong.items()
    ]
    faults += other
    faults += [f"it runs above its cap of {cap:g} bits a minute"] if per_minute > cap else []
    detail = (
        f"{figures}; {'; '.join(faults)}"
        if faults
        else f"{figures}, as {' and '.join(said)} by the box; its cap is {cap:g} a minute"
    )
    return _finding("the bound", subject, _verdict(faults), detail)


def _told(box: AuditedBox) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """Return the bits that the box told, of sensor and health, and the largest counts it made up.

    Both are by how it told them: printed into its log, or signed in its meta message.
    """
    said, other = {}, []
    if box.log is not None and (line := _PRINTED.search(box.log.read_text("utf-8", "replace"))):
        said["printed"] = (float(line.group(1)), float(line.group(2)))
    messages = box.capture.messages() if box.capture is not None else ()
    if metas := [message.payload for message in messages if message.topic.endswith("/meta")]:
        said["signed"] = _of_meta(metas[-1])
        other = other_caps(box.config, metas[-1])
    return said, other


def other_caps(config: Config, payload: bytes) -> list[str]:
    """Return the lines and zones of a meta message whose largest count the config does not give."""
    body, wanted = (
        _body(payload),
        {"lines": caps.line_count_maxima(config), "zones": caps.zone_count_maxima(config)},
    )
    return [
        f"{kind}.{one['id']}: count_max {one['count_max']} is signed, and {maximum} is what the "
        "metres and the config give"
        for kind, maxima in wanted.items()
        for one, maximum in zip(body[kind], maxima, strict=False)
        if one["count_max"] != maximum
    ]


def _body(payload: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(payload[payload.index(b"{") : payload.rindex(b"}") + 1])
    return read


def _of_meta(payload: bytes) -> tuple[float, float]:
    """Return what a meta message says of the capacity, in bits."""
    body = _body(payload)
    return body["capacity"]["records_millibits"] / 1000, body["capacity"]["health_millibits"] / 1000


def _reader() -> Finding:
    """The reader accepts as many different records as the bound counts.

    It is given every record of a small config, one by one.
    """
    wanted = {
        Kind.LINE: (2 + 1) ** 2,
        Kind.ZONE: (1 + 1) ** 2 * 5 * 5,
        Kind.IMAGE_QUALITY: QUALITY_WORDS,
    }
    accepted = dict.fromkeys(wanted, 0)
    for kind, reach in ((Kind.LINE, 5), (Kind.ZONE, 7), (Kind.IMAGE_QUALITY, 34)):
        shape = (range(reach), range(6), range(6), range(6))
        for index, values in product(range(3), product(*shape)):
            accepted[kind] += _is_accepted(Record(kind, index, 0, 0, values))
    faults = [
        f"{accepted[kind]} different {kind.name.lower()} records instead of {maximum}"
        for kind, maximum in wanted.items()
        if accepted[kind] != maximum
    ]
    tried = sum(3 * reach * 6**3 for reach in (5, 7, 34))
    detail = (
        f"the reader takes {'; '.join(faults)}"
        if faults
        else f"of {tried} records of a small config {sum(wanted.values())} are taken, as the "
        "bound counts"
    )
    return Finding(
        PART,
        "what the reader takes",
        Mechanism.GATE_SCHEMA,
        "the gate's reader, run here",
        _verdict(faults, Verdict.TWIN),
        detail,
    )


def _is_accepted(record: Record) -> bool:
    with suppress(RecordError):
        unpack(pack(record), SMALL)
        return True
    return False


def _box_refuses(box: AuditedBox) -> Finding:
    """`edge-agent run` with the cap just below the bound.

    It must end with exit code 1 and never open a camera.
    """
    folder = box.folder / "above-the-cap"
    folder.mkdir(mode=0o700)
    call("edge-agent", "keygen", str(folder / "keys"))
    bound = (bits_per_window(box.config) + HEALTH_BITS) * 60.0 / box.config.window.length_s
    own = (f"store.directory={folder / 'box'}", f"keys.directory={folder / 'keys'}")
    settings = (*box.settings, *own, f"disclosure.capacity_bits_per_minute_max={bound - 0.1:.3f}")
    options = (part for each in settings for part in ("--set", each))
    started = subprocess.Popen(  # noqa: S603 - ours
        [find_program("edge-agent"), "run", str(box.config_path), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    in_time, began, words = _decided(started)
    name, subject = "a box above its cap", "edge-agent run, the same config"
    if not in_time:
        what = "it neither began nor ended in time"
        return _finding(name, subject, Verdict.UNPROVEN, what)
    refused = not began and started.returncode == 1 and "capacity_bits_per_minute_max" in words
    detail = (
        "ends with exit code 1 and says why; no process of it was seen"
        if refused
        else f"did not refuse: exit code {started.returncode}"
    )
    # The control is the box that is looked at: the same config with its own cap runs.
    return _finding(
        name, subject, _verdict([] if refused else [detail]), detail, 1, int(refused), 1
    )


def _decided(started: subprocess.Popen[str]) -> tuple[bool, bool, str]:
    """Wait until a box has begun or ended, and end it.

    Return whether it decided in time, whether it began, and its words.
    """
    began = False

    def decided() -> bool:
        nonlocal began
        with suppress(FileNotFoundError):
            began = began or bool(processes_of(started.pid))
        return began or started.poll() is not None

    in_time = until(decided, within_s=ENDS_WITHIN_S)
    if started.poll() is None:
        started.terminate()
    try:
        words = started.communicate(timeout=ENDS_WITHIN_S)[1]
    except subprocess.TimeoutExpired:
        started.kill()
        words = started.communicate()[1]
    return in_time, began, words


def _gate_refuses(box: AuditedBox) -> Finding:
    """The gate alone, with the cap just below the bound and just above it.

    It ends before it takes a record, and it runs.
    """
    bound = (bits_per_window(box.config) + HEALTH_BITS) * 60.0 / box.config.window.length_s
    folder = box.folder / "gate-above-the-cap"
    folder.mkdir(mode=0o700)
    call("edge-agent", "keygen", str(folder / "keys"))
    try:
        above, below = (
            _gate_begins(box.config, folder / name, cap)
            for name, cap in (("above", bound - 0.1), ("below", bound + 0.1))
        )
    except EdgeAgentError as error:
        return _finding(
            "a gate above its cap", "the gate's own program", Verdict.UNPROVEN, str(error), 1
        )
    faults = ["the gate of a box above its cap takes records"] if above else []
    detail = (
        faults[0]
        if faults
        else "the gate ends by itself before it takes a record; with the cap a tenth of a bit "
        "higher it runs"
    )
    verdict = _verdict(faults, Verdict.PROVEN if below else Verdict.UNPROVEN)
    subject = "the gate's own program, started alone"
    return _finding("a gate above its cap", subject, verdict, detail, 1, int(not above), int(below))


def _gate_begins(config: Config, store: Path, cap: float) -> bool:
    """Start the gate alone and say whether it comes as far as its lock.

    Behind its lock it takes records.
    """
    (store / "outbox").mkdir(parents=True)
    with _pipes() as (channel, _, locked_in, go):
        handed = write_settings(_gate_settings(config, store, channel_fd=channel, cap=cap))
        command = [
            sys.executable,
            "-I",
            "-m",
            "edge_agent.processes.gate",
            *map(str, (handed, locked_in, go)),
        ]
        gate = subprocess.Popen(  # noqa: S603 - our own module
            command,
            pass_fds=(handed, channel, locked_in, go),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(handed)
        os.close(locked_in)
        wanted = _filters("self") + _STAGES
        decided = until(
            lambda: gate.poll() is not None or _filters(str(gate.pid)) >= wanted,
            within_s=ENDS_WITHIN_S,
        )
        begins = gate.poll() is None
        gate.kill()
        gate.wait()
        if not decided:
            raise ProcessError("a gate above its cap: it neither ended nor locked itself in time")
        return begins


def _filters(process: str) -> int:
    """Return how many filters a process has; the lock's are there before it takes a record."""
    with suppress(OSError, StopIteration):
        rows = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
        return int(next(row for row in rows if row.startswith("Seccomp_filters:")).split()[1])
    return 0


@contextmanager
def _pipes() -> Iterator[tuple[int, int, int, int]]:
    """Yield the descriptors of a gate that is started alone.

    Its end of a channel, both ends of the pipe that says that it is locked, and the end at which it
    waits for go.
    """
    channel, channel_in = os.pipe()
    locked, locked_in = os.pipe()
    go, go_in = os.pipe()
    try:
        yield channel, locked, locked_in, go
    finally:
        for descriptor in (channel, channel_in, locked, go, go_in):
            os.close(descriptor)


def _gate_settings(config: Config, store: Path, *, channel_fd: int, cap: float) -> GateSettings:
    keys = store.parent / "keys"
    return replace(
        gate_settings(config, begin_run(config), channel_fd=channel_fd),
        slots=SlotSettings(origin_s=0.0, length_s=config.window.length_s, replay=True),
        capacity_bits_per_minute_max=cap,
        store_directory=str(store),
        outbox_path=str(store / "outbox" / "outbox.db"),
        signing_key_path=str(keys / "signing.key"),
        noise_key_path=str(keys / "noise.key"),
    )


def _verdict(faults: list[str], good: Verdict = Verdict.PROVEN) -> Verdict:
    return Verdict.FELL if faults else good


def _finding(
    name: str,
    subject: str,
    verdict: Verdict,
    detail: str,
    tried: int = 0,
    refused: int = 0,
    controls: int = 0,
) -> Finding:
    return Finding(PART, name, Mechanism.CAP, subject, verdict, detail, tried, refused, controls)
