# SPDX-License-Identifier: Apache-2.0
"""Look for the picture that the camera saw wherever a box could have left it.

The film that the box watches carries a marker in every frame, drawn for this audit. First it is
looked for in the sensor's own memory: there it must be, or the search means nothing. Then in every
other place, each of which must first yield a second marker that was planted there. What is said is
"not found in the places listed", never that it is nowhere.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from edge_agent.confinement.tables.policy import Role
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pixels.pixel_patterns import ENCODINGS, Imprint, imprint_of, planted
from privacy_audit.pixels.searched_devices import (
    broker_messages,
    journal,
    kernel_log,
    plant_deleted,
    search_deleted,
    swap,
)
from privacy_audit.pixels.searched_files import (
    SearchPlace,
    files_under,
    place_of_files,
    writable_mounts,
    written_since,
)
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.synthetic_clip import new_marker
from privacy_audit.timing import Wait, too_slow

PART = "at rest"
MEMORY_REGION_MAX = 256 << 20
_SHARED = (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - where others may write; looked at, not used
_CORES = (
    Path("/var/lib/systemd/coredump"),
    Path("/var/crash"),
    Path("/var/lib/apport/coredump"),
    Path("/cores"),
)
_LOGS = Path("/var/log")
_MEMORY_WITHIN_S = 20.0
_REGION = re.compile(rb"([0-9a-f]+)-([0-9a-f]+) r[-w].. \S+ \S+ \S+ *(.*)")
_OF_THE_KERNEL = (b"[vvar]", b"[vsyscall]")
_SUBJECT = "the running box"


def look(box: AuditedBox) -> list[Finding]:
    """Look in the sensor's memory, where the marker must be, and then where it must not be."""
    if box.marker is None:
        what = (
            "the box runs on its own camera, which shows no marker: run the audit where the box "
            "does not run, it starts one"
        )
        return [_finding("pictures", Verdict.UNPROVEN, what)]
    imprint = imprint_of(box.marker)
    try:
        fed = in_memory(box.pids[Role.SENSOR], imprint)
    except (OSError, KeyError) as error:
        return [
            _finding(
                "the sensor's memory",
                Verdict.UNPROVEN,
                f"cannot be read, so that nobody knows what was fed: {error}",
            )
        ]
    if not fed:
        what = "the marker was not met in it in time"
        return [too_slow(PART, "the sensor's memory", Mechanism.PICTURES, _SUBJECT, what)]
    shown = (
        "it is in the sensor's memory while it is shown, where it belongs and where this search "
        "finds it"
    )
    return [
        _finding("the marker was shown", Verdict.PROVEN, shown),
        *(look_in(place, imprint) for place in places_of(box)),
    ]


def look_in(place: SearchPlace, imprint: Imprint) -> Finding:
    """Plant a second marker in every encoding, find each, remove them, then look for the box's."""
    if place.missing:
        return _finding(place.name, Verdict.PROVEN, place.missing)
    if place.unseen:
        return _finding(place.name, Verdict.UNPROVEN, place.unseen)
    control = new_marker()
    wanted = {kind: content for kind, content in planted(control).items() if kind in place.kinds}
    try:
        take_away = place.plant(wanted)
        try:
            seen = place.search(imprint_of(control))
        finally:
            take_away()
        if len(seen.found) < len(wanted):
            what = f"of {len(wanted)} planted markers {len(seen.found)} were found again"
            return _finding(place.name, Verdict.UNPROVEN, what)
        seen = place.search(imprint)
    except OSError as error:
        return _finding(
            place.name, Verdict.UNPROVEN, f"cannot be searched: {error}; run the audit as root"
        )
    if seen.found:
        return _finding(
            place.name,
            Verdict.FELL,
            f"the marker was found: {'; '.join(seen.found[:3])}",
            controls=len(wanted),
        )
    detail = (
        f"not found in {seen.things} things, {seen.size_bytes:,} bytes; looked for as {ENCODINGS}"
    )
    return _finding(place.name, Verdict.PROVEN, detail, controls=len(wanted))


def in_memory(pid: int, imprint: Imprint) -> bool:
    """Say whether the marker's raw pixels stand in the memory of a process.

    Raises OSError where it cannot be read.
    """
    raw = [segment for name, segment in imprint.raw if name in {"BGR", "RGB"}]
    wait = Wait(_MEMORY_WITHIN_S)
    while not wait.over():
        # A frame is overwritten by the next, so the moment may be wrong; the film shows it in every
        # one.
        if any(segment in region for region in _memory(pid) for segment in raw):
            return True
    return False


def places_of(box: AuditedBox) -> list[SearchPlace]:
    """Return the places, in the order of the report."""
    started_s = _started_s(box)
    users = {_uid(pid) for pid in box.pids.values()} - {0}
    store = box.config.store.directory

    core_folders = [folder for folder in _CORES if folder.is_dir()]
    return [
        place_of_files("files that the box can write", lambda: _written(box), store),
        place_of_files(
            "shared memory and folders for all",
            lambda: _shared(box, started_s, users),
            _SHARED[0],
            jpeg=False,
        ),
        SearchPlace(
            "files that are open and deleted",
            lambda imprint: search_deleted(box, imprint),
            plant_deleted,
        ),
        broker_messages(box),
        place_of_files(
            "core files",
            lambda: (path for folder in core_folders for path in files_under(folder)),
            core_folders[0] if core_folders else None,
            missing=""
            if core_folders
            else f"this machine has no place for them ({_core_pattern()}), and the limit is 0",
        ),
        place_of_files(
            "logs in files",
            lambda: _logs(box, started_s, users),
            box.log.parent if box.log else _LOGS,
            suffix=".log",
        ),
        kernel_log(),
        journal(started_s),
        swap(),
    ]


def _written(box: AuditedBox) -> Iterator[Path]:
    yield from files_under(box.config.store.directory)
    for pid in box.pids.values():
        for mount in writable_mounts(pid):
            yield from files_under(Path(f"/proc/{pid}/root{mount}"))


def _shared(box: AuditedBox, started_s: float, users: set[int]) -> Iterator[Path]:
    """Yield what lies where others may write, but for the audit's own folder and film."""
    for folder in _SHARED:
        for path in files_under(folder):
            # The cheaper question first: of many thousand files few were written since.
            if written_since(path, started_s, users):
                is_ours = box.folder in path.parents or path == box.clip
                if not is_ours:
                    yield path


def _logs(box: AuditedBox, started_s: float, users: set[int]) -> Iterator[Path]:
    yield from files_under(box.log.parent, deep=False, like="*.log") if box.log else ()
    yield from (path for path in files_under(_LOGS) if written_since(path, started_s, users))


# --- processes ----------------------------------------------------------------------------------


def _memory(pid: int) -> Iterator[bytes]:
    """Yield the readable memory of a process that is no file, region by region."""
    maps = Path(f"/proc/{pid}/maps").read_bytes()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in own_regions(maps):
            with suppress(OSError):
                memory.seek(start)
                yield memory.read(end - start)


def own_regions(maps: bytes) -> list[tuple[int, int]]:
    """Return begin and end of each readable region that is no file, out of a process's memory map.

    One line is one region.
    """
    found = [
        (int(row.group(1), 16), int(row.group(2), 16))
        for line in maps.splitlines()
        if (row := _REGION.fullmatch(line))
        and not row.group(3).startswith(b"/")
        and row.group(3) not in _OF_THE_KERNEL
    ]
    return [(start, end) for start, end in found if end - start <= MEMORY_REGION_MAX]


def _uid(pid: int) -> int:
    try:
        rows = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    except OSError:
        return 0
    return next(int(row.split()[1]) for row in rows if row.startswith("Uid:"))


def _started_s(box: AuditedBox) -> float:
    """Return when the box began, unix seconds; where that cannot be seen, long ago."""
    try:
        return Path(f"/proc/{box.supervisor_pid}").stat().st_mtime if box.supervisor_pid else 0.0
    except OSError:
        return 0.0


def _core_pattern() -> str:
    return Path("/proc/sys/kernel/core_pattern").read_text("utf-8", "replace").strip()[:60]


def _finding(name: str, verdict: Verdict, detail: str, *, controls: int = 0) -> Finding:
    return Finding(PART, name, Mechanism.PICTURES, _SUBJECT, verdict, detail, controls=controls)
