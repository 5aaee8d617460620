# SPDX-License-Identifier: Apache-2.0
"""Out by a signal, by its moment, and by keyrings, which every process of a user can read."""

import ctypes
import os
import signal
import struct
import time

from privacy_audit.exits.attacks.attack import Attack, Sign
from privacy_audit.exits.attacks.resources import Resources

_SIGNAL = int(signal.SIGUSR1)
_QUEUE = struct.pack("<iii4xiiQ", _SIGNAL, 0, -1, 0, 0, 0x5EC2E7).ljust(128, b"\0")
_OWN_KEYRING = -2
_USERS_FROM = 200_000
_SOON = struct.pack("<qqqq", 0, 0, 0, 20_000)
_X86 = "x86_64"


def _arm(on: Resources, name: str, *arguments: int | bytes | None) -> None:
    """Set a timer and wait until its signal is there.

    The attacker blocks it, so that it stays to be seen.
    """
    on.call(name, *arguments)
    time.sleep(0.2)


def _alarm(on: Resources) -> None:
    on.call("alarm", 1)
    time.sleep(1.2)


def _timer(on: Resources) -> int:
    return on.call("timer_create", 1, None, ctypes.create_string_buffer(8))


def _by_descriptor(on: Resources) -> int:
    return on.call("pidfd_send_signal", on.call("pidfd_open", on.victim, 0), _SIGNAL, None, 0)


_BY_MASK = (1 << signal.SIGUSR2 - 1).to_bytes(8, "little")
_IGNORED = struct.pack("<QQQQ", 1, 0, 0, 0)  # struct sigaction: SIG_IGN

SIGNALS = (
    Attack(
        "rt_sigprocmask, a mask",
        Sign.STATUS,
        lambda on: on.call("rt_sigprocmask", 0, _BY_MASK, None, 8),
    ),
    Attack(
        "rt_sigaction, an ignored signal",
        Sign.STATUS,
        lambda on: on.call("rt_sigaction", 12, _IGNORED, None, 8),
    ),
    Attack("kill", Sign.VICTIM, lambda on: on.call("kill", on.victim, _SIGNAL)),
    Attack("kill, the whole group", Sign.VICTIM, lambda on: on.call("kill", 0, _SIGNAL)),
    Attack("tkill", Sign.VICTIM, lambda on: on.call("tkill", on.victim, _SIGNAL)),
    Attack("tgkill", Sign.VICTIM, lambda on: on.call("tgkill", on.victim, on.victim, _SIGNAL)),
    Attack(
        "rt_sigqueueinfo, with a value",
        Sign.VICTIM,
        lambda on: on.call("rt_sigqueueinfo", on.victim, _SIGNAL, _QUEUE),
    ),
    Attack(
        "rt_tgsigqueueinfo, with a value",
        Sign.VICTIM,
        lambda on: on.call("rt_tgsigqueueinfo", on.victim, on.victim, _SIGNAL, _QUEUE),
    ),
    Attack("pidfd_send_signal", Sign.VICTIM, _by_descriptor, early=True),
    Attack("setitimer", Sign.STATUS, lambda on: _arm(on, "setitimer", 0, _SOON, None)),
    Attack("alarm", Sign.STATUS, _alarm, machine=_X86),
    Attack("timer_create", Sign.STATUS, _timer),
    Attack("timerfd_create", Sign.DESCRIPTORS, lambda on: on.call("timerfd_create", 0, 0)),
    Attack(
        "timerfd_settime",
        Sign.DESCRIPTORS,
        lambda on: on.call(
            "timerfd_settime", on.means.timer, 0, struct.pack("<qqqq", 0, 0, 9999, 0), None
        ),
    ),
    Attack("signalfd4", Sign.DESCRIPTORS, lambda on: on.call("signalfd4", -1, bytes(8), 8, 0)),
    Attack(
        "signalfd", Sign.DESCRIPTORS, lambda on: on.call("signalfd", -1, bytes(8), 8), machine=_X86
    ),
)


def _own_user(on: Resources) -> None:
    """Be a user of one's own, whose keys nobody else makes or loses meanwhile."""
    uid = _USERS_FROM + os.getpid()
    on.call("setresuid", uid, uid, uid)


KEYRINGS = (
    Attack(
        "add_key",
        Sign.SYSTEM,
        lambda on: on.call("add_key", b"user", b"taken", b"a secret", 8, _OWN_KEYRING),
        early=True,
        prepare=_own_user,
    ),
    Attack(
        "keyctl, a session of one's own",
        Sign.SYSTEM,
        lambda on: on.call("keyctl", 1, None),
        early=True,
        prepare=_own_user,
    ),
    Attack(
        "keyctl, a keyring of the thread",
        Sign.SYSTEM,
        lambda on: on.call("keyctl", 0, -1, 1),
        early=True,
        prepare=_own_user,
    ),
)
