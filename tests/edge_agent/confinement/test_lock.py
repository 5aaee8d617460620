# SPDX-License-Identifier: Apache-2.0
"""The lock as production takes it: what kills, and what each process does on the way to it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge_agent.confinement.lock import shared_writable_mappings

# What a process that has gone bad does after the lock; each works before it.
KILLED = {
    "a socket": "socket.socket()",
    "a program": "os.execv('/bin/true', ['true'])",
    "a fork": "os.fork() or os._exit(0)",
    "a file in memory": "os.memfd_create('x')",
    "another's memory": "kernel.call('ptrace', 16, os.getppid(), 0, 0)",
    "io_uring": "kernel.call('io_uring_setup', 1, ctypes.create_string_buffer(120))",
    "a key": "kernel.call('keyctl', 0, -3, 1)",
    "a mount": "kernel.call('mount', b'x', b'/nowhere', b'tmpfs', 0, None)",
}
PRELUDE = """
import ctypes, mmap, os, signal, socket, sys
from edge_agent.confinement import lock
from edge_agent.confinement.kernel.bpf import compile_policy
from edge_agent.confinement.kernel.calls import Kernel
from edge_agent.confinement.tables.policy import Role, stage_b
from edge_agent.confinement.kernel.seccomp import install
kernel = Kernel()
"""
LOCK = """
lock.begin(Role.SENSOR)
install(kernel, compile_policy(stage_b(Role.SENSOR, channel_fd=9), kernel.machine))
"""
QUIET_END = "\nos._exit(0)\n"
x86 = pytest.mark.skipif(os.uname().machine != "x86_64", reason="these calls exist on x86-64 only")


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-c", PRELUDE + code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", KILLED)
def test_what_is_never_legitimate_ends_the_process_at_once(name: str) -> None:
    assert run(LOCK + KILLED[name] + QUIET_END).returncode == -signal.SIGSYS


@pytest.mark.parametrize("name", KILLED)
def test_it_kills_already_while_the_libraries_are_imported(name: str) -> None:
    assert run("lock.begin(Role.SENSOR)\n" + KILLED[name] + QUIET_END).returncode == -signal.SIGSYS


@x86
def test_a_number_of_the_x32_table_is_killed() -> None:
    code = "libc = ctypes.CDLL(None)\n{}libc.syscall(ctypes.c_long(0x40000000 + 39))" + QUIET_END
    assert run(code.format(LOCK)).returncode == -signal.SIGSYS
    # Outside the lock the same call comes back: with an answer or, on a kernel without that table,
    # with an error.
    assert run(code.format("")).returncode == 0


@x86
def test_a_32_bit_call_by_interrupt_is_killed() -> None:
    # mov eax, 20 (getpid of i386); int 0x80; ret
    code = (
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(bytes.fromhex('b814000000cd80c3'))\n"
        "ask = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))\n"
        "{}got = ask()\n"
        "os._exit(0 if got == os.getpid() else 1)\n"
    )
    control = run(code.format(""))
    if control.returncode != 0:
        pytest.skip("this kernel has no 32-bit calls")
    assert run(code.format(LOCK)).returncode == -signal.SIGSYS


def test_a_harmless_probe_is_refused_and_not_killed() -> None:
    code = (
        LOCK
        + "try:\n    os.uname()\n    os.open('/etc/hostname', 0)\nexcept PermissionError:\n    "
        "os._exit(3)\nos._exit(0)\n"
    )
    assert run(code).returncode == 3


def test_the_first_stage_leaves_no_memory_dump_and_no_new_privilege() -> None:
    code = (
        "lock.begin(Role.GATE)\nimport resource\n"
        "rows = dict(row.split(':', 1) for row in open('/proc/self/status').read().splitlines())\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), kernel.call('prctl', 3))\n"
        "print(rows['NoNewPrivs'].strip(), rows['Seccomp'].strip())\n"
    )
    assert run(code).stdout == "(0, 0) 0\n1 2\n"


def test_the_first_stage_leaves_threads_and_files_as_they_are(tmp_path: Path) -> None:
    code = (
        "lock.begin(Role.SENSOR)\nimport threading, numpy\n"
        "thread = threading.Thread(target=lambda: "
        "None)\nthread.start()\nthread.join()\nprint(len(os.listdir(sys.argv[1])))\n"
    )
    assert run(code, str(tmp_path)).stdout == "0\n"


@pytest.mark.parametrize("kind", ["file", "nameless"])
def test_shared_writable_memory_from_before_stops_the_sensor(tmp_path: Path, kind: str) -> None:
    clip = tmp_path / "clip"
    clip.write_bytes(bytes(4096))
    code = (
        "clip = open(sys.argv[1], 'r+b')\n"
        "page = mmap.mmap(clip.fileno() if sys.argv[2] == 'file' else -1, 4096)\n"
        "lock.begin(Role.SENSOR)\n"
        "from edge_agent.errors import ProcessError\n"
        "try:\n"
        "    lock.close_sensor(channel_fd=1, locked_fd=1, go_fd=1, camera=sys.argv[1], "
        "device=False)\n"
        "except ProcessError as error:\n"
        "    os._exit(6 if 'a way out' in str(error) else 7)\n"
    )
    assert run(code, str(clip), kind).returncode == 6


def test_what_the_sensor_holds_open_beyond_channel_and_camera_is_closed(tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    clip.write_bytes(b"x")
    told, telling = os.pipe2(os.O_DIRECT)
    code = (
        "clip = os.open(sys.argv[1], os.O_RDONLY)\nstray = [os.open('/', 0) for _ in "
        "range(9)]\nchannel = int(sys.argv[2])\n"
        "lock.begin(Role.SENSOR)\nlock.close_sensor(channel_fd=channel, locked_fd=1, "
        "go_fd=1, camera=sys.argv[1], device=False)\n"
        "alive = [number for number in (clip, *stray) if lock_alive(number)]\n"
        "os.write(channel, repr(alive == [clip]).encode().ljust(64))\nprint('nobody hears "
        "this')\nos._exit(0)\n"
    )
    alive = (
        "def lock_alive(number):\n    try:\n        os.lseek(number, 0, 1)\n"
        "    except OSError:\n        return False\n    return True\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", PRELUDE + alive + code, clip, str(telling)],
        pass_fds=[telling], capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    os.close(telling)
    said = os.read(told, 4096)
    os.close(told)
    assert (said, done.returncode, done.stdout, done.stderr) == (b"True".ljust(64), 0, "", "")


def test_a_process_that_is_not_told_to_go_does_not_go() -> None:
    code = (
        "locked_out, locked_in = os.pipe()\ngo_out, go_in = os.pipe()\n"
        "if sys.argv[1] == 'go':\n    os.write(go_in, "
        "b'1')\nos.close(go_in)\nprint(lock.wait_for_go(locked_in, go_out))\n"
    )
    assert run(code, "go").stdout == "True\n"
    assert run(code, "gone").stdout == "False\n"


def test_a_process_of_our_own_shares_no_writable_memory() -> None:
    done = run("print(lock.shared_writable_mappings(but=None))\n")
    assert done.stdout == "[]\n"
    assert isinstance(shared_writable_mappings(but=None), list)


# What neither the supervisor nor anything it starts needs; each reaches the kernel without the
# lock.
NOT_EVEN_THE_SUPERVISOR = {
    "a keyring": "kernel.call('keyctl', 0, -3, 1)",
    "io_uring": "kernel.call('io_uring_setup', 1, ctypes.create_string_buffer(120))",
    "bpf": "kernel.call('bpf', 0, ctypes.create_string_buffer(64), 64)",
    "a module": "kernel.call('delete_module', b'nosuchmodule', 0o4000)",
    "another kernel": "kernel.call('kexec_load', 0, 0, None, 0)",
    "perf": "kernel.call('perf_event_open', ctypes.create_string_buffer(128), 0, -1, -1, 0)",
    "swap": "kernel.call('swapoff', b'/nowhere')",
    "a restart": "kernel.call('reboot', 0, 0, 0, None)",
    "the clock": "kernel.call('clock_settime', 99, None)",
    "userfaultfd": "kernel.call('userfaultfd', 0xFFFFFFF)",
    "a file in memory": "os.memfd_create('x')",
    "another's memory": "kernel.call('process_vm_readv', os.getppid(), None, 0, None, 0, 0)",
}
TRY = "\ntry:\n    {}\nexcept OSError:\n    pass"


def supervised(who: str, *names: str) -> tuple[str, str]:
    """Return a program that tries these, as whoever it is: before the lock would be laid, after."""
    attempt = "".join(TRY.format(NOT_EVEN_THE_SUPERVISOR[name]) for name in names)
    attempt += "\nos._exit(0)\n"
    inside = "".join(f"    {line}\n" for line in attempt.strip().splitlines())
    if who == "an older thread":
        before = f"import threading\ngo = threading.Event()\ndef act():\n    go.wait()\n{inside}"
        return (
            f"{before}one = threading.Thread(target=act)\none.start()\n",
            "go.set()\none.join()\n",
        )
    if who == "a child":
        return "", (
            f"child = os.fork()\nif child == 0:\n{inside}"
            "code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
            "os._exit(0) if code == 0 else os.kill(os.getpid(), -code)\n"
        )
    if who == "another program":
        program = repr(PRELUDE + attempt)
        return "", f"os.execv(sys.executable, [sys.executable, '-I', '-c', {program}])\n"
    return "", attempt


SUPERVISED = ("itself", "an older thread", "a child", "another program")


@pytest.mark.parametrize("name", NOT_EVEN_THE_SUPERVISOR)
@pytest.mark.parametrize("who", SUPERVISED)
def test_what_the_supervisor_gives_up_it_and_all_it_starts_have_given_up(
    name: str, who: str
) -> None:
    before, after = supervised(who, name)
    assert run(f"{before}lock.close_supervisor()\n{after}").returncode == -signal.SIGSYS


@pytest.mark.parametrize("who", SUPERVISED)
def test_without_the_lock_all_that_the_supervisor_gives_up_reaches_the_kernel(who: str) -> None:
    before, after = supervised(who, *NOT_EVEN_THE_SUPERVISOR)
    assert run(before + after).returncode == 0
