# SPDX-License-Identifier: Apache-2.0
"""The box under systemd: become one of its processes, or let one begin that has locked itself.

There is no supervisor. The units start `python -I -m edge_agent.processes.systemd.unit`: `prepare
CONFIG` as root, once, which writes down what each process gets; `sensor`, `gate` and `uplink`
inside the walls that their units name, which turn into the process; `admit-ROLE CONFIG` as root and
outside, at each start, which waits for the lock, measures it with the probe and only then says go.
Nothing goes on without that word: where the measurement fails, or whoever measures is gone, the
waiting process ends. `await-hours` stands before each start of the sensor (`unit_camera`); gate and
uplink wait for no camera.
"""

import contextlib
import json
import logging
import os
import signal
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge_agent.config.schema import Config, load
from edge_agent.config.site_rules import may_be_open
from edge_agent.confinement.enter import ENVIRONMENT, enter, read_plan
from edge_agent.confinement.probe import Expected, measure
from edge_agent.confinement.tables import visible_files
from edge_agent.confinement.tables.policy import Role
from edge_agent.errors import EdgeAgentError, ProcessError
from edge_agent.keys import NOISE_KEY, SIGNING_KEY
from edge_agent.process_settings import (
    GateSettings,
    SensorSettings,
    UplinkSettings,
    read_settings,
    write_settings,
)
from edge_agent.processes import camera_state
from edge_agent.processes.admit_broker import admit as broker_admit
from edge_agent.processes.launch import begin_run, lay_out_store, place_of, settings_of
from edge_agent.processes.preflight import cap_warnings, obstacles
from edge_agent.processes.supervision.admission import (
    LOCK_WITHIN_S,
    hold_to_config,
    hold_to_level,
    level_to_tell,
    word_for,
)
from edge_agent.processes.supervision.broker_admission import places_of
from edge_agent.processes.systemd import camera
from edge_agent.processes.systemd.doors import (
    POLL_S,
    is_alive,
    main_pid,
    make_doors,
    number_of,
    open_to_a_reader,
    wait_locked,
)
from edge_agent.processes.systemd.records import RECORDS_FD, open_records
from wire_contract.messages.report import Clock, Level
from wire_contract.programs.extras import Extra, lacking

RUNTIME = Path("/run/people-count")
ROOTS = Path("/run/people-count-root")
MINUTES_AHEAD = 2 * 24 * 60
TLS_CREDENTIALS = ("ca.pem", "device.pem", "device.key")
"""Under which names the unit of the uplink gets its TLS files: authority, certificate, key."""
UIDS = {
    Role.SENSOR: visible_files.SENSOR_UID,
    Role.GATE: visible_files.GATE_UID,
    Role.UPLINK: visible_files.UPLINK_UID,
}
log = logging.getLogger("edge_agent.processes.systemd.unit")


def prepare(config_path: Path) -> None:
    """Look at the config, give the store to its users, and write down what each process gets."""
    if gone := lacking(Extra.SENSOR):
        raise ProcessError(gone)
    config = load(config_path)
    if refused := obstacles(config_path, config):
        raise ProcessError("\n".join(refused))
    for warning in cap_warnings(config):
        log.warning("%s", warning)
    if config.window.clock is Clock.REPLAY:
        raise ProcessError(
            f"{config_path}: window.clock: got replay; the units run a live box, use edge-agent "
            "run for a replay"
        )
    if config.camera.source.is_network:
        raise ProcessError(
            f"{config_path}: camera.source: got {config.camera.source}; no unit runs a feeder, use "
            "edge-agent run"
        )
    lay_out_store(config, separate=True)
    run = begin_run(config)
    handed = {
        role: (
            place_of(role, config, channel_fd=RECORDS_FD, separate=True),
            settings_of(role, config, run, channel_fd=RECORDS_FD),
        )
        for role in UIDS
    }
    for role, (place, settings) in handed.items():
        folder = RUNTIME / role
        folder.mkdir(exist_ok=True)
        make_doors(folder, uid=UIDS[role])
        (folder / "plan.json").write_text(json.dumps(asdict(place.plan)), "utf-8")
        with os.fdopen(write_settings(settings)) as pipe:
            (folder / "settings.json").write_text(pipe.read(), "utf-8")
    # systemd would lay out this folder closed to the processes, and their interpreter may lie in
    # it.
    ROOTS.joinpath("root").mkdir(mode=0o755, exist_ok=True)
    (RUNTIME / "level").unlink(missing_ok=True)
    camera.begin(RUNTIME / Role.SENSOR, config)
    (RUNTIME / "config").write_text(config.sha256(), "ascii")


def await_hours(config_path: Path) -> None:
    """Wait until the camera may be opened, and write down when it no longer may be open."""
    config = _load_as_prepared(config_path)
    if (end := camera.last_end("people-count-sensor.service")) is not None:
        camera.ended(RUNTIME / Role.SENSOR, config, end)
    camera.wait(RUNTIME / Role.SENSOR, config)
    left_s = seconds_until_closed(config, datetime.now().astimezone())
    (RUNTIME / Role.SENSOR / "close_at").write_text(
        "" if left_s is None else str(time.monotonic() + left_s), "ascii"
    )


def become(role: Role) -> None:
    """Turn into the process of `role`: its settings on a pipe, its channel one way, its doors open.

    Does not return.
    """
    folder = RUNTIME / role
    settings, plan = _settings(role), read_plan(os.open(folder / "plan.json", os.O_RDONLY))
    if role is Role.SENSOR and (close_at := (folder / "close_at").read_text("ascii")):
        # The kernel ends the process when its hours end. The timer outlives exec, and the lock
        # forbids to change it.
        signal.setitimer(signal.ITIMER_REAL, max(1.0, float(close_at) - time.monotonic()))
    # Whoever admits opens the other ends; until then both calls wait.
    locked_fd = os.open(folder / "locked", os.O_WRONLY)
    go_fd = os.open(folder / "go", os.O_RDONLY)
    for descriptor in (locked_fd, go_fd):
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - the standard library's own signature
    # systemd has made user, namespaces and view. What is left is what a process does to itself:
    # Landlock, where there is one.
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    enter(
        replace(
            plan, user=None, view=replace(plan.view, secrets=(credentials,) if credentials else ())
        )
    )
    command = [sys.executable, "-I", "-B", "-m", f"edge_agent.processes.{role}"]
    os.execve(  # noqa: S606 - our own interpreter
        sys.executable,
        [*command, *map(str, (write_settings(settings), locked_fd, go_fd))],
        ENVIRONMENT,
    )


def admit(role: Role, config_path: Path, pid: int) -> Level | None:
    """Wait for the lock of process `pid`, measure it, and let it begin; return its level.

    None: it ended before, and nothing is let begin; systemd starts it again. Raises ProcessError
    where it does not lock itself in time, or is confined less than the config asks or the box has
    told.
    """
    config = _load_as_prepared(config_path)
    door, until_s = RUNTIME / role, time.monotonic() + LOCK_WITHIN_S
    locked_fd = os.open(door / "locked", os.O_RDONLY | os.O_NONBLOCK)
    try:
        go_fd = open_to_a_reader(door / "go", until_s, pid)
        wait_locked(role, locked_fd, until_s)
        seen = measure(pid, replace(_expected(role, config), go_fd=number_of(door / "go", pid)))
    except (ProcessError, FileNotFoundError, ProcessLookupError) as error:
        if is_alive(pid):
            raise
        log.info("%s: ended before it was let begin (%s); its own lines above say why", role, error)
        return None
    hold_to_config(str(role), seen, config, log)
    if role is Role.GATE and not (RUNTIME / "level").exists():
        (RUNTIME / "level").write_text(level_to_tell(seen, config), "ascii")
    level = told_level(until_s)
    hold_to_level(seen, level)
    os.write(go_fd, word_for(role, level))
    if role is Role.SENSOR:
        camera.let_begin(door, config)
    return seen.level


def admit_broker(config_path: Path) -> None:
    """Admit what the uplink heard of another broker, and open the firewall for it.

    Raises StoreError.
    """
    if (places := places_of(load(config_path))) is not None:
        broker_admit(places, datetime.now(UTC))


def told_level(until_s: float = 0.0) -> Level:
    """Return the level that every report of this run says: what the gate was measured to have.

    Waits for it until until_s (monotonic). Raises ProcessError where the gate has not been measured
    then.
    """
    while True:
        with contextlib.suppress(OSError, ValueError):
            return Level((RUNTIME / "level").read_text("ascii"))
        if time.monotonic() >= until_s:
            raise ProcessError(
                "level: the gate has not been measured yet; it is when people-count-gate.service "
                "is up"
            )
        time.sleep(POLL_S)


def seconds_until_closed(config: Config, now: datetime) -> float | None:
    """Return in how many seconds the camera may no longer be open.

    None where not within two days.
    """
    minute = now.replace(second=0, microsecond=0)
    for ahead in range(MINUTES_AHEAD):
        then = minute + timedelta(minutes=ahead)
        if not may_be_open(config, then):
            return max(0.0, (then - now).total_seconds())
    return None


def _load_as_prepared(config_path: Path) -> Config:
    """Return the config.

    Raises ProcessError where it is another than the one that the box was started with.
    """
    config = load(config_path)
    try:
        prepared = (RUNTIME / "config").read_text("ascii")
    except OSError as error:
        raise ProcessError(
            f"{RUNTIME}: {error}; wanted what people-count-prepare.service writes"
        ) from error
    if prepared != config.sha256():
        raise ProcessError(
            f"{config_path}: changed since the box was started; run: systemctl restart "
            "people-count.target"
        )
    return config


def _settings(role: Role) -> SensorSettings | GateSettings | UplinkSettings:
    """Return what the role gets: what was prepared, with the copies of its secrets."""
    prepared = os.open(RUNTIME / role / "settings.json", os.O_RDONLY)
    secrets = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere"))
    if role is Role.SENSOR:
        open_records(write=True)
        return read_settings(SensorSettings, prepared)
    if role is Role.GATE:
        open_records(write=False)
        gate = read_settings(GateSettings, prepared)
        keys = (str(secrets / SIGNING_KEY), str(secrets / NOISE_KEY))
        return replace(gate, signing_key_path=keys[0], noise_key_path=keys[1])
    uplink = read_settings(UplinkSettings, prepared)
    if uplink.ca_path is None:
        return uplink
    ca, certificate, key = (str(secrets / name) for name in TLS_CREDENTIALS)
    return replace(uplink, ca_path=ca, certificate_path=certificate, key_path=key)


def _expected(role: Role, config: Config) -> Expected:
    place = place_of(role, config, channel_fd=RECORDS_FD, separate=True)
    return replace(place.expected, own_numbers=False)


def main(verb: str, config: str = "") -> None:
    """Do what the unit asks."""
    logging.basicConfig(
        level=logging.INFO, format="%(name)s %(levelname)s %(message)s", stream=sys.stderr
    )
    path = Path(config)
    if verb == "prepare":
        prepare(path)
    elif verb == "await-hours":
        await_hours(path)
    elif verb == "admit-broker":
        admit_broker(path)
    elif verb == "put-away":
        camera_state.forget(load(path).store.directory)
    elif verb.startswith("admit-"):
        role = Role(verb.removeprefix("admit-"))
        admit(role, path, main_pid(f"people-count-{role}.service"))
    else:
        become(Role(verb))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:3])
    except EdgeAgentError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence is the story; a stack would bury it
        sys.exit(1)
