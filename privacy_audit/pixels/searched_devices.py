# SPDX-License-Identifier: Apache-2.0
"""Search what is no file: deleted ones, the broker's messages, the kernel's log, journal, swap."""

import mmap
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from privacy_audit.pixels.pixel_patterns import Imprint, find
from privacy_audit.pixels.searched_files import (
    FILE_BYTES_MAX,
    PLANTED,
    SearchPlace,
    SearchResult,
    files_under,
    written_since,
)
from privacy_audit.target.box import AuditedBox

SWAP_BYTES_MAX = 4 << 30
_CHUNK_BYTES = 32 << 20
_PAGE_OUT = 21  # asm-generic/mman-common.h, MADV_PAGEOUT
_JOURNALS = (Path("/var/log/journal"), Path("/run/log/journal"))
_KERNEL_LOG = Path("/dev/kmsg")


def search_deleted(box: AuditedBox, imprint: Imprint) -> SearchResult:
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


def plant_deleted(contents: Mapping[str, bytes]) -> Callable[[], None]:
    """Plant contents in files without a name, and return what closes them."""
    descriptors = [os.memfd_create(PLANTED) for _ in contents]
    for descriptor, content in zip(descriptors, contents.values(), strict=True):
        os.write(descriptor, content)

    def take_away() -> None:
        for descriptor in descriptors:
            os.close(descriptor)

    return take_away


def broker_messages(box: AuditedBox) -> SearchPlace:
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


def kernel_log() -> SearchPlace:
    """Return the kernel's log, which holds letters only."""

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
            log.write(b"%b %b\n" % (PLANTED.encode("ascii"), contents["hex"][:800]))
        return _nothing_to_take

    unseen = "" if os.access(_KERNEL_LOG, os.W_OK) else "it cannot be read; run the audit as root"
    return SearchPlace("the kernel's log", search, plant, unseen=unseen, kinds=("hex",))


def journal(started_s: float) -> SearchPlace:
    """Return the journal, which is packed: what was written to it since then is not searched."""
    written = [
        path
        for folder in _JOURNALS
        if folder.is_dir()
        for path in files_under(folder)
        if written_since(path, started_s, set())
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


def swap() -> SearchPlace:
    """Return the swap devices of this machine, read from end to end."""
    rows = [row.split() for row in Path("/proc/swaps").read_text("utf-8").splitlines()[1:]]
    devices = [Path(row[0]) for row in rows]
    size_bytes = 1024 * sum(int(row[2]) for row in rows)
    too_much = f"{size_bytes:,} bytes of swap are more than is searched"

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
        size = -(-len(raw) // mmap.PAGESIZE) * mmap.PAGESIZE
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory.write(raw)
        memory.madvise(_PAGE_OUT)
        return memory.close

    missing = "" if devices else "this machine has no swap"
    unseen = too_much if size_bytes > SWAP_BYTES_MAX else ""
    return SearchPlace(
        "swap and zram", search, plant, missing=missing, unseen=unseen, kinds=("BGR",)
    )


def _nothing(_imprint: Imprint) -> SearchResult:
    return SearchResult(0, 0, ())


def _nothing_to_take() -> None:
    return
