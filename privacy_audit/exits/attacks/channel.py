# SPDX-License-Identifier: Apache-2.0
"""Out by the channel itself.

More or less than a record is written, or something is done to its descriptor, or to the first
three.
"""

import struct

from privacy_audit.exits.attacks.attack import Attack, Sign
from privacy_audit.exits.attacks.resources import PAGE, Resources

_UPPER = 2**32
_NOT_WAITING = 2
_NON_BLOCKING, _SET_OWNER, _SET_SIGNAL, _SET_PIPE_SIZE, _DUPLICATE, _SET_FLAGS = (
    0o4000,
    8,
    10,
    1031,
    0,
    4,
)
_FIONBIO, _FIOASYNC, _TIOCSWINSZ = 0x5421, 0x5452, 0x5414


def _before_a_hole(on: Resources) -> int:
    """Return where one page lies, at whose end a write of any length stops."""
    start = on.page()
    on.call("munmap", start + PAGE, PAGE)
    return start


def _far_too_long(on: Resources) -> int:
    return on.call("write", on.means.channel, _before_a_hole(on), _UPPER + 64)


def _int_at(value: int) -> bytes:
    return struct.pack("<i", value)


CHANNEL = (
    Attack(
        "write of 63 bytes",
        Sign.PEERS,
        lambda on: on.call("write", on.means.channel, on.buffer, 63),
    ),
    Attack(
        "write of 65 bytes",
        Sign.PEERS,
        lambda on: on.call("write", on.means.channel, on.buffer, 65),
    ),
    Attack(
        "write of 1 byte", Sign.PEERS, lambda on: on.call("write", on.means.channel, on.buffer, 1)
    ),
    Attack(
        "write of 4096 bytes",
        Sign.PEERS,
        lambda on: on.call("write", on.means.channel, on.buffer, PAGE),
    ),
    Attack("write of 2^32 + 64 bytes", Sign.PEERS, _far_too_long),
    Attack(
        "write by a number 2^32 higher",
        Sign.PEERS,
        lambda on: on.call("write", on.means.channel + _UPPER, on.buffer, 64),
    ),
    Attack(
        "writev of a record",
        Sign.PEERS,
        lambda on: on.call("writev", on.means.channel, on.vector(), 1),
    ),
    Attack(
        "pwritev2 of a record",
        Sign.PEERS,
        lambda on: on.call("pwritev2", on.means.channel, on.vector(), 1, -1, -1, 0),
    ),
    Attack(
        "vmsplice of a record",
        Sign.PEERS,
        lambda on: on.call("vmsplice", on.means.channel, on.vector(), 1, _NOT_WAITING),
        early=True,
    ),
    Attack(
        "splice of a file",
        Sign.PEERS,
        lambda on: on.call("splice", on.means.loot, None, on.means.channel, None, 64, _NOT_WAITING),
        early=True,
    ),
    Attack(
        "tee of another pipe",
        Sign.PEERS,
        lambda on: on.call("tee", on.means.filled_pipe, on.means.channel, 8, _NOT_WAITING),
        early=True,
    ),
    Attack(
        "sendfile of a file",
        Sign.PEERS,
        lambda on: on.call("sendfile", on.means.channel, on.means.loot, None, 64),
        early=True,
    ),
    Attack(
        "write to another pipe",
        Sign.PEERS,
        lambda on: on.call("write", on.means.outlet, on.buffer, 64),
    ),
    Attack("write to standard input", Sign.PEERS, lambda on: on.call("write", 0, on.buffer, 64)),
    Attack("write to standard output", Sign.PEERS, lambda on: on.call("write", 1, on.buffer, 64)),
    Attack("write to standard error", Sign.PEERS, lambda on: on.call("write", 2, on.buffer, 64)),
    Attack("dup of the channel", Sign.DESCRIPTORS, lambda on: on.call("dup", on.means.channel)),
    Attack(
        "dup of a file over the channel",
        Sign.DESCRIPTORS,
        lambda on: on.call("dup3", on.means.loot, on.means.channel, 0),
    ),
    Attack(
        "fcntl, duplicate",
        Sign.DESCRIPTORS,
        lambda on: on.call("fcntl", on.means.channel, _DUPLICATE, 50),
    ),
    Attack(
        "fcntl, duplicate and close on exec",
        Sign.DESCRIPTORS,
        lambda on: on.call("fcntl", on.means.channel, 1030, 50),
    ),
    Attack(
        "fcntl, flags of the channel",
        Sign.DESCRIPTORS,
        lambda on: on.call("fcntl", on.means.outlet, _SET_FLAGS, _NON_BLOCKING | 1),
    ),
    Attack(
        "fcntl, flags of the descriptor",
        Sign.DESCRIPTORS,
        lambda on: on.call("fcntl", on.means.channel, 2, 1),
    ),
    Attack(
        "fcntl, size of the pipe",
        Sign.PEERS,
        lambda on: on.call("fcntl", on.means.channel, _SET_PIPE_SIZE, 2 * PAGE),
    ),
    Attack("fcntl, owner", Sign.PEERS, lambda on: on.call("fcntl", on.means.outlet, _SET_OWNER, 1)),
    Attack(
        "fcntl, signal", Sign.PEERS, lambda on: on.call("fcntl", on.means.outlet, _SET_SIGNAL, 34)
    ),
    Attack(
        "ioctl, not blocking",
        Sign.DESCRIPTORS,
        lambda on: on.call("ioctl", on.means.outlet, _FIONBIO, _int_at(1)),
    ),
    Attack(
        "ioctl, asynchronous",
        Sign.DESCRIPTORS,
        lambda on: on.call("ioctl", on.means.outlet, _FIOASYNC, _int_at(1)),
    ),
    Attack(
        "ioctl, size of a terminal",
        Sign.PEERS,
        lambda on: on.call(
            "ioctl", on.means.terminal, _TIOCSWINSZ, struct.pack("<4H", 7, 77, 0, 0)
        ),
    ),
    Attack(
        "write to a terminal",
        Sign.PEERS,
        lambda on: on.call("write", on.means.terminal, on.buffer, 64),
    ),
)
