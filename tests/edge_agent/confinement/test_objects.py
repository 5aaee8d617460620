# SPDX-License-Identifier: Apache-2.0
"""Objects of the kernel that others can name or see, tried for real.

The lock refuses each, and without it each is reached.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PRELUDE = """
import ctypes, fcntl, mmap, os, struct, sys
from edge_agent.confinement import lock
from edge_agent.confinement.kernel.bpf import compile_policy
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.tables.policy import Role, stage_b
from edge_agent.confinement.kernel.seccomp import install
kernel = Kernel()
libc = ctypes.CDLL(None)
def begin(locked):
    if locked:
        lock.begin(Role.SENSOR)
def close(locked):
    if locked:
        policy = stage_b(Role.SENSOR, channel_fd=1, reads=(0,))
        install(kernel, compile_policy(policy, kernel.machine))
def tried(name, *arguments):
    try:
        return kernel.call(name, *arguments)
    except OSError as error:
        return -error.errno
def say(what):
    os.write(1, str(what).encode().ljust(64))
locked = sys.argv[1] == 'locked'
path = sys.argv[2]
begin(locked)
"""
EPERM = -1
# By what it is: what is made before the last lock, what is tried after it, and what a free process
# gets.
TRIES = {
    "a wake on a futex that others share": (
        "at = kernel.call('mmap', None, 4096, 1, 1, os.open(path, os.O_RDONLY), 0)\n",
        "tried('futex', at, 1, 1, None, None, 0)",
        lambda got: got >= 0,
    ),
    "a wait on a futex that others share": (
        "at = kernel.call('mmap', None, 4096, 1, 1, os.open(path, os.O_RDONLY), 0)\n",
        "tried('futex', at, 0, 1, None, None, 0)",
        lambda got: got == -11,
    ),
    "a wake on a private futex": (
        "at = ctypes.create_string_buffer(8)\n",
        "tried('futex', at, 129, 1, None, None, 0)",
        None,
    ),
    "a lock of a file": (
        (
            "file = os.open(path, os.O_RDWR)\n"
            "asked = ctypes.create_string_buffer(struct.pack('<hh4xqqi4x', 1, 0, 7, 99, 0))\n"
        ),
        "tried('fcntl', file, 6, asked)",
        lambda got: got == 0,
    ),
    "the owner of a file": (
        "file = os.open(path, os.O_RDWR)\n",
        "tried('fcntl', file, 8, os.getpid())",
        lambda got: got == 0,
    ),
    "whether a page is in memory": (
        (
            "at = kernel.call('mmap', None, 4096, 1, 1, os.open(path, os.O_RDONLY), 0)\n"
            "out = ctypes.create_string_buffer(1)\n"
        ),
        "tried('mincore', at, 4096, out)",
        lambda got: got == 0,
    ),
    "a page fetched ahead": (
        "at = kernel.call('mmap', None, 4096, 1, 1, os.open(path, os.O_RDONLY), 0)\n",
        "tried('madvise', at, 4096, 3)",
        lambda got: got == 0,
    ),
    "memory of its own given back": (
        "at = kernel.call('mmap', None, 4096, 3, 0x22, -1, 0)\n",
        "tried('madvise', at, 4096, 4)",
        None,
    ),
    "memory shared with a child or by its file": (
        "",
        "tried('mmap', None, 4096, 3, 0x21, -1, 0)",
        lambda got: got > 0,
    ),
    "a page of a file": (
        "file = os.open(path, os.O_RDONLY)\n",
        "tried('mmap', None, 4096, 1, 2, file, 0)",
        lambda got: got > 0,
    ),
    "locked memory": ("", "tried('mmap', None, 4096, 3, 0x2022, -1, 0)", lambda got: got > 0),
    "memory of its own": ("", "tried('mmap', None, 4096, 3, 0x22, -1, 0)", None),
    "the processor time of another process": (
        "out = ctypes.create_string_buffer(16)\nother = os.getppid()\n",
        "tried('clock_gettime', (~other << 3) | 2, out)",
        lambda got: got == 0,
    ),
    "its own clock": (
        "out = ctypes.create_string_buffer(16)\n",
        "tried('clock_gettime', 1, out)",
        None,
    ),
    "its own priority": ("", "tried('setpriority', 0, 0, 1)", lambda got: got == 0),
    "the word to end for itself, blocked": (
        "mask = ctypes.create_string_buffer(b'\\xff' * 8, 8)\n",
        "tried('rt_sigprocmask', 0, mask, None, 8)",
        lambda got: got == 0,
    ),
    "a wait with another mask": (
        (
            "mask = ctypes.create_string_buffer(b'\\xff' * 8, 8)\n"
            "now = ctypes.create_string_buffer(16)\n"
        ),
        "tried('ppoll', None, 0, now, mask, 8)",
        lambda got: got == 0,
    ),
    "a wait": (
        "now = ctypes.create_string_buffer(16)\n",
        "tried('ppoll', None, 0, now, None, 8)",
        None,
    ),
}


@pytest.fixture
def word(tmp_path: Path) -> Path:
    path = tmp_path / "word"
    path.write_bytes(bytes(4096))
    return path


def run(code: str, wall: str, path: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-I", "-c", PRELUDE + code, wall, path],
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """What the kernel answered to each, by wall and name.

    All of one wall are tried by one process, made before and used after.
    """
    path = tmp_path_factory.mktemp("objects") / "word"
    path.write_bytes(bytes(4096))
    code = ""
    for index, (before, attempt, _) in enumerate(TRIES.values()):
        made = "".join(f"    {line}\n" for line in before.splitlines())
        code += f"def make_{index}():\n{made}    return lambda: {attempt}\n"
    code += (
        "every = [make() for make in "
        f"({', '.join(f'make_{index}' for index in range(len(TRIES)))},)]\n"
    )
    code += "close(locked)\nfor one in every:\n    say(one())\nos._exit(0)\n"
    said = {wall: run(code, wall, path).stdout for wall in ("free", "locked")}
    assert {len(raw) for raw in said.values()} == {64 * len(TRIES)}
    return {
        wall: {name: int(raw[64 * index : 64 * index + 64]) for index, name in enumerate(TRIES)}
        for wall, raw in said.items()
    }


@pytest.mark.parametrize("name", TRIES)
def test_what_others_can_name_is_refused_and_what_is_its_own_is_not(
    name: str, answers: dict[str, dict[str, int]]
) -> None:
    free = TRIES[name][2]
    if free is None:
        assert answers["locked"][name] >= 0
    else:
        assert answers["locked"][name] == EPERM
        assert free(answers["free"][name])


@contextlib.contextmanager
def listener(path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that waits on the first word of a file, which it may only read."""
    code = (
        "at = kernel.call('mmap', None, 4096, 1, 1, os.open(path, os.O_RDONLY), 0)\nsay('waits')\n"
        "say(tried('futex', at, 0, 0, None, None, 0))\nos._exit(0)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-I", "-c", PRELUDE + code, "free", path], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.read(64).strip() == b"waits"
        yield other
        other.kill()


@pytest.mark.parametrize(("wall", "heard"), [("free", True), ("locked", False)])
def test_a_word_by_futex_reaches_another_process_without_the_lock_only(
    wall: str,
    heard: bool,  # noqa: FBT001 - a column
    word: Path,
) -> None:
    code = (
        "import time\nat = kernel.call('mmap', None, 4096, 1, 1, os.open(path, os.O_RDONLY), "
        "0)\nclose(locked)\n"
        "until = time.monotonic() + 5\nwoken = 0\n"
        "while time.monotonic() < until and woken <= 0:\n    woken = tried('futex', at, 1, "
        "1, None, None, 0)\n"
        "    until = until if woken != -1 else 0\nsay(woken)\nos._exit(0)\n"
    )
    with listener(word) as other:
        assert (int(run(code, wall, word).stdout) == 1) == heard
        with contextlib.suppress(subprocess.TimeoutExpired):
            other.wait(5 if heard else 0.5)
        assert (other.poll() is not None) == heard


@pytest.mark.parametrize("code", [2, 77, 255])
def test_an_exit_code_of_its_choosing_ends_it_as_any_forbidden_call(code: int, word: Path) -> None:
    assert run(f"close(locked)\nos._exit({code})\n", "free", word).returncode == code
    assert run(f"close(locked)\nos._exit({code})\n", "locked", word).returncode == -31
