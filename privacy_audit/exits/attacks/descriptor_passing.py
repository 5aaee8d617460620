# SPDX-License-Identifier: Apache-2.0
"""Out by handing things over.

Descriptors go to somebody else, bytes inside the kernel, work to a ring.
"""

import ctypes
import os
import struct

from privacy_audit.exits.attacks.attack import Attack, Sign
from privacy_audit.exits.attacks.resources import Resources

_NOT_WAITING = 2  # SPLICE_F_NONBLOCK


def _ring(on: Resources) -> int:
    return on.call("io_uring_setup", 4, ctypes.create_string_buffer(120))


def _kernel_thread_ring(on: Resources) -> int:
    """A ring whose work a thread of the kernel takes from shared memory, without a further call."""
    return on.call(
        "io_uring_setup", 4, ctypes.create_string_buffer(struct.pack("<III108x", 0, 0, 2))
    )


def _registered(on: Resources) -> int:
    """Lay one's own memory into a ring."""
    ring = _ring(on)
    return on.call("io_uring_register", ring, 2, struct.pack("<i", on.means.loot), 1)


def _submitted(on: Resources) -> int:
    """Have a ring write into the file: the whole way, by hand over the shared rings."""
    parameters = ctypes.create_string_buffer(120)
    ring = on.call("io_uring_setup", 4, parameters)
    offsets = struct.unpack_from("<10I", parameters.raw, 40)
    submissions = on.call("mmap", None, 4096, 3, 1, ring, 0)
    entries = on.call("mmap", None, 4096, 3, 1, ring, 0x10000000)
    entry = struct.pack("<BBHiQQI", 23, 0, 0, on.means.loot, 0, on.address(), 64)  # IORING_OP_WRITE
    ctypes.memmove(entries, entry.ljust(64, b"\0"), 64)
    ctypes.memmove(submissions + offsets[6], struct.pack("<I", 0), 4)
    ctypes.memmove(submissions + offsets[1], struct.pack("<I", 1), 4)
    return on.call("io_uring_enter", ring, 1, 1, 1, None, 0)


def _older_io(on: Resources) -> int:
    """The asynchronous writes that are older than rings."""
    context = ctypes.create_string_buffer(8)
    on.call("io_setup", 1, context)
    control = ctypes.create_string_buffer(
        struct.pack("<QIIHhIQQqQII", 0, 0, 0, 1, 0, on.means.loot, on.address(), 64, 0, 0, 0, 0)
    )
    pointer = ctypes.create_string_buffer(struct.pack("<Q", ctypes.addressof(control)))
    on.kept += [control, pointer]
    return on.call("io_submit", struct.unpack("<Q", context.raw)[0], 1, pointer)


def _take(on: Resources) -> int:
    """Take a descriptor of the victim: its way to its secret."""
    return on.call("pidfd_getfd", on.call("pidfd_open", on.victim, 0), on.means.victim_in, 0)


def _received(on: Resources) -> int:
    return on.call("recvmsg", on.means.datagrams, on.message_to_fill(), 0x40)


def _received_many(on: Resources) -> int:
    message = ctypes.create_string_buffer(on.message_to_fill().raw[:56] + bytes(8))
    return on.call("recvmmsg", on.means.datagrams, message, 1, 0x40, None)


IO_URING = (
    Attack("io_uring_setup", Sign.DESCRIPTORS, _ring, early=True),
    Attack("io_uring_setup, polled by the kernel", Sign.PROCESSES, _kernel_thread_ring, early=True),
    Attack("io_uring_register", Sign.DESCRIPTORS, _registered, early=True),
    Attack("io_uring_enter, a write", Sign.FILES, _submitted, early=True),
    Attack(
        "io_setup",
        Sign.MEMORY,
        lambda on: on.call("io_setup", 1, ctypes.create_string_buffer(8)),
        early=True,
    ),
    Attack("io_submit, a write", Sign.FILES, _older_io, early=True),
)

DESCRIPTORS = (
    Attack(
        "hand over by sendmsg",
        Sign.PEERS,
        lambda on: on.call("sendmsg", on.means.datagrams, on.message(rights=on.means.loot), 0),
        early=True,
    ),
    Attack(
        "hand over by sendmmsg",
        Sign.PEERS,
        lambda on: on.call(
            "sendmmsg",
            on.means.datagrams,
            on.message(rights=on.means.loot).raw[:56] + bytes(8),
            1,
            0,
        ),
        early=True,
    ),
    Attack("receive by recvmsg", Sign.DESCRIPTORS, _received, early=True),
    Attack("receive by recvmmsg", Sign.DESCRIPTORS, _received_many, early=True),
    Attack(
        "pidfd_open", Sign.DESCRIPTORS, lambda on: on.call("pidfd_open", on.victim, 0), early=True
    ),
    Attack("pidfd_getfd", Sign.DESCRIPTORS, _take, early=True),
    Attack(
        "/proc/PID/fd of another",
        Sign.DESCRIPTORS,
        lambda on: on.call(
            "openat", -100, f"/proc/{on.victim}/fd/{on.means.loot}".encode(), os.O_RDWR
        ),
    ),
    Attack("dup", Sign.DESCRIPTORS, lambda on: on.call("dup", on.means.loot)),
    Attack(
        "dup2",
        Sign.DESCRIPTORS,
        lambda on: on.call("dup2", on.means.loot, on.means.program),
        machine="x86_64",
    ),
    Attack(
        "dup3", Sign.DESCRIPTORS, lambda on: on.call("dup3", on.means.loot, on.means.program, 0)
    ),
    Attack("pipe", Sign.DESCRIPTORS, lambda on: on.call("pipe", on.buffer), machine="x86_64"),
    Attack("pipe2", Sign.DESCRIPTORS, lambda on: on.call("pipe2", on.buffer, 0)),
    Attack("eventfd", Sign.DESCRIPTORS, lambda on: on.call("eventfd2", 0, 0)),
    Attack("epoll_create1", Sign.DESCRIPTORS, lambda on: on.call("epoll_create1", 0)),
    Attack(
        "epoll_ctl",
        Sign.DESCRIPTORS,
        lambda on: on.call(
            "epoll_ctl", on.means.epoll, 1, on.means.udp, struct.pack("<IQ", 4, 0x5EC2E7)
        ),
    ),
    Attack(
        "close_range",
        Sign.DESCRIPTORS,
        lambda on: on.call("close_range", on.means.terminal, on.means.terminal, 0),
    ),
)

SPLICE = (
    Attack(
        "splice from a file",
        Sign.PEERS,
        lambda on: on.call("splice", on.means.loot, None, on.means.outlet, None, 16, _NOT_WAITING),
        early=True,
    ),
    Attack(
        "splice to a socket",
        Sign.PEERS,
        lambda on: on.call(
            "splice", on.means.filled_pipe, None, on.means.tcp, None, 8, _NOT_WAITING
        ),
        early=True,
    ),
    Attack(
        "vmsplice",
        Sign.PEERS,
        lambda on: on.call("vmsplice", on.means.outlet, on.vector(), 1, _NOT_WAITING),
        early=True,
    ),
    Attack(
        "tee",
        Sign.PEERS,
        lambda on: on.call("tee", on.means.filled_pipe, on.means.outlet, 8, _NOT_WAITING),
        early=True,
    ),
    Attack(
        "sendfile to a pipe",
        Sign.PEERS,
        lambda on: on.call("sendfile", on.means.outlet, on.means.loot, None, 16),
        early=True,
    ),
    Attack(
        "sendfile to a socket",
        Sign.PEERS,
        lambda on: on.call("sendfile", on.means.tcp, on.means.loot, None, 16),
        early=True,
    ),
    Attack(
        "copy_file_range",
        Sign.FILES,
        lambda on: on.call(
            "copy_file_range",
            on.means.loot,
            struct.pack("<Q", 0),
            on.means.loot,
            struct.pack("<Q", 4096),
            64,
            0,
        ),
        early=True,
    ),
)
