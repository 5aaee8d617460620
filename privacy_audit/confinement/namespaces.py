# SPDX-License-Identifier: Apache-2.0
"""Where a process is: its namespaces, and what it sees of the machine's files."""

import os
from pathlib import Path

from edge_agent.confinement.tables.policy import Role
from privacy_audit.confinement.status import CheckedProcess, CheckResult, may_write, others

SPACES = {
    Role.SENSOR: ("mnt", "pid", "ipc", "uts", "net"),
    Role.GATE: ("mnt", "pid", "ipc", "uts", "net"),
    Role.UPLINK: ("mnt", "pid", "ipc", "uts"),
    Role.FEEDER: ("mnt", "pid", "ipc", "uts"),
}
DEVICES = frozenset({"null", "urandom"})


def namespaces(subject: CheckedProcess) -> CheckResult:
    """Namespaces of its own: not the supervisor's, and no other process's of the box.

    Sensor and gate have no network in theirs.
    """
    if not subject.separated:
        return CheckResult(
            unproven="the box was not started as root, so the kernel gives it no namespaces of its "
            "own"
        )
    faults = []
    for namespace in SPACES[subject.role]:
        own = Path(f"/proc/{subject.pid}/ns/{namespace}").readlink()
        if any(
            Path(f"/proc/{other}/ns/{namespace}").readlink() == own for other in others(subject)
        ):
            faults.append(f"shares the {namespace} namespace with another process")
    interfaces = [
        row.split(":")[0].strip()
        for row in Path(f"/proc/{subject.pid}/net/dev").read_text("ascii").splitlines()[2:]
    ]
    if "net" in SPACES[subject.role] and interfaces != ["lo"]:
        faults.append(
            f"sees the network interfaces {', '.join(interfaces)}, wanted none but its own loopback"
        )
    if subject.threads[0]["NSpid"].split()[-1] != "1":
        faults.append("is not the first of its own process numbers")
    return CheckResult(
        tuple(faults),
        f"own {', '.join(SPACES[subject.role])}; network interfaces: {', '.join(interfaces)}",
    )


def view(subject: CheckedProcess) -> CheckResult:
    """Check the root folder: it is the process's own, and shows only what it needs.

    Nothing is writable but its store; none of the others' files and none of the audit's is there,
    and two devices.
    """
    if not subject.separated:
        return CheckResult(
            unproven="the box was not started as root, so it sees the machine's files as its user "
            "does"
        )
    rows = [
        line.split()
        for line in Path(f"/proc/{subject.pid}/mountinfo").read_text("utf-8").splitlines()
    ]
    writable = {row[4] for row in rows if "ro" not in row[5].split(",")}
    faults = [f"may write to {path}" for path in sorted(writable - may_write(subject))]
    planted = subject.box.folder / "planted-for-the-view"
    planted.write_text(
        "a file that anyone may read, which no process of the box should see", "utf-8"
    )
    planted.chmod(0o644)
    places = (planted, *_must_not_see(subject))
    root = Path(f"/proc/{subject.pid}/root")
    faults += [f"sees {path}" for path in places if _is_there(root, path)]
    controls = sum(
        _is_there(Path(f"/proc/{subject.box.supervisor_pid}/root"), path) for path in places
    )
    faults += [
        f"sees the device {name}" for name in sorted(_devices(root) - DEVICES - _camera(subject))
    ]
    figures = (
        f"{len(rows)} mounts, writable: {', '.join(sorted(writable)) or 'none'}; {len(places)} "
        "places of others not in its view"
    )
    return CheckResult(tuple(faults), figures, attacks=len(places), controls=controls)


def _must_not_see(subject: CheckedProcess) -> tuple[Path, ...]:
    """Return what belongs to the others.

    Keys, stores, the camera's file, memory that is shared by name, the system's own.
    """
    config = subject.box.config
    keys, store = config.keys.directory, config.store.directory
    signing, noise, ledger = keys / "signing.key", keys / "noise.key", store / "ledger.db"
    camera = None if subject.role is Role.SENSOR else config.camera.path
    word = None if subject.role is Role.FEEDER else config.camera.credentials_file
    broker = None if subject.role is Role.UPLINK else config.broker.key_file
    own = {Role.GATE: (), Role.UPLINK: (signing, noise, ledger)}.get(
        subject.role, (signing, noise, ledger, store)
    )
    named = tuple(path for path in (*own, camera, word, broker) if path is not None)
    return (*named, Path("/dev/shm"), Path("/etc/passwd"), Path("/var/log"), Path("/run"))  # noqa: S108 - looked for, not written


def _devices(root: Path) -> set[str]:
    folder = root / "dev"
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def _camera(subject: CheckedProcess) -> set[str]:
    """Return the name of the one device more that a sensor may see."""
    path = subject.box.config.camera.path
    return (
        {path.name}
        if subject.role is Role.SENSOR and path is not None and path.is_char_device()
        else set()
    )


def _is_there(root: Path, path: Path) -> bool:
    return os.path.lexists(f"{root}{path}")
