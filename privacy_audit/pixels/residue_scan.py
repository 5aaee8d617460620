# SPDX-License-Identifier: Apache-2.0
"""Look for the picture that the camera saw wherever a box could have left it.

The film that the box watches carries a marker in every frame, drawn for this audit. First it is
looked for in the sensor's own memory: there it must be, or the search means nothing. Then in every
other place, each of which must first yield a second marker that was planted there. What is said is
"not found in the places listed", never that it is nowhere.
"""

import mmap
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge_agent.confinement.tables.policy import Role
from privacy_audit.finding import Finding, Mechanism, Verdict
from privacy_audit.pixels.pixel_patterns import ENCODINGS, KINDS, Imprint, find, imprint_of, planted
from privacy_audit.target.box import AuditedBox
from privacy_audit.target.synthetic_clip import new_marker
from privacy_audit.timing import Wait, too_slow

PART = "at rest"
FILE_BYTES_MAX = 64 << 20
FILES_MAX = 20_000
SWAP_BYTES_MAX = 4 << 30
MEMORY_REGION_MAX = 256 << 20
_CHUNK_BYTES = 32 << 20
_SHARED = (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - where others may write; looked at, not used
_CORES = (
    Path("/var/lib/systemd/coredump"),
    Path("/var/crash"),
    Path("/var/lib/apport/coredump"),
    Path("/cores"),
)
_LOGS = Path("/var/log")
_JOURNALS = (Path("/var/log/journal"), Path("/run/log/journal"))
_KERNEL_LOG = Path("/dev/kmsg")
_PAGE_OUT = 21  # asm-generic/mman-common.h, MADV_PAGEOUT
_PLANTED = "people-count-audit-planted"
_SLACK_S = 5.0
_MEMORY_WITHIN_S = 20.0
_REGION = re.compile(rb"([0-9a-f]+)-([0-9a-f]+) r[-w].. \S+ \S+ \S+ *(.*)")
_OF_THE_KERNEL = (b"[vvar]", b"[vsyscall]")
_SUBJECT = "the running box"


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What one search met: how many things, their bytes, and where and how the marker was found."""

    things: int
    size_bytes: int
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchPlace:
    """A place to search.

    plant: puts contents there, each by itself, and returns what takes them away. search: looks for
    a marker.

    missing: why there is nothing to look at, where that is so; unseen: why it cannot be looked at.
    """

    name: str
    search: Callable[[Imprint], SearchResult]
    plant: Callable[[Mapping[str, bytes]], Callable[[], None]]
    missing: str = ""
    unseen: str = ""
    kinds: tuple[str, ...] = KINDS


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
    own = {path for path in (box.clip,) if path}
    users = {_uid(pid) for pid in box.pids.values()} - {0}
    store = box.config.store.directory

    def written() -> Iterator[Path]:
        yield from _files(store)
        for pid in box.pids.values():
            for mount in _writable_mounts(pid):
                yield from _files(Path(f"/proc/{pid}/root{mount}"))

    def shared() -> Iterator[Path]:
        for folder in _SHARED:
            for path in _files(folder):
                if (
                    box.folder not in path.parents
                    and path not in own
                    and _since(path, started_s, users)
                ):
                    yield path

    def logs() -> Iterator[Path]:
        yield from _files(box.log.parent, deep=False, like="*.log") if box.log else ()
        yield from (path for path in _files(_LOGS) if _since(path, started_s, users))

    core_folders = [folder for folder in _CORES if folder.is_dir()]
    return [
        _in_files("files that the box can write", written, store),
        _in_files("shared memory and folders for all", shared, _SHARED[0], jpeg=False),
        SearchPlace(
            "files that are open and deleted",
            lambda imprint: _deleted(box, imprint),
            _plant_deleted,
        ),
        _heard(box),
        _in_files(
            "core files",
            lambda: (path for folder in core_folders for path in _files(folder)),
            core_folders[0] if core_folders else None,
            missing=""
            if core_folders
            else f"this machine has no place for them ({_core_pattern()}), and the limit is 0",
        ),
        _in_files("logs in files", logs, box.log.parent if box.log else _LOGS, suffix=".log"),
        _kernel_log(),
        _journal(started_s),
        _swap(),
    ]


# --- files --------------------------------------------------------------------------------------


def _in_files(
    name: str,
    paths: Callable[[], Iterator[Path]],
    planted_in: Path | None,
    *,
    jpeg: bool = True,
    missing: str = "",
    suffix: str = "",
) -> SearchPlace:
    """Return a place made of files; markers are planted as a file among them.

    Where others write too, a size proves nothing.
    """

    def search(imprint: Imprint) -> SearchResult:
        things = size_bytes = 0
        found = []
        for path in dict.fromkeys(paths()):
            content = _read(path)
            things, size_bytes = things + 1, size_bytes + len(content)
            # What was planted is ours, whoever else writes there.
            how = find(imprint, content, jpeg=jpeg or path.name.startswith(_PLANTED))
            if how:
                found.append(f"{path} ({how})")
        return SearchResult(things, size_bytes, tuple(found))

    def plant(contents: Mapping[str, bytes]) -> Callable[[], None]:
        files = {
            (planted_in or Path()) / f"{_PLANTED}-{kind}{suffix}": content
            for kind, content in contents.items()
        }
        for file, content in files.items():
            file.write_bytes(content)

        def take_away() -> None:
            for file in files:
                file.unlink(missing_ok=True)

        return take_away

    return SearchPlace(name, search, plant, missing=missing)


def _files(folder: Path, *, deep: bool = True, like: str = "*") -> Iterator[Path]:
    """Yield the regular files of a folder, at most FILES_MAX.

    What goes away meanwhile is passed over.
    """
    seen = 0
    # os.walk passes over a folder that is gone when its turn comes; rglob would end there.
    under = (
        Path(here, name)
        for here, _, names in os.walk(folder)
        for name in names
        if Path(name).match(like)
    )
    for path in under if deep else folder.glob(like):
        with suppress(OSError):
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
                seen += 1
        if seen >= FILES_MAX:
            return


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX)
    except FileNotFoundError:
        return b""


def _since(path: Path, started_s: float, users: set[int]) -> bool:
    """Say whether a file was written since the box began, is one of its users', or was planted."""
    try:
        seen = path.lstat()
    except OSError:
        return False
    return (
        seen.st_mtime >= started_s - _SLACK_S
        or seen.st_uid in users
        or path.name.startswith(_PLANTED)
    )


def _writable_mounts(pid: int) -> list[str]:
    try:
        rows = [
            row.split() for row in Path(f"/proc/{pid}/mountinfo").read_text("utf-8").splitlines()
        ]
    except OSError:
        return []
    # Where a process sees the whole machine, its places are those of everybody, which are looked at
    # besides.
    return [
        row[4]
        for row in rows
        if "ro" not in row[5].split(",") and row[4] not in {"/", "/proc", "/sys", "/dev"}
    ][:16]


# --- what is no file ----------------------------------------------------------------------------


def _deleted(box: AuditedBox, imprint: Imprint) -> SearchResult:
    """Search what the box's processes, and we, hold open of files that have no name."""
    things = size_bytes = 0
    found = []
    for pid in (*box.pids.values(), box.supervisor_pid, os.getpid()):
        for entry in Path(f"/proc/{pid}/fd").iterdir() if pid else ():
            with suppress(FileNotFoundError):
                leads_to = str(entry.readlink())
                if not (leads_to.endswith(" (deleted)") or leads_to.startswith("/memfd:")):
                    continue
                with entry.open("rb") as file:
                    content = file.read(FILE_BYTES_MAX)
                things, size_bytes = things + 1, size_bytes + len(content)
                how = find(imprint, content, jpeg=True)
                if how:
                    found.append(f"process {pid}, {leads_to} ({how})")
    return SearchResult(things, size_bytes, tuple(found))


def _plant_deleted(contents: Mapping[str, bytes]) -> Callable[[], None]:
    descriptors = [os.memfd_create(_PLANTED) for _ in contents]
    for descriptor, content in zip(descriptors, contents.values(), strict=True):
        os.write(descriptor, content)

    def take_away() -> None:
        for descriptor in descriptors:
            os.close(descriptor)

    return take_away


def _heard(box: AuditedBox) -> SearchPlace:
    """Return what reached the broker.

    The observer may say nothing there, so markers are planted among what it heard.
    """
    also: list[bytes] = []

    def search(imprint: Imprint) -> SearchResult:
        messages = box.capture.messages() if box.capture else ()
        heard = [message.topic.encode() + b"\n" + message.payload for message in messages] + also
        found = tuple(
            f"a message ({how})" for one in heard if (how := find(imprint, one, jpeg=True))
        )
        return SearchResult(len(heard), sum(map(len, heard)), found)

    def plant(contents: Mapping[str, bytes]) -> Callable[[], None]:
        also.extend(contents.values())
        return also.clear

    return SearchPlace(
        "what reached the broker",
        search,
        plant,
        unseen="" if box.capture else "nothing was heard at its broker",
    )


def _kernel_log() -> SearchPlace:
    def search(imprint: Imprint) -> SearchResult:
        lines = []
        descriptor = os.open(_KERNEL_LOG, os.O_RDONLY | os.O_NONBLOCK)
        try:
            while True:
                try:
                    lines.append(os.read(descriptor, 8_192))
                except BlockingIOError:
                    break
                except (
                    BrokenPipeError
                ):  # overwritten under our hands: the next read goes on after the gap
                    continue
        finally:
            os.close(descriptor)
        how = find(imprint, b"".join(lines), jpeg=False)
        return SearchResult(
            len(lines), sum(map(len, lines)), (f"the kernel's log ({how})",) if how else ()
        )

    def plant(contents: Mapping[str, bytes]) -> Callable[[], None]:
        # The log holds letters, some 900 a line, and cannot be cleaned: one line with the beginning
        # of the marker in hex.
        with _KERNEL_LOG.open("wb", buffering=0) as log:
            log.write(b"%b %b\n" % (_PLANTED.encode("ascii"), contents["hex"][:800]))
        return _nothing_to_take

    unseen = "" if os.access(_KERNEL_LOG, os.W_OK) else "it cannot be read; run the audit as root"
    return SearchPlace("the kernel's log", search, plant, unseen=unseen, kinds=("hex",))


def _journal(started_s: float) -> SearchPlace:
    written = [
        path
        for folder in _JOURNALS
        if folder.is_dir()
        for path in _files(folder)
        if _since(path, started_s, set())
    ]
    why = (
        f"{written[0]} is packed in a way that is not searched; look with journalctl"
        if written
        else ""
    )
    missing = "" if written else "none has been written on this machine since the box began"
    return SearchPlace(
        "the journal", _nothing, lambda _: _nothing_to_take, missing=missing, unseen=why
    )


def _swap() -> SearchPlace:
    rows = [row.split() for row in Path("/proc/swaps").read_text("utf-8").splitlines()[1:]]
    devices = [Path(row[0]) for row in rows]
    size_bytes = 1024 * sum(int(row[2]) for row in rows)
    unseen = (
        f"{size_bytes:,} bytes of swap are more than is searched"
        if size_bytes > SWAP_BYTES_MAX
        else ""
    )

    def search(imprint: Imprint) -> SearchResult:
        looked, found = 0, []
        for device in devices:
            with device.open("rb") as file:
                while chunk := file.read(_CHUNK_BYTES):
                    looked += len(chunk)
                    how = find(imprint, chunk, jpeg=False)
                    if how:
                        found.append(f"{device} ({how})")
        return SearchResult(len(devices), looked, tuple(found))

    def plant(contents: Mapping[str, bytes]) -> Callable[[], None]:
        raw = contents["BGR"]
        memory = mmap.mmap(
            -1,
            -(-len(raw) // mmap.PAGESIZE) * mmap.PAGESIZE,
            flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
        )
        memory.write(raw)
        memory.madvise(_PAGE_OUT)
        return memory.close

    missing = "" if devices else "this machine has no swap"
    return SearchPlace(
        "swap and zram", search, plant, missing=missing, unseen=unseen, kinds=("BGR",)
    )


def _nothing(_imprint: Imprint) -> SearchResult:
    return SearchResult(0, 0, ())


def _nothing_to_take() -> None:
    return


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
