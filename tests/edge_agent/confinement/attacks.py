# SPDX-License-Identifier: Apache-2.0
"""Everything a sensor gone bad might try, in one process: free, as the control, or locked.

Usage: attacks.py names FOLDER, attacks.py control FOLDER, or attacks.py locked FOLDER CHANNEL.
The control prints a JSON object, attack to outcome. The locked
process has OpenCV, onnxruntime and the model loaded and a clip open, takes the sensor's policy with every KILL made an EPERM, and
says its outcomes as 64-byte records on the channel: it has no other way. An outcome is 0 for success, else an errno.
"""

import ctypes
import errno
import json
import mmap
import os
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from edge_agent.confinement.bpf import compile_policy
from edge_agent.confinement.kernel import Kernel
from edge_agent.confinement.lock import descriptors_of
from edge_agent.confinement.policy import Role, stage_a, stage_b, twin
from edge_agent.confinement.seccomp import install

ROOT = Path(__file__).parents[3]
CLIP = ROOT / "var" / "clips" / "vtest.avi"
SEEN = struct.Struct("<HHI56x")
FRAMES = 3
Attack = Callable[[], object]


class Stage:
    """What the attacks use: prepared before the lock, as a patient attacker would."""

    def __init__(self, folder: Path, channel_fd: int) -> None:
        self.folder = folder
        self.kernel = Kernel()
        self.channel = channel_fd
        self.loot = os.open(folder / "loot", os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.ftruncate(self.loot, 4096)
        self.pipe_out, self.pipe_in = os.pipe()
        os.write(self.pipe_in, b"x" * 64)
        self.inside, self.outside = socket.socketpair()
        self.root_fd = os.open("/", os.O_RDONLY)
        self.old_space = os.open("/proc/self/ns/uts", os.O_RDONLY)
        self.buffer = ctypes.create_string_buffer(4096)
        self.page = mmap.mmap(-1, 4096)
        self.parent = os.getppid()
        # Loaded here, or the attack would fail for want of a codec and prove nothing.
        "localhost".encode("idna")
        self.event, self.answered = threading.Event(), threading.Event()
        self.old_thread_said: int | None = None
        self.thread = threading.Thread(target=self._from_old_thread, daemon=True)

    def call(self, name: str, *arguments: object) -> int:
        return self.kernel.call(name, *arguments)  # type: ignore[arg-type] # whatever an attacker hands over

    def open_for_writing(self) -> None:
        os.close(os.open(self.folder / "taken", os.O_WRONLY | os.O_CREAT, 0o600))

    def open_shared(self) -> None:
        path = Path("/dev/shm") / f"taken-{os.getpid()}"  # noqa: S108 - the very place
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        path.unlink()

    def open_queue(self) -> None:
        name = b"taken-%d" % os.getpid()
        self.call("mq_open", name, os.O_RDWR | os.O_CREAT, 0o600, None)
        self.call("mq_unlink", name)

    def copy_range(self) -> None:
        there = ctypes.create_string_buffer(struct.pack("<Q", 2048))
        self.call("copy_file_range", self.loot, None, self.loot, there, 1, 0)

    def ask_old_thread(self) -> None:
        self.event.set()
        self.answered.wait(10)
        if self.old_thread_said:
            raise OSError(self.old_thread_said, "from the older thread")

    def new_thread(self) -> None:
        try:
            threading.Thread(target=lambda: None).start()
        except RuntimeError as error:
            raise OSError(errno.EPERM, str(error)) from error

    def fork(self) -> None:
        if os.fork() == 0:
            os._exit(0)

    def resolve(self) -> None:
        try:
            socket.getaddrinfo("localhost", 80)
        except socket.gaierror as error:
            raise OSError(errno.EPERM, str(error)) from error

    def stop(self, name: str, *arguments: object) -> int:
        """Try what only fails for its arguments: reaching the kernel at all is the success."""
        try:
            return self.call(name, *arguments)
        except OSError as error:
            if error.errno in (errno.EPERM, errno.ENOSYS):
                raise
            return 0

    def _from_old_thread(self) -> None:
        self.event.wait()
        try:
            self.open_for_writing()
            self.old_thread_said = 0
        except OSError as error:
            self.old_thread_said = error.errno
        self.answered.set()


def attacks(on: Stage) -> dict[str, Attack]:
    """Return every attack by name; a name that ends in `(root)` has a control only as root."""
    call, stop, path = on.call, on.stop, os.fsencode(on.folder)
    two = struct.pack("<ii", 0, 0)
    vector = struct.pack("<QQ", ctypes.addressof(on.buffer), 64)
    families = {"inet": 2, "inet6": 10, "unix": 1, "netlink": 16, "packet (root)": 17, "vsock": 40, "alg": 38, "xdp (root)": 44}
    tries: dict[str, Attack] = {
        f"socket {name}": lambda family=family: call("socket", family, 3 if family in (16, 17, 44) else 5 if family == 38 else 1, 0)
        for name, family in families.items()
    }
    return tries | {
        "socket datagram": lambda: call("socket", 2, 2, 0),
        "socketpair": lambda: call("socketpair", 1, 1, 0, ctypes.create_string_buffer(two)),
        "connect": lambda: stop("connect", on.inside.fileno(), on.buffer, 2),
        "bind": lambda: stop("bind", on.inside.fileno(), on.buffer, 2),
        "send on a socket from before": lambda: call("sendto", on.inside.fileno(), on.buffer, 64, 0, None, 0),
        "sendmsg": lambda: stop("sendmsg", on.inside.fileno(), on.buffer, 0),
        "sendmmsg": lambda: stop("sendmmsg", on.inside.fileno(), on.buffer, 1, 0),
        "receive on a socket from before": lambda: stop("recvfrom", on.inside.fileno(), on.buffer, 64, 0x40, None, None),
        "resolve a name": on.resolve,
        "open for writing": on.open_for_writing,
        "open for reading": lambda: os.close(os.open("/etc/hostname", os.O_RDONLY)),
        "open /dev/shm": on.open_shared,
        "openat2": lambda: stop("openat2", -100, path + b"/loot", ctypes.create_string_buffer(24), 24),
        "mkdir": lambda: call("mkdirat", -100, path + b"/folder", 0o700),
        "link": lambda: call("linkat", -100, path + b"/loot", -100, path + b"/linked", 0),
        "symlink": lambda: call("symlinkat", b"secret", -100, path + b"/symlinked"),
        "rename": lambda: call("renameat2", -100, path + b"/loot", -100, path + b"/loot", 0),
        "set times": lambda: call("utimensat", -100, path + b"/loot", None, 0),
        "chmod": lambda: call("fchmodat", -100, path + b"/loot", 0o640),
        "extended attribute": lambda: stop("setxattr", path + b"/loot", b"user.x", b"secret", 6, 0),
        "stat a path": lambda: call("newfstatat", -100, b"/etc", on.buffer, 0),
        "list a folder": lambda: call("getdents64", on.root_fd, on.buffer, 4096),
        "memfd": lambda: call("memfd_create", b"taken", 0),
        "System V shared memory": lambda: call("shmctl", call("shmget", 0, 4096, 0o1600), 0, None),
        "System V message queue": lambda: call("msgctl", call("msgget", 0, 0o1600), 0, None),
        "System V semaphore": lambda: call("semctl", call("semget", 0, 1, 0o1600), 0, 0, 0),
        "POSIX message queue": on.open_queue,
        "shared memory made after the lock": lambda: call("mmap", None, 4096, 3, 0x21, -1, 0),
        "shared mapping of a file from before": lambda: call("mmap", None, 4096, 3, 0x1, on.loot, 0),
        "shared mapping, validated": lambda: call("mmap", None, 4096, 3, 0x3, on.loot, 0),
        "executable memory": lambda: call("mmap", None, 4096, 7, 0x22, -1, 0),
        "make memory executable": lambda: call("mprotect", ctypes.addressof(ctypes.c_char.from_buffer(on.page)), 4096, 5),
        "make memory executable, with a key": lambda: stop(
            "pkey_mprotect", ctypes.addressof(ctypes.c_char.from_buffer(on.page)), 4096, 5, -1
        ),
        "fork": on.fork,
        "clone3": lambda: stop("clone3", on.buffer, 8),
        "new thread": on.new_thread,
        "older thread opens a file": on.ask_old_thread,
        "ptrace": lambda: stop("ptrace", 16, 2**22, 0, 0),
        "read another's memory": lambda: stop("process_vm_readv", on.parent, vector, 1, vector, 1, 0),
        "write another's memory": lambda: stop("process_vm_writev", 2**22, vector, 1, vector, 1, 0),
        "compare processes": lambda: stop("kcmp", os.getpid(), os.getpid(), 1, 0, 0),
        "process descriptor": lambda: call("pidfd_open", os.getpid(), 0),
        "take another's descriptor": lambda: stop("pidfd_getfd", on.loot, 0, 0),
        "io_uring": lambda: call("io_uring_setup", 1, ctypes.create_string_buffer(120)),
        "older asynchronous io": lambda: call("io_setup", 1, ctypes.create_string_buffer(8)),
        "splice": lambda: call("splice", on.pipe_out, None, on.pipe_in, None, 0, 0),
        "tee": lambda: stop("tee", on.pipe_out, on.pipe_in, 1, 2),
        "vmsplice": lambda: call("vmsplice", on.pipe_in, vector, 1, 2),
        "sendfile": lambda: call("sendfile", on.pipe_in, on.loot, None, 16),
        "copy_file_range": on.copy_range,
        "read a file from before": lambda: call("read", on.loot, on.buffer, 64),
        "read a pipe from before": lambda: call("read", on.pipe_out, on.buffer, 1),
        "seek in a file from before": lambda: call("lseek", on.loot, 0, 0),
        "look at a descriptor from before": lambda: call("fstat", on.loot, on.buffer),
        "write to a file from before": lambda: call("write", on.loot, on.buffer, 64),
        "pwrite": lambda: call("pwrite64", on.loot, on.buffer, 64, 0),
        "writev": lambda: call("writev", on.pipe_in, vector, 1),
        "pwritev2": lambda: call("pwritev2", on.loot, vector, 1, 0, 0, 0),
        "truncate": lambda: call("ftruncate", on.loot, 512),
        "fallocate": lambda: call("fallocate", on.loot, 0, 0, 512),
        "write to standard output": lambda: call("write", 1, on.buffer, 0),
        "write to standard error, 64 bytes": lambda: call("write", 2, on.buffer, 64),
        "write to another pipe": lambda: call("write", on.pipe_in, on.buffer, 64),
        "channel, 63 bytes": lambda: call("write", on.channel, on.buffer, 63),
        "channel, 65 bytes": lambda: call("write", on.channel, on.buffer, 65),
        "channel, 0 bytes": lambda: call("write", on.channel, on.buffer, 0),
        "channel, 2^32 + 64 bytes": lambda: stop("write", on.channel, on.buffer, 2**32 + 64),
        "channel by a number 2^32 higher": lambda: call("write", on.channel + 2**32, on.buffer, 64),
        "channel by writev": lambda: call("writev", on.channel, vector, 1),
        "dup": lambda: call("dup", on.loot),
        "dup over the channel": lambda: call("dup3", on.loot, on.pipe_out, 0),
        "dup by fcntl": lambda: call("fcntl", on.loot, 0, 0),
        "fcntl lock": lambda: stop("fcntl", on.loot, 6, on.buffer),
        "fcntl flags": lambda: call("fcntl", on.pipe_in, 4, 0),
        "fcntl pipe size": lambda: call("fcntl", on.pipe_in, 1031, 8192),
        "fcntl signal owner": lambda: call("fcntl", on.pipe_in, 8, os.getpid()),
        "flock": lambda: call("flock", on.loot, 2),
        "ioctl": lambda: stop("ioctl", on.pipe_in, 0x541B, on.buffer),
        "ioctl to type into a terminal": lambda: stop("ioctl", 0, 0x5412, b"x"),
        "pipe": lambda: call("pipe2", ctypes.create_string_buffer(8), 0),
        "eventfd": lambda: call("eventfd2", 0, 0),
        "epoll": lambda: call("epoll_create1", 0),
        "inotify": lambda: call("inotify_init1", 0),
        "signalfd": lambda: call("signalfd4", -1, ctypes.create_string_buffer(8), 8, 0),
        "timerfd": lambda: call("timerfd_create", 0, 0),
        "keyring": lambda: call("keyctl", 0, -3, 1),
        "key": lambda: call("add_key", b"user", b"taken", b"secret", 6, -2),
        "bpf (root)": lambda: call("bpf", 0, ctypes.create_string_buffer(struct.pack("<IIIII44x", 2, 4, 8, 1, 0)), 64),
        "perf events (root)": lambda: stop("perf_event_open", on.buffer, 0, -1, -1, 0),
        "userfaultfd (root)": lambda: call("userfaultfd", 0),
        "unshare (root)": lambda: call("unshare", 0x04000000),
        "unshare a user namespace": lambda: stop("unshare", 0x10000000),
        "setns (root)": lambda: call("setns", on.old_space, 0x04000000),
        "mount (root)": lambda: stop("mount", b"none", path + b"/nowhere", b"tmpfs", 0, None),
        "umount (root)": lambda: stop("umount2", path + b"/nowhere", 0),
        "new mount interface (root)": lambda: call("fsopen", b"tmpfs", 0),
        "open_tree": lambda: call("open_tree", -100, b"/", 0),
        "pivot_root (root)": lambda: stop("pivot_root", path, path),
        "chroot (root)": lambda: call("chroot", b"/"),
        "make a device (root)": lambda: call("mknodat", -100, path + b"/null", 0o20600, 0x103),
        "open by handle (root)": lambda: stop("open_by_handle_at", on.root_fd, on.buffer, 0),
        "host name (root)": lambda: call("sethostname", os.fsencode(os.uname().nodename), len(os.uname().nodename)),
        "kernel log (root)": lambda: call("syslog", 10, None, 0),
        "module (root)": lambda: stop("delete_module", b"nosuchmodule", 0o4000),
        "time of day (root)": lambda: stop("settimeofday", ctypes.create_string_buffer(struct.pack("<qq", -1, -1)), None),
        "personality": lambda: call("personality", 0xFFFFFFFF),
        "kill another": lambda: call("kill", on.parent, 0),
        "kill one's own group": lambda: call("kill", 0, 0),
        "tgkill": lambda: call("tgkill", os.getpid(), threading.get_native_id(), 0),
        "queue a signal with a value": lambda: stop("rt_sigqueueinfo", os.getpid(), 0, on.buffer),
        "interval timer": lambda: call("setitimer", 2, ctypes.create_string_buffer(32), None),
        "timer": lambda: call("timer_create", 1, None, ctypes.create_string_buffer(8)),
        "prctl name": lambda: call("prctl", 15, b"secret"),
        "prctl dumpable": lambda: call("prctl", 4, 1, 0, 0, 0),
        "limits": lambda: call("prlimit64", 0, 7, None, on.buffer),
        "priority": lambda: call("setpriority", 0, 0, 1),
        "affinity": lambda: call("sched_setaffinity", 0, 8, struct.pack("<Q", 1)),
        "another user (root)": lambda: call("setuid", 0),
        "another group list (root)": lambda: call("setgroups", 0, None),
        "capabilities": lambda: stop("capset", on.buffer, None),
        "another seccomp filter": lambda: stop("seccomp", 1, 0, on.buffer),
        "landlock": lambda: call("landlock_create_ruleset", None, 0, 1),
        "robust list of another": lambda: stop("get_robust_list", on.parent, on.buffer, on.buffer),
        "advise another's memory": lambda: stop("process_madvise", on.loot, vector, 1, 4, 0),
        "membarrier": lambda: call("membarrier", 0, 0, 0),
        "exec": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - the attack itself
        "exec by descriptor": lambda: stop("execveat", on.loot, b"", None, None, 0x1000),
    }  # fmt: skip


def outcome(attack: Attack) -> int:
    try:
        attack()
    except OSError as error:
        return error.errno or errno.EPERM
    return 0


def control(folder: Path) -> None:
    """Run each attack in a process of its own that nothing holds back."""
    found = {}
    names = list(attacks(Stage(folder, os.open(os.devnull, os.O_WRONLY))))
    for name in names:
        child = os.fork()
        if child == 0:
            for stray in ("folder", "linked", "symlinked", "taken", "null"):
                if (folder / stray).is_dir():
                    (folder / stray).rmdir()
                (folder / stray).unlink(missing_ok=True)
            signal.alarm(20)
            on = Stage(folder, os.open(os.devnull, os.O_WRONLY))
            on.thread.start()
            os._exit(outcome(attacks(on)[name]))
        _, status = os.waitpid(child, 0)
        found[name] = os.waitstatus_to_exitcode(status)
    sys.stdout.write(json.dumps(found))


def locked(folder: Path, channel_fd: int) -> None:
    """Load what the sensor loads, lock as it locks but for the KILLs, try everything, and count a few frames."""
    # The patient attacker's sockets, pipes and files are the test's own; the real sensor has none.
    on = Stage(folder, channel_fd)
    on.thread.start()
    kernel = on.kernel
    install(kernel, compile_policy(twin(stage_a(Role.SENSOR)), kernel.machine))
    from edge_agent.handover import CameraSettings, DetectorSettings, Source  # noqa: PLC0415 - after the first stage
    from edge_agent.sensor_process import open_camera, open_detector  # noqa: PLC0415 - the same

    camera = open_camera(CameraSettings(Source.FILE, str(CLIP), 7.0, None, None, None, 10.0, paced=False))
    detector, _ = open_detector(
        DetectorSettings(
            "person-ssdlite",
            str(ROOT / "models"),
            str(ROOT / "var" / "models"),
            None,
            None,
            None,
            None,
            None,
            0.5,
            2,
            "CPUExecutionProvider",
        )
    )
    table = attacks(on)
    policy = stage_b(Role.SENSOR, channel_fd=channel_fd, reads=tuple(descriptors_of(str(CLIP))))
    install(kernel, compile_policy(twin(policy), kernel.machine))
    for index, attack in enumerate(table.values()):
        os.write(channel_fd, SEEN.pack(index, outcome(attack), 0))
    seen = 0
    for _ in range(FRAMES):
        frame = camera.read(1.0)
        seen += frame is not None and len(detector.detect(frame)) >= 0
    os.write(channel_fd, SEEN.pack(0xFFFF, seen, 0))
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "names":
        sys.stdout.write(json.dumps(list(attacks(Stage(Path(sys.argv[2]), -1)))))
    elif sys.argv[1] == "control":
        control(Path(sys.argv[2]))
    else:
        locked(Path(sys.argv[2]), int(sys.argv[3]))
