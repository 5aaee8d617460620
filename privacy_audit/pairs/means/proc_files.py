# SPDX-License-Identifier: Apache-2.0
"""What can be read under /proc and /sys: which files, and every word of them as a number."""

import os
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress

Observations = dict[str, float]
_ONE_FILE_BYTES = 16 * 1024
_SLOW_S, _READINGS = 0.004, 5
FILES_MAX, _TASKS_MAX = 400, 3
_NOT_READ = frozenset(
    {
        "attr",
        "clear_refs",
        "mem",
        "pagemap",
        "smaps",
        "map_files",
        "root",
        "cwd",
        "exe",
        "ns",
        "fd",
        "fdinfo",
        "task",
        "net",
        "numa_maps",
        "mounts",
        "mountinfo",
        "mountstats",
        "auxv",
    }
)
_NOT_OF_ALL = frozenset(
    {
        "kmsg",
        "kcore",
        "kallsyms",
        "config.gz",
        "kpagecgroup",
        "kpagecount",
        "kpageflags",
        "sysrq-trigger",
        "self",
        "thread-self",
        "crypto",
        "filesystems",
        "devices",
        "cpuinfo",
        "version",
        "modules",
        "iomem",
        "ioports",
        "misc",
        "vmallocinfo",
        "timer_list",
        "sys",
        "fs",
        "driver",
        "irq",
        "bus",
        "tty",
        "acpi",
        "dynamic_debug",
        "scsi",
        "zoneinfo",
        "pagetypeinfo",
        "slabinfo",
        "net",
        "sysvipc",
        "pressure",
        "mounts",
        "cmdline",
        "consoles",
        "partitions",
        "cgroups",
    }
)
_NETWORK = ("dev", "netstat", "snmp", "sockstat", "tcp", "udp", "unix", "protocols", "softnet_stat")
_NUMBERS_OF_THE_SYSTEM = (
    "fs/file-nr",
    "fs/inode-nr",
    "fs/inode-state",
    "fs/dentry-state",
    "kernel/ns_last_pid",
    "kernel/random/entropy_avail",
    "kernel/pty/nr",
)
_MASK_DIGITS = 16


def files_of_process(pid: int) -> list[str]:
    """Return what is read under /proc/PID, of a few of its threads too; empty where none is."""
    folder = f"/proc/{pid}"
    try:
        names = [f"{folder}/{name}" for name in os.listdir(folder) if name not in _NOT_READ]  # noqa: PTH208 - texts are wanted
        threads = sorted(os.listdir(f"{folder}/task"))[1:_TASKS_MAX]  # noqa: PTH208 - the same
        tasks = [
            f"{folder}/task/{one}/{name}"
            for one in threads
            for name in ("status", "schedstat", "stat", "comm", "wchan")
        ]
        folders = [f"{folder}/{name}" for name in ("task", "fd", "map_files")]
    except OSError:
        return []
    return [*names, *tasks, *folders]


def files_of_machine() -> Iterator[str]:
    """Return what is readable under /proc and is no process.

    What the processors tell is among it.
    """
    with suppress(OSError):
        for name in sorted(os.listdir("/proc")):  # noqa: PTH208 - texts are wanted
            if name.isdigit():
                continue
            if name not in _NOT_OF_ALL:
                yield f"/proc/{name}"
    # Where /proc shows processes alone, /proc/net is not there and this is.
    yield from (f"/proc/self/net/{name}" for name in _NETWORK)
    yield from (f"/proc/sys/{name}" for name in _NUMBERS_OF_THE_SYSTEM)
    yield from (f"/proc/sysvipc/{name}" for name in ("shm", "sem", "msg"))
    yield from (f"/proc/pressure/{name}" for name in ("cpu", "memory", "io"))
    for kind in (
        "cpufreq/scaling_cur_freq",
        "cpuidle/state0/usage",
        "cpuidle/state1/usage",
        "cpuidle/state2/usage",
    ):
        yield from (
            f"/sys/devices/system/cpu/cpu{number}/{kind}" for number in range(os.cpu_count() or 1)
        )
    yield from (
        "/sys/fs/cgroup/cpu.stat",
        "/sys/fs/cgroup/memory.current",
        "/sys/kernel/mm/ksm/pages_shared",
    )


def is_quick(path: str) -> bool:
    """Say whether a file can be read, and in so short a time that it can be read in every slot.

    On a busy machine others may have the processor meanwhile: the shortest of some readings counts.
    """
    for _ in range(_READINGS):
        began_s, seen = time.monotonic(), Observations()
        read_words(path, path, seen)
        if not seen:
            return False
        if time.monotonic() - began_s < _SLOW_S:
            return True
    return False


def read_words(path: str, name: str, seen: Observations) -> None:
    """Take every word of a file by the row's first word and its place.

    A folder is told by how many names it has.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return
    try:
        text = os.read(opened, _ONE_FILE_BYTES)
    except IsADirectoryError:
        with suppress(OSError):
            seen[f"{name} entries"] = len(os.listdir(path))  # noqa: PTH208 - a count is wanted
        return
    except OSError:
        return
    finally:
        os.close(opened)
    seen[f"{name} bytes"] = len(text)
    for row, line in enumerate(text.splitlines()[:FILES_MAX]):
        words = line.split()
        label = (
            words[0].decode("utf-8", "replace")[:24]
            if len(words) > 1 and not words[0].isdigit()
            else str(row)
        )
        for place, word in enumerate(words):
            seen[f"{name} {label} {place}"] = _number(word)


def _number(word: bytes) -> float:
    try:
        return float(int(word, 16)) if len(word) == _MASK_DIGITS else float(word)
    except ValueError:
        return float(zlib.crc32(word))
