# SPDX-License-Identifier: Apache-2.0
"""What others see of a locked process in /proc, asked by another user."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.confinement import appearance
from edge_agent.confinement.kernel.calls import Kernel

needs_the_option = pytest.mark.skipif(
    not appearance.may_be_emptied(Kernel()), reason="no CONFIG_CHECKPOINT_RESTORE here"
)
PRELUDE = """
import ctypes, os, sys, threading
from edge_agent.confinement import appearance, lock
from edge_agent.confinement.kernel.bpf import compile_policy
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.tables.policy import Role, stage_b
from edge_agent.confinement.kernel.seccomp import install
kernel = Kernel()
waiting = threading.Event()
"""
LOCK = "lock.begin(Role.SENSOR)\n"
THREAD = "threading.Thread(target=waiting.wait, daemon=True).start()\n"
LAST = (
    "install(kernel, compile_policy(stage_b(Role.SENSOR, channel_fd=1, reads=(0,)), "
    "kernel.machine))\n"
)
# The code of a pixel, written where the arguments stood.
REWRITE = """
def rewrite(at):
    try:
        ctypes.memmove(at, b"pixels", 6)
    except OSError:
        pass
"""
READY = "os.write(1, b'.' * 64)\nos.read(0, 1)\nos._exit(0)\n"


@contextlib.contextmanager
def process(code: str) -> Iterator[int]:
    command = [sys.executable, "-I", "-c", PRELUDE + REWRITE + code + READY, "secret-argument"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"SECRET": "word"},
        cwd=Path(__file__).parents[3],
    ) as started:
        assert started.stdout is not None
        assert started.stdout.read(64) == b"." * 64
        yield started.pid
        started.communicate(b"\n")


def cmdline(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


@needs_the_option
def test_a_locked_process_shows_a_fixed_word_on_every_thread_and_nothing_else() -> None:
    with process(LOCK + THREAD + LAST) as pid:
        seen = appearance.seen(pid)
        assert seen.names == {"pc-sensor"}
        assert (seen.arguments, seen.environment or 0) == (0, 0)
        assert seen.closed is (True if os.geteuid() == 0 else None)
    with process("") as pid:
        assert b"secret-argument" in cmdline(pid)
        assert appearance.seen(pid).closed is False


@needs_the_option
def test_what_is_written_where_the_arguments_stood_shows_only_without_the_mechanism() -> None:
    # Where they stood is asked before, as a library that goes bad would.
    asked = "at = int(open('/proc/self/stat').read().rpartition(')')[2].split()[45])\n"
    with process(f"{asked}rewrite(at)\n") as pid:
        assert cmdline(pid).startswith(b"pixels")
    with process(f"{asked}{LOCK}rewrite(at)\n{LAST}rewrite(at)\n") as pid:
        assert cmdline(pid) == b""


@needs_the_option
def test_after_the_lock_no_call_brings_the_arguments_back() -> None:
    # As appearance.take_on does it, but for bounds that hold something.
    back = (
        "page = ctypes.create_string_buffer(b'pixels', 64)\nat = "
        "appearance._fields(appearance.Path('/proc/self'))\n"
        "bounds = appearance._Map(at[23], at[24], at[42], at[43], at[44], kernel.call('brk', "
        "None), at[25],\n"
        "    ctypes.addressof(page), ctypes.addressof(page) + 6, at[25], at[25], 0, 0, "
        "0xFFFFFFFF)\n"
        "{}try:\n    kernel.call('prctl', 35, 14, bounds, ctypes.sizeof(bounds), 0)\nexcept "
        "OSError:\n    pass\n"
    )
    with process(LOCK + back.format("")) as pid:
        assert cmdline(pid) == b"pixels"
        assert appearance.seen(pid).arguments == 6
    with process(LOCK + back.format(LAST)) as pid:
        assert cmdline(pid) == b""


@pytest.mark.parametrize(
    "number",
    ["15", "2**32 + 15"],
    ids=["as it is", "with a high half that the kernel does not read"],
)
@pytest.mark.parametrize(
    "stage", [LOCK, LOCK + LAST], ids=["while libraries load", "after the lock"]
)
def test_no_thread_takes_another_name(stage: str, number: str) -> None:
    rename = (
        f"try:\n    kernel.call('prctl', {number}, b'pixels', 0, 0, 0)\nexcept OSError:\n    pass\n"
    )
    with process(rename) as pid:
        assert appearance.seen(pid).names == {"pixels"}
    with process(stage + rename) as pid:
        assert appearance.seen(pid).names == {"pc-sensor"}


@needs_the_option
@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel shows the bounds to root only")
def test_bounds_over_a_page_that_is_not_there_read_as_nothing_and_are_not_taken_for_empty() -> None:
    # A page laid there again would be read.
    gone = (
        "at = appearance._fields(appearance.Path('/proc/self'))\n"
        "page = kernel.call('mmap', None, 4096, 3, 0x22, -1, 0)\n"
        "bounds = appearance._Map(at[23], at[24], at[42], at[43], at[44], kernel.call('brk', "
        "None), at[25],\n"
        "    page, page + 4096, at[25], at[25], 0, 0, 0xFFFFFFFF)\n"
        "kernel.call('prctl', 35, 14, bounds, ctypes.sizeof(bounds), 0)\n"
        "kernel.call('munmap', page, 4096)\n"
    )
    with process(LOCK + gone) as pid:
        seen = appearance.seen(pid)
        assert (seen.arguments, seen.closed) == (0, False)
